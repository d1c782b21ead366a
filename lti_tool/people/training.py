"""Coaches are trained for it: when, to which standard, and until when that holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from lti_tool.audit.record import record
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound
from lti_tool.identity import Viewer
from lti_tool.people.models import Allocation, CoachTraining, Participant, User
from lti_tool.people.visibility import is_current, visible_participants


class Held(StrEnum):
    """Whether a coach's training holds today."""

    TRAINED = "trained"
    LAPSED = "lapsed"
    UNTRAINED = "untrained"

    @property
    def label(self) -> str:
        """The words shown to people."""
        words = {"trained": "Trained", "lapsed": "Refresh is due", "untrained": "Not trained"}
        return words[self]


@dataclass(frozen=True)
class Training:
    """Where one coach stands with their training; `latest` is None where there was none."""

    held: Held
    latest: CoachTraining | None = None


def coaches(viewer: Viewer, search: str = "", *, untrained: bool = False) -> Select[User]:
    """Today's coaches of the participants whom the viewer may see, by name."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads see the coaches' training.")
    seen = visible_participants(viewer).with_only_columns(Participant.id)
    coaching = exists().where(
        Allocation.user_id == User.id,
        Allocation.kind == "coach",
        Allocation.participant_id.in_(seen),
        is_current(),
    )
    query = select(User).where(coaching).order_by(User.name, User.id)
    if search:
        query = query.where(User.name.icontains(search, autoescape=True))
    return query.where(~is_trained()) if untrained else query


def untrained_coaches(viewer: Viewer) -> Select[User]:
    """The coaches of today whose training is missing or no longer holds: an exception."""
    return coaches(viewer, untrained=True)


def is_trained() -> ColumnElement[bool]:
    """Whether a user holds a training today."""
    return exists().where(
        CoachTraining.user_id == User.id,
        CoachTraining.trained_on <= today(),
        or_(CoachTraining.refresh_due_on.is_(None), CoachTraining.refresh_due_on > today()),
    )


def trainings_of(user_ids: Collection[int]) -> dict[int, Training]:
    """Where many coaches stand, in one query."""
    found = dict.fromkeys(user_ids, Training(Held.UNTRAINED))
    query = (
        select(CoachTraining)
        .where(CoachTraining.user_id.in_(user_ids), CoachTraining.trained_on <= today())
        .order_by(CoachTraining.trained_on)
    )
    for each in db.session.scalars(query):
        if found[each.user_id].held is not Held.TRAINED or _holds(each):
            held = Held.TRAINED if _holds(each) else Held.LAPSED
            found[each.user_id] = Training(held, each)
    return found


def _holds(training: CoachTraining) -> bool:
    return training.refresh_due_on is None or training.refresh_due_on > today()


def coached_counts(viewer: Viewer, user_ids: Collection[int]) -> dict[int, int]:
    """How many of the participants whom the viewer may see each coach supports today."""
    seen = visible_participants(viewer).with_only_columns(Participant.id)
    query = (
        select(Allocation.user_id, func.count())
        .where(
            Allocation.user_id.in_(user_ids),
            Allocation.kind == "coach",
            Allocation.participant_id.in_(seen),
            is_current(),
        )
        .group_by(Allocation.user_id)
    )
    return dict(db.session.execute(query).all())


def get_coach(viewer: Viewer, user_id: int) -> User:
    """One of today's coaches."""
    found = db.session.scalars(coaches(viewer).where(User.id == user_id)).one_or_none()
    if found is None:
        raise NotFound("There is no such coach among those you may see.")
    return found


def trainings(user: User) -> list[CoachTraining]:
    """All that one coach was trained in, the newest first."""
    query = select(CoachTraining).where(CoachTraining.user_id == user.id)
    return list(db.session.scalars(query.order_by(CoachTraining.trained_on.desc())))


def record_training(
    viewer: Viewer, coach: User, trained_on: date, standard: str, refresh_due_on: date | None
) -> CoachTraining:
    """Note a training; telling of the same day again corrects it."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads note a coach's training.")
    check_training(trained_on, refresh_due_on)
    found = db.session.scalars(
        select(CoachTraining).where(
            CoachTraining.user_id == coach.id, CoachTraining.trained_on == trained_on
        )
    ).one_or_none()
    return store_training(viewer, found, coach.id, trained_on, standard, refresh_due_on)


def check_training(trained_on: date, refresh_due_on: date | None) -> None:
    """Refuse what cannot be."""
    if trained_on > today():
        raise Invalid("Give a day up to today; come back when the day is there.", field="on")
    if refresh_due_on is not None and refresh_due_on <= trained_on:
        raise Invalid("The refresh is due after the training.", field="refresh_due_on")


def store_training(
    viewer: Viewer | None,
    found: CoachTraining | None,
    user_id: int,
    trained_on: date,
    standard: str,
    refresh_due_on: date | None,
) -> CoachTraining:
    """Write one down, new or corrected; `viewer` is None for the operator."""
    training = found or CoachTraining(user_id=user_id, trained_on=trained_on)
    training.standard, training.refresh_due_on = standard, refresh_due_on
    db.session.add(training)
    record(
        viewer, "coach_training.recorded", training, acted_as="operator", coach=user_id,
        on=trained_on.isoformat(),
    )  # fmt: skip
    return training
