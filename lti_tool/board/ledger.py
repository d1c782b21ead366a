"""The credit ledger: lines that boards wrote, and recognised study, which has its own record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.board.board_models import CreditEntry, ResultDecision
from lti_tool.board.rules.award import CreditKind, Entry, ModuleOutcome, lines_for, standing
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.programme.definition import Module


def entries_of(participant_ids: Collection[int]) -> dict[int, list[CreditEntry]]:
    """The lines of each participant in the order of writing; the caller may see these people."""
    found: dict[int, list[CreditEntry]] = defaultdict(list)
    query = (
        select(CreditEntry)
        .where(CreditEntry.participant_id.in_(participant_ids))
        .options(joinedload(CreditEntry.decision))
    )
    for entry in db.session.scalars(query.order_by(CreditEntry.id)):
        found[entry.participant_id].append(entry)
    return found


def plain(entries: Sequence[CreditEntry]) -> tuple[Entry, ...]:
    """The lines as the rules take them."""
    return tuple(
        Entry(each.module_code, CreditKind(each.kind), each.credits, each.decision.attempt_id)
        for each in entries
    )


def compensated(participant_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The modules that count for each participant though their mark is no pass."""
    return {
        person: frozenset(
            code
            for code, entry in standing(plain(entries)).items()
            if entry.kind is CreditKind.COMPENSATED
        )
        for person, entries in entries_of(participant_ids).items()
    }


def enter(
    viewer: Viewer, decision: ResultDecision, module: Module, outcome: ModuleOutcome
) -> list[CreditEntry]:
    """Write what a decision means for the credit of a module. The participant is held."""
    earlier = list(
        db.session.scalars(
            select(CreditEntry)
            .where(
                CreditEntry.participant_id == decision.participant_id,
                CreditEntry.module_code == module.code,
            )
            .order_by(CreditEntry.number)
        )
    )
    written = []
    lines = lines_for(plain(earlier), module, outcome, decision.attempt_id)
    for number, line in enumerate(lines, start=len(earlier) + 1):
        entry = CreditEntry(
            participant_id=decision.participant_id,
            module_code=line.module_code,
            number=number,
            kind=line.kind.value,
            credits=line.credits,
            decision_id=decision.id,
            entered_at=now(),
        )
        db.session.add(entry)
        verb = "credit.reversed" if line.kind is CreditKind.REVERSED else "credit.entered"
        record(
            viewer, verb, entry, participant_id=decision.participant_id,
            module=module.code, credits=line.credits,
        )  # fmt: skip
        written.append(entry)
    return written
