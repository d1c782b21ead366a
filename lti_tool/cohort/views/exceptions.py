"""What a programme lead must see first: by how many it concerns, and how grave it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for

from lti_tool.cohort import search
from lti_tool.cohort.views.participants import FILTERS
from lti_tool.evidence import reports
from lti_tool.identity import Viewer
from lti_tool.programme.attention import Reason

TITLES = {
    Reason.NO_COACH: "Participants without a coach",
    Reason.TIME: "Participants whose time is running out",
    Reason.TO_MARK: "Participants with work to be marked or released",
    Reason.TO_ANSWER: "Participants whose claim of earlier study waits for your decision",
    Reason.TO_CONFIRM: "Participants whose account of a talk waits for your word",
    Reason.SILENT: "Participants who have done nothing here for four weeks",
    Reason.NO_TALK: "Participants without a confirmed talk for too long",
    Reason.STALE: "Participants with evidence that changed since it was attested",
    Reason.MODULE_DUE: "Participants with a module past its due date",
    Reason.OVERDUE: "Participants with a target past its day",
}
RED, ORANGE, BLUE = "red", "orange", "blue"
COLOURS = {
    Reason.NO_COACH: RED, Reason.TIME: RED, Reason.SILENT: ORANGE, Reason.NO_TALK: ORANGE,
    Reason.STALE: ORANGE, Reason.MODULE_DUE: ORANGE, Reason.OVERDUE: ORANGE,
}  # fmt: skip
# A grade that is not where it should be, or a pupil in a file, weighs as somebody left alone does.
GRAVEST = Reason.NO_COACH.weight


@dataclass(frozen=True)
class Exceptional:
    """One kind of exception with how often it is found, as the task list shows it."""

    title: str
    label: str
    count: int
    weight: int
    url: str
    colour: str

    @property
    def tag(self) -> str:
        return f"{self.count:,}"

    @property
    def rank(self) -> tuple[int, str]:
        """Many light ones come before one grave one only where they weigh more together."""
        return -self.count * self.weight, self.title


def ranked(viewer: Viewer, reasons: dict[Reason, int]) -> tuple[list[Exceptional], list[str]]:
    """What there is, the heaviest first; and the names of what there is none of."""
    every = list(_every(viewer, reasons))
    nothing = [one.label for one in every if not one.count]
    return sorted((one for one in every if one.count), key=lambda one: one.rank), nothing


def _every(viewer: Viewer, reasons: dict[Reason, int]) -> Iterator[Exceptional]:
    course, found = viewer.course_id, search.exceptions(viewer, reasons)
    people = [
        (TITLES[reason], reason.value, count, reason.weight, COLOURS.get(reason, BLUE))
        for reason, count in found.reasons.items()
    ]
    waiting = "Participants waiting for their coach"
    people.append((waiting, search.WITH_COACH, found.with_coach, Reason.OVERDUE.weight, BLUE))
    for title, show, count, weight, colour in people:
        url = url_for("cohort.participants", course_id=course, show=show)
        yield Exceptional(title, FILTERS[show].lower(), count, weight, url, colour)
    yield Exceptional(
        "Problems with evidence that were reported", "reported problems",
        reports.count_open(viewer), GRAVEST,
        url_for("evidence.report_list", course_id=course), RED,
    )  # fmt: skip
    yield Exceptional(
        "Grades that the gradebook has not taken", "grades that were not taken",
        found.stuck_deliveries, GRAVEST, url_for("grades.deliveries", course_id=course), RED,
    )  # fmt: skip
    yield Exceptional(
        "Gradebook cells that no longer show what was released", "cells that differ",
        found.differing_cells, GRAVEST, url_for("grades.differences", course_id=course), RED,
    )  # fmt: skip
    yield Exceptional(
        "Coaches without a training that holds", "coaches without training",
        found.untrained_coaches, Reason.NO_TALK.weight,
        url_for("people.coaches", course_id=course, untrained=1), ORANGE,
    )  # fmt: skip
