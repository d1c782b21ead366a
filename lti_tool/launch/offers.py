"""What a link of the tool can open in a course."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from lti_tool.db import db
from lti_tool.identity import Role, Viewer
from lti_tool.launch import courses
from lti_tool.launch.destinations import COACH_EVIDENCE, MODULE, PROGRESS, Destination
from lti_tool.people import programmes
from lti_tool.people.models import CourseMember, Participant, User
from lti_tool.people.visibility import visible_participants

COACH = "Coach evidence"
# As many participants as fit on a page of choices; the others are found by their name.
MOST_PARTICIPANTS = 20


@dataclass(frozen=True)
class Offer:
    """Something that can be placed."""

    destination: Destination
    title: str
    hint: str
    placed: bool = False

    @property
    def opens(self) -> str:
        """How forms name it."""
        return self.destination.value

    @property
    def module_code(self) -> str | None:
        """The module whose page and gradebook column it is."""
        return self.destination.own_module

    def matches(self, words: str) -> bool:
        """Whether each of these words is in what a person reads of it."""
        text = f"{self.title} {self.hint}".casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True)
class CoachOffers:
    """Links for coaches about a part of the course, and whether there are more participants."""

    found: Sequence[Offer]
    has_more: bool


def list_offers(viewer: Viewer) -> list[Offer]:
    """Everything that can be placed in this course, and what is there already."""
    placed = _placed(viewer)
    modules = [
        Offer(
            Destination(MODULE, module.code),
            module.title,
            f"{module.code}, with a column in the gradebook",
            placed=Destination(MODULE, module.code) in placed,
        )
        for module in programmes.current_programme(viewer.provider_id).modules
    ]
    progress = Offer(
        Destination(PROGRESS),
        "My progress",
        "What to do next, and how far each participant is",
        placed=Destination(PROGRESS) in placed,
    )
    coach = Offer(
        Destination(COACH_EVIDENCE),
        COACH,
        "Where coaches add evidence about their participants",
        placed=Destination(COACH_EVIDENCE) in placed,
    )
    return [progress, *modules, coach]


def list_coach_modules(viewer: Viewer) -> list[Offer]:
    """A link for coaches about each module."""
    placed = _placed(viewer)
    return [
        Offer(
            Destination(COACH_EVIDENCE, module.code),
            f"{COACH}: {module.code} {module.title}",
            "For coaches: the evidence of their participants for this module",
            placed=Destination(COACH_EVIDENCE, module.code) in placed,
        )
        for module in programmes.current_programme(viewer.provider_id).modules
    ]


def find_coach_offers(viewer: Viewer, words: str) -> CoachOffers:
    """Links for coaches about a module or about one participant of the course, by these words."""
    query = _of_the_course(viewer).order_by(User.name, Participant.id).limit(MOST_PARTICIPANTS + 1)
    for word in words.split():
        query = query.where(User.name.icontains(word, autoescape=True))
    found = list(db.session.scalars(query))
    placed = _placed(viewer)
    modules = [each for each in list_coach_modules(viewer) if each.matches(words)]
    about = [_about(each, placed) for each in found[:MOST_PARTICIPANTS]]
    return CoachOffers([*modules, *about], has_more=len(found) > MOST_PARTICIPANTS)


def offers_of(viewer: Viewer, wanted: Collection[Destination]) -> dict[Destination, Offer]:
    """How these destinations are offered; without those that the viewer may not offer."""
    every = [*list_offers(viewer), *list_coach_modules(viewer)]
    found = {each.destination: each for each in every if each.destination in wanted}
    ids = {each.participant_id for each in wanted if each.participant_id is not None}
    if ids:
        placed = _placed(viewer)
        query = _named(visible_participants(viewer)).where(Participant.id.in_(ids))
        about = (_about(each, placed) for each in db.session.scalars(query))
        found |= {each.destination: each for each in about if each.destination in wanted}
    return found


def _placed(viewer: Viewer) -> set[Destination]:
    return {link.destination for link in courses.list_links(viewer.course_id)}


def _named(query: Select[Participant]) -> Select[Participant]:
    return query.join(Participant.user).options(contains_eager(Participant.user))


def _of_the_course(viewer: Viewer) -> Select[Participant]:
    here = select(CourseMember.user_id).where(
        CourseMember.course_id == viewer.course_id,
        CourseMember.role == Role.PARTICIPANT.value,
        CourseMember.left_at.is_(None),
    )
    return _named(visible_participants(viewer)).where(Participant.user_id.in_(here))


def _about(participant: Participant, placed: Collection[Destination]) -> Offer:
    destination = Destination(COACH_EVIDENCE, participant_id=participant.id)
    return Offer(
        destination,
        f"{COACH}: {participant.user.name}",
        "For the coach of this participant. Everybody who sees the link in your VLE reads the name",
        placed=destination in placed,
    )
