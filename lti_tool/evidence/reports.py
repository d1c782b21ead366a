"""A problem with evidence is reported: it goes out of sight at once, and the lead decides.

While it is out of sight nobody is shown its words or files, the author and the lead included: what
must not be seen is not shown to one more person in order to find out whether it may be. The lead
sees what was reported, by whom, and who had seen it, and asks them.
"""

from __future__ import annotations

from sqlalchemy import Select, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.guard_models import EvidenceReport
from lti_tool.evidence.items import UNSEEN, visible_items
from lti_tool.evidence.models import Attempt, AttemptItem, EvidenceItem, EvidenceVersion
from lti_tool.evidence.revoking import state_with_signatures
from lti_tool.evidence.rules import HELD, State
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant
from lti_tool.people.visibility import visible_participants

REASONS = {
    "recognised": "A pupil can be recognised",
    "not_permitted": "There is no permission to show it",
    "private": "It tells something private about somebody",
    "not_own": "It is not the author’s own work",
    "harmful": "A file in it is harmful, or should not be here",
    "other": "Something else is wrong",
}
RESTORED, REMOVED = "restored", "removed"


def get_reportable(viewer: Viewer, item_id: int, *, to_change: bool = False) -> EvidenceItem:
    """An item that this viewer can be shown somewhere: on its page, or in a submission."""
    query = select(EvidenceItem).where(
        EvidenceItem.id == item_id,
        EvidenceItem.state.not_in([*HELD, State.DRAFT]),
        or_(
            EvidenceItem.id.in_(visible_items(viewer).with_only_columns(EvidenceItem.id)),
            EvidenceItem.id.in_(_handed_in(viewer)),
        ),
    )
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(UNSEEN)
    return found


def report(viewer: Viewer, item_id: int, reason: str) -> EvidenceReport:
    """Say that something is wrong with evidence. From now on nobody is shown it."""
    item = get_reportable(viewer, item_id, to_change=True)
    if reason not in REASONS:
        raise Invalid("Choose what is wrong with it.", field="reason")
    found = EvidenceReport(
        item_id=item.id,
        version_number=item.current_version,
        reported_by_id=viewer.user_id,
        reported_as=viewer.acted_as,
        reason=reason,
        reported_at=now(),
        state_before=item.state,
    )
    db.session.add(found)
    item.state = State.QUARANTINED
    item.changed_at = now()
    record(
        viewer, "evidence.reported", item, participant_id=item.participant_id,
        version=item.current_version, reason=reason,
    )  # fmt: skip
    return found


def decide(viewer: Viewer, report_id: int, outcome: str) -> EvidenceReport:
    """The lead's answer: the evidence comes back as it was, or stays out of sight for good."""
    found = get_report(viewer, report_id, to_change=True)
    if outcome not in {RESTORED, REMOVED}:
        raise Invalid("Choose whether it comes back or stays out of sight.", field="outcome")
    if found.outcome is not None:
        raise Refused("This report is decided already.")
    item = found.item
    before = state_with_signatures(item, State(found.state_before))
    item.state = before if outcome == RESTORED else State.REMOVED
    item.changed_at = now()
    found.outcome, found.decided_by_id, found.decided_at = outcome, viewer.user_id, now()
    verb = "evidence.restored" if outcome == RESTORED else "evidence.removed"
    record(viewer, verb, item, participant_id=item.participant_id, report=found.id)
    return found


def visible_reports(viewer: Viewer) -> Select[EvidenceReport]:
    """The reports that a lead may see, in no order."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("The programme lead decides about reports.")
    people = visible_participants(viewer).with_only_columns(Participant.id)
    return (
        select(EvidenceReport)
        .join(EvidenceItem, EvidenceItem.id == EvidenceReport.item_id)
        .where(
            EvidenceItem.provider_id == viewer.provider_id, EvidenceItem.participant_id.in_(people)
        )
    )


def get_report(viewer: Viewer, report_id: int, *, to_change: bool = False) -> EvidenceReport:
    """One report, for a lead."""
    query = visible_reports(viewer).where(EvidenceReport.id == report_id)
    if to_change:
        query = query.with_for_update(of=EvidenceReport).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such report.")
    return found


def list_reports(viewer: Viewer, most: int = 100) -> list[EvidenceReport]:
    """For a lead: what waits for an answer first, then the newest."""
    return list(
        db.session.scalars(
            visible_reports(viewer)
            .options(
                joinedload(EvidenceReport.item)
                .joinedload(EvidenceItem.participant)
                .joinedload(Participant.user),
                joinedload(EvidenceReport.reported_by),
            )
            .order_by(EvidenceReport.outcome.is_not(None), EvidenceReport.id.desc())
            .limit(most)
        )
    )


def count_open(viewer: Viewer) -> int:
    """How many reports wait for this lead's answer; nobody else is asked."""
    if viewer.role is not Role.LEAD:
        return 0
    waiting = visible_reports(viewer).where(EvidenceReport.outcome.is_(None))
    return db.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def held_items(viewer: Viewer) -> list[EvidenceReport]:
    """What is out of sight and was written by, or is about, this viewer: that it is, no more."""
    return list(
        db.session.scalars(
            _held(viewer)
            .options(joinedload(EvidenceReport.item))
            .order_by(EvidenceReport.id.desc())
        )
    )


def find_held(viewer: Viewer, item_id: int) -> EvidenceReport | None:
    """Why an item is out of sight, for its author and for whom it is about; else nothing."""
    query = _held(viewer).where(EvidenceItem.id == item_id).order_by(EvidenceReport.id.desc())
    return db.session.scalars(query.limit(1)).one_or_none()


def _held(viewer: Viewer) -> Select[EvidenceReport]:
    people = visible_participants(viewer).with_only_columns(Participant.id)
    concerned = EvidenceItem.author_id == viewer.user_id
    if viewer.role is Role.PARTICIPANT:
        # What was withdrawn before was the author's alone, and stays so.
        shared = EvidenceReport.state_before != State.WITHDRAWN
        concerned = or_(concerned, shared)
    return (
        select(EvidenceReport)
        .join(EvidenceItem, EvidenceItem.id == EvidenceReport.item_id)
        .where(
            EvidenceItem.provider_id == viewer.provider_id,
            EvidenceItem.participant_id.in_(people),
            EvidenceItem.state.in_(HELD),
            or_(EvidenceReport.outcome.is_(None), EvidenceReport.outcome == REMOVED),
            concerned,
        )
    )


def _handed_in(viewer: Viewer) -> Select[int]:
    """The items whose words the viewer can read in a submission. A coach reads none there."""
    attempts = visible_attempts(viewer).with_only_columns(Attempt.id)
    query = (
        select(EvidenceVersion.item_id)
        .join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .where(AttemptItem.attempt_id.in_(attempts))
    )
    return query.where(false() if viewer.role is Role.COACH else true())
