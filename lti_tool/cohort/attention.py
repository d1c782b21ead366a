"""Who needs somebody today, asked of the database so that a list of thousands can be sorted by it.

The reasons and their order are the rule in `programme/attention.py`; here each becomes a condition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import now, today
from lti_tool.cohort.due_conditions import module_is_overdue
from lti_tool.cohort.time_conditions import time_is_running_out
from lti_tool.db import db
from lti_tool.evidence.facts import stands
from lti_tool.evidence.models import Attempt, Attestation, EvidenceItem, EvidenceVersion
from lti_tool.evidence.rules import GONE
from lti_tool.evidence.rules import State as ItemState
from lti_tool.grades.released import is_released
from lti_tool.identity import Role, Viewer
from lti_tool.learning.dialogues import is_confirmed, is_corrected
from lti_tool.learning.models import (
    Dialogue,
    DialogueConfirmation,
    DialoguePerson,
    EthicsClearance,
    PriorLearningClaim,
    Specialism,
    Target,
)
from lti_tool.people.models import Participant
from lti_tool.people.participation import lacks_coach
from lti_tool.people.programmes import list_versions, parsed
from lti_tool.people.states import State
from lti_tool.people.visibility import visible_participants
from lti_tool.programme.attention import SILENT_AFTER, Reason
from lti_tool.programme.definition import Programme

AT_WORK = (State.ACTIVE, State.TRANSFERRING)
WEEKS = 12
Conditions = dict[Reason, ColumnElement[bool]]


@dataclass(frozen=True)
class Activity:
    """What a participant did in the last weeks, the oldest week first."""

    weeks: tuple[int, ...] = (0,) * WEEKS

    @property
    def total(self) -> int:
        return sum(self.weeks)


def conditions(viewer: Viewer) -> Conditions:
    """What must be so of a participant for each reason to hold, for this viewer, today."""
    programmes = _programmes(viewer.provider_id)
    return {
        Reason.NO_COACH: lacks_coach(),
        Reason.TIME: time_is_running_out(programmes, today()),
        Reason.TO_MARK: to_mark(),
        Reason.TO_ANSWER: _to_answer(viewer),
        Reason.TO_CONFIRM: _to_confirm(viewer),
        Reason.SILENT: _silent(),
        Reason.NO_TALK: _no_talk(programmes),
        Reason.STALE: _stale(),
        Reason.MODULE_DUE: and_(Participant.state.in_(AT_WORK), module_is_overdue(today())),
        Reason.OVERDUE: _overdue(),
    }


def weights(viewer: Viewer, found: Conditions) -> Select[int, int]:
    """participant_id → how much somebody is needed, for those for whom any reason holds.

    Reason by reason, as a database joins what stands in a WHERE for all at once.
    """
    each = [
        visible_participants(viewer)
        .with_only_columns(
            Participant.id.label("participant_id"),
            literal_column(str(reason.weight), Integer).label("weight"),
        )
        .where(condition)
        for reason, condition in found.items()
    ]
    every = each[0].union_all(*each[1:]).subquery()
    return select(every.c.participant_id, func.sum(every.c.weight).label("weight")).group_by(
        every.c.participant_id
    )


def reasons_of(found: Conditions, participant_ids: Collection[int]) -> dict[int, list[Reason]]:
    """Which reasons hold for each of these participants, the most pressing first."""
    holds = [case((condition, 1), else_=0) for condition in found.values()]
    rows = db.session.execute(
        select(Participant.id, *holds).where(Participant.id.in_(participant_ids))
    )
    return {
        row[0]: [reason for reason, it_holds in zip(found, row[1:], strict=True) if it_holds]
        for row in rows
    }


def activity(participant_ids: Collection[int]) -> dict[int, Activity]:
    """How often each participant did something, by weeks up to now."""
    moment = now()
    ends = [moment - timedelta(weeks=weeks) for weeks in range(WEEKS - 1, -1, -1)]
    weeks = [_in_week(end) for end in ends]
    rows = db.session.execute(
        select(AuditEvent.participant_id, *weeks)
        .join(Participant, Participant.id == AuditEvent.participant_id)
        .where(
            AuditEvent.participant_id.in_(participant_ids),
            AuditEvent.user_id == Participant.user_id,
            AuditEvent.at > moment - timedelta(weeks=WEEKS),
        )
        .group_by(AuditEvent.participant_id)
    )
    found: dict[int, Activity] = defaultdict(Activity)
    found.update((row[0], Activity(tuple(row[1:]))) for row in rows if row[0] is not None)
    return found


def _in_week(end: datetime) -> ColumnElement[int]:
    inside = and_(AuditEvent.at > end - timedelta(weeks=1), AuditEvent.at <= end)
    return func.sum(case((inside, 1), else_=0))


def to_mark() -> ColumnElement[bool]:
    """Something of theirs is handed in and not released yet."""
    return exists().where(Attempt.participant_id == Participant.id, ~is_released())


def _to_answer(viewer: Viewer) -> ColumnElement[bool]:
    """A claim, a specialism or a clearance waits for somebody in the viewer's role."""
    stage = "assessed" if viewer.role is Role.LEAD else "submitted"
    claims = exists().where(
        PriorLearningClaim.participant_id == Participant.id, PriorLearningClaim.state == stage
    )
    if viewer.role is Role.LEAD:
        return claims
    specialisms = exists().where(
        Specialism.participant_id == Participant.id, Specialism.state == "proposed"
    )
    clearances = exists().where(
        EthicsClearance.participant_id == Participant.id, EthicsClearance.state == "recorded"
    )
    return or_(claims, specialisms, clearances)


def _to_confirm(viewer: Viewer) -> ColumnElement[bool]:
    """Begun from the viewer, who is named in few talks, and not from the participants."""
    confirmed = exists().where(
        DialogueConfirmation.dialogue_id == Dialogue.id,
        DialogueConfirmation.user_id == viewer.user_id,
    )
    waiting = (
        select(Dialogue.participant_id)
        .join(DialoguePerson, DialoguePerson.dialogue_id == Dialogue.id)
        .where(
            DialoguePerson.user_id == viewer.user_id,
            Dialogue.author_id != viewer.user_id,
            ~confirmed,
            ~is_corrected(),
        )
    )
    return Participant.id.in_(waiting)


def _silent() -> ColumnElement[bool]:
    """They are at work, not new, and have done nothing here for weeks. Looking is not counted."""
    begins = now() - SILENT_AFTER
    did_something = exists().where(
        AuditEvent.participant_id == Participant.id,
        AuditEvent.user_id == Participant.user_id,
        AuditEvent.at > begins,
    )
    is_new = Participant.enrolled_on > today() - SILENT_AFTER
    return and_(Participant.state == State.ACTIVE, not_(is_new), ~did_something)


def _no_talk(programmes: dict[int, Programme]) -> ColumnElement[bool]:
    """`programme.coaching.is_silent` for those at work, with each programme's own patience."""
    versions: dict[int, list[int]] = defaultdict(list)
    for version_id, programme in programmes.items():
        versions[programme.policies["coaching"]["alert_no_dialogue_days"]].append(version_id)
    joined = func.coalesce(Participant.started_on, Participant.enrolled_on)
    too_long = []
    for days, version_ids in versions.items():
        first = today() - timedelta(days=days)
        talked = exists(
            select(Dialogue.id).where(
                Dialogue.participant_id == Participant.id,
                Dialogue.held_on >= first,
                is_confirmed(),
                ~is_corrected(),
            )
        )
        too_long.append(
            and_(Participant.programme_version_id.in_(version_ids), joined < first, ~talked)
        )
    return and_(Participant.state.in_(AT_WORK), or_(false(), *too_long))


@cache
def _stale() -> ColumnElement[bool]:
    """A coach signed an earlier version of something, and nobody the one that it is now."""
    now_version, before = aliased(EvidenceVersion), aliased(EvidenceVersion)
    signed_now, signed_before = aliased(Attestation), aliased(Attestation)
    is_signed = exists(
        select(signed_now.id)
        .join(now_version, now_version.id == signed_now.version_id)
        .where(
            now_version.item_id == EvidenceItem.id,
            now_version.number == EvidenceItem.current_version,
            stands(signed_now),
        )
    )
    was_signed = exists(
        select(signed_before.id)
        .join(before, before.id == signed_before.version_id)
        .where(before.item_id == EvidenceItem.id, stands(signed_before))
    )
    return exists(
        select(EvidenceItem.id).where(
            EvidenceItem.participant_id == Participant.id,
            EvidenceItem.current_version > 1,
            EvidenceItem.state.not_in(sorted(GONE | {ItemState.ATTESTED})),
            was_signed,
            ~is_signed,
        )
    )


def _overdue() -> ColumnElement[bool]:
    overdue = exists().where(
        Target.participant_id == Participant.id, Target.state == "open", Target.due_on < today()
    )
    return and_(Participant.state.in_(AT_WORK), overdue)


def _programmes(provider_id: int) -> dict[int, Programme]:
    return {each.id: parsed(each.definition) for each in list_versions(provider_id)}
