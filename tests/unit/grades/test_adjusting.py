"""From the judged mark to the one that counts, calculated by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.grades.rules.adjusting import (
    Case,
    LateRule,
    adjust,
    is_late,
    periods_late,
    why_too_late,
    working_days_late,
)

LONDON = ZoneInfo("Europe/London")
FRIDAY = date(2026, 11, 20)
RULES = {
    "marks_per_working_day": LateRule("marks_per_working_day", 5, 5),
    "percent_of_mark": LateRule("percent_of_mark", 5, 5),
    "marks_per_24h": LateRule("marks_per_24h", 5, 7),
    "cap_at_pass": LateRule("cap_at_pass"),
    "refuse": LateRule("refuse"),
}


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("due_on", "handed_in", "late"),
    [
        (FRIDAY, "2026-11-20T23:59:59.999999", False),
        (FRIDAY, "2026-11-21T00:00:00", True),
        # In summer London is an hour ahead: 23:00 UTC is the next day there.
        (date(2026, 7, 1), "2026-07-01T23:59:59", False),
        (date(2026, 7, 1), "2026-07-02T00:00:00", True),
        # The nights on which the clocks change.
        (date(2026, 3, 28), "2026-03-28T23:59:59", False),
        (date(2026, 3, 28), "2026-03-29T00:00:00", True),
        (date(2026, 3, 29), "2026-03-30T00:00:00", True),
        (date(2026, 10, 25), "2026-10-25T23:59:59", False),
        (date(2026, 10, 25), "2026-10-26T00:00:00", True),
    ],
)
def test_work_is_late_from_the_second_that_the_day_is_over_in_london(
    due_on: date, handed_in: str, late: bool
) -> None:
    assert is_late(london(handed_in), due_on) is late


def test_an_instant_of_summer_is_told_by_london_and_not_by_utc() -> None:
    assert not is_late(datetime(2026, 7, 1, 22, 59, 59, tzinfo=UTC), date(2026, 7, 1))
    assert is_late(datetime(2026, 7, 1, 23, 0, tzinfo=UTC), date(2026, 7, 1))


def test_nothing_is_late_without_a_due_date() -> None:
    assert not is_late(london("2026-11-21T12:00"), None)


@pytest.mark.parametrize(
    ("due_on", "handed_in", "days"),
    [
        (FRIDAY, "2026-11-21T00:00", 1),  # Saturday counts to the Monday
        (FRIDAY, "2026-11-22T23:59", 1),
        (FRIDAY, "2026-11-23T23:59", 1),
        (FRIDAY, "2026-11-24T00:00", 2),
        (FRIDAY, "2026-11-27T12:00", 5),
        (FRIDAY, "2026-11-28T12:00", 6),  # the Monday after that
        (FRIDAY, "2026-12-04T12:00", 10),
        (date(2026, 11, 21), "2026-11-22T12:00", 1),  # due on a Saturday
        (date(2026, 11, 21), "2026-11-24T12:00", 2),
        (date(2026, 11, 23), "2026-11-24T00:00", 1),
        (date(2026, 11, 24), "2026-11-23T12:00", 0),
        (date(2026, 3, 27), "2026-03-30T00:30", 1),  # half past midnight in summer time
    ],
)
def test_working_days_are_counted_as_they_begin(due_on: date, handed_in: str, days: int) -> None:
    assert max(0, working_days_late(london(handed_in), due_on)) == days


@pytest.mark.parametrize(
    ("due_on", "handed_in", "periods"),
    [
        (FRIDAY, "2026-11-21T00:00:00", 1),
        (FRIDAY, "2026-11-21T23:59:59", 1),
        (FRIDAY, "2026-11-22T00:00:00", 2),
        # The day of 23 hours, and that of 25: a period has 24 all the same.
        (date(2026, 3, 28), "2026-03-30T00:59:59", 1),
        (date(2026, 3, 28), "2026-03-30T01:00:00", 2),
        (date(2026, 10, 24), "2026-10-25T22:59:59", 1),
        (date(2026, 10, 24), "2026-10-25T23:00:00", 2),
    ],
)
def test_periods_of_24_hours_are_counted_as_they_begin(
    due_on: date, handed_in: str, periods: int
) -> None:
    assert periods_late(london(handed_in), due_on) == periods


@pytest.mark.parametrize(
    ("rule", "judged", "handed_in", "mark"),
    [
        # 5 marks for each working day, nothing after five.
        ("marks_per_working_day", 64, "2026-11-20T23:59:59", 64),
        ("marks_per_working_day", 64, "2026-11-21T00:00", 59),
        ("marks_per_working_day", 64, "2026-11-24T12:00", 54),
        ("marks_per_working_day", 64, "2026-11-27T23:59:59", 39),
        ("marks_per_working_day", 64, "2026-11-28T00:00", 0),
        ("marks_per_working_day", 4, "2026-11-23T12:00", 0),
        ("marks_per_working_day", 0, "2026-11-23T12:00", 0),
        # 5 % of the mark for each: 59.85, 57.6, 0.5 × 95 = 47.5 exactly, 9.5, 47.25.
        ("percent_of_mark", 63, "2026-11-23T12:00", 60),
        ("percent_of_mark", 64, "2026-11-24T12:00", 58),
        ("percent_of_mark", 50, "2026-11-23T12:00", 48),
        ("percent_of_mark", 10, "2026-11-23T12:00", 10),
        ("percent_of_mark", 63, "2026-11-27T12:00", 47),
        ("percent_of_mark", 63, "2026-11-30T12:00", 0),
        # 5 marks for each 24 hours, weekend or not; nothing after seven.
        ("marks_per_24h", 64, "2026-11-22T12:00", 54),
        ("marks_per_24h", 64, "2026-11-27T23:59:59", 29),
        ("marks_per_24h", 64, "2026-11-28T00:00", 0),
        # A pass at most.
        ("cap_at_pass", 64, "2027-03-01T12:00", 50),
        ("cap_at_pass", 50, "2026-11-23T12:00", 50),
        ("cap_at_pass", 49, "2026-11-23T12:00", 49),
        # Late work is refused at the door; what was taken is not touched.
        ("refuse", 64, "2026-11-23T12:00", 64),
    ],
)
def test_being_late_costs_what_the_preset_says(
    rule: str, judged: int, handed_in: str, mark: int
) -> None:
    assert adjust(Case(judged, london(handed_in), FRIDAY), RULES[rule]).mark == mark


@pytest.mark.parametrize(
    ("changed", "numbers"),
    [
        ({}, [("judged", 80)]),
        ({"scaling": 3}, [("judged", 80), ("moderation", 83)]),
        ({"scaling": 30}, [("judged", 80), ("moderation", 100)]),
        ({"scaling": -90}, [("judged", 80), ("moderation", 0)]),
        ({"cap": 50}, [("judged", 80), ("resit_cap", 50)]),
        ({"judged": 50, "cap": 50}, [("judged", 50), ("resit_cap", 50)]),
        ({"due_on": FRIDAY}, [("judged", 80), ("late_penalty", 75)]),
        # First the penalty, then the cap: 80 - 5 = 75, at most 50, and not 50 - 5.
        ({"due_on": FRIDAY, "cap": 50}, [("judged", 80), ("late_penalty", 75), ("resit_cap", 50)]),
        (
            {"judged": 52, "due_on": FRIDAY, "cap": 50},
            [("judged", 52), ("late_penalty", 47), ("resit_cap", 47)],
        ),
        (
            {"scaling": -4, "due_on": FRIDAY, "cap": 50},
            [("judged", 80), ("moderation", 76), ("late_penalty", 71), ("resit_cap", 50)],
        ),
        (
            {"due_on": FRIDAY, "is_excused": True, "cap": 50},
            [("judged", 80), ("late_penalty", 80), ("resit_cap", 50)],
        ),
    ],
)
def test_the_rules_follow_each_other_and_keep_every_number(
    changed: dict[str, Any], numbers: list[tuple[str, int]]
) -> None:
    case = Case(**({"judged": 80, "submitted_at": london("2026-11-23T12:00")} | changed))
    outcome = adjust(case, RULES["marks_per_working_day"])
    assert [(step.rule, step.mark) for step in outcome.steps] == numbers
    assert outcome.mark == numbers[-1][1]
    assert outcome.stored()[0]["says"] == f"The markers judged the work at {case.judged}."


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            "marks_per_working_day",
            "The work was handed in 2 working days late, and 5 marks are taken off for each: "
            "64 becomes 54.",
        ),
        (
            "percent_of_mark",
            "The work was handed in 2 working days late, and 5% are taken off for each: "
            "64 becomes 58.",
        ),
        (
            "marks_per_24h",
            "The work was handed in 4 periods of 24 hours late, and 5 marks are taken off for "
            "each: 64 becomes 44.",
        ),
        (
            "cap_at_pass",
            "The work was handed in 2 working days late, and late work counts 50 at most: "
            "64 becomes 50.",
        ),
    ],
)
def test_each_penalty_is_told_in_a_sentence(rule: str, sentence: str) -> None:
    outcome = adjust(Case(64, london("2026-11-24T12:00"), FRIDAY), RULES[rule])
    assert outcome.steps[1].says == sentence


def test_grace_lets_a_little_pass_and_then_the_rule_holds_from_the_cut_off() -> None:
    rule = LateRule("marks_per_24h", 5, 7, grace_minutes=60)
    in_time = adjust(Case(64, london("2026-11-21T00:59:59"), FRIDAY), rule)
    assert in_time.mark == 64
    assert len(in_time.steps) == 1
    assert adjust(Case(64, london("2026-11-21T01:00"), FRIDAY), rule).mark == 59
    assert adjust(Case(64, london("2026-11-22T00:00"), FRIDAY), rule).mark == 54


def test_late_work_is_refused_only_where_the_programme_says_so() -> None:
    moment = london("2026-11-21T00:00")
    assert "20 November 2026" in str(why_too_late(RULES["refuse"], FRIDAY, moment))
    assert why_too_late(RULES["refuse"], FRIDAY, moment - timedelta(seconds=1)) is None
    assert why_too_late(RULES["refuse"], None, moment) is None
    assert why_too_late(RULES["cap_at_pass"], FRIDAY, moment) is None


@given(
    judged=st.integers(0, 100),
    minutes=st.integers(-3_000, 60_000),
    rule=st.sampled_from(sorted(RULES)),
    scaling=st.integers(-20, 20),
    cap=st.none() | st.just(50),
)
def test_no_rule_leaves_the_scale_or_pays_for_being_late(
    judged: int, minutes: int, rule: str, scaling: int, cap: int | None
) -> None:
    moment = london("2026-11-21T00:00") + timedelta(minutes=minutes)
    case = Case(judged, moment, FRIDAY, scaling=scaling, cap=cap)
    later = Case(judged, moment + timedelta(days=1), FRIDAY, scaling=scaling, cap=cap)
    outcome = adjust(case, RULES[rule])
    assert all(0 <= step.mark <= 100 for step in outcome.steps)
    assert adjust(later, RULES[rule]).mark <= outcome.mark
    order = [step.rule for step in outcome.steps]
    assert order == sorted(order, key=["judged", "moderation", "late_penalty", "resit_cap"].index)
