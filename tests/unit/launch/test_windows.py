"""When a module opens, is due and closes: what a tutor may type, and what then goes out."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.launch.windows import PARTS, WORDS, Window, parse_time, read_window

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Clocks in the UK go forward on 28 March 2027.
WINTER, SUMMER = ("27", "3", "2027", "17:00"), ("28", "3", "2027", "17:00")


def typed(**dates: tuple[str, ...]) -> dict[str, dict[str, str]]:
    return {kind: dict(zip(PARTS, parts, strict=False)) for kind, parts in dates.items()}


def read(**dates: tuple[str, ...]) -> Window:
    window, problems = read_window("MTL1", typed(**dates), NOW)
    assert problems == {}
    return window


def problems(**dates: tuple[str, ...]) -> dict[str, str]:
    return read_window("MTL1", typed(**dates), NOW)[1]


def test_nothing_typed_says_nothing() -> None:
    assert read(opens=("", "", "", ""), due=(" ", "", "")) == Window()
    assert Window().as_content() == {}


def test_all_three_are_written_with_the_offset_of_their_own_day() -> None:
    window = read(opens=WINTER, due=SUMMER, closes=("1", "4", "2027", "9.30"))
    assert window.as_content() == {
        "available": {
            "startDateTime": "2027-03-27T17:00:00+00:00",
            "endDateTime": "2027-04-01T09:30:00+01:00",
        },
        "submission": {"endDateTime": "2027-03-28T17:00:00+01:00"},
    }


def test_a_day_without_a_time_is_meant_whole() -> None:
    day = ("12", "1", "2027")
    content = read(opens=day, due=day, closes=day).as_content()
    assert content["available"]["startDateTime"].startswith("2027-01-12T00:00:00")
    assert content["available"]["endDateTime"].startswith("2027-01-12T23:59:00")
    assert content["submission"]["endDateTime"].startswith("2027-01-12T23:59:00")


def test_only_what_is_said_is_written() -> None:
    assert set(read(due=WINTER).as_content()) == {"submission"}
    assert read(closes=WINTER).as_content() == {
        "available": {"endDateTime": "2027-03-27T17:00:00+00:00"}
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("17:00", time(17)),
        ("9.30", time(9, 30)),
        ("00:00", time(0)),
        ("5pm", time(17)),
        ("5:30 PM", time(17, 30)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("24:00", None),
        ("12:60", None),
        ("0am", None),
        ("13pm", None),
        ("5", None),
        ("1700", None),
        ("noon", None),
        ("17:00:00", None),
        ("١٧:٠٠", None),
    ],
)
def test_a_time_is_read_as_people_write_it(written: str, meant: time | None) -> None:
    assert parse_time(written) == meant


@pytest.mark.parametrize(
    "parts",
    [
        ("31", "2", "2027"),
        ("12", "", "2027"),
        ("", "", "2027"),
        ("12", "13", "2027"),
        ("12", "11", "27"),
        ("12", "11", "1999"),
        ("12", "Nov", "2027"),
        ("-1", "11", "2027"),
        ("1_", "11", "2027"),
        ("12", "11", "99999"),
        ("0", "0", "0"),
    ],
)
def test_what_is_no_date_is_told(parts: tuple[str, ...]) -> None:
    assert problems(due=parts) == {
        "due": "The date when MTL1 is due must be a real date, such as 12 11 2027."
    }


def test_a_wrong_time_and_a_time_without_a_date_are_told() -> None:
    assert problems(closes=("12", "11", "2027", "late")) == {
        "closes": "The time when MTL1 closes must be a real time, such as 9:30 or 5pm."
    }
    assert problems(opens=("", "", "", "17:00")) == {
        "opens": "Give the date when MTL1 opens, as well as the time."
    }


DAY, NEXT = ("1", "2", "2027", "9:00"), ("2", "2", "2027", "9:00")


@pytest.mark.parametrize(
    ("dates", "wrong"),
    [
        ({"opens": NEXT, "due": DAY}, {"due": "due must be after it opens."}),
        ({"opens": DAY, "due": DAY}, {"due": "due must be after it opens."}),
        ({"opens": NEXT, "closes": DAY}, {"closes": "closes must be after it opens."}),
        ({"opens": DAY, "closes": DAY}, {"closes": "closes must be after it opens."}),
        ({"due": NEXT, "closes": DAY}, {"closes": "closes must not be before it is due."}),
        ({"due": DAY, "closes": DAY}, {}),
        ({"opens": DAY, "due": NEXT, "closes": NEXT}, {}),
        ({"opens": ("1", "9", "2026")}, {}),
        ({"due": ("22", "11", "2026", "11:59")}, {"due": "is due must be in the future."}),
        ({"due": ("22", "11", "2026", "12:01")}, {}),
        ({"closes": ("1", "9", "2026")}, {"closes": "closes must be in the future."}),
    ],
)
def test_dates_that_contradict_each_other_are_told_where_they_can_be_put_right(
    dates: dict[str, tuple[str, ...]], wrong: dict[str, str]
) -> None:
    found = problems(**dates)
    assert found.keys() == wrong.keys()
    assert all(found[kind].endswith(end) for kind, end in wrong.items())


@given(st.dictionaries(st.sampled_from(sorted(WORDS)), st.tuples(*[st.text(max_size=6)] * 4)))
def test_whatever_is_typed_is_read_or_told(dates: dict[str, tuple[str, ...]]) -> None:
    window, told = read_window("MTL1", typed(**dates), NOW)
    assert told.keys() <= WORDS.keys()
    for part in window.as_content().values():
        assert all(datetime.fromisoformat(each).utcoffset() is not None for each in part.values())
