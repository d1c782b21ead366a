"""The lead's verbs on a module: each with its rule, and the reason where it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.definition import Programme, ProgressionMode
from lti_tool.programme.enrolment import Deed, attempts_left, may
from lti_tool.programme.progression import (
    Credits,
    ModuleFacts,
    ModuleState,
    ParticipantFacts,
    PhaseState,
    credits_earned,
    may_submit,
    module_status,
    open_modules,
    phase_status,
    recognised_modules,
)

THEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
FAILED = {"submitted_at": THEN, "released_mark": 30, "attempts": 1}
NO = "MTL2 has already been submitted."
CLAIMED = "MTL2 is claimed from earlier study; decide that claim first."
RECOGNISED = "Earlier study has been recognised for MTL2."


def facts_of(code: str = "MTL2", **known: Any) -> ParticipantFacts:
    return ParticipantFacts((ModuleFacts(code, **known),))


@pytest.mark.parametrize(
    ("deed", "known", "reasons"),
    [
        (Deed.ENROL, {"submitted_at": THEN}, (NO,)),
        (Deed.ENROL, {"apl_pending": True}, (CLAIMED,)),
        (Deed.ENROL, {"recognised": True}, (RECOGNISED,)),
        (Deed.OPEN, {}, ("MTL2 is open already.",)),
        (Deed.OPEN, {"submitted_at": THEN}, (NO,)),
        (Deed.OPEN, {"recognised": True}, (RECOGNISED,)),
        (Deed.CLOSE, {"submitted_at": THEN}, (NO,)),
        (Deed.CLOSE, {"closed": True}, ("MTL2 is not open, so there is nothing to close.",)),
        (Deed.DEFER, {"deferred": True}, ("MTL2 is deferred already.",)),
        (Deed.DEFER, {"submitted_at": THEN}, (NO,)),
        (Deed.SET_DUE, {"submitted_at": THEN}, (NO,)),
        (Deed.REASSESS, {}, ("A further attempt follows a fail, and MTL2 has none.",)),
        (
            Deed.REASSESS,
            {"submitted_at": THEN, "released_mark": 50, "attempts": 1},
            ("A further attempt follows a fail, and MTL2 has none.",),
        ),
        (
            Deed.REASSESS,
            FAILED | {"reassessment": True},
            ("A further attempt of MTL2 is open already.",),
        ),
        (
            Deed.REASSESS,
            FAILED | {"attempts": 2},
            ("2 attempts are allowed, and none of MTL2 is left.",),
        ),
    ],
)
def test_a_verb_is_refused_with_its_reason(
    programme: Programme, deed: Deed, known: dict[str, Any], reasons: tuple[str, ...]
) -> None:
    decision = may(programme, deed, "MTL2", facts_of(**known))
    assert (decision.allowed, decision.reasons) == (False, reasons)


@pytest.mark.parametrize(
    ("deed", "known"),
    [
        (Deed.ENROL, {}),
        (Deed.OPEN, {"closed": True}),
        (Deed.OPEN, {"deferred": True}),
        (Deed.CLOSE, {}),
        (Deed.CLOSE, FAILED | {"reassessment": True}),
        (Deed.DEFER, {}),
        (Deed.SET_DUE, {}),
        (Deed.SET_DUE, FAILED | {"reassessment": True}),
        (Deed.REASSESS, FAILED),
    ],
)
def test_a_verb_is_done_where_nothing_is_against_it(
    programme: Programme, deed: Deed, known: dict[str, Any]
) -> None:
    decision = may(programme, deed, "MTL2", facts_of(**known))
    assert (decision.allowed, decision.reasons) == (True, ())


def test_opening_before_its_turn_warns_or_is_blocked(programme: Programme) -> None:
    blocking = replace(programme, mode=ProgressionMode.BLOCK)
    assert may(programme, Deed.OPEN, "MTL3", ParticipantFacts()).reasons
    assert may(programme, Deed.OPEN, "MTL3", ParticipantFacts()).allowed
    assert not may(blocking, Deed.OPEN, "MTL3", ParticipantFacts()).allowed


def test_enrolling_ahead_tells_what_stands_before_it(programme: Programme) -> None:
    decision = may(programme, Deed.ENROL, "MTL3", ParticipantFacts())
    assert decision.allowed
    assert decision.reasons[0] == "You may start phase 2 when MTL1 has a provisional pass."


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ({}, 2),
        ({"attempts": 1}, 1),
        ({"attempts": 1, "reassessment": True}, 0),
        ({"attempts": 3}, 0),
    ],
)
def test_attempts_are_counted_with_the_one_now_open(
    programme: Programme, known: dict[str, Any], left: int
) -> None:
    assert attempts_left(programme, "MTL2", facts_of(**known)) == left


@pytest.mark.parametrize(
    ("known", "state", "sentence"),
    [
        (
            {"closed": True},
            ModuleState.PLANNED,
            "MTL2 is closed: the programme lead opens it again.",
        ),
        (
            {"deferred": True},
            ModuleState.DEFERRED,
            "MTL2 is deferred: the programme lead opens it again.",
        ),
        (
            {"apl_pending": True},
            ModuleState.APL_PENDING,
            "MTL2 is claimed from earlier study: it opens if the claim is refused or withdrawn.",
        ),
    ],
)
def test_a_module_that_is_held_back_is_not_worked_on_and_says_why(
    programme: Programme, known: dict[str, Any], state: ModuleState, sentence: str
) -> None:
    facts = facts_of(**known, draft_items=1)
    assert open_modules(programme, facts)[0] == "MTL1"
    assert "MTL2" not in open_modules(programme, facts)
    status = module_status(programme, "MTL2", facts)
    assert (status.state, status.reasons[0]) == (state, sentence)
    assert may_submit(programme, "MTL2", facts).reasons == (sentence,)


def test_a_module_held_back_makes_room_for_the_next(programme: Programme) -> None:
    facts = ParticipantFacts(
        (
            ModuleFacts("MTL1", submitted_at=THEN, released_mark=60),
            ModuleFacts("MTL2", deferred=True),
        )
    )
    assert open_modules(programme, facts) == ("MTL3", "MTL4")


def test_recognised_study_gives_its_credit_and_is_no_work(programme: Programme) -> None:
    facts = facts_of(recognised=True)
    assert module_status(programme, "MTL2", facts).state is ModuleState.RECOGNISED
    assert "MTL2" not in open_modules(programme, facts)
    assert credits_earned(programme, facts) == Credits(recognised=30)
    assert credits_earned(programme, facts, 1).total == 30
    assert credits_earned(programme, facts, 2).total == 0


def test_a_phase_of_a_ratified_pass_and_recognised_study_is_ratified(programme: Programme) -> None:
    first = ModuleFacts("MTL1", submitted_at=THEN, released_mark=60, ratified=True)
    facts = ParticipantFacts((first, ModuleFacts("MTL2", recognised=True)))
    assert phase_status(programme, 1, facts).state is PhaseState.RATIFIED


def test_recognised_study_that_the_programme_does_not_allow_never_counts(
    programme: Programme,
) -> None:
    facts = facts_of("MTL1", recognised=True)
    assert credits_earned(programme, facts) == Credits()
    assert module_status(programme, "MTL1", facts).state is ModuleState.OPEN


CODES = tuple(f"MTL{number}" for number in range(1, 9))
anything = st.builds(
    lambda drawn: ParticipantFacts(
        tuple(replace(facts, code=code) for code, facts in zip(CODES, drawn, strict=True))
    ),
    st.lists(
        st.builds(
            ModuleFacts,
            code=st.just(""),
            submitted_at=st.none() | st.just(THEN),
            released_mark=st.none() | st.integers(0, 100),
            ratified=st.booleans(),
            reassessment=st.booleans(),
            attempts=st.integers(0, 3),
            recognised=st.booleans(),
            apl_pending=st.booleans(),
        ),
        min_size=8,
        max_size=8,
    ),
)


@given(anything)
def test_no_module_counts_twice_and_earlier_study_never_more_than_allowed(
    programme: Programme, facts: ParticipantFacts
) -> None:
    earned = credits_earned(programme, facts)
    earlier = recognised_modules(programme, facts)
    passed = {
        own.code
        for own in facts.modules
        if own.released_mark is not None and own.released_mark >= 50 and not own.reassessment
    }
    assert not passed & earlier
    assert earned.recognised <= 30
    assert earned.total == sum(programme.module(code).credits for code in passed | earlier)
    assert earned.total <= sum(module.credits for module in programme.modules)
    by_phase = [credits_earned(programme, facts, phase).total for phase in programme.phases]
    assert sum(by_phase) == earned.total


@given(anything, st.sampled_from(CODES), st.sampled_from(list(Deed)))
def test_every_refusal_has_a_reason(
    programme: Programme, facts: ParticipantFacts, code: str, deed: Deed
) -> None:
    decision = may(programme, deed, code, facts)
    assert decision.allowed or decision.reasons


@given(anything)
def test_what_is_recognised_or_pending_is_never_open(
    programme: Programme, facts: ParticipantFacts
) -> None:
    for code in open_modules(programme, facts):
        assert code not in recognised_modules(programme, facts)
        assert not facts.of(code).apl_pending
