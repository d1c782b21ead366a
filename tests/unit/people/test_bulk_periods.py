"""Wished-for periods among those that are there: refused or placed, and safe to repeat."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Invalid
from lti_tool.people.bulk.periods import Period, Verdict, Wish, covers, place

START = date(2026, 1, 1)
TODAY = START + timedelta(days=50)
ANN, BOB = 1, 2


def day(number: int) -> date:
    return START + timedelta(days=number)


def period(holder: int, since: int, until: int | None = None) -> Period:
    return Period(since + 1, holder, day(since), None if until is None else day(until))


def wish(holder: int, since: int, until: int | None = None) -> Wish:
    return Wish(holder, day(since), None if until is None else day(until))


def name(holder: int) -> str:
    return f"Person {holder}"


def spans(periods: list[Period]) -> list[tuple[int, int, int | None]]:
    return sorted(
        (each.holder, (each.started_on - START).days,
         None if each.ended_on is None else (each.ended_on - START).days)
        for each in periods
        if each.ended_on != each.started_on
    )  # fmt: skip


@pytest.mark.parametrize(
    ("there", "wished", "verdict", "then"),
    [
        ([], wish(ANN, 10), "added", [(ANN, 10, None)]),
        ([period(ANN, 0)], wish(ANN, 10), "same", [(ANN, 0, None)]),
        ([period(ANN, 0)], wish(ANN, 10, 30), "changed", [(ANN, 0, 30)]),
        ([period(ANN, 0, 40)], wish(ANN, 10, 40), "same", [(ANN, 0, 40)]),
        ([period(ANN, 0)], wish(BOB, 10), "added", [(ANN, 0, 10), (BOB, 10, None)]),
        ([period(ANN, 0)], wish(BOB, 0), "added", [(BOB, 0, None)]),
        ([period(ANN, 60)], wish(BOB, 10), "added", [(ANN, 60, None), (BOB, 10, 60)]),
        ([period(ANN, 20)], wish(BOB, 10, 20), "added", [(ANN, 20, None), (BOB, 10, 20)]),
        ([period(ANN, 0, 10)], wish(ANN, 10), "added", [(ANN, 0, 10), (ANN, 10, None)]),
    ],
)
def test_a_wish_is_placed(
    there: list[Period], wished: Wish, verdict: str, then: list[tuple[int, int, int | None]]
) -> None:
    assert place(there, wished, TODAY, name).verdict.value == verdict
    assert spans(there) == then


@pytest.mark.parametrize(
    ("there", "wished", "sentence"),
    [
        ([period(ANN, 20)], wish(BOB, 10), "Person 1 begins on 21 January 2026"),
        ([period(ANN, 60)], wish(BOB, 10, 70), "Person 1 begins on 2 March 2026"),
        ([period(ANN, 0)], wish(BOB, 10, 20), "which is longer"),
        ([period(ANN, 0, 10), period(BOB, 10)], wish(ANN, 5, 15), "Person 2 begins"),
        ([], wish(ANN, 10, 10), "The last day has to come after the first."),
    ],
)
def test_a_wish_is_refused(there: list[Period], wished: Wish, sentence: str) -> None:
    before = deepcopy(spans(there))
    with pytest.raises(Invalid, match=sentence):
        place(there, wished, TODAY, name)
    assert spans(there) == before


def test_two_rows_do_not_take_the_same_time() -> None:
    there: list[Period] = []
    place(there, wish(ANN, 10, 40), TODAY, name)
    with pytest.raises(Invalid, match="Another row gives this time to Person 1"):
        place(there, wish(BOB, 20), TODAY, name)
    with pytest.raises(Invalid, match="Another row speaks of the same period"):
        place(there, wish(ANN, 20), TODAY, name)


def test_tutors_stand_beside_each_other() -> None:
    there = [period(ANN, 0)]
    assert place(there, wish(BOB, 10), TODAY, name, alone=False).verdict is Verdict.ADDED
    assert spans(there) == [(ANN, 0, None), (BOB, 10, None)]


NUMBERS = st.integers(0, 100)
WISHES = st.lists(
    st.builds(wish, st.sampled_from([ANN, BOB, 3]), NUMBERS, st.none() | NUMBERS), max_size=8
)


@given(WISHES, WISHES, st.booleans())
def test_placing_the_same_wishes_again_changes_nothing(
    first: list[Wish], wishes: list[Wish], alone: bool
) -> None:
    there: list[Period] = []
    _place_all(there, first, alone=alone)
    there = _stored(there)
    placed = _place_all(there, wishes, alone=alone)
    _check_apart(there, alone=alone)
    if len(placed) < len(wishes):
        return  # refused, so the whole file is: nothing of it is stored
    there = _stored(there)
    before = spans(there)
    again = _place_all(there, wishes, alone=alone)
    assert again == [Verdict.SAME] * len(wishes)
    assert spans(there) == before


def _place_all(there: list[Period], wishes: list[Wish], *, alone: bool) -> list[Verdict]:
    found = []
    for each in sorted(wishes, key=lambda one: one.since):
        try:
            found.append(place(there, each, TODAY, name, alone=alone).verdict)
        except Invalid:
            continue
    return found


def _stored(there: list[Period]) -> list[Period]:
    return [Period(1, each.holder, each.started_on, each.ended_on) for each in there]


def _check_apart(there: list[Period], *, alone: bool) -> None:
    for number in range(102):
        holders = [each.holder for each in there if covers(each, day(number))]
        assert len(holders) <= 1 if alone else len(holders) == len(set(holders))
