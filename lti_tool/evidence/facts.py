"""What evidence says of many participants at once, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from lti_tool.db import db
from lti_tool.evidence.models import (
    Attempt,
    AttemptItem,
    Attestation,
    AttestationRevocation,
    EvidenceItem,
    EvidenceVersion,
    StrandClaim,
)
from lti_tool.evidence.rules import GONE, State
from lti_tool.programme.coverage import ClaimFact

Rows = Select[*tuple[Any, ...]]
People = Collection[int] | Rows
"""Ids of participants, or the query that finds them (for many at once)."""


@dataclass(frozen=True, slots=True)
class ModuleCounts:
    """One participant's work on one module: each item counted once, and the attempt if any."""

    draft_items: int = 0
    requested_items: int = 0
    returned_items: int = 0
    attested_items: int = 0
    unseen_items: int = 0  # of all these, those that past author and coach nobody may see
    attempts: int = 0
    attempt_id: int | None = None
    receipt: str | None = None
    submitted_at: datetime | None = None


def claim_facts(
    participant_ids: People, *, drafts: bool = True, confirmed: Collection[int] = ()
) -> dict[int, list[ClaimFact]]:
    """The strands that each participant's evidence claims.

    Counted are the current version of what is there and, for ever, what was submitted.
    Without `drafts` it is what others than the participant may see. What the attempts in
    `confirmed` hold is ratified: the board has passed them.
    """
    merged: dict[tuple[int, int, str, str], tuple[bool, bool, bool]] = {}
    for query in (current_claims(participant_ids, drafts), submitted_claims(participant_ids)):
        for participant, item, module, strand, attested, attempt in db.session.execute(query):
            key = (participant, item, module, strand)
            before = merged.get(key, (False, False, False))
            merged[key] = (
                before[0] or bool(attested),
                before[1] or attempt is not None,
                before[2] or attempt in confirmed,
            )
    found: dict[int, list[ClaimFact]] = {}
    for (participant, item, module, strand), flags in sorted(merged.items()):
        found.setdefault(participant, []).append(ClaimFact(item, module, strand, *flags))
    return found


def module_counts(participant_ids: People) -> dict[int, dict[str, ModuleCounts]]:
    """For each participant and module code: how many items wait for whom, and the attempt."""
    found: dict[int, dict[str, ModuleCounts]] = {}
    attempts = {
        (attempt.participant_id, attempt.module_code): attempt
        for attempt in _ask(ATTEMPTS, participant_ids)
    }
    counts = {(row.participant_id, row.module_code): row for row in _ask(COUNTS, participant_ids)}
    for participant, module in sorted(attempts.keys() | counts.keys()):
        row, attempt = counts.get((participant, module)), attempts.get((participant, module))
        found.setdefault(participant, {})[module] = ModuleCounts(
            draft_items=row.drafts if row else 0,
            requested_items=row.requested if row else 0,
            returned_items=row.returned if row else 0,
            attested_items=row.attested if row else 0,
            unseen_items=row.unseen if row else 0,
            attempts=attempt.number if attempt else 0,
            attempt_id=attempt.id if attempt else None,
            receipt=attempt.receipt if attempt else None,
            submitted_at=attempt.submitted_at if attempt else None,
        )
    return found


def is_signed() -> ColumnElement[bool]:
    """Whether a coach has signed for the version of the surrounding query, and stands by it."""
    return exists().where(Attestation.version_id == EvidenceVersion.id, stands())


def stands(attestation: type[Attestation] = Attestation) -> ColumnElement[bool]:
    """Whether an attestation of the surrounding query is a signature that nobody took back."""
    taken_back = exists().where(AttestationRevocation.attestation_id == attestation.id)
    return and_(attestation.decision == "signed", ~taken_back)


def is_current() -> ColumnElement[bool]:
    """Whether the version of the surrounding query is the one that its item stands for."""
    return and_(
        EvidenceVersion.item_id == EvidenceItem.id,
        EvidenceVersion.number == EvidenceItem.current_version,
    )


def current_claims(people: People, drafts: bool) -> Rows:
    """The strands of what is there now, item by item."""
    # Sorted: the same statement every time, so that it is compiled once.
    hidden = sorted(GONE if drafts else GONE | {State.DRAFT})
    return (
        select(
            EvidenceItem.participant_id,
            EvidenceItem.id,
            EvidenceVersion.module_code,
            StrandClaim.strand,
            is_signed(),
            null().label("attempt_id"),
        )
        .join(EvidenceVersion, is_current())
        .join(StrandClaim, StrandClaim.version_id == EvidenceVersion.id)
        .where(
            EvidenceItem.participant_id.in_(people),
            EvidenceItem.state.not_in(hidden),
            true() if drafts else EvidenceItem.is_open,
        )
    )


def submitted_claims(people: People) -> Rows:
    """The strands of what was handed in, attempt by attempt."""
    return (
        select(
            Attempt.participant_id,
            EvidenceVersion.item_id,
            Attempt.module_code,
            StrandClaim.strand,
            is_signed(),
            Attempt.id,
        )
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .join(EvidenceVersion, EvidenceVersion.id == AttemptItem.version_id)
        .join(StrandClaim, StrandClaim.version_id == EvidenceVersion.id)
        .where(Attempt.participant_id.in_(people))
    )


def _ask(queries: _About, people: People) -> Iterable[Any]:
    if isinstance(people, Select):
        return db.session.execute(queries.all.where(queries.participant_id.in_(people)))
    return db.session.execute(queries.of_these, {"people": list(people)})


@dataclass(frozen=True)
class _About:
    """A query about participants, built once: building takes longer than asking."""

    all: Rows
    participant_id: InstrumentedAttribute[int]

    @cached_property
    def of_these(self) -> Rows:
        """The same of those whose ids are given."""
        return self.all.where(self.participant_id.in_(bindparam("people", expanding=True)))


def _build_counts() -> Rows:
    # A coach's own record is with the coach already; a participant's waits until it is asked for.
    by_coach = EvidenceVersion.duty.is_not(None)
    shared = EvidenceItem.state == State.SHARED
    return (
        select(
            EvidenceItem.participant_id,
            EvidenceVersion.module_code,
            _number((EvidenceItem.state == State.DRAFT) | (shared & ~by_coach)).label("drafts"),
            _number((EvidenceItem.state == State.REQUESTED) | (shared & by_coach)).label(
                "requested"
            ),
            _number(EvidenceItem.state == State.RETURNED).label("returned"),
            _number(EvidenceItem.state == State.ATTESTED).label("attested"),
            _number(~EvidenceItem.is_open).label("unseen"),
        )
        .join(EvidenceVersion, is_current())
        .where(EvidenceItem.state.not_in(sorted(GONE)))
        .group_by(EvidenceItem.participant_id, EvidenceVersion.module_code)
    )


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


ATTEMPTS = _About(
    select(
        Attempt.id,
        Attempt.participant_id,
        Attempt.module_code,
        Attempt.number,
        Attempt.receipt,
        Attempt.submitted_at,
    ).order_by(Attempt.number),
    Attempt.participant_id,
)
COUNTS = _About(_build_counts(), EvidenceItem.participant_id)
