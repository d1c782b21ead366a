"""What a participant's own record holds: every table that says something about them, or why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, inspect, select

from lti_tool.board.board_models import CreditEntry
from lti_tool.cohort.privacy_models import DisposalRecord
from lti_tool.cohort.share_models import GradeShare
from lti_tool.db import Base, db
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.evidence.rules import HELD
from lti_tool.grades.adjustment_models import AdjustmentRequest, ResultHold
from lti_tool.identity import Viewer
from lti_tool.learning.models import (
    CollaborationPart,
    Diagnosis,
    DiagnosisDraft,
    Dialogue,
    Dissemination,
    EthicsClearance,
    ImpactRecord,
    ModuleEnrolment,
    NetworkLink,
    PriorLearningClaim,
    Specialism,
    Target,
)
from lti_tool.people.models import (
    Allocation,
    Application,
    CoachInvitation,
    EligibilityDecision,
    InstitutionPeriod,
    Participant,
    Pause,
    PlannedAct,
    SchoolAgreement,
    SchoolPeriod,
    User,
)

Entry = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One kind of entry: its name, its rows, and what is told inside each of them."""

    name: str
    model: type[Any]
    inside: tuple[str, ...] = ()
    is_authors: bool = False
    """Whether only what the participant wrote is theirs to see."""
    states: tuple[str, ...] = ()
    """The states in which an entry is theirs to read; none: in all."""
    through: type[Any] | None = None
    """The table that points at the participant, where this one points at it only."""


PARTS = (
    Part("application", Application, ("school",)),
    Part("eligibility", EligibilityDecision, through=Application),
    Part("schools", SchoolPeriod, ("school",)),
    Part("universities", InstitutionPeriod, ("institution",)),
    Part("pauses", Pause),
    Part("noted_ahead", PlannedAct),
    Part("coaches_and_tutors", Allocation),
    Part("coaches_invited", CoachInvitation),
    Part("agreements_of_the_school", SchoolAgreement),
    Part("modules_arranged", ModuleEnrolment),
    Part("extensions_and_circumstances", AdjustmentRequest, ("reason", "decisions", "taken_back")),
    Part("holds_on_results", ResultHold),
    Part("draft_of_the_diagnosis", DiagnosisDraft, is_authors=True),
    Part("diagnoses", Diagnosis, ("lines", "agreements")),
    Part("targets", Target, ("agreements", "evidence")),
    Part("dialogue", Dialogue, ("people", "duties", "actions", "confirmations")),
    # What somebody is invited to is not theirs to read before they accept.
    Part(
        "learning_together",
        CollaborationPart,
        ("collaboration", "strands"),
        states=("taking_part", "left"),
    ),
    Part("impact", ImpactRecord),
    Part("earlier_study", PriorLearningClaim, ("modules", "judgements", "evidence")),
    Part("specialisms", Specialism, ("strands",)),
    Part("networks", NetworkLink),
    Part("clearances_for_research", EthicsClearance),
    Part("passed_on", Dissemination, ("evidence",)),
    Part("credit", CreditEntry),
    Part("marks_shown", GradeShare),
    Part("disposed_of", DisposalRecord),
)
# Told in `my_record.py`, where files and marks are.
TOLD_ELSEWHERE = frozenset({"evidence_item", "attempt", "result_decision", "award_decision"})
# table → why it is not in the record
LEFT_OUT = {
    "area_reach": "worked out from evidence, hand-ins and marks, which are there",
    "disposal_proposal": "asks staff whether something may go that its class keeps no longer",
    "collaboration": "stands inside the participant's part in it",
    "delivery": "a copy of a released mark on its way to a gradebook",
    "hand_in": "a note to a gradebook that something was handed in",
    "placed_item": "a link for coaches that staff chose for a course",
    "prior_learning_module": "stands inside its claim",
    "resource_link": "a link for coaches in a course of the VLE",
}
# Columns that say nothing to a reader, repeat the participant, or let others in.
SILENT = frozenset({"provider_id", "participant_id", "revision", "content_hash", "based_on"}) | {
    "code",
    "code_hash",
    "code_expires_at",
}


def entries(viewer: Viewer, participant: Participant, part: Part) -> Iterator[Entry]:
    """The entries of one part, one at a time, the oldest first."""
    model = part.model
    conditions: list[ColumnElement[bool]] = [_is_about(participant, part)]
    if part.is_authors:
        conditions.append(model.author_id == viewer.user_id)
    if part.states:
        conditions.append(model.state.in_(part.states))
    if model is ImpactRecord:
        # What went out of sight after a report takes its record of impact with it.
        held = select(EvidenceVersion.impact_record_id).join(EvidenceItem).where(
            EvidenceItem.participant_id == participant.id, EvidenceItem.state.in_(HELD),
            EvidenceVersion.impact_record_id.is_not(None),
        )  # fmt: skip
        conditions.append(ImpactRecord.id.not_in(held))
    for number in db.session.scalars(select(model.id).where(*conditions).order_by(model.id)).all():
        yield told(db.session.get_one(model, number), part.inside)


def _is_about(participant: Participant, part: Part) -> ColumnElement[bool]:
    if part.through is None:
        return part.model.participant_id == participant.id
    mine = select(part.through.id).where(part.through.participant_id == participant.id)
    pointer = getattr(part.model, f"{part.through.__tablename__}_id")
    return pointer.in_(mine)


def told(row: Base, inside: tuple[str, ...] = ()) -> Entry:
    """A row as names and plain values; people by their names."""
    entry: Entry = {}
    mapper = inspect(type(row))
    for prop in mapper.column_attrs:
        column = prop.columns[0]
        if prop.key in SILENT:
            continue
        targets = {key.column.table.name for key in column.foreign_keys}
        value = getattr(row, prop.key)
        if targets == {"user"}:
            entry[prop.key.removesuffix("_id")] = name_of(value)
        elif targets == {"evidence_item"}:
            entry["evidence"] = value
        elif not targets:
            entry["number_here" if prop.key == "id" else prop.key] = plain(value)
    for name in inside:
        within = getattr(row, name)
        if within is not None:
            many = isinstance(within, list)
            entry[name] = [told(one) for one in within] if many else told(within)
    return entry


def plain(value: Any) -> Any:
    """A stored value as JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def name_of(user_id: int | None) -> str | None:
    """Somebody's name."""
    found = db.session.get(User, user_id) if user_id is not None else None
    return found.name if found else None
