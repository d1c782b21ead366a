"""What earlier study may count for, and what a decision makes of a claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.definition import Programme
from lti_tool.programme.prior_learning import (
    Asked,
    Counted,
    Deed,
    State,
    Test,
    claimable_modules,
    credits_left,
    credits_of,
    outcome,
    problems_with,
    why_not,
    why_not_recognise,
)

TODAY = date(2026, 11, 22)
GOOD = Asked(
    modules=("MTL3",),
    level=7,
    credits=30,
    awarded_on=date(2024, 7, 1),
    used_elsewhere=False,
    has_impact=True,
)
ALL_MET = dict.fromkeys(Test, True)
TWO = ("MTL3", "MTL4")


def told(programme: Programme, asked: Asked, counted: Counted | None = None) -> list[str]:
    found = problems_with(programme, asked, counted or Counted(), TODAY)
    return [problem.sentence for problem in found]


def test_a_claim_that_says_everything_can_be_submitted(programme: Programme) -> None:
    assert told(programme, GOOD) == []


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"modules": ()}, "modules", "Choose at least one module"),
        ({"modules": ("MTL1",)}, "modules", "cannot count for MTL1"),
        ({"modules": ("MTL7",)}, "modules", "cannot count for MTL7"),
        ({"modules": ("half of MTL3",)}, "modules", "cannot count for half of MTL3"),
        ({"modules": ("MTL3", "MTL4", "MTL5"), "credits": 60}, "modules", "30 credits at most"),
        ({"modules": TWO, "credits": 20}, "credits", "more than the 20 you earned"),
        ({"credits": None}, "credits", "how many credits"),
        ({"level": None}, "level", "at which level"),
        ({"level": 6}, "level", "Only study at master’s level"),
        ({"awarded_on": None}, "awarded_on", "when the credits were awarded"),
        ({"awarded_on": date(2026, 11, 23)}, "awarded_on", "not be in the future"),
        ({"awarded_on": date(2021, 11, 21)}, "awarded_on", "for 5 years after its award"),
        ({"used_elsewhere": None}, "used_elsewhere", "another award"),
        ({"used_elsewhere": True}, "used_elsewhere", "cannot count here as well"),
        ({"has_impact": False}, "impact-baseline", "every part of the impact record"),
    ],
)
def test_what_is_wrong_with_a_claim_is_told_at_its_field(
    programme: Programme, change: dict[str, Any], field: str, words: str
) -> None:
    found = problems_with(programme, replace(GOOD, **change), Counted(), TODAY)
    assert any(each.field == field and words in each.sentence for each in found), found


@pytest.mark.parametrize("day", [date(2021, 11, 22), TODAY])
def test_the_first_and_the_last_day_of_currency_count(programme: Programme, day: date) -> None:
    assert told(programme, replace(GOOD, awarded_on=day)) == []


def test_an_award_of_a_leap_day_ages_by_whole_years(programme: Programme) -> None:
    asked = replace(GOOD, awarded_on=date(2024, 2, 29))
    assert not problems_with(programme, asked, Counted(), date(2029, 3, 1))
    assert problems_with(programme, asked, Counted(), date(2029, 3, 2))


def test_a_module_that_is_submitted_or_claimed_cannot_be_claimed(programme: Programme) -> None:
    submitted = Counted(submitted=frozenset({"MTL3"}))
    assert "submitted MTL3 already" in " ".join(told(programme, GOOD, submitted))
    claimed = Counted(claimed={"MTL3": 15})
    assert "another claim" in " ".join(told(programme, GOOD, claimed))


def test_the_limit_holds_over_all_claims_together(programme: Programme) -> None:
    counted = Counted(claimed={"MTL4": 15})
    assert told(programme, GOOD, counted) == []
    assert "You can claim 15 more" in " ".join(
        told(programme, replace(GOOD, modules=("MTL2",)), counted)
    )


def test_the_module_of_the_diagnosis_is_never_claimable_whatever_the_file_says(
    programme: Programme,
) -> None:
    modules = tuple(replace(module, apl_allowed=True) for module in programme.modules)
    codes = {module.code for module in claimable_modules(replace(programme, modules=modules))}
    assert codes == {module.code for module in programme.modules} - {"MTL1"}


@given(data=st.data())
def test_no_row_of_claims_ever_comes_to_more_than_the_limit(
    programme: Programme, data: st.DataObject
) -> None:
    codes = [module.code for module in programme.modules]
    claimed: dict[str, int] = {}
    for _ in range(6):
        modules = tuple(data.draw(st.lists(st.sampled_from(codes), unique=True, max_size=4)))
        asked = replace(GOOD, modules=modules, credits=data.draw(st.integers(0, 120)))
        if not problems_with(programme, asked, Counted(claimed), TODAY):
            assert not set(modules) & set(claimed)
            claimed |= {code: credits_of(programme, [code]) for code in modules}
        assert sum(claimed.values()) <= 30
        assert credits_left(programme, Counted(claimed)) == 30 - sum(claimed.values())


@pytest.mark.parametrize(
    ("recognised", "state"),
    [(TWO, State.APPROVED), (("MTL3",), State.PART_APPROVED), ((), State.REJECTED)],
)
def test_a_decision_is_named_for_how_much_it_recognises(
    recognised: tuple[str, ...], state: State
) -> None:
    assert outcome(TWO, recognised) is state


@pytest.mark.parametrize(
    ("failed", "recognised", "words"),
    [
        ((), TWO, None),
        ((), ("MTL3",), None),
        ((), (), None),
        ((), ("MTL5",), "Only modules of this claim"),
        ((Test.SUFFICIENCY,), TWO, "at most a part"),
        ((Test.SUFFICIENCY,), ("MTL3",), None),
        ((Test.AUTHENTICITY,), ("MTL3",), "lacks authenticity"),
        ((Test.RELEVANCE, Test.CURRENCY), TWO, "lacks relevance and currency"),
        (tuple(Test), (), None),
    ],
)
def test_what_the_tutor_found_limits_what_can_be_recognised(
    failed: tuple[Test, ...], recognised: tuple[str, ...], words: str | None
) -> None:
    found = why_not_recognise(ALL_MET | dict.fromkeys(failed, False), TWO, recognised, ())
    assert found is None if words is None else words in (found or "")


def test_what_nobody_has_assessed_cannot_be_recognised() -> None:
    assert why_not_recognise({}, TWO, ("MTL3",), ()) is not None


def test_a_module_submitted_meanwhile_cannot_be_recognised() -> None:
    assert "submitted since" in (why_not_recognise(ALL_MET, TWO, TWO, ("MTL4",)) or "")


@pytest.mark.parametrize("state", State)
def test_each_state_lets_only_its_own_deeds_happen(state: State) -> None:
    possible = {
        State.DRAFT: {Deed.SAVE, Deed.SUBMIT, Deed.WITHDRAW},
        State.SUBMITTED: {Deed.ASSESS, Deed.WITHDRAW},
        State.ASSESSED: {Deed.DECIDE, Deed.WITHDRAW},
    }
    for deed in Deed:
        assert (why_not(state, deed) is None) == (deed in possible.get(state, set()))
