"""A coach's record: terms, sums, names left out, and a spreadsheet that holds no formula."""

import csv
import io
from datetime import date

import pytest

from lti_tool.cohort.coaching_record import (
    ATTESTED,
    TALK,
    Deed,
    by_term,
    record_file,
    without_names,
)
from lti_tool.cohort.teachers import pace_in_words

DEEDS = [
    Deed(date(2027, 1, 12), TALK, 7, "Ben Osei", 45, ("d",)),
    Deed(date(2026, 11, 3), TALK, 5, "=Amira", 30, ("a", "d")),
    Deed(date(2026, 11, 2), ATTESTED, 5, "=Amira", duties=("a",)),
]


def test_deeds_are_summed_by_term_the_newest_first() -> None:
    spring, autumn = by_term(DEEDS)
    assert (spring.term.name, autumn.term.name) == ("spring", "autumn")
    assert (spring.minutes, autumn.minutes) == (45, 30)
    assert autumn.counts == {TALK: 1, ATTESTED: 1}
    assert list(autumn.duties.items()) == [("a", 2), ("d", 1)]
    assert autumn.teachers == 1


def test_without_names_each_teacher_has_a_number_of_their_own() -> None:
    assert [each.teacher for each in without_names(DEEDS)] == [
        "Teacher 2", "Teacher 1", "Teacher 1",
    ]  # fmt: skip


def test_the_spreadsheet_takes_no_name_for_a_formula() -> None:
    text = "".join(record_file(DEEDS)).removeprefix("\N{BYTE ORDER MARK}")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Date", "What", "Teacher", "Minutes", "Duties"]
    assert rows[1] == ["2027-01-12", TALK, "Ben Osei", "45", "d"]
    assert rows[3] == ["2026-11-02", ATTESTED, "'=Amira", "", "a"]


@pytest.mark.parametrize(
    ("handed_in", "expected", "told"),
    [
        (0, None, "Modules worth 0 credits are handed in, out of 180."),
        (
            30,
            45,
            "Modules worth 30 credits are handed in, out of 180; "
            "at an even pace it would be 45 by today.",
        ),
    ],
)
def test_the_pace_that_a_coach_is_told_counts_work_and_not_its_marks(
    handed_in: int, expected: int | None, told: str
) -> None:
    assert pace_in_words(handed_in, expected, 180) == told
