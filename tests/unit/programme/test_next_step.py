"""The next step is one thing, and the most pressing one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lti_tool.programme.coverage import ClaimFact
from lti_tool.programme.definition import Programme
from lti_tool.programme.next_step import NextStep, Position, StepKind, all_steps, next_step
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts

THEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
FOUR_AREAS = ("1.1", "2.1", "3.1", "4.1")


def done(code: str, mark: int = 60) -> ModuleFacts:
    return ModuleFacts(code, submitted_at=THEN, released_mark=mark, feedback_seen=True)


def claims(code: str, *strands: str, attested: bool = False) -> tuple[ClaimFact, ...]:
    return tuple(ClaimFact(1, code, strand, attested=attested) for strand in strands)


ALL = tuple(done(f"MTL{number}") for number in range(1, 9))
RETURNED = ModuleFacts("MTL2", returned_items=1)
MARKED = replace(done("MTL1"), feedback_seen=False)
DRAFT = ModuleFacts("MTL2", draft_items=2)
ATTESTED = ModuleFacts("MTL2", attested_items=1)
REQUESTED = ModuleFacts("MTL2", requested_items=2)
SUBMITTED = ModuleFacts("MTL1", submitted_at=THEN)

CASES = {
    "a returned item comes first": (
        (replace(RETURNED, draft_items=1, attested_items=1, requested_items=1), MARKED),
        (),
        NextStep(
            StepKind.REVISE_RETURNED,
            "MTL2",
            "Your coach has returned 1 item of MTL2 to you: read why and revise.",
        ),
    ),
    "then feedback that was not read": (
        (replace(DRAFT, attested_items=1), MARKED),
        (),
        NextStep(
            StepKind.READ_FEEDBACK, "MTL1", "Your mark and feedback for MTL1 are here: read them."
        ),
    ),
    "then drafts for the coach": (
        (replace(DRAFT, attested_items=1), done("MTL1")),
        (),
        NextStep(
            StepKind.ASK_COACH,
            "MTL2",
            "You have 2 items of MTL2 in draft: ask your coach to attest.",
        ),
    ),
    "then what is ready to be submitted": (
        (ATTESTED, done("MTL1")),
        (),
        NextStep(
            StepKind.SUBMIT,
            "MTL2",
            "Your evidence for MTL2 is attested: look through it and submit.",
        ),
    ),
    "evidence from too few areas is not ready": (
        (ModuleFacts("MTL1", attested_items=1),),
        (
            *claims("MTL1", "1.1", "2.1", "3.1", attested=True),
            *claims("MTL1", "4.1"),
            *claims("MTL2", "4.1", attested=True),
        ),
        NextStep(
            StepKind.ADD_EVIDENCE,
            "MTL1",
            "Add evidence for MTL1, Enquiry into practice: diagnosis and evidence.",
        ),
    ),
    "evidence from all areas is ready": (
        (ModuleFacts("MTL1", attested_items=1),),
        claims("MTL1", *FOUR_AREAS, attested=True),
        NextStep(
            StepKind.SUBMIT,
            "MTL1",
            "Your evidence for MTL1 is attested: look through it and submit.",
        ),
    ),
    "more evidence is wanted while too little is with the coach": (
        (ModuleFacts("MTL1", requested_items=1),),
        claims("MTL1", "1.1"),
        NextStep(
            StepKind.ADD_EVIDENCE,
            "MTL1",
            "Add evidence for MTL1, Enquiry into practice: diagnosis and evidence.",
        ),
    ),
    "the next open module goes on while the coach looks at the first": (
        (ModuleFacts("MTL1", requested_items=1),),
        claims("MTL1", *FOUR_AREAS),
        NextStep(
            StepKind.ADD_EVIDENCE,
            "MTL2",
            "Add evidence for MTL2, Professional practice in the school context.",
        ),
    ),
    "the coach is waited for before the tutor": (
        (SUBMITTED, REQUESTED),
        (),
        NextStep(
            StepKind.WAIT_FOR_COACH,
            "MTL2",
            "Your coach has 2 items of MTL2 to look at: wait for the answer.",
        ),
    ),
    "a claim of earlier study is waited for too": (
        (SUBMITTED, ModuleFacts("MTL2", apl_pending=True)),
        (),
        NextStep(
            StepKind.WAIT_FOR_TUTOR,
            "MTL1",
            "MTL1 is with your tutor for marking: wait for the mark.",
        ),
    ),
    "then the tutor": (
        (SUBMITTED, ModuleFacts("MTL2", submitted_at=THEN, marking=True)),
        (),
        NextStep(
            StepKind.WAIT_FOR_TUTOR,
            "MTL1",
            "MTL1 is with your tutor for marking: wait for the mark.",
        ),
    ),
    "the tutor is waited for also while marking": (
        (done("MTL1", 30), ModuleFacts("MTL2", submitted_at=THEN, marking=True)),
        (),
        NextStep(
            StepKind.WAIT_FOR_TUTOR,
            "MTL2",
            "MTL2 is with your tutor for marking: wait for the mark.",
        ),
    ),
    "a fail waits for the programme lead": (
        (done("MTL1", 49), done("MTL2")),
        (),
        NextStep(
            StepKind.WAIT_FOR_LEAD,
            "MTL1",
            "MTL1 is not passed: your programme lead decides on another attempt.",
        ),
    ),
    "a confirmed fail waits for the programme lead too": (
        (replace(done("MTL1", 49), ratified=True), done("MTL2")),
        (),
        NextStep(
            StepKind.WAIT_FOR_LEAD,
            "MTL1",
            "MTL1 is not passed: your programme lead decides on another attempt.",
        ),
    ),
    "what stands before the next phase is told": (
        ALL[:6],
        (),
        NextStep(
            StepKind.MEET_CONDITION,
            "MTL7",
            "You may start phase 3 when 4 of the 4 content areas have evidence attested by a "
            "coach; 0 have it (missing: nothing attested in Teaching and assessment; Subject and "
            "curriculum; Children and inclusion; Leading and working together).",
        ),
    ),
    "a provisional pass waits for the board": (
        (replace(ALL[0], ratified=True), *ALL[1:]),
        (),
        NextStep(
            StepKind.WAIT_FOR_BOARD,
            "MTL2",
            "Your pass in MTL2 is provisional: wait until the board confirms it.",
        ),
    ),
    "and at the end nothing is left to do": (
        tuple(replace(each, ratified=True) for each in ALL),
        (),
        NextStep(StepKind.FINISHED, None, "You have passed every module of the programme."),
    ),
}


@pytest.mark.parametrize(("modules", "made", "step"), CASES.values(), ids=CASES.keys())
def test_the_next_step_is_the_most_pressing_one(
    programme: Programme,
    modules: tuple[ModuleFacts, ...],
    made: tuple[ClaimFact, ...],
    step: NextStep,
) -> None:
    assert next_step(programme, ParticipantFacts(modules, made)) == step


def test_a_newcomer_begins_with_evidence_for_the_first_module(programme: Programme) -> None:
    step = next_step(programme, ParticipantFacts())
    assert (step.kind, step.module_code) == (StepKind.ADD_EVIDENCE, "MTL1")


def test_a_failed_module_waits_for_the_lead_and_is_not_called_a_pass(programme: Programme) -> None:
    failed = done("MTL1", 42)
    facts = ParticipantFacts((failed,))
    told = [step for step in all_steps(Position(programme, facts)) if step.module_code == "MTL1"]
    assert [step.kind for step in told] == [StepKind.WAIT_FOR_LEAD]
