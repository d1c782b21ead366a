"""How long ago the last talk was, and which duties talks have served."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.coaching import (
    Talk,
    days_since,
    duty_counts,
    is_silent,
    last_talk,
    term_of,
)
from lti_tool.programme.definition import Programme

TODAY = date(2026, 11, 22)
days = st.dates(date(2009, 1, 1), date(2040, 12, 31))
talks = st.lists(st.builds(Talk, days, st.frozensets(st.sampled_from("abcdefgh")), st.booleans()))


@pytest.mark.parametrize(
    ("day", "name", "first", "last"),
    [
        (date(2026, 9, 1), "autumn", date(2026, 9, 1), date(2026, 12, 31)),
        (date(2026, 12, 31), "autumn", date(2026, 9, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), "spring", date(2027, 1, 1), date(2027, 3, 31)),
        (date(2010, 4, 1), "summer", date(2010, 4, 1), date(2010, 8, 31)),
    ],
)
def test_a_day_lies_in_a_term(day: date, name: str, first: date, last: date) -> None:
    term = term_of(day)
    assert (term.name, term.first_day, term.last_day) == (name, first, last)


@given(days)
def test_every_day_lies_in_one_term_and_terms_leave_no_gap(day: date) -> None:
    term = term_of(day)
    assert day in term
    following = term_of(term.last_day + timedelta(days=1))
    assert following.first_day == term.last_day + timedelta(days=1)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([], None),
        ([Talk(date(2026, 11, 1), frozenset())], 21),
        ([Talk(date(2026, 11, 1), frozenset()), Talk(date(2026, 10, 1), frozenset())], 21),
        ([Talk(date(2026, 11, 20), frozenset(), counts=False)], None),
        ([Talk(date(2026, 11, 23), frozenset())], None),
        ([Talk(TODAY, frozenset())], 0),
    ],
)
def test_days_since_the_last_talk_that_counts(held: list[Talk], expected: int | None) -> None:
    assert days_since(held, TODAY) == expected


@pytest.mark.parametrize(
    ("last", "joined", "silent"),
    [
        (TODAY - timedelta(days=42), date(2020, 9, 1), False),
        (TODAY - timedelta(days=43), date(2020, 9, 1), True),
        (None, TODAY - timedelta(days=42), False),
        (None, TODAY - timedelta(days=43), True),
    ],
)
def test_silence_begins_after_the_days_that_the_programme_names(
    programme: Programme, last: date | None, joined: date, *, silent: bool
) -> None:
    assert is_silent(programme, last, joined, TODAY) is silent


def test_duties_are_counted_for_the_term_and_for_ever(programme: Programme) -> None:
    held = [
        Talk(date(2026, 11, 1), frozenset("ad")),
        Talk(date(2026, 6, 1), frozenset("a")),
        Talk(date(2026, 11, 2), frozenset("ab"), counts=False),
    ]
    counted = {
        each.duty.id: (each.this_term, each.ever) for each in duty_counts(programme, held, TODAY)
    }
    assert counted == dict.fromkeys("bcefgh", (0, 0)) | {"a": (1, 2), "d": (1, 1)}


@given(talks, days)
def test_a_further_talk_never_makes_a_count_smaller_or_the_last_one_older(
    programme: Programme, held: list[Talk], on: date
) -> None:
    more = [*held, Talk(on, frozenset("c"))]
    for before, after in zip(
        duty_counts(programme, held, on), duty_counts(programme, more, on), strict=True
    ):
        assert after.this_term >= before.this_term
        assert before.this_term <= before.ever <= after.ever
    assert last_talk(more, on) == on
