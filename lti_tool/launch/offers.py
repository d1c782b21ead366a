"""What a link of the tool can open in a course."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.identity import Viewer
from lti_tool.launch import courses
from lti_tool.people import programmes


@dataclass(frozen=True)
class Offer:
    """Something that can be placed."""

    opens: str
    title: str
    hint: str
    module_code: str | None = None
    placed: bool = False

    @property
    def page(self) -> str:
        """The kind of page, without the module's code."""
        return courses.MODULE if self.module_code else self.opens

    def matches(self, words: str) -> bool:
        """Whether each of these words is in what a person reads of it."""
        text = f"{self.title} {self.hint}".casefold()
        return all(word in text for word in words.casefold().split())


def list_offers(viewer: Viewer) -> list[Offer]:
    """Everything that can be placed in this course, and what is there already."""
    placed = {(link.opens, link.module_code) for link in courses.list_links(viewer.course_id)}
    modules = [
        Offer(
            opens=f"{courses.MODULE}:{module.code}",
            title=module.title,
            hint=f"{module.code}, with a column in the gradebook",
            module_code=module.code,
            placed=(courses.MODULE, module.code) in placed,
        )
        for module in programmes.current_programme(viewer.provider_id).modules
    ]
    progress = Offer(
        courses.PROGRESS,
        "My progress",
        "What to do next, and how far each participant is",
        placed=(courses.PROGRESS, None) in placed,
    )
    coach = Offer(
        courses.COACH_EVIDENCE,
        "Coach evidence",
        "Where coaches add evidence about their participants",
        placed=(courses.COACH_EVIDENCE, None) in placed,
    )
    return [progress, *modules, coach]
