"""The markers of an attempt with all that they gave, read once and judged by the chain's rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.errors import NotAllowed
from lti_tool.evidence.bundle import Bundle
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import read_bundle
from lti_tool.grades.by_number import ModulesByNumber, is_closed
from lti_tool.grades.chain_models import (
    Agreement,
    AgreementProposal,
    AgreementTakenUp,
    MarkerAllocation,
)
from lti_tool.grades.models import Grade, Mark
from lti_tool.grades.moderation_models import ModerationMember, Moderator
from lti_tool.grades.nameless import nameless_bundle
from lti_tool.grades.rules import chain as rules
from lti_tool.grades.rules.chain import FIRST, SECOND, Progress, State
from lti_tool.grades.rules.telling import Told, told_state
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Allocation, Participant, User
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import is_current
from lti_tool.programme.definition import MarkingPolicy, Module

Row = TypeVar("Row", Mark, MarkerAllocation)
BY_NAME = (
    "You read this work by candidate number, so it is not opened by a name. Open it from the list "
    "of marking or moderation."
)
RATIFIED = "The board has ratified this result, so only a new decision of the board changes it."


@dataclass(frozen=True)
class Panel:
    """Who marks one attempt, what they gave, and what came of it."""

    attempt: Attempt
    is_double: bool
    allocations: dict[str, MarkerAllocation] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    former: dict[int, str] = field(default_factory=dict)  # who was replaced → in which role
    moderators: frozenset[int] = frozenset()  # whoever was ever asked to moderate the mark
    agreements: tuple[Agreement, ...] = ()  # all of them, the last one last
    agreement: Agreement | None = None  # the one that holds
    proposal: AgreementProposal | None = None  # the newest of this round
    tutors: frozenset[int] = frozenset()  # of the participant, today
    by_number: ModulesByNumber = field(default_factory=ModulesByNumber)

    @property
    def round(self) -> int:
        """The number that the next agreement will have."""
        return len(self.agreements) + 1

    @property
    def taken(self) -> dict[str, int]:
        """Role → who marks in it."""
        given = {role: mark.marker_id for role, mark in self.marks.items()}
        return given | {role: one.marker_id for role, one in self.allocations.items()}

    @property
    def progress(self) -> Progress:
        """What the rules of the chain ask for."""
        return Progress(
            is_double=self.is_double,
            marks={role: mark.state for role, mark in self.marks.items()},
            has_third=rules.THIRD in self.taken,
            is_agreed=self.agreement is not None,
            proposed_by=self.role_of(self.proposal.proposed_by_id) if self.proposal else None,
        )

    def role_of(self, user_id: int) -> str | None:
        """The role in which somebody marks this work, or None."""
        return next((role for role, holder in self.taken.items() if holder == user_id), None)

    def marker_of(self, role: str) -> User:
        """Who marks in a role that is taken."""
        return (
            self.allocations[role].marker if role in self.allocations else self.marks[role].marker
        )

    def offered_to(self, viewer: Viewer) -> str | None:
        """The role in which the viewer marks, or would by saving a mark."""
        role = rules.free_role(
            self.taken, viewer.user_id, is_double=self.is_double, former=self.former
        )
        return None if role == SECOND and self.knows_the_work(viewer.user_id) else role

    def knows_the_work(self, user_id: int) -> bool:
        """Whether somebody is the participant's tutor, and no number hides from them whose it is.

        Whoever had a role before they became the tutor keeps it, and the lead is told.
        """
        return user_id in self.tutors and self.role_of(user_id) is None

    def may_read(self, viewer: Viewer, role: str | None) -> bool:
        """Whether the viewer may read the mark of a role."""
        own = self.role_of(viewer.user_id)
        return rules.may_read(role, own, self.progress, is_lead=viewer.role is Role.LEAD)

    def knows_markers(self, viewer: Viewer) -> bool:
        """Whether the viewer may know who the other markers are."""
        own = self.role_of(viewer.user_id)
        return rules.knows_markers(own, self.progress, is_lead=viewer.role is Role.LEAD)

    def told(self, viewer: Viewer) -> State | Told:
        """How far the work is, as far as the viewer may know."""
        own = self.role_of(viewer.user_id)
        return told_state(self.progress, own, self.taken, knows_markers=self.knows_markers(viewer))

    def knows_participant(self, viewer: Viewer) -> bool:
        """Whether the viewer sees the participant's name at this work."""
        own, offered = self.role_of(viewer.user_id), self.offered_to(viewer)
        if own != FIRST and self._is_like_what_is_judged_by(viewer):
            return False
        return rules.sees_name(
            own, offered, is_double=self.is_double, is_lead=viewer.role is Role.LEAD,
            is_moderator=viewer.user_id in self.moderators,
        )  # fmt: skip

    def _is_like_what_is_judged_by(self, viewer: Viewer) -> bool:
        """The names at all the others would tell whose the work without a name is."""
        if not self.is_double or self.agreement is not None:
            return False
        return self.attempt.module_code in self.by_number.of(viewer)

    def participant_for(self, viewer: Viewer) -> str:
        """What the participant is called here: their name, or their number to a second marker."""
        participant = self.attempt.participant
        if self.knows_participant(viewer):
            return participant.user.name
        return f"Candidate {participant.candidate_number}"


def shown_bundle(viewer: Viewer, attempt: Attempt) -> Bundle:
    """What was handed in, as this viewer sees it: without names for a second or third marker, and
    for a moderator."""
    if not viewer.is_staff or module_of(attempt).marking is MarkingPolicy.SINGLE:
        return read_bundle(attempt)
    knows = panel_of(attempt).knows_participant(viewer)
    return read_bundle(attempt) if knows else nameless_bundle(attempt)


def refuse_by_name(viewer: Viewer, attempt: Attempt) -> None:
    """Lead nobody from a name to work that they read by number: the gradebook names the person."""
    if is_closed(viewer, attempt) or not panel_of(attempt).knows_participant(viewer):
        raise NotAllowed(BY_NAME)


def module_of(attempt: Attempt) -> Module:
    """The module as this participant's programme version has it."""
    return programme_of(attempt.participant).module(attempt.module_code)


def is_double(attempt: Attempt) -> bool:
    """Whether two people mark this work, neither of whom sees the other's mark."""
    return module_of(attempt).marking is MarkingPolicy.DOUBLE_BLIND


def hold(attempt: Attempt) -> None:
    """Keep other markers of this attempt waiting until this one is through."""
    # Not in the way of rows that only point at the attempt.
    held = select(Attempt.id).where(Attempt.id == attempt.id).with_for_update(key_share=True)
    db.session.execute(held)


def panel_of(attempt: Attempt, *, to_change: bool = False) -> Panel:
    """The markers of one attempt; with `to_change` as they are now, and until the commit."""
    if to_change:
        hold(attempt)
    return panels_of([attempt], fresh=to_change)[attempt.id]


def panels_of(attempts: Sequence[Attempt], *, fresh: bool = False) -> dict[int, Panel]:
    """Attempt id → its markers, in a number of queries that does not grow."""
    ids = [attempt.id for attempt in attempts]
    marks = _by_role(_marks(ids), fresh=fresh)
    allocations = _by_role(_allocations(ids), fresh=fresh)
    doubles = [attempt.id for attempt in attempts if is_double(attempt)]
    agreements, holding = _agreements(doubles) if doubles else ({}, {})
    proposals = _proposals(doubles) if doubles else {}
    sampled = [one.id for one in attempts if module_of(one).marking is MarkingPolicy.SAMPLED]
    moderators = _moderators(sampled) if sampled else {}
    tutors, by_number = _tutors(doubles) if doubles else {}, ModulesByNumber()
    found = {}
    for attempt in attempts:
        made, given = tuple(agreements.get(attempt.id, ())), marks.get(attempt.id, {})
        found[attempt.id] = Panel(
            attempt,
            is_double=attempt.id in doubles,
            allocations=allocations.get(attempt.id, {}),
            marks={role: each for role, each in given.items() if role in rules.ROLES},
            former={
                each.marker_id: before
                for role, each in given.items()
                if (before := rules.role_before(role))
            },
            moderators=frozenset(moderators.get(attempt.id, ())),
            agreements=made,
            agreement=holding.get(attempt.id),
            proposal=proposals.get((attempt.id, len(made) + 1)),
            tutors=frozenset(tutors.get(attempt.id, ())),
            by_number=by_number,
        )
    return found


def find_mark(attempt: Attempt, role: str = FIRST, *, to_change: bool = False) -> Mark | None:
    """The mark of one marker, whoever asks; for activities that check who may read it."""
    query = select(Mark).where(Mark.attempt_id == attempt.id, Mark.marking_role == role)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def is_ratified(attempt: Attempt) -> bool:
    """Whether the board has decided about this attempt."""
    ratified = exists().where(Grade.attempt_id == attempt.id, Grade.status == "ratified")
    return bool(db.session.scalar(select(ratified)))


def _marks(ids: Collection[int]) -> Select[Mark]:
    return (
        select(Mark)
        .where(Mark.attempt_id.in_(ids))
        .order_by(Mark.attempt_id, Mark.marking_role)
        .options(joinedload(Mark.marker))
    )


def _allocations(ids: Collection[int]) -> Select[MarkerAllocation]:
    return (
        select(MarkerAllocation)
        .where(MarkerAllocation.attempt_id.in_(ids), MarkerAllocation.ended_at.is_(None))
        .order_by(MarkerAllocation.attempt_id, MarkerAllocation.marking_role)
        .options(joinedload(MarkerAllocation.marker))
    )


def _by_role(query: Select[Row], *, fresh: bool) -> dict[int, dict[str, Row]]:
    found: dict[int, dict[str, Row]] = {}
    if fresh:
        query = query.execution_options(populate_existing=True)
    for row in db.session.scalars(query):
        found.setdefault(row.attempt_id, {})[row.marking_role] = row
    return found


def _moderators(ids: Collection[int]) -> dict[int, set[int]]:
    """Attempt → who was ever asked to moderate a set that it was in."""
    rows = db.session.execute(
        select(ModerationMember.attempt_id, Moderator.user_id)
        .join(Moderator, Moderator.batch_id == ModerationMember.batch_id)
        .where(ModerationMember.attempt_id.in_(ids))
    )
    return _sets(rows)


def _tutors(ids: Collection[int]) -> dict[int, set[int]]:
    """Attempt → the tutors of its author today."""
    rows = db.session.execute(
        select(Attempt.id, Allocation.user_id)
        .join(Allocation, Allocation.participant_id == Attempt.participant_id)
        .where(Attempt.id.in_(ids), Allocation.kind == "tutor", is_current())
    )
    return _sets(rows)


def _sets(rows: Iterable[Any]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for key, value in rows:
        found.setdefault(key, set()).add(value)
    return found


def _agreements(ids: Collection[int]) -> tuple[dict[int, list[Agreement]], dict[int, Agreement]]:
    """All agreements of these attempts, and those that hold."""
    rows = db.session.execute(
        select(Agreement, AgreementTakenUp.id)
        .outerjoin(AgreementTakenUp, AgreementTakenUp.agreement_id == Agreement.id)
        .where(Agreement.attempt_id.in_(ids))
        .order_by(Agreement.attempt_id, Agreement.number)
    )
    made: dict[int, list[Agreement]] = {}
    holding: dict[int, Agreement] = {}
    for agreement, taken_up in rows:
        made.setdefault(agreement.attempt_id, []).append(agreement)
        if taken_up is None:
            holding[agreement.attempt_id] = agreement
    return made, holding


def _proposals(ids: Collection[int]) -> dict[tuple[int, int], AgreementProposal]:
    """(attempt, round) → the newest proposal."""
    rows = db.session.scalars(
        select(AgreementProposal)
        .where(AgreementProposal.attempt_id.in_(ids))
        .order_by(AgreementProposal.id)
    )
    return {(row.attempt_id, row.round): row for row in rows}


def hidden_events(viewer: Viewer, participant: Participant) -> dict[str, list[int]]:
    """Kind of subject → ids of marking that the trail must not tell this viewer of yet.

    Who marked, and when, is as blind as the mark itself.
    """
    attempts = db.session.scalars(select(Attempt).where(Attempt.participant_id == participant.id))
    blind = [each for each in attempts if is_double(each)]
    panels = panels_of(blind).values() if blind else ()
    ids = [panel.attempt.id for panel in panels if not panel.knows_markers(viewer)]
    if not ids:
        return {}
    return {
        model.__tablename__: list(
            db.session.scalars(
                select(model.id).where(model.attempt_id.in_(ids), model.marker_id != viewer.user_id)
            )
        )
        for model in (Mark, MarkerAllocation)
    }
