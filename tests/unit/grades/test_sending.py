"""Times, pauses, and what a gradebook's answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.grades.rules.sending import (
    LATER_MARK,
    NO_ACCESS,
    Outcome,
    asked_pause,
    is_throttle,
    meaning_of,
    next_stamp,
    pause_before,
    was_surely_not_stored,
)

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
moments = st.floats(1.5e9, 3.5e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def test_the_first_stamp_is_now_in_whole_milliseconds() -> None:
    moment = NOON.replace(microsecond=123_987)
    assert next_stamp(moment, None) == NOON.replace(microsecond=123_000)
    last_moment = NOON.replace(microsecond=999_999)
    assert next_stamp(last_moment, None) == NOON.replace(microsecond=999_000)


def test_a_stamp_is_a_second_after_the_last_one_at_least() -> None:
    assert next_stamp(NOON, NOON) == NOON + SECOND
    assert next_stamp(NOON, NOON - SECOND) == NOON
    assert next_stamp(NOON, NOON - timedelta(hours=1)) == NOON
    assert next_stamp(NOON, NOON + timedelta(hours=1)) == NOON + timedelta(hours=1) + SECOND


@given(moments, st.lists(st.timedeltas(timedelta(0), timedelta(seconds=3)), max_size=20))
def test_stamps_rise_by_a_second_and_one_that_is_not_ahead_is_never_refused(
    start: datetime, steps: list[timedelta]
) -> None:
    moment, last = start, None
    for step in steps:
        moment += step
        stamp = next_stamp(moment, last)
        if last is not None:
            assert stamp - last >= SECOND
            assert int(stamp.timestamp()) > int(last.timestamp())
        assert stamp.microsecond % 1000 == 0
        if stamp > moment:
            assert last is not None
            assert stamp == last + SECOND, "Only the last one can push a stamp ahead."
        else:
            last = stamp


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(0, 1), (1, 2), (2, 4), (5, 32), (11, 2048), (12, 3600), (13, 3600), (84, 3600)],
)
def test_pauses_double_up_to_an_hour(tries: int, seconds: float) -> None:
    assert pause_before(tries, 1.0) == seconds
    assert pause_before(tries, 0.75) == seconds * 0.75


@given(st.integers(0, 10_000), st.floats(0.75, 1.25))
def test_no_pause_is_longer_than_an_hour_and_a_quarter(tries: int, jitter: float) -> None:
    assert 0.75 <= pause_before(tries, jitter) <= 4500


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (" 7 ", 7),
        ("86400", 86_400),
        ("86401", 86_400),
        ("9999999", 86_400),
        ("Sun, 22 Nov 2026 12:01:30 GMT", 90),
        ("Sun, 22 Nov 2026 12:01:30 -0000", 90),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Wed, 22 Nov 2028 11:00:00 GMT", 86_400),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("１２", None),
        ("", None),
    ],
)
def test_the_gradebook_may_ask_for_a_pause(text: str, seconds: float | None) -> None:
    assert asked_pause({"Retry-After": text}, NOON) == seconds


def test_a_pause_is_found_whatever_the_case_of_its_header() -> None:
    assert asked_pause({"retry-after": "3"}, NOON) == 3
    assert asked_pause({"Date": "3"}, NOON) is None


RETRY, FAILED, CHECK = Outcome.RETRY, Outcome.FAILED, Outcome.CHECK
OLD, REBIND = Outcome.REFUSED_AS_OLD, Outcome.REBIND
SLOW_DOWN = "The gradebook asks the tool to slow down."
NOT_ENROLLED = (
    "The gradebook does not take a mark for this person. Most often they are no longer enrolled "
    "as a student in the course."
)
LOCKED = (
    "The gradebook answered with an error (500). It does so while a column or a grade is locked: "
    "unlock it in the gradebook."
)
GONE = "The gradebook column for this module is gone."
BOTH = ("moodle", "canvas")


@pytest.mark.parametrize(
    ("statuses", "products", "said", "outcome", "sentence"),
    [
        ((200, 201, 204, 299), BOTH, "", CHECK, ""),
        ((409,), BOTH, "", OLD, LATER_MARK),
        ((400,), ("canvas",), "The result was updated after this timestamp", OLD, LATER_MARK),
        ((400,), ("moodle",), "… timestamp …", FAILED, NOT_ENROLLED),
        ((400, 422), ("moodle",), "anything", FAILED, NOT_ENROLLED),
        ((400, 422), ("canvas",), "", FAILED, NOT_ENROLLED),
        ((422,), ("canvas",), "timestamp", FAILED, f"{NOT_ENROLLED} It said: “timestamp”"),
        ((422,), ("canvas",), "No student", FAILED, f"{NOT_ENROLLED} It said: “No student”"),
        ((404, 410), BOTH, "", REBIND, GONE),
        ((401,), BOTH, "", RETRY, "The gradebook did not accept the tool's access token."),
        ((403,), BOTH, "", FAILED, NO_ACCESS),
        ((403,), ("moodle",), "Rate Limit Exceeded", FAILED, NO_ACCESS),
        ((403,), ("canvas",), "403 Forbidden (Rate Limit Exceeded)", RETRY, SLOW_DOWN),
        ((429,), BOTH, "", RETRY, SLOW_DOWN),
        ((500,), ("moodle",), "", RETRY, LOCKED),
        ((500,), ("canvas",), "", RETRY, "The gradebook is not available just now (status 500)."),
        ((503,), BOTH, "", RETRY, "The gradebook is not available just now (status 503)."),
        ((408,), BOTH, "", RETRY, "The gradebook is not available just now (status 408)."),
        ((425,), BOTH, "", RETRY, "The gradebook is not available just now (status 425)."),
        ((502,), BOTH, "", RETRY, "The gradebook is not available just now (status 502)."),
        ((302,), BOTH, "", FAILED, "The gradebook refused the mark (status 302)."),
        ((300,), BOTH, "", FAILED, "The gradebook refused the mark (status 300)."),
        ((199,), BOTH, "", FAILED, "The gradebook refused the mark (status 199)."),
        ((418,), BOTH, "", FAILED, "The gradebook refused the mark (status 418)."),
    ],
)
def test_each_answer_has_a_meaning_that_a_tutor_understands(
    statuses: tuple[int, ...],
    products: tuple[str, ...],
    said: str,
    outcome: Outcome,
    sentence: str,
) -> None:
    for status in statuses:
        for product in products:
            found = meaning_of(status, product, said)
            assert (found.outcome, found.sentence) == (outcome, sentence), (status, product)


def test_only_canvas_throttles_in_words() -> None:
    assert is_throttle(429, "moodle", "")
    assert is_throttle(403, "canvas", "RATE LIMIT EXCEEDED")
    assert not is_throttle(403, "canvas", "user not authorized")
    assert not is_throttle(403, "moodle", "Rate Limit Exceeded")
    assert not is_throttle(400, "canvas", "Rate Limit Exceeded")


@pytest.mark.parametrize(
    ("status", "surely"),
    [(399, False), (400, True), (403, True), (404, True), (408, False), (409, True), (429, True),
     (499, True), (500, False), (503, False), (200, False)],
)  # fmt: skip
def test_a_refusal_is_certain_and_trouble_on_the_way_is_not(status: int, surely: bool) -> None:
    assert was_surely_not_stored(status) is surely


def test_sentences_are_whole() -> None:
    assert LATER_MARK == "The gradebook says that it has a later mark."
    assert NO_ACCESS == (
        "The platform does not let the tool write marks in this course. Its administrator can "
        "allow grade services for the tool."
    )
