"""By when work is to be marked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from lti_tool.grades.queue import working_days_after


@pytest.mark.parametrize(
    ("handed_in", "days", "due_on"),
    [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), 0, date(2026, 11, 20)),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), 1, date(2026, 11, 23)),  # over a weekend
        (datetime(2026, 11, 21, 12, tzinfo=UTC), 1, date(2026, 11, 23)),  # from a Saturday
        (datetime(2026, 11, 23, 12, tzinfo=UTC), 5, date(2026, 11, 30)),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), 1, date(2026, 7, 2)),  # July in London already
    ],
)
def test_weekdays_are_counted_in_london(handed_in: datetime, days: int, due_on: date) -> None:
    assert working_days_after(handed_in, days) == due_on
