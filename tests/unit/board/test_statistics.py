"""Figures of a module's marks, worked out by hand."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.board.rules.statistics import Result, by_year, summarise, tenths

BANDS = [(0, "Fail"), (40, "Fail (marginal)"), (50, "Pass"), (60, "Merit"), (70, "Distinction")]


def results(*marks: int) -> list[Result]:
    return [Result(mark, mark >= 50) for mark in marks]


# Mean and population deviation as on paper: Σ/n, and √(Σ(x−mean)²/n).
@pytest.mark.parametrize(
    ("marks", "mean", "deviation", "passes"),
    [
        # Σ 300, deviations −20 −10 0 10 20: √(1000/5) = 14.14
        ((40, 50, 60, 70, 80), "60.0", "14.1", 80),
        # all alike
        ((55, 55, 55, 55, 55), "55.0", "0.0", 100),
        # Σ 286; squares of −7.2 −0.2 −1.2 2.8 5.8 sum to 94.8: √18.96 = 4.35
        ((50, 57, 56, 60, 63), "57.2", "4.4", 100),
        # Σ 305, Σ of squares 15 699: 2 616.5 − 93 025/36 = 32.47; √ = 5.70
        ((42, 47, 50, 51, 55, 60), "50.8", "5.7", 67),
        # the textbook eight 2 4 4 4 5 5 7 9: mean 5, deviation exactly 2
        ((2, 4, 4, 4, 5, 5, 7, 9), "5.0", "2.0", 0),
        # 12.5 % of passes is rounded up
        ((49, 49, 49, 49, 49, 49, 49, 50), "49.1", "0.3", 13),
    ],
)
def test_the_figures_are_those_worked_out_by_hand(
    marks: tuple[int, ...], mean: str, deviation: str, passes: int
) -> None:
    found = summarise(results(*marks), BANDS)
    shown = (found.count, found.shown_mean, found.shown_deviation, found.pass_percent)
    assert shown == (len(marks), mean, deviation, passes)


@pytest.mark.parametrize("marks", [(), (64,), (64, 52, 71, 38)])
def test_of_few_marks_only_their_number_is_told(marks: tuple[int, ...]) -> None:
    found = summarise(results(*marks), BANDS)
    assert found.count == len(marks)
    assert not found.has_figures
    assert (found.shown_mean, found.shown_deviation, found.pass_percent) == ("", "", None)
    assert (found.lowest, found.highest, found.bands) == (None, None, ())


def test_one_mark_has_no_spread_where_few_are_told() -> None:
    found = summarise(results(64), BANDS, fewest=1)
    assert (found.shown_mean, found.shown_deviation) == ("64.0", "0.0")


def test_a_mark_belongs_to_the_band_whose_floor_it_reaches() -> None:
    found = summarise(results(39, 40, 49, 50, 59, 60, 69, 70), BANDS)
    assert [(one.name, one.count, one.percent) for one in found.bands] == [
        ("Distinction", 1, 13),
        ("Merit", 2, 25),
        ("Pass", 2, 25),
        ("Fail (marginal)", 2, 25),
        ("Fail", 1, 13),
    ]


def test_years_come_newest_first_each_by_itself() -> None:
    found = by_year({2024: results(50, 50, 50, 50, 50), 2026: results(60), 2025: []}, BANDS)
    assert [(year, one.count, one.shown_mean) for year, one in found] == [
        (2026, 1, ""), (2025, 0, ""), (2024, 5, "50.0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1249, 20), "62.5"),  # 62.45, a half, goes up
        (Fraction(12489, 200), "62.4"),  # 62.445 does not go up twice
        (Fraction(0), "0.0"),
        (Fraction(100), "100.0"),
        (Fraction(1, 3), "0.3"),
    ],
)
def test_a_figure_is_rounded_once(value: Fraction, shown: str) -> None:
    assert tenths(value) == shown


@given(st.lists(st.integers(0, 100), min_size=1, max_size=300))
def test_figures_agree_with_each_other_whatever_the_marks(marks: list[int]) -> None:
    found = summarise(results(*marks), BANDS, fewest=1)
    assert found.mean is not None
    assert found.variance is not None
    assert min(marks) <= found.mean <= max(marks)
    assert 0 <= found.variance <= 2500
    assert sum(one.count for one in found.bands) == len(marks)
    assert sum(one.share for one in found.bands) == 1
    exact = math.sqrt(found.variance)
    assert abs(Decimal(found.shown_deviation) - Decimal(exact)) <= Decimal("0.0500001")
