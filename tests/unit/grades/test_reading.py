"""What the gradebook shows decides, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.grades.rules.drifting import what_differs
from lti_tool.grades.rules.reading import (
    Seen,
    Verdict,
    has_arrived,
    verdict_on,
    verdict_on_recall,
)

NOON = datetime(2026, 11, 22, 12, 0, 0, 400_000, tzinfo=UTC)
KEPT = (
    "The gradebook kept 71 out of 100, which somebody entered there by hand. Remove that entry (in "
    "Moodle: the override) in the gradebook and send this mark again, or leave it as it is."
)
NONE = (
    "The gradebook took the mark but shows none. Look whether a grade was entered there by hand or "
    "is hidden, then send it again."
)
LATER = (
    "The gradebook has a later entry and shows {}. Leave it, or send this mark again to put it in "
    "its place."
)


@pytest.mark.parametrize("was_taken", [True, False])
def test_an_equal_value_confirms_whatever_the_answer_was(was_taken: bool) -> None:
    seen = Seen(64.0, 100.0, NOON)
    assert verdict_on(64, seen, was_taken=was_taken) == Verdict("confirmed")
    assert verdict_on(0, Seen(0.0, 100.0), was_taken=was_taken) == Verdict("confirmed")


@pytest.mark.parametrize(
    ("seen", "was_taken", "verdict"),
    [
        (Seen(71.0, 100.0), True, Verdict("kept", KEPT)),
        (None, True, Verdict("kept", NONE)),
        (Seen(), True, Verdict("kept", NONE)),
        (Seen(71.0, 100.0), False, Verdict("conflict", LATER.format("71 out of 100"))),
        (None, False, Verdict("conflict", LATER.format("no mark"))),
        (Seen(None, 100.0), False, Verdict("conflict", LATER.format("no mark"))),
    ],
)
def test_any_other_value_is_for_a_person(
    seen: Seen | None, was_taken: bool, verdict: Verdict
) -> None:
    assert verdict_on(64, seen, was_taken=was_taken) == verdict


SAME_SECOND = NOON.replace(microsecond=0)


@pytest.mark.parametrize(
    ("seen", "stamp", "arrived"),
    [
        (Seen(64.0, 100.0, SAME_SECOND), NOON, True),
        (Seen(64.0, 100.0, NOON + timedelta(seconds=1)), NOON, False),
        (Seen(64.0, 100.0, NOON - timedelta(seconds=1)), NOON, False),
        (Seen(64.0, 100.0, NOON), None, False),
        (Seen(64.0, 100.0), NOON, True),
        (Seen(64.0, 100.0), None, True),
        (Seen(65.0, 100.0, NOON), NOON, False),
        (Seen(65.0, 100.0), NOON, False),
        (Seen(), NOON, False),
        (None, NOON, False),
    ],
)
def test_a_try_that_was_cut_short_is_recognised_by_value_and_time(
    seen: Seen | None, stamp: datetime | None, arrived: bool
) -> None:
    assert has_arrived(64, seen, stamp) is arrived


@pytest.mark.parametrize(
    ("seen", "was_ours", "state"),
    [
        (None, True, "confirmed"),
        (Seen(None, 100.0), False, "confirmed"),
        (Seen(64.0, 100.0), True, "kept"),
        (Seen(0.0, 100.0), True, "kept"),
        (Seen(71.0, 100.0), False, "conflict"),
    ],
)
def test_a_recall_is_done_only_where_no_mark_is_shown(
    seen: Seen | None, was_ours: bool, state: str
) -> None:
    verdict = verdict_on_recall(seen, was_ours=was_ours)
    assert verdict.state == state
    assert (verdict.sentence is None) == (state == "confirmed")


@pytest.mark.parametrize(
    ("seen", "is_recalled", "says"),
    [
        (Seen(64.0, 100.0), False, None),
        (Seen(6.4, 10.0), False, None),
        (Seen(63.0, 100.0), False, "The gradebook shows 63 out of 100 instead."),
        (None, False, "The gradebook shows no mark any more."),
        (Seen(None, 100.0), False, "The gradebook shows no mark any more."),
        (None, True, None),
        (
            Seen(64.0, 100.0),
            True,
            "The gradebook shows 64 out of 100, though the mark was taken back.",
        ),
    ],
)
def test_what_a_gradebook_shows_later_differs_or_not(
    seen: Seen | None, is_recalled: bool, says: str | None
) -> None:
    assert what_differs(64, seen, is_recalled=is_recalled) == says
