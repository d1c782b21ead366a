"""Progression tells where a participant stands, what they may do, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.coverage import ClaimFact
from lti_tool.programme.definition import (
    MarkingPolicy,
    NotInProgramme,
    Programme,
    ProgressionMode,
)
from lti_tool.programme.progression import (
    Credits,
    Decision,
    ModuleFacts,
    ModuleState,
    ModuleStatus,
    Outcome,
    ParticipantFacts,
    PhaseState,
    credits_earned,
    may_open,
    may_progress,
    may_submit,
    module_status,
    module_statuses,
    open_modules,
    phase_status,
)

THEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
CODES = tuple(f"MTL{number}" for number in range(1, 9))
DIAGNOSIS = "the first diagnosis of professional needs"
FOUR_AREAS = ("1.1", "2.1", "3.1", "4.1")


def facts_of(*modules: ModuleFacts, **further: Any) -> ParticipantFacts:
    return ParticipantFacts(modules, **further)


def handed_in(code: str) -> ModuleFacts:
    return ModuleFacts(code, submitted_at=THEN)


def passed(*codes: str) -> tuple[ModuleFacts, ...]:
    return tuple(ModuleFacts(code, submitted_at=THEN, released_mark=50) for code in codes)


def attested(code: str, *strands: str) -> tuple[ClaimFact, ...]:
    return tuple(
        ClaimFact(place, code, strand, attested=True) for place, strand in enumerate(strands)
    )


def blocking(programme: Programme) -> Programme:
    return replace(programme, mode=ProgressionMode.BLOCK)


def with_parallel(programme: Programme, number: int) -> Programme:
    return replace(programme, parallel_modules=number)


module_facts = st.builds(
    ModuleFacts,
    code=st.just(""),
    draft_items=st.integers(0, 2),
    requested_items=st.integers(0, 2),
    returned_items=st.integers(0, 2),
    attested_items=st.integers(0, 2),
    opened=st.booleans(),
    submitted_at=st.none() | st.just(THEN),
    marking=st.booleans(),
    released_mark=st.none() | st.integers(0, 100),
    feedback_seen=st.booleans(),
    ratified=st.booleans(),
    reassessment=st.booleans(),
)
claim_facts = st.builds(
    ClaimFact,
    item_id=st.integers(1, 6),
    module_code=st.sampled_from(CODES),
    strand=st.sampled_from(FOUR_AREAS),
    attested=st.booleans(),
)
participant_facts = st.builds(
    lambda modules, claims, records: ParticipantFacts(
        tuple(replace(facts, code=code) for code, facts in zip(CODES, modules, strict=True)),
        tuple(claims),
        records,
    ),
    st.lists(module_facts, min_size=8, max_size=8),
    st.lists(claim_facts, max_size=6),
    st.none() | st.frozensets(st.sampled_from(["diagnosis_agreed", "specialism_agreed"])),
)


# -- the state of a module


@pytest.mark.parametrize(
    ("known", "state", "outcome"),
    [
        ({}, ModuleState.OPEN, None),
        ({"draft_items": 3, "attested_items": 1}, ModuleState.OPEN, None),
        ({"submitted_at": THEN}, ModuleState.SUBMITTED, None),
        ({"submitted_at": THEN, "marking": True}, ModuleState.UNDER_ASSESSMENT, None),
        ({"marking": True, "released_mark": 49}, ModuleState.PROVISIONAL, Outcome.FAIL),
        ({"marking": True, "released_mark": 50}, ModuleState.PROVISIONAL, Outcome.PASS),
        ({"released_mark": 0}, ModuleState.PROVISIONAL, Outcome.FAIL),
        ({"released_mark": 70, "ratified": True}, ModuleState.RATIFIED, Outcome.PASS),
        ({"released_mark": 12, "ratified": True}, ModuleState.RATIFIED, Outcome.FAIL),
        ({"ratified": True}, ModuleState.RATIFIED, None),
        ({"released_mark": 12, "reassessment": True}, ModuleState.REASSESSMENT_OPEN, None),
    ],
)
def test_a_module_has_the_furthest_state_that_the_facts_reach(
    programme: Programme, known: dict[str, Any], state: ModuleState, outcome: Outcome | None
) -> None:
    status = module_status(programme, "MTL1", facts_of(ModuleFacts("MTL1", **known)))
    assert status == ModuleStatus("MTL1", state, outcome)


def test_statuses_come_in_the_order_of_the_programme(programme: Programme) -> None:
    statuses = module_statuses(programme, facts_of())
    assert tuple(status.code for status in statuses) == CODES
    assert [status.state for status in statuses] == [ModuleState.OPEN] * 2 + [
        ModuleState.PLANNED
    ] * 6


def test_a_module_that_nothing_is_known_of_has_facts_all_the_same() -> None:
    assert facts_of(handed_in("MTL1")).of("MTL2") == ModuleFacts("MTL2")


def test_claimed_items_are_all_items_in_whatever_state() -> None:
    facts = ModuleFacts(
        "MTL1", draft_items=1, requested_items=10, returned_items=100, attested_items=1000
    )
    assert facts.claimed_items == 1111


# -- which modules are open


def test_the_first_module_is_open_from_the_start(programme: Programme) -> None:
    assert open_modules(with_parallel(programme, 0), facts_of()) == ("MTL1",)


def test_as_many_modules_as_the_programme_says_are_open_beside_it(programme: Programme) -> None:
    assert open_modules(programme, facts_of()) == ("MTL1", "MTL2")


def test_a_phase_stays_closed_however_many_may_be_parallel(programme: Programme) -> None:
    assert open_modules(with_parallel(programme, 7), facts_of()) == ("MTL1", "MTL2")


def test_the_next_module_opens_when_one_is_submitted(programme: Programme) -> None:
    one_by_one = with_parallel(programme, 0)
    assert open_modules(one_by_one, facts_of(handed_in("MTL1"))) == ("MTL2",)


def test_phase_2_opens_beside_an_unfinished_module_of_phase_1(programme: Programme) -> None:
    assert open_modules(programme, facts_of(*passed("MTL1"))) == ("MTL2", "MTL3")


def test_a_module_opened_before_its_turn_is_open_and_shows_the_reasons(
    programme: Programme,
) -> None:
    facts = facts_of(ModuleFacts("MTL4", opened=True))
    assert open_modules(programme, facts) == ("MTL1", "MTL2", "MTL4")
    status = module_status(programme, "MTL4", facts)
    assert status.state is ModuleState.OPEN
    assert status.reasons == (
        "You may start phase 2 when MTL1 has a provisional pass.",
        "MTL4 follows when you have submitted MTL1 or MTL2.",
    )


def test_a_module_that_failed_opens_again_with_a_further_attempt(programme: Programme) -> None:
    failed = ModuleFacts("MTL1", submitted_at=THEN, released_mark=30, ratified=True)
    assert open_modules(programme, facts_of(failed)) == ("MTL2",)
    again = replace(failed, reassessment=True)
    assert open_modules(programme, facts_of(again)) == ("MTL1", "MTL2")


def test_a_further_attempt_is_open_whatever_else_is(programme: Programme) -> None:
    again = ModuleFacts("MTL2", submitted_at=THEN, reassessment=True)
    assert open_modules(with_parallel(programme, 0), facts_of(again)) == ("MTL1", "MTL2")


# -- whether it may be opened


def test_a_later_module_may_be_opened_with_a_warning(programme: Programme) -> None:
    decision = may_open(programme, "MTL3", facts_of())
    assert decision.allowed
    assert decision.reasons == (
        "You may start phase 2 when MTL1 has a provisional pass.",
        "MTL3 follows when you have submitted MTL1 or MTL2.",
    )


def test_a_later_module_may_not_be_opened_where_the_university_blocks(
    programme: Programme,
) -> None:
    decision = may_open(blocking(programme), programme.module("MTL3"), facts_of(*passed("MTL1")))
    assert decision == Decision(True)
    assert not may_open(blocking(programme), "MTL4", facts_of(*passed("MTL1"))).allowed


def test_a_submitted_module_is_not_opened_again(programme: Programme) -> None:
    expected = Decision(False, ("MTL1 has already been submitted.",))
    assert may_open(programme, "MTL1", facts_of(handed_in("MTL1"))) == expected


# -- whether a phase may be started


def test_phase_1_may_always_be_started(programme: Programme) -> None:
    assert may_progress(blocking(programme), 1, facts_of(records=frozenset())) == Decision(True)


def test_phase_2_asks_for_a_diagnosis_and_a_provisional_pass(programme: Programme) -> None:
    facts = facts_of(records=frozenset())
    reasons = (
        f"You may start phase 2 when this is recorded: {DIAGNOSIS}.",
        "You may start phase 2 when MTL1 has a provisional pass.",
    )
    assert may_progress(programme, 2, facts) == Decision(True, reasons)
    assert may_progress(blocking(programme), programme.phase(2), facts) == Decision(False, reasons)


def test_phase_2_may_be_started_once_its_conditions_are_met(programme: Programme) -> None:
    facts = facts_of(*passed("MTL1"), records=frozenset({"diagnosis_agreed"}))
    assert may_progress(blocking(programme), 2, facts) == Decision(True)


@pytest.mark.parametrize("further", [{"released_mark": 49}, {"reassessment": True}])
def test_a_fail_or_a_further_attempt_is_no_pass(
    programme: Programme, further: dict[str, Any]
) -> None:
    module = replace(passed("MTL1")[0], **further)
    assert not may_progress(blocking(programme), 2, facts_of(module)).allowed


def test_records_are_not_asked_for_where_none_are_kept(programme: Programme) -> None:
    assert may_progress(programme, 2, facts_of(*passed("MTL1"))).reasons == ()


def test_phase_3_asks_for_credits_and_attested_areas(programme: Programme) -> None:
    facts = facts_of(*passed("MTL1", "MTL3", "MTL4"), claims=attested("MTL3", "1.1", "2.1", "3.1"))
    assert may_progress(programme, 3, facts).reasons == (
        "You may start phase 3 when you have 60 credits of phase 1; you have 30.",
        "You may start phase 3 when you have 45 credits of phase 2; you have 30.",
        "You may start phase 3 when 4 of the 4 content areas have evidence attested by a coach; "
        "3 have it (missing: nothing attested in Leading and working together).",
    )


def test_phase_3_may_be_started_with_just_enough(programme: Programme) -> None:
    facts = facts_of(
        *passed("MTL1", "MTL2", "MTL3", "MTL4", "MTL5"),
        claims=attested("MTL1", *FOUR_AREAS),
        records=frozenset({"specialism_agreed"}),
    )
    assert may_progress(blocking(programme), 3, facts) == Decision(True)


def test_claims_that_nobody_attested_do_not_open_phase_3(programme: Programme) -> None:
    claims = tuple(replace(claim, attested=False) for claim in attested("MTL1", *FOUR_AREAS))
    reasons = may_progress(programme, 3, facts_of(claims=claims)).reasons
    assert reasons[-1].endswith(
        "; 0 have it (missing: nothing attested in Teaching and assessment; Subject and "
        "curriculum; Children and inclusion; Leading and working together)."
    )


# -- whether a module may be submitted


def ready(code: str, **further: Any) -> ParticipantFacts:
    module = ModuleFacts(code, **({"attested_items": 1, "opened": True} | further))
    return facts_of(module, claims=attested(code, *FOUR_AREAS))


@pytest.mark.parametrize("code", ["MTL1", "MTL6", "MTL8"])
def test_an_open_module_with_attested_evidence_may_be_submitted_under_any_policy(
    programme: Programme, code: str
) -> None:
    assert may_submit(blocking(programme), code, ready(code)) == Decision(True)
    assert may_submit(programme, programme.module(code), ready(code)) == Decision(True)


def test_the_default_programme_has_a_module_of_each_policy(programme: Programme) -> None:
    assert {module.marking for module in programme.modules} == set(MarkingPolicy)


def test_a_module_without_evidence_may_not_be_submitted(programme: Programme) -> None:
    assert may_submit(programme, "MTL1", facts_of()) == Decision(
        False, ("Add at least one item of evidence to MTL1 first.",)
    )


def test_a_module_that_is_not_open_may_not_be_submitted(programme: Programme) -> None:
    facts = facts_of(ModuleFacts("MTL3", attested_items=1))
    assert may_submit(programme, "MTL3", facts) == Decision(
        False, ("MTL3 is not open to you yet.",)
    )


@pytest.mark.parametrize("known", [{"submitted_at": THEN}, {"marking": True}, {"released_mark": 0}])
def test_a_module_may_not_be_submitted_twice(programme: Programme, known: dict[str, Any]) -> None:
    assert may_submit(programme, "MTL1", ready("MTL1", **known)) == Decision(
        False, ("MTL1 has already been submitted.",)
    )


def test_a_further_attempt_may_be_submitted(programme: Programme) -> None:
    facts = ready("MTL1", submitted_at=THEN, released_mark=30, reassessment=True)
    assert may_submit(programme, "MTL1", facts) == Decision(True)


def test_what_is_usual_before_a_submission_warns_or_blocks(programme: Programme) -> None:
    facts = facts_of(
        ModuleFacts("MTL1", draft_items=1),
        claims=(ClaimFact(1, "MTL1", "1.1"), ClaimFact(1, "MTL2", "2.1")),
        records=frozenset(),
    )
    reasons = (
        f"MTL1 asks that this is recorded: {DIAGNOSIS}.",
        "Your coach has not attested any evidence for MTL1 yet.",
        "MTL1 asks for evidence from 4 content areas; you have 1.",
    )
    assert may_submit(programme, "MTL1", facts) == Decision(True, reasons)
    assert may_submit(blocking(programme), "MTL1", facts) == Decision(False, reasons)


def test_a_university_may_do_without_attestation(programme: Programme) -> None:
    without = replace(blocking(programme), policies={"coaching": {"attestation_required": False}})
    assert may_submit(without, "MTL2", facts_of(ModuleFacts("MTL2", draft_items=1))).allowed


# -- credits and phases


def test_credit_comes_from_passed_modules_only(programme: Programme) -> None:
    facts = facts_of(
        replace(passed("MTL1")[0], ratified=True),
        *passed("MTL3"),
        ModuleFacts("MTL4", submitted_at=THEN, released_mark=49),
        ModuleFacts("MTL5", ratified=True),
        handed_in("MTL8"),
    )
    assert credits_earned(programme, facts) == Credits(ratified=30, provisional=15)
    assert credits_earned(programme, facts).total == 45
    assert credits_earned(programme, facts, 1) == Credits(ratified=30)
    assert credits_earned(programme, facts, programme.phase(2)) == Credits(provisional=15)
    assert credits_earned(programme, facts, 3) == Credits()


@pytest.mark.parametrize(
    ("modules", "state"),
    [
        ((), PhaseState.PLANNED),
        ((ModuleFacts("MTL7", opened=True),), PhaseState.OPEN),
        ((handed_in("MTL8"),), PhaseState.OPEN),
        (passed("MTL7"), PhaseState.OPEN),
        (passed("MTL7", "MTL8"), PhaseState.PASSED),
        ((replace(passed("MTL7")[0], ratified=True), *passed("MTL8")), PhaseState.PASSED),
        (
            tuple(replace(each, ratified=True) for each in passed("MTL7", "MTL8")),
            PhaseState.RATIFIED,
        ),
    ],
)
def test_a_phase_is_as_far_as_its_modules(
    programme: Programme, modules: tuple[ModuleFacts, ...], state: PhaseState
) -> None:
    facts = facts_of(*modules, *passed("MTL3"))
    status = phase_status(programme, 3, facts)
    assert (status.number, status.state) == (3, state)
    assert status.credits == credits_earned(programme, facts, 3)
    assert status.start == may_progress(programme, 3, facts)
    assert phase_status(programme, programme.phase(3), facts) == status


# -- always


@given(participant_facts)
def test_a_planned_module_always_says_why(programme: Programme, facts: ParticipantFacts) -> None:
    for status in module_statuses(programme, facts):
        assert status.reasons or status.state is not ModuleState.PLANNED


@given(participant_facts)
def test_every_reason_is_a_sentence(programme: Programme, facts: ParticipantFacts) -> None:
    decisions = [may_progress(programme, phase, facts) for phase in programme.phases]
    for module in programme.modules:
        decisions += [may_open(programme, module, facts), may_submit(programme, module, facts)]
    for decision in decisions:
        assert decision.allowed or decision.reasons
        assert all(reason[0].isupper() and reason.endswith(".") for reason in decision.reasons)


@given(participant_facts, st.data())
def test_the_order_of_facts_does_not_matter(
    programme: Programme, facts: ParticipantFacts, data: st.DataObject
) -> None:
    shuffled = replace(facts, modules=tuple(data.draw(st.permutations(facts.modules))))
    assert module_statuses(programme, shuffled) == module_statuses(programme, facts)


@given(participant_facts)
def test_blocking_allows_nothing_that_warning_forbids(
    programme: Programme, facts: ParticipantFacts
) -> None:
    for module in programme.modules:
        strict = may_submit(blocking(programme), module, facts)
        assert may_submit(programme, module, facts).allowed or not strict.allowed


@pytest.mark.parametrize("rule", [may_open, may_submit, module_status])
def test_a_module_of_another_programme_is_refused(programme: Programme, rule: Any) -> None:
    with pytest.raises(NotInProgramme, match=r"^There is no module MTL9 in this programme"):
        rule(programme, "MTL9", facts_of())
