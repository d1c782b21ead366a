"""The dates that follow from a career: a table of examples, and what must hold for any pauses."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import ProgrammeInvalid, parse_programme
from lti_tool.programme.timing import (
    Break,
    Career,
    Place,
    StartRule,
    Urgency,
    Window,
    add_years,
    pace,
    reasons_against_start,
    stopped,
    warnings,
    window,
)

# The first cohort: newly qualified, in post from September 2009, enrolled in January 2010.
FIRST = Career(
    window_rule="nqt",
    teaching_from=date(2009, 9, 1),
    induction_from=date(2009, 9, 1),
    started_on=date(2010, 4, 1),
)
NOT_STARTED = Career("nqt", date(2009, 9, 1), date(2009, 9, 1))
HEAD_OF_DEPARTMENT = Career(window_rule="none", started_on=date(2010, 9, 1))
TODAY = date(2011, 1, 10)
PARENTAL = Break("parental_leave", date(2010, 10, 1), date(2010, 10, 31))  # 30 days

days = st.dates(date(2008, 1, 1), date(2020, 12, 31))


@st.composite
def breaks(draw: st.DrawFn) -> Break:
    started_on = draw(days)
    ended_on = draw(st.none() | days.filter(lambda day: day >= started_on))
    reason = draw(st.sampled_from(["parental_leave", "long_sickness", "career_break", "other"]))
    return Break(reason, started_on, ended_on)


def test_the_first_cohort_gets_the_dates_of_the_description(programme: Programme) -> None:
    assert window(programme, FIRST, today=TODAY) == Window(
        applies=True,
        earliest_start=date(2010, 4, 1),
        latest_start=date(2011, 9, 1),
        expected_end=date(2013, 3, 31),
        ends_on=date(2014, 8, 31),
        grace_ends_on=date(2014, 10, 30),
    )


@pytest.mark.parametrize(
    ("induction_from", "earliest"),
    [
        (date(2009, 9, 1), date(2010, 4, 1)),
        (date(2009, 8, 31), date(2009, 8, 31)),  # still the school year before: its summer term
        (date(2010, 1, 5), date(2010, 4, 1)),
        (date(2010, 3, 31), date(2010, 4, 1)),
        (date(2010, 5, 4), date(2010, 5, 4)),  # induction begins in the summer term itself
    ],
)
def test_the_earliest_start_is_the_summer_term_of_the_induction_year(
    programme: Programme, induction_from: date, earliest: date
) -> None:
    career = Career("nqt", date(2009, 9, 1), induction_from)
    assert window(programme, career, today=TODAY).earliest_start == earliest


@pytest.mark.parametrize(
    ("career", "needs"),
    [
        (Career(), ["window_rule"]),
        (Career("nqt"), ["induction_from", "teaching_from"]),
        (Career("nqt", teaching_from=date(2009, 9, 1)), ["induction_from"]),
        (Career("nqt", induction_from=date(2009, 9, 1)), ["teaching_from"]),
        (Career("none"), []),
        (FIRST, []),
    ],
)
def test_a_missing_fact_is_named(programme: Programme, career: Career, needs: list[str]) -> None:
    found = window(programme, career, today=TODAY)
    assert [each.fact for each in found.needs] == needs
    assert all(each.sentence.endswith(".") for each in found.needs)


def test_a_head_of_department_has_an_expected_end_and_no_window(programme: Programme) -> None:
    found = window(programme, HEAD_OF_DEPARTMENT, today=TODAY)
    assert found == Window(applies=False, expected_end=date(2013, 8, 31))
    assert warnings(programme, HEAD_OF_DEPARTMENT, today=date(2030, 1, 1)) == []


@pytest.mark.parametrize(
    ("pauses", "added"),
    [
        ([PARENTAL], 30),
        ([Break("other", date(2010, 10, 1), date(2010, 10, 31))], 0),
        ([PARENTAL, PARENTAL], 30),
        ([PARENTAL, Break("career_break", date(2010, 10, 21), date(2010, 11, 10))], 40),
        ([Break("long_sickness", date(2010, 12, 31))], 10),  # goes on: counts up to today
        ([Break("long_sickness", date(2012, 1, 1))], 0),  # begins later
        (
            [Break("long_sickness", date(2009, 8, 2), date(2009, 9, 11))],
            10,
        ),  # begun before teaching
        ([Break("career_break", date(2014, 9, 1), date(2015, 9, 1))], 0),  # after the end
        ([PARENTAL, Break("career_break", date(2014, 9, 1), date(2014, 9, 11))], 40),
    ],
)
def test_a_pause_with_a_reason_that_counts_moves_the_end(
    programme: Programme, pauses: list[Break], added: int
) -> None:
    found = window(programme, FIRST, pauses, today=TODAY)
    assert found.ends_on == date(2014, 8, 31) + timedelta(days=added)


@given(st.lists(breaks(), max_size=6), breaks(), days)
def test_a_pause_never_shortens_the_window(
    programme: Programme, pauses: list[Break], further: Break, today: date
) -> None:
    before = window(programme, FIRST, pauses, today=today)
    after = window(programme, FIRST, [*pauses, further], today=today)
    for name in ("earliest_start", "latest_start", "expected_end", "ends_on", "grace_ends_on"):
        assert getattr(after, name) >= getattr(before, name)


@given(st.lists(breaks(), max_size=6), st.randoms(), days)
def test_the_order_and_the_repetition_of_pauses_do_not_matter(
    programme: Programme, pauses: list[Break], random: object, today: date
) -> None:
    shuffled = [*pauses, *pauses]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    once = window(programme, FIRST, pauses, today=today)
    assert window(programme, FIRST, shuffled, today=today) == once


@given(st.lists(breaks(), max_size=6), days)
def test_stretches_in_which_the_clock_stood_still_are_apart(
    pauses: list[Break], today: date
) -> None:
    found = stopped(["parental_leave", "long_sickness", "career_break"], pauses, today)
    assert all(first <= last for first, last in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("career", "today", "codes"),
    [
        (NOT_STARTED, date(2011, 3, 4), []),
        (NOT_STARTED, date(2011, 3, 5), ["start_closing"]),
        (NOT_STARTED, date(2011, 9, 1), ["start_closing"]),
        (NOT_STARTED, date(2011, 9, 2), ["start_passed"]),
        (FIRST, date(2011, 9, 2), []),
        (FIRST, date(2014, 3, 3), []),
        (FIRST, date(2014, 3, 4), ["window_closing"]),
        (FIRST, date(2014, 8, 31), ["window_closing"]),
        (FIRST, date(2014, 9, 1), ["window_passed"]),
        (FIRST, date(2014, 10, 30), ["window_passed"]),
        (FIRST, date(2014, 10, 31), ["window_over"]),
        (NOT_STARTED, date(2014, 10, 31), ["window_over", "start_passed"]),
    ],
)
def test_what_is_coming_is_told_ahead(
    programme: Programme, career: Career, today: date, codes: list[str]
) -> None:
    assert [each.code for each in warnings(programme, career, today=today)] == codes


def test_each_warning_says_its_day_and_what_follows(programme: Programme) -> None:
    (closing,) = warnings(programme, FIRST, today=date(2014, 8, 1))
    assert closing.sentence == "The time for the programme ends on 31 August 2014."
    assert closing.urgency is Urgency.AHEAD
    (passed,) = warnings(programme, FIRST, today=date(2014, 9, 20))
    assert passed.sentence == (
        "The time for the programme ended on 31 August 2014. "
        "Nothing changes by itself before 31 October 2014: talk to the tutor now."
    )


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2010, 3, 31), None),
        (date(2010, 4, 1), 0),
        (date(2011, 4, 1), 60),
        (date(2013, 3, 31), 180),
        (date(2020, 1, 1), 180),
    ],
)
def test_an_even_pace_spreads_the_credits_over_the_expected_time(
    programme: Programme, today: date, expected: int | None
) -> None:
    found = pace(programme, FIRST, credits=30, today=today)
    assert found.expected == expected
    assert found.total == 180


def test_no_credits_are_expected_while_the_clock_stands_still(programme: Programme) -> None:
    pauses = [Break("parental_leave", date(2011, 4, 1), date(2012, 4, 1))]
    before = pace(programme, FIRST, pauses, credits=60, today=date(2011, 4, 1))
    after = pace(programme, FIRST, pauses, credits=60, today=date(2012, 4, 1))
    assert before.expected == after.expected == 60


def test_the_marks_of_the_pace_line_come_in_order(programme: Programme) -> None:
    found = pace(programme, FIRST, credits=30, today=TODAY)
    assert [(each.place, each.on) for each in found.marks] == [
        (Place.EARLIEST, date(2010, 4, 1)),
        (Place.LATEST, date(2011, 9, 1)),
        (Place.EXPECTED, date(2013, 3, 31)),
        (Place.END, date(2014, 8, 31)),
    ]
    assert (found.begins_on, found.ends_on) == (date(2010, 4, 1), date(2014, 8, 31))


@given(st.lists(breaks(), max_size=4), days, st.integers(0, 180))
def test_what_is_expected_never_falls_from_day_to_day(
    programme: Programme, pauses: list[Break], today: date, credits: int
) -> None:
    closed = [each for each in pauses if each.ended_on]
    one = pace(programme, FIRST, closed, credits=credits, today=today)
    next_day = pace(programme, FIRST, closed, credits=credits, today=today + timedelta(days=1))
    assert (one.expected or 0) <= (next_day.expected or 0) <= 180


def test_a_leap_day_is_followed_by_the_first_of_march() -> None:
    assert add_years(date(2008, 2, 29), 5) == date(2013, 3, 1)
    assert add_years(date(2008, 2, 29), 4) == date(2012, 2, 29)


@pytest.mark.parametrize("day", ["02-29", "13-01", "1 April", "2010-04-01"])
def test_a_programme_names_a_day_of_every_year(default_text: str, day: str) -> None:
    text = default_text.replace('summer_term_begins: "04-01"', f'summer_term_begins: "{day}"')
    with pytest.raises(ProgrammeInvalid, match="needs a month and a day"):
        parse_programme(text, source="programme.yaml")


RULE = StartRule("E4", date(2010, 9, 1))
DATES = Window(applies=True, earliest_start=date(2010, 4, 1), latest_start=date(2011, 9, 1))
BY_RULE = "Rule E4, by which they joined, lets teachers start from 1 September 2010 on."


@pytest.mark.parametrize(
    ("found", "rule", "day", "reasons"),
    [
        (DATES, RULE, date(2010, 3, 31), [BY_RULE, "The earliest start is 1 April 2010."]),
        (DATES, RULE, date(2010, 8, 31), [BY_RULE]),
        (DATES, RULE, date(2010, 9, 1), []),
        (DATES, None, date(2010, 4, 1), []),
        (DATES, RULE, date(2011, 9, 2), ["The latest start was 1 September 2011."]),
        (Window(applies=False), RULE, date(2010, 8, 31), [BY_RULE]),
        (Window(applies=None), None, date(2005, 1, 1), []),
    ],
)
def test_what_speaks_against_a_start(
    found: Window, rule: StartRule | None, day: date, reasons: list[str]
) -> None:
    assert reasons_against_start(found, rule, day) == reasons
