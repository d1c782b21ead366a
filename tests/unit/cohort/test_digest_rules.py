"""When the weekly mail is due, and what it says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.clock import LONDON
from lti_tool.cohort.digest_rules import KINDS, lines, next_opens_at, opens_at, subject, week_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("2026-11-22T23:59", "2026-W47"),
        ("2026-11-23T00:00", "2026-W48"),
        ("2026-12-31T12:00", "2026-W53"),
        ("2027-01-03T12:00", "2026-W53"),
        ("2027-01-04T00:00", "2027-W01"),
        # In summer London is an hour ahead: there Monday has begun.
        ("2026-07-05T23:30", "2026-W28"),
    ],
)
def test_a_week_is_that_of_the_schools(moment: str, week: str) -> None:
    assert week_of(at(moment)) == week


@pytest.mark.parametrize(
    ("moment", "opens", "following"),
    [
        ("2026-11-23T06:59", "2026-11-23T07:00", "2026-11-30T07:00"),
        ("2026-11-29T23:59", "2026-11-23T07:00", "2026-11-30T07:00"),
        ("2026-07-06T05:00", "2026-07-06T06:00", "2026-07-13T06:00"),
        # The clocks go back on 25 October 2026.
        ("2026-10-24T12:00", "2026-10-19T06:00", "2026-10-26T07:00"),
    ],
)
def test_the_mail_is_written_from_seven_on_monday(moment: str, opens: str, following: str) -> None:
    assert opens_at(at(moment)) == at(opens)
    assert next_opens_at(at(moment)) == at(following)


@given(
    st.integers(0, 40 * 365 * 24 * 60).map(
        lambda minutes: at("2020-01-01") + timedelta(minutes=minutes)
    )
)
def test_every_moment_lies_between_two_mondays_of_one_week(moment: datetime) -> None:
    assert week_of(opens_at(moment)) == week_of(moment)
    assert week_of(next_opens_at(moment)) != week_of(moment)
    assert opens_at(moment).astimezone(LONDON).weekday() == 0
    assert next_opens_at(moment) - opens_at(moment) <= timedelta(days=7, hours=1)


@pytest.mark.parametrize(
    ("waiting", "told", "about"),
    [
        ({}, [], "0 things wait for you on the MTL Tool"),
        ({"attest": 1}, ["1 request to attest evidence"], "1 thing waits for you on the MTL Tool"),
        (
            {"comment": 2, "attest": 3},
            ["3 requests to attest evidence", "2 new comments on evidence"],
            "5 things wait for you on the MTL Tool",
        ),
        ({"unheard-of": 4}, [], "0 things wait for you on the MTL Tool"),
    ],
)
def test_counts_and_kinds_are_told_in_words(
    waiting: dict[str, int], told: list[str], about: str
) -> None:
    assert lines(waiting) == told
    assert subject(waiting) == about


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_words_for_one_and_for_many(kind: str) -> None:
    assert lines({kind: 1})[0].startswith("1 ")
    assert lines({kind: 12})[0].startswith("12 ")
    assert lines({kind: 0}) == []
