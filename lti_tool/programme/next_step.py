"""The one next thing for a participant to do, so that a page can begin with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from lti_tool.programme.coverage import ClaimFact
from lti_tool.programme.definition import Programme
from lti_tool.programme.progression import (
    ModuleState,
    ModuleStatus,
    Outcome,
    ParticipantFacts,
    areas_of,
    module_statuses,
    open_modules,
)


class StepKind(StrEnum):
    """What sort of step it is; pages choose a link by it."""

    REVISE_RETURNED = "revise_returned"
    READ_FEEDBACK = "read_feedback"
    ASK_COACH = "ask_coach"
    SUBMIT = "submit"
    ADD_EVIDENCE = "add_evidence"
    WAIT_FOR_COACH = "wait_for_coach"
    WAIT_FOR_TUTOR = "wait_for_tutor"
    WAIT_FOR_LEAD = "wait_for_lead"
    MEET_CONDITION = "meet_condition"
    WAIT_FOR_BOARD = "wait_for_board"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class NextStep:
    """One step, the module it is about, and the sentence that says so."""

    kind: StepKind
    module_code: str | None
    sentence: str


def next_step(programme: Programme, facts: ParticipantFacts) -> NextStep:
    """What the participant does next; where all waits for others, for whom."""
    finished = NextStep(StepKind.FINISHED, None, "You have passed every module of the programme.")
    return next(all_steps(Position(programme, facts)), finished)


def all_steps(here: Position) -> Iterator[NextStep]:
    """All that could be done or is waited for, the most pressing first."""
    return (step for steps in ORDER for step in steps(here))


@dataclass(frozen=True)
class Position:
    """The facts, and what follows from them, worked out once however many steps ask."""

    programme: Programme
    facts: ParticipantFacts

    @cached_property
    def open(self) -> tuple[str, ...]:
        return open_modules(self.programme, self.facts)

    @cached_property
    def statuses(self) -> tuple[ModuleStatus, ...]:
        return module_statuses(self.programme, self.facts)

    def in_state(self, *states: ModuleState) -> Iterator[ModuleStatus]:
        return (status for status in self.statuses if status.state in states)


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _returned(here: Position) -> Iterator[NextStep]:
    for code in here.open:
        if count := here.facts.of(code).returned_items:
            sentence = (
                f"Your coach has returned {_items(count)} of {code} to you: read why and revise."
            )
            yield NextStep(StepKind.REVISE_RETURNED, code, sentence)


def _feedback(here: Position) -> Iterator[NextStep]:
    for module in here.programme.modules:
        own = here.facts.of(module.code)
        if own.released_mark is not None and not own.feedback_seen:
            sentence = f"Your mark and feedback for {module.code} are here: read them."
            yield NextStep(StepKind.READ_FEEDBACK, module.code, sentence)


def _drafts(here: Position) -> Iterator[NextStep]:
    for code in here.open:
        if count := here.facts.of(code).draft_items:
            sentence = f"You have {_items(count)} of {code} in draft: ask your coach to attest."
            yield NextStep(StepKind.ASK_COACH, code, sentence)


def _ready(here: Position) -> Iterator[NextStep]:
    for code in here.open:
        attested = (claim for claim in here.facts.claims_for(code) if claim.attested)
        if here.facts.of(code).attested_items and _are_enough(here.programme, code, attested):
            sentence = f"Your evidence for {code} is attested: look through it and submit."
            yield NextStep(StepKind.SUBMIT, code, sentence)


def _are_enough(programme: Programme, code: str, claims: Iterable[ClaimFact]) -> bool:
    return len(areas_of(programme, claims)) >= programme.module(code).min_areas


def _evidence(here: Position) -> Iterator[NextStep]:
    """A module whose evidence is all with the coach, and would be enough, asks for no more."""
    for code in here.open:
        claims = here.facts.claims_for(code)
        if here.facts.of(code).requested_items and _are_enough(here.programme, code, claims):
            continue
        sentence = f"Add evidence for {code}, {here.programme.module(code).title}."
        yield NextStep(StepKind.ADD_EVIDENCE, code, sentence)


def _coach(here: Position) -> Iterator[NextStep]:
    for code in here.open:
        if count := here.facts.of(code).requested_items:
            sentence = f"Your coach has {_items(count)} of {code} to look at: wait for the answer."
            yield NextStep(StepKind.WAIT_FOR_COACH, code, sentence)


def _tutor(here: Position) -> Iterator[NextStep]:
    for status in here.in_state(ModuleState.SUBMITTED, ModuleState.UNDER_ASSESSMENT):
        sentence = f"{status.code} is with your tutor for marking: wait for the mark."
        yield NextStep(StepKind.WAIT_FOR_TUTOR, status.code, sentence)
    for status in here.in_state(ModuleState.APL_PENDING):
        sentence = f"Your claim of earlier study for {status.code} waits for a decision."
        yield NextStep(StepKind.WAIT_FOR_TUTOR, status.code, sentence)


def _lead(here: Position) -> Iterator[NextStep]:
    for status in here.in_state(ModuleState.PROVISIONAL, ModuleState.RATIFIED):
        if status.outcome is Outcome.FAIL:
            sentence = (
                f"{status.code} is not passed: your programme lead decides on another attempt."
            )
            yield NextStep(StepKind.WAIT_FOR_LEAD, status.code, sentence)
    for status in here.in_state(ModuleState.DEFERRED):
        yield NextStep(StepKind.WAIT_FOR_LEAD, status.code, status.reasons[0])


def _condition(here: Position) -> Iterator[NextStep]:
    for status in here.in_state(ModuleState.PLANNED):
        yield NextStep(StepKind.MEET_CONDITION, status.code, status.reasons[0])


def _board(here: Position) -> Iterator[NextStep]:
    for status in here.in_state(ModuleState.PROVISIONAL):
        if status.outcome is Outcome.PASS:
            sentence = (
                f"Your pass in {status.code} is provisional: wait until the board confirms it."
            )
            yield NextStep(StepKind.WAIT_FOR_BOARD, status.code, sentence)


ORDER: tuple[Callable[[Position], Iterator[NextStep]], ...] = (
    _returned,
    _feedback,
    _drafts,
    _ready,
    _evidence,
    _coach,
    _tutor,
    _lead,
    _condition,
    _board,
)
