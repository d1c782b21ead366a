"""A stamp keeps every whole millisecond, so that what is sent is what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.grades.rules.sending import next_stamp

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 500, 999])
@pytest.mark.parametrize("further", [0, 1, 999])
def test_what_is_less_than_a_millisecond_is_dropped_and_nothing_else(
    milliseconds: int, further: int
) -> None:
    moment = NOON + timedelta(milliseconds=milliseconds, microseconds=further)
    assert next_stamp(moment, None) == NOON + timedelta(milliseconds=milliseconds)
