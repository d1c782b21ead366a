"""What the rules on an award ask about people, with what a board says now taken as confirmed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lti_tool.board import ledger
from lti_tool.board.board_models import ResultDecision
from lti_tool.board.rules.award import (
    CreditKind,
    Entry,
    ModuleOutcome,
    Result,
    lines_for,
    outcome_of,
    standing,
)
from lti_tool.evidence.facts import ModuleCounts, claim_facts, module_counts
from lti_tool.grades.models import Grade
from lti_tool.grades.released import current_grades
from lti_tool.learning import records
from lti_tool.learning.records import Kept
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.programme.adoption import within
from lti_tool.programme.coverage import ClaimFact
from lti_tool.programme.definition import Programme
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts, recognised_modules

NO_WORK = ModuleCounts()


@dataclass(frozen=True)
class Candidate:
    """One person as an award is decided on."""

    participant: Participant
    programme: Programme
    facts: ParticipantFacts
    results: tuple[Result, ...]  # whose credit stands


def outcome_by(decision: ResultDecision, programme: Programme) -> ModuleOutcome:
    """What a decision means for the module."""
    if decision.mark is None:
        return ModuleOutcome.DEFERRED
    is_compensated = decision.decision == "compensate"
    return outcome_of(programme, decision.mark, compensated=is_compensated)


def candidates(
    participants: Sequence[Participant], pending: Iterable[ResultDecision] = ()
) -> list[Candidate]:
    """These people as they stand once the pending decisions are in force."""
    ids = [each.id for each in participants]
    by_person: dict[int, dict[int, ResultDecision]] = defaultdict(dict)
    for decision in pending:
        by_person[decision.participant_id][decision.attempt_id] = decision
    counts, kept, lines = module_counts(ids), records.kept(ids), ledger.entries_of(ids)
    grades: dict[int, dict[str, Grade]] = defaultdict(dict)
    for (person, code), grade in current_grades(ids).items():
        grades[person][code] = grade
    found = []
    for participant in participants:
        own = _Own(
            participant, counts.get(participant.id, {}), grades[participant.id],
            by_person[participant.id], kept[participant.id],
            ledger.plain(lines.get(participant.id, [])),
        )  # fmt: skip
        found.append(own)
    confirmed = frozenset[int]().union(*(own.confirmed for own in found)) if found else frozenset()
    claims = claim_facts(ids, drafts=False, confirmed=confirmed)
    return [own.candidate(claims.get(own.participant.id, ())) for own in found]


@dataclass(frozen=True)
class _Own:
    participant: Participant
    counts: Mapping[str, ModuleCounts]
    grades: Mapping[str, Grade]
    pending: Mapping[int, ResultDecision]
    kept: Kept
    lines: tuple[Entry, ...]

    @property
    def programme(self) -> Programme:
        return programme_of(self.participant)

    @property
    def credit(self) -> dict[str, Entry]:
        """The credit that stands, after what is pending."""
        lines = list(self.lines)
        for decision in self.pending.values():
            module = self.programme.find_module(decision.attempt.module_code)
            if module is not None:
                outcome = outcome_by(decision, self.programme)
                own = [each for each in lines if each.module_code == module.code]
                lines += lines_for(own, module, outcome, decision.attempt_id)
        return standing(lines)

    def mark(self, code: str) -> int | None:
        grade = self.grades.get(code)
        if grade is None:
            return None
        decision = self.pending.get(grade.attempt_id)
        return grade.mark if decision is None or decision.mark is None else decision.mark

    def is_confirmed(self, code: str) -> bool:
        grade = self.grades.get(code)
        if grade is None:
            return False
        decision = self.pending.get(grade.attempt_id)
        return grade.status == "ratified" or (decision is not None and decision.mark is not None)

    @property
    def confirmed(self) -> frozenset[int]:
        """The attempts whose evidence counts as confirmed: those that are passed."""
        return frozenset(
            grade.attempt_id
            for code, grade in self.grades.items()
            if self.is_confirmed(code) and self.programme.is_pass(self.mark(code) or 0)
        )

    def candidate(self, claims: Iterable[ClaimFact]) -> Candidate:
        credit = self.credit
        codes = sorted(
            self.counts.keys() | self.grades.keys() | self.kept.enrolments.keys()
            | self.kept.earlier
        )  # fmt: skip
        facts = ParticipantFacts(
            tuple(self._module(code, credit) for code in codes),
            tuple(claims),
            records=self.kept.of("record"),
            specialism=self.kept.of("specialism"),
        )
        facts = within(self.programme, facts)
        return Candidate(self.participant, self.programme, facts, self._results(credit, facts))

    def _module(self, code: str, credit: Mapping[str, Entry]) -> ModuleFacts:
        counts, grade = self.counts.get(code, NO_WORK), self.grades.get(code)
        of_this = grade is not None and grade.attempt_id == counts.attempt_id
        facts = ModuleFacts(
            code,
            attempts=counts.attempts,
            submitted_at=counts.submitted_at,
            released_mark=self.mark(code) if of_this else None,
            ratified=of_this and self.is_confirmed(code),
            compensated=of_this and code in credit and credit[code].kind is CreditKind.COMPENSATED,
        )
        return self.kept.arranged(code, facts)

    def _results(self, credit: Mapping[str, Entry], facts: ParticipantFacts) -> tuple[Result, ...]:
        earlier = recognised_modules(self.programme, facts)
        found = []
        for module in self.programme.modules:
            if module.code in credit:
                kind = credit[module.code].kind
                found.append(Result(module, kind, self.mark(module.code)))
            elif module.code in earlier:
                found.append(Result(module, CreditKind.RECOGNISED))
        return tuple(found)
