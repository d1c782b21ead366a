"""Applications as lists: by state, as a funnel, and whom one of them could be."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.models import AuditEvent
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.people.application_states import ENDED, WAY, Stage
from lti_tool.people.models import Application, Participant, User
from lti_tool.people.participation import check_is_lead
from lti_tool.people.visibility import visible_participants
from lti_tool.programme.eligibility import Answer

SHOWN = 10
ANSWERS = {
    Answer.ELIGIBLE: "Eligible",
    Answer.NOT_ELIGIBLE: "Not eligible",
    Answer.UNDECIDED: "Cannot decide yet",
}


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many came so far, and how many stand there now."""

    stage: Stage
    reached: int
    now: int


@dataclass(frozen=True)
class Funnel:
    """How applications fare: the steps of the way, the answers on those checked, and the ends."""

    steps: tuple[Step, ...]
    answers: dict[Answer, int]
    ended: dict[Stage, int]

    @property
    def total(self) -> int:
        return self.steps[0].reached


def list_applications(
    viewer: Viewer, *, stage: str = "", answer: str = "", search: str = ""
) -> Select[Application]:
    """Applications to the viewer's partnership, what happened last first."""
    check_is_lead(viewer)
    query = select(Application).where(Application.provider_id == viewer.provider_id)
    if stage:
        query = query.where(Application.state == stage)
    if answer:
        query = query.where(Application.answer == answer)
    if search:
        query = query.where(
            or_(
                Application.name.icontains(search, autoescape=True),
                func.lower(Application.email) == search.lower(),
            )
        )
    newest = (Application.changed_at.desc(), Application.id.desc())
    return query.options(joinedload(Application.school)).order_by(*newest)


def funnel(viewer: Viewer) -> Funnel:
    """Counted in the database, in one query."""
    check_is_lead(viewer)
    rows = db.session.execute(
        select(Application.state, Application.ended_from, Application.answer, func.count())
        .where(Application.provider_id == viewer.provider_id)
        .group_by(Application.state, Application.ended_from, Application.answer)
    ).all()
    reached, now = dict.fromkeys(WAY, 0), dict.fromkeys(Stage, 0)
    answers = dict.fromkeys(Answer, 0)
    for state, ended_from, answer, count in rows:
        now[Stage(state)] += count
        for stage in WAY[: WAY.index(Stage(ended_from or state)) + 1]:
            reached[stage] += count
        if answer:
            answers[Answer(answer)] += count
    return Funnel(
        tuple(Step(stage, reached[stage], now[stage]) for stage in WAY),
        answers,
        {stage: now[stage] for stage in ENDED},
    )


def possible_participants(viewer: Viewer, application: Application) -> list[Participant]:
    """Participants whom an application could have become, for a lead to choose from: those of the
    same e-mail address or name who came by no other application."""
    check_is_lead(viewer)
    alike = [func.lower(User.name) == application.name.lower()]
    if application.email:
        alike.append(func.lower(User.email) == application.email.lower())
    query = (
        visible_participants(viewer)
        .join(User, User.id == Participant.user_id)
        .where(or_(*alike), ~_taken())
    )
    return list(db.session.scalars(query.order_by(Participant.id).limit(SHOWN)))


def participant_numbered(viewer: Viewer, candidate_number: str) -> Participant | None:
    """The participant of a candidate number, or None."""
    check_is_lead(viewer)
    number = candidate_number.strip().upper()
    query = visible_participants(viewer).where(Participant.candidate_number == number)
    return db.session.scalars(query).one_or_none()


def same_address(viewer: Viewer, application: Application) -> list[Application]:
    """Other applications from the same e-mail address: perhaps the same person, perhaps not."""
    if not application.email:
        return []
    query = list_applications(viewer).where(
        func.lower(Application.email) == application.email.lower(),
        Application.id != application.id,
    )
    return list(db.session.scalars(query.limit(SHOWN)))


def what_happened(application: Application) -> list[tuple[AuditEvent, str]]:
    """The trail of an application with the names of who acted, oldest first."""
    rows = db.session.execute(
        select(AuditEvent, User.name)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(
            AuditEvent.subject_kind == Application.__tablename__,
            AuditEvent.subject_id == application.id,
        )
        .order_by(AuditEvent.id)
    )
    return [(event, name or "") for event, name in rows]


def _taken() -> ColumnElement[bool]:
    return exists().where(Application.participant_id == Participant.id)
