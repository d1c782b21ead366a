"""Lists of participants: by name, by what is missing, and what a programme lead must see first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from lti_tool.cohort.attention import Conditions, weights
from lti_tool.db import db
from lti_tool.evidence.models import EvidenceItem
from lti_tool.grades import differences
from lti_tool.grades.models import Delivery
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant, User
from lti_tool.people.training import untrained_coaches
from lti_tool.people.visibility import visible_participants
from lti_tool.programme.attention import ORDER, Reason

STUCK = ("failed", "conflict", "kept")


def listed(viewer: Viewer, search: str = "") -> Select[Participant]:
    """The participants this viewer may see, by name, with what a list shows of each loaded."""
    query = (
        visible_participants(viewer)
        .join(Participant.user)
        .options(contains_eager(Participant.user), selectinload(Participant.programme_version))
        .order_by(User.name, Participant.id)
    )
    if search:
        known = User.name.icontains(search, autoescape=True)
        if viewer.role is Role.LEAD:
            # Whoever marks by number must not learn whose number it is.
            known = or_(known, Participant.candidate_number == search.upper())
        query = query.where(known)
    return query


def by_need(
    viewer: Viewer, found: Conditions, search: str = "", show: str = ""
) -> Select[Participant]:
    """The same, whoever needs the viewer most first; or only those with one reason."""
    query = listed(viewer, search)
    if show in SHOWS:
        query = query.where(with_coach() if show == WITH_COACH else found[Reason(show)])
    elif viewer.role is Role.LEAD:
        # A whole provider: a lead comes by a name or by one of the reasons on the cohort page.
        return query
    needs = weights(viewer, found).subquery()
    most = func.coalesce(needs.c.weight, 0).desc()
    query = query.outerjoin(needs, needs.c.participant_id == Participant.id).order_by(None)
    return query.order_by(most, User.name, Participant.id)


def coached_first(viewer: Viewer) -> Select[Participant]:
    """A coach's teachers, those who wait for an answer first."""
    asked = (
        select(func.min(EvidenceItem.requested_at))
        .where(
            EvidenceItem.participant_id == Participant.id,
            EvidenceItem.state == "attestation_requested",
        )
        .scalar_subquery()
    )
    return listed(viewer).order_by(None).order_by(asked.is_(None), asked, User.name)


def with_coach() -> ColumnElement[bool]:
    """A coach has been asked and has not answered."""
    return exists().where(
        EvidenceItem.participant_id == Participant.id,
        EvidenceItem.state == "attestation_requested",
    )


WITH_COACH = "with-coach"
SHOWS = frozenset({WITH_COACH, *ORDER})


@dataclass(frozen=True)
class Exceptions:
    """How much needs somebody's attention, counted in the database."""

    reasons: dict[Reason, int]
    with_coach: int
    stuck_deliveries: int
    differing_cells: int
    untrained_coaches: int


def exceptions(viewer: Viewer, reasons: dict[Reason, int]) -> Exceptions:
    """What a programme lead must see first, beside the reasons that `needed.py` has counted."""
    return Exceptions(
        reasons=reasons,
        with_coach=_count(viewer, with_coach()),
        stuck_deliveries=_stuck(viewer),
        differing_cells=differences.count_open(viewer),
        untrained_coaches=_untrained(viewer),
    )


def _count(viewer: Viewer, condition: ColumnElement[bool]) -> int:
    found = visible_participants(viewer).where(condition).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def _untrained(viewer: Viewer) -> int:
    found = untrained_coaches(viewer).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def _stuck(viewer: Viewer) -> int:
    visible = visible_participants(viewer).with_only_columns(Participant.id)
    return (
        db.session.scalar(
            select(func.count(Delivery.id)).where(
                and_(Delivery.state.in_(STUCK), Delivery.participant_id.in_(visible))
            )
        )
        or 0
    )
