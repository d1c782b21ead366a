"""Credit, mean, class and award, against tables worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.board.rules.award import (
    AwardOutcome,
    CountedTwice,
    CreditKind,
    Entry,
    ModuleOutcome,
    Result,
    classification,
    lines_for,
    mean_of,
    outcome_of,
    propose,
    rounded,
    standing,
    total,
    why_not_compensate,
)
from lti_tool.programme.completion import Condition
from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import load_programme

PROGRAMME = load_programme(Path(__file__).parents[3] / "config" / "programme.yaml")
CODES = [module.code for module in PROGRAMME.modules]  # 30 30, 15 15 15 15, 20 40 credits
EARNED, REVERSED = CreditKind.EARNED, CreditKind.REVERSED


def with_policy(name: str, **changed: Any) -> Programme:
    policies = {**PROGRAMME.policies, name: {**PROGRAMME.policies[name], **changed}}
    return replace(PROGRAMME, policies=policies)


def results(marks: Sequence[int | None]) -> list[Result]:
    """The modules in their order; None for one that was recognised."""
    return [
        Result(module, CreditKind.RECOGNISED if mark is None else EARNED, mark)
        for module, mark in zip(PROGRAMME.modules, marks, strict=False)
    ]


# Worked out on paper: sum of credits times mark, over the credits that have a mark.
@pytest.mark.parametrize(
    ("marks", "mean", "mark", "named"),
    [
        ([60] * 8, "60", 60, "Merit"),
        # 30·70 + 30·70 + 15·69·4 + 20·70 + 40·69 = 12,500; by 180 it is 69.44…
        ([70, 70, 69, 69, 69, 69, 70, 69], "12500/180", 69, "Merit"),
        # 30·70 + 30·69 + 15·(70·3 + 69) + 20·69 + 40·70 = 12,535; by 180 it is 69.638…
        ([70, 69, 70, 70, 70, 69, 69, 70], "12535/180", 70, "Distinction"),
        # 30·70 + 30·70 + 15·70·2 + 15·69·2 + 20·69 + 40·69 = 12,510: a half exactly
        ([70, 70, 70, 70, 69, 69, 69, 69], "12510/180", 70, "Distinction"),
        # the same a mark of 15 credits lower: 12,495 by 180 is 69.41…
        ([70, 70, 70, 69, 69, 69, 69, 69], "12495/180", 69, "Merit"),
        # the half at the limit of merit: 59.5
        ([60, 60, 60, 60, 59, 59, 59, 59], "10710/180", 60, "Merit"),
        ([60, 60, 60, 59, 59, 59, 59, 59], "10695/180", 59, "Pass"),
        # MTL2 recognised: 30 credits without a mark leave 150 to divide by; 9,300 / 150 = 62
        ([70, None, 60, 60, 60, 60, 60, 60], "9300/150", 62, "Merit"),
        ([50] * 8, "50", 50, "Pass"),
        ([100] * 8, "100", 100, "Distinction"),
    ],
)
def test_the_mean_is_exact_and_rounded_once(
    marks: list[int | None], mean: str, mark: int, named: str
) -> None:
    found = mean_of(results(marks))
    assert found == Fraction(mean)
    assert (rounded(found), classification(PROGRAMME, found)) == (mark, named)


@pytest.mark.parametrize(
    ("mean", "mark"),
    [("49.49", 49), ("49.5", 50), ("59.4999", 59), ("59.5", 60), ("69.499999", 69), ("69.5", 70),
     ("0", 0), ("0.5", 1), ("100", 100)],
)  # fmt: skip
def test_a_half_goes_upwards_at_every_limit(mean: str, mark: int) -> None:
    assert rounded(Fraction(mean)) == mark


def test_rounding_the_rounded_would_give_another_class() -> None:
    """69.46 is 69.5 to one place and 70 from there; rounded once it is 69."""
    assert classification(PROGRAMME, Fraction("69.46")) == "Merit"


@pytest.mark.parametrize(
    ("mean", "shown"), [("69.499", "69.49"), ("69.5", "69.50"), ("60", "60.00"), ("9.05", "9.05")]
)
def test_a_mean_is_never_shown_as_more_than_it_is(mean: str, shown: str) -> None:
    found = propose(PROGRAMME, results([60] * 8), ())
    assert replace(found, mean=Fraction(mean)).mean_shown == shown


def test_without_a_mark_there_is_no_mean() -> None:
    assert mean_of(results([None, None])) is None


def condition(label: str = "Diagnosis") -> Condition:
    return Condition("diagnosis_agreed", label, "This is not recorded yet.")


@pytest.mark.parametrize(
    ("count", "unmet", "has_left", "outcome", "award"),
    [
        (8, (), False, "award", PROGRAMME.award),
        (8, (condition(),), False, "not_yet", None),
        (7, (), False, "not_yet", None),
        (7, (), True, "exit_award", "PGDip"),  # 140 credits
        (6, (), True, "exit_award", "PGDip"),  # 120, exactly
        (5, (), True, "exit_award", "PGCert"),  # 105
        (2, (), True, "exit_award", "PGCert"),  # 60, exactly
        (1, (), True, "not_yet", None),  # 30
        (0, (), True, "not_yet", None),
        (8, (condition(),), True, "exit_award", "PGDip"),
    ],
)
def test_who_is_proposed_what(
    count: int, unmet: tuple[Condition, ...], has_left: bool, outcome: str, award: str | None
) -> None:
    found = propose(PROGRAMME, results([65] * count), unmet, has_left=has_left)
    assert (found.outcome, found.award) == (outcome, award)
    assert bool(found.lacking) is (found.outcome is AwardOutcome.NOT_YET)


def test_what_is_lacking_is_said() -> None:
    found = propose(PROGRAMME, results([65] * 7), (condition(),))
    assert found.lacking == (
        "140 of 180 credits are confirmed.",
        "Diagnosis: This is not recorded yet.",
    )


def test_a_programme_without_exit_awards_proposes_none() -> None:
    plain = replace(PROGRAMME, policies={**PROGRAMME.policies, "exit_awards": {}})
    assert propose(plain, results([65] * 7), (), has_left=True).outcome is AwardOutcome.NOT_YET


@pytest.mark.parametrize(
    ("code", "mark", "others", "against"),
    [
        ("MTL3", 49, [], None),
        ("MTL3", 40, [], None),
        ("MTL3", 39, [], "Only a mark of 40 or more"),
        ("MTL3", 50, [], "50 is a pass"),
        ("MTL3", 45, ["MTL4"], None),  # 30 credits, exactly
        ("MTL3", 45, ["MTL3", "MTL4"], None),  # itself is not counted twice
        ("MTL3", 45, ["MTL4", "MTL5"], "At most 30 credits"),
        ("MTL2", 45, ["MTL4"], "At most 30 credits"),
        ("MTL8", 45, [], "MTL8 cannot be compensated"),
    ],
)
def test_compensation_has_limits(
    code: str, mark: int, others: list[str], against: str | None
) -> None:
    programme = with_policy("compensation", enabled=True)
    found = why_not_compensate(
        programme, programme.module(code), mark, [programme.module(each) for each in others]
    )
    assert found is None if against is None else str(found).startswith(against)


def test_where_the_programme_does_not_compensate_nothing_is() -> None:
    against = why_not_compensate(PROGRAMME, PROGRAMME.module("MTL3"), 49, [])
    assert against == "This programme does not compensate."


@pytest.mark.parametrize(
    ("mark", "compensated", "outcome"),
    [(50, False, "pass"), (49, False, "fail"), (49, True, "compensated"), (50, True, "pass")],
)
def test_what_a_confirmed_mark_means(mark: int, compensated: bool, outcome: str) -> None:
    assert outcome_of(PROGRAMME, mark, compensated=compensated) == outcome


def test_a_later_decision_reverses_before_it_enters() -> None:
    module = PROGRAMME.module("MTL3")
    first = lines_for((), module, ModuleOutcome.PASS)
    assert first == (Entry("MTL3", EARNED, 15),)
    assert lines_for(first, module, ModuleOutcome.PASS) == ()
    assert lines_for(first, module, ModuleOutcome.DEFERRED) == ()
    lost = lines_for(first, module, ModuleOutcome.FAIL)
    assert lost == (Entry("MTL3", REVERSED, -15),)
    assert lines_for((*first, *lost), module, ModuleOutcome.FAIL) == ()
    instead = lines_for(first, module, ModuleOutcome.COMPENSATED)
    assert [each.kind for each in instead] == [REVERSED, CreditKind.COMPENSATED]


@pytest.mark.parametrize("outcome", [ModuleOutcome.FAIL, ModuleOutcome.COMPENSATED])
def test_what_is_said_of_a_first_attempt_takes_nothing_from_a_passed_resit(
    outcome: ModuleOutcome,
) -> None:
    module = PROGRAMME.module("MTL3")
    resit = lines_for((), module, ModuleOutcome.PASS, attempt_id=2)
    assert lines_for(resit, module, outcome, attempt_id=1) == ()
    assert lines_for(resit, module, outcome, attempt_id=2) != ()


@pytest.mark.parametrize(
    "lines",
    [
        (Entry("MTL3", EARNED, 15), Entry("MTL3", EARNED, 15)),
        (Entry("MTL3", EARNED, 15), Entry("MTL3", CreditKind.RECOGNISED, 15)),
        (Entry("MTL3", REVERSED, -15),),
        (Entry("MTL3", EARNED, 15), Entry("MTL3", REVERSED, -30)),
        (Entry("MTL3", EARNED, 0),),
    ],
)
def test_nothing_counts_twice_and_nothing_is_taken_out_that_is_not_there(
    lines: tuple[Entry, ...],
) -> None:
    with pytest.raises(CountedTwice):
        standing(lines)


@given(st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(list(ModuleOutcome)))))
def test_whatever_boards_decide_the_sum_is_the_transcript(
    decisions: list[tuple[str, ModuleOutcome]],
) -> None:
    ledger: list[Entry] = []
    last: dict[str, ModuleOutcome] = {}
    for code, outcome in decisions:
        own = [line for line in ledger if line.module_code == code]
        ledger += lines_for(own, PROGRAMME.module(code), outcome)
        if outcome is not ModuleOutcome.DEFERRED:
            last[code] = outcome
    passed = {code for code, outcome in last.items() if outcome is not ModuleOutcome.FAIL}
    assert standing(ledger).keys() == passed
    assert total(ledger) == sum(PROGRAMME.module(code).credits for code in passed)
    assert 0 <= total(ledger) <= PROGRAMME.credits


@given(st.lists(st.integers(0, 100), min_size=8, max_size=8))
def test_the_mean_lies_between_the_marks_and_one_rounding_moves_it_by_a_half_at_most(
    marks: list[int],
) -> None:
    found = mean_of(results(marks))
    assert found is not None
    assert min(marks) <= found <= max(marks)
    assert -Fraction(1, 2) < rounded(found) - found <= Fraction(1, 2)
