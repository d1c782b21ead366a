"""Where somebody stood on a day, from dated facts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.cohort.headcount_rules import (
    Dated,
    academic_year,
    basis_of,
    intake_of,
    phase_of,
    state_on,
)
from lti_tool.people.states import State

DAY = date(2026, 11, 10)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def ago(days: int) -> date:
    return DAY - timedelta(days)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (Dated(), State.ACTIVE),
        (Dated(is_active=False), State.ENROLLED),
        (Dated(started_on=DAY), State.ACTIVE),
        (Dated(started_on=ago(-1)), State.ENROLLED),
        (Dated(started_on=ago(9), is_active=False), State.ACTIVE),
        (Dated(pauses=((ago(5), None),)), State.PAUSED),
        (Dated(pauses=((ago(5), DAY),)), State.ACTIVE),
        (Dated(pauses=((ago(-1), None),)), State.ACTIVE),
        (Dated(posts=((ago(9), None),)), State.ACTIVE),
        (Dated(posts=((ago(9), ago(3)),)), State.TRANSFERRING),
        (Dated(posts=((ago(9), ago(3)), (ago(3), None))), State.ACTIVE),
        (Dated(posts=((ago(9), ago(3)), (ago(-3), None))), State.TRANSFERRING),
        (Dated(posts=((ago(-3), None),)), State.ACTIVE),
        (Dated(posts=((ago(9), ago(3)),), pauses=((ago(5), None),)), State.PAUSED),
        (Dated(completed_on=DAY, pauses=((ago(5), None),)), State.COMPLETED),
        (Dated(completed_on=ago(-1)), State.ACTIVE),
        (Dated(completed_on=ago(2), awarded_on=ago(-1)), State.COMPLETED),
        (Dated(awarded_on=DAY), None),
    ],
)
def test_the_state_on_a_day_follows_from_what_has_dates(facts: Dated, state: State | None) -> None:
    assert state_on(facts, DAY) == state


@given(DAYS, DAYS)
def test_what_happens_later_changes_no_earlier_day(day: date, later: date) -> None:
    if later <= day:
        return
    ahead = Dated(pauses=((later, None),), completed_on=later, awarded_on=later)
    assert state_on(ahead, day) == state_on(Dated(), day)


@pytest.mark.parametrize(
    ("day", "year", "term"),
    [
        (date(2026, 8, 31), "2025/26", "summer"),
        (date(2026, 9, 1), "2026/27", "autumn"),
        (date(2027, 1, 1), "2026/27", "spring"),
        (date(2099, 12, 31), "2099/00", "autumn"),
    ],
)
def test_an_intake_is_an_academic_year_and_a_term(day: date, year: str, term: str) -> None:
    assert intake_of(day) == (year, term)
    assert academic_year(day) == year


def test_the_phase_is_that_of_the_furthest_module() -> None:
    assert phase_of([]) == 1
    assert phase_of([1, 3, 2]) == 3


def test_the_basis_names_rule_set_and_day() -> None:
    assert basis_of("2009/10", "E1", DAY) == "Rule E1 of 2009/10, decided 2026-11-10"
