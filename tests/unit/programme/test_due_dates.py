"""Which date counts for whom, and how far away it is in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lti_tool.programme.due_dates import DueDate, due_date, in_words

OWN, COHORT, ALL = date(2026, 11, 20), date(2026, 11, 13), date(2026, 11, 6)
TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ((OWN, COHORT, ALL), DueDate(OWN, is_personal=True)),
        ((None, COHORT, ALL), DueDate(COHORT)),
        ((None, None, ALL), DueDate(ALL)),
        ((None, None, None), None),
    ],
)
def test_the_nearest_to_the_person_counts(
    known: tuple[date | None, ...], found: DueDate | None
) -> None:
    assert due_date(*known) == found


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"), (1, "tomorrow"), (-1, "yesterday"), (2, "in 2 days"), (-5, "5 days ago"),
        (27, "in 27 days"), (28, "in 4 weeks"), (69, "in 9 weeks"), (-30, "4 weeks ago"),
    ],
)  # fmt: skip
def test_how_far_away_a_day_is(days: int, words: str) -> None:
    assert in_words(TODAY + timedelta(days), TODAY) == words
