"""Who comes first on a list of people, and when a window counts as over."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.attention import ORDER, Reason, need, window_opened_by
from lti_tool.programme.timing import add_years

REASONS = st.sets(st.sampled_from(ORDER))


@pytest.mark.parametrize(
    ("first", "after"),
    [
        ({Reason.NO_COACH}, set(ORDER) - {Reason.NO_COACH}),
        ({Reason.TIME}, {Reason.TO_MARK, Reason.SILENT}),
        ({Reason.TO_MARK, Reason.OVERDUE}, {Reason.TO_MARK}),
        ({Reason.MODULE_DUE}, {Reason.OVERDUE}),
        ({Reason.OVERDUE}, set()),
    ],
)
def test_the_most_pressing_reason_decides(first: set[Reason], after: set[Reason]) -> None:
    assert need(first) > need(after)


@given(REASONS, st.sampled_from(ORDER))
def test_one_reason_more_never_moves_anybody_down(reasons: set[Reason], more: Reason) -> None:
    assert need(reasons | {more}) >= need(reasons)


@given(REASONS, REASONS)
def test_equal_need_means_equal_reasons(these: set[Reason], those: set[Reason]) -> None:
    assert (need(these) == need(those)) == (these == those)


def test_every_reason_has_words() -> None:
    assert len({reason.label for reason in ORDER}) == len(ORDER)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 10), st.integers(-3, 3))
def test_a_window_opened_by_a_day_is_over_by_the_other(last: date, years: int, away: int) -> None:
    latest = window_opened_by(last, years)
    begun = latest + timedelta(days=away)
    is_over = add_years(begun, years) - timedelta(days=1) <= last
    assert is_over == (begun <= latest)
