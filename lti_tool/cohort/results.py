"""A participant's results: every mark with how firm it is, the credit, and the way to the award."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from lti_tool.board import ledger
from lti_tool.board.awards import awards_of
from lti_tool.board.board_models import AwardDecision, Board, Confirmation, ResultDecision
from lti_tool.board.facts import candidates
from lti_tool.board.rules.award import (
    CreditKind,
    ModuleOutcome,
    Proposal,
    classification,
    outcome_of,
    propose,
)
from lti_tool.cohort import sharing
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Grade
from lti_tool.grades.released import still_stands
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.programme.completion import unmet
from lti_tool.programme.definition import Module, Programme

KINDS = {
    CreditKind.EARNED: "Passed",
    CreditKind.COMPENSATED: "Compensated by the board",
    CreditKind.RECOGNISED: "Recognised from earlier study",
    CreditKind.REVERSED: "Taken out by a later decision",
}
NEXT = {
    (ModuleOutcome.PASS, True): "This result is final. You need do nothing more.",
    (ModuleOutcome.COMPENSATED, True): (
        "The board gave you the credit although the mark is no pass. You need do nothing more."
    ),
    (ModuleOutcome.FAIL, True): (
        "This result is final. The page of the module says whether a further attempt is open."
    ),
    (ModuleOutcome.PASS, False): "The board has still to confirm this mark.",
    (ModuleOutcome.FAIL, False): (
        "The board has still to confirm this mark. Talk with your tutor about what comes next."
    ),
}


@dataclass(frozen=True)
class Line:
    """One attempt's mark as it counts now."""

    module: Module
    attempt: Attempt
    grade: Grade
    band: str
    is_final: bool
    next_step: str
    shown_to: frozenset[str]
    board_says: str  # why a board changed the mark
    is_compensated: bool  # credit was given although the mark is no pass

    @property
    def firmness(self) -> str:
        """The word that goes with every number."""
        return "final" if self.is_final else "provisional"


@dataclass(frozen=True)
class Credit:
    """One line of the ledger as a page shows it."""

    module_code: str
    kind: str
    credits: int
    board: Board | None


@dataclass(frozen=True)
class Results:
    """All that is known of somebody's results, for whoever may see it."""

    participant: Participant
    programme: Programme
    lines: tuple[Line, ...]
    credit: tuple[Credit, ...] = ()
    so_far: Proposal | None = None
    awards: tuple[AwardDecision, ...] = ()

    @property
    def total(self) -> int:
        return sum(each.credits for each in self.credit)

    @property
    def class_so_far(self) -> str:
        """The class that the final marks would bring."""
        mean = self.so_far.mean if self.so_far else None
        return classification(self.programme, mean) if mean is not None else ""


def results_of(viewer: Viewer, participant: Participant) -> Results:
    """The results; to a coach only those marks that the participant shows them."""
    programme = programme_of(participant)
    lines = _lines(participant, programme)
    if viewer.role is Role.COACH:
        shown = tuple(line for line in lines if "coach" in line.shown_to)
        return Results(participant, programme, shown)
    (candidate,) = candidates([participant])
    proposal = propose(programme, candidate.results, unmet(programme, candidate.facts))
    earlier = [each for each in candidate.results if each.kind is CreditKind.RECOGNISED]
    entered = ledger.entries_of([participant.id]).get(participant.id, [])
    credit = [
        Credit(each.module_code, KINDS[CreditKind(each.kind)], each.credits, each.decision.board)
        for each in entered
    ]
    credit += [
        Credit(each.module.code, KINDS[each.kind], each.module.credits, None) for each in earlier
    ]
    awards = tuple(awards_of(participant.id))
    return Results(participant, programme, tuple(lines), tuple(credit), proposal, awards)


def _lines(participant: Participant, programme: Programme) -> list[Line]:
    query = (
        select(Grade, Attempt)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .where(Attempt.participant_id == participant.id, still_stands())
        .order_by(Attempt.number, Grade.revision)
    )
    newest = {attempt.id: (grade, attempt) for grade, attempt in db.session.execute(query)}
    grades = [grade.id for grade, _ in newest.values()]
    shown, said = sharing.audiences_of(grades), _said(grades)
    lines = []
    for grade, attempt in newest.values():
        module = programme.find_module(attempt.module_code)
        if module is not None:
            final = grade.status == "ratified"
            decision, reason = said.get(grade.id, ("", ""))
            outcome = outcome_of(programme, grade.mark, compensated=decision == "compensate")
            lines.append(
                Line(
                    module, attempt, grade, programme.band_of(grade.mark).name, final,
                    NEXT[outcome, final], frozenset(shown[grade.id]),
                    reason if decision == "change" else "",
                    outcome is ModuleOutcome.COMPENSATED,
                )
            )  # fmt: skip
    order = {module.code: place for place, module in enumerate(programme.modules)}
    return sorted(lines, key=lambda line: (order[line.module.code], line.attempt.number))


def _said(grade_ids: list[int]) -> Mapping[int, tuple[str, str]]:
    """grade id → what the board decided when it confirmed the mark, and why."""
    query = (
        select(Confirmation.grade_id, ResultDecision.decision, ResultDecision.rationale)
        .join(ResultDecision, ResultDecision.id == Confirmation.decision_id)
        .where(Confirmation.grade_id.in_(grade_ids))
    )
    return {row[0]: (row[1], row[2] or "") for row in db.session.execute(query)}


def decisions_told(participant: Participant) -> list[dict[str, Any]]:
    """What boards said of somebody, for the copy of their record; nothing that is not in force."""
    said = db.session.scalars(
        select(ResultDecision)
        .join(Confirmation, Confirmation.decision_id == ResultDecision.id)
        .where(ResultDecision.participant_id == participant.id)
        .order_by(ResultDecision.id)
    )
    results = [
        {
            "board": each.board.title,
            "on": each.board.held_on.isoformat(),
            "module": each.attempt.module_code,
            "attempt": each.attempt.number,
            "decision": each.decision,
            "mark_before": each.old_mark,
            "mark": each.mark,
            "reason": each.rationale,
        }
        for each in said
    ]
    awards = [
        {
            "board": each.board.title,
            "on": each.board.held_on.isoformat(),
            "decision": each.outcome,
            "award": each.award,
            "class": each.classification,
            "credits": each.credits,
            "reason": each.rationale,
        }
        for each in reversed(awards_of(participant.id))
    ]
    return [*results, *awards]
