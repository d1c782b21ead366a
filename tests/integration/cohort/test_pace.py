"""A participant's home: where they stand in time, and what it says to whoever rests or left."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from lti_tool.cohort.pace import BASE, LEFT, RIGHT, TOP, line
from lti_tool.db import db
from lti_tool.people.models import Participant
from lti_tool.programme.timing import Mark, Pace, Place
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

START = date(2025, 4, 1)


def change(person: Person, facts: Mapping[str, Any]) -> None:
    """Set what is known of somebody's career, as the programme lead's form does."""
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        participant = db.session.get_one(Participant, participant_id)
        for name, value in facts.items():
            setattr(participant, name, value)
        db.session.commit()


def test_a_home_without_dates_says_that_none_are_known(world: World) -> None:
    amira = world.participant()
    page = check_page(amira.get("progress"), 200)
    assert "appears here once your dates are known" in text_of(amira.page)
    assert page.select_one(".app-pace") is None


def test_the_pace_line_has_a_table_of_all_that_it_draws(world: World) -> None:
    amira = world.participant()
    change(amira, {
        "started_on": START, "teaching_from": date(2024, 9, 1), "window_rule": "nqt",
        "induction_from": date(2024, 9, 1),
    })  # fmt: skip
    with time_machine.travel("2026-10-01T12:00:00Z", tick=True):
        amira.launch("progress")
        page = check_page(amira.page, 200)
    drawing, table = page.select_one(".app-pace svg"), page.select_one(".app-pace table")
    assert drawing is not None
    assert table is not None
    words = " ".join(table.get_text(" ").split())
    for told in (
        "0 of 180 credits earned today, 1 October 2026",
        "90 at an even pace",
        "1 Earliest day to begin 1 April 2025",
        "Latest day to begin 1 September 2026",
        "Expected end, at an even pace 31 March 2028",
        "End of the time for the programme 31 August 2029",
    ):
        assert told in words
    assert len(drawing.select(".app-pace__number")) == len(table.select(".app-pace__circle")) == 4


def test_the_end_of_the_time_is_told_before_it_comes(world: World) -> None:
    amira = world.participant()
    change(amira, {"started_on": START, "teaching_from": date(2022, 1, 10), "window_rule": "nqt"})
    with time_machine.travel("2026-12-01T12:00:00Z", tick=True):
        words = text_of(amira.launch("progress"))
    assert "Time The time for the programme ends on 9 January 2027." in words


@pytest.mark.parametrize(
    ("state", "told", "heading"),
    [
        ("paused", "nobody expects anything of you", "When you are back"),
        ("withdrawn", "the way back is open", None),
        ("transferring", "you can go on meanwhile", "What to do next"),
    ],
)
def test_a_home_speaks_of_rest_and_leaving_in_neutral_words(
    world: World, state: str, told: str, heading: str | None
) -> None:
    amira = world.participant()
    change(amira, {"state": state})
    check_page(amira.get("progress"), 200)
    assert told in text_of(amira.page)
    headings = [each.get_text(strip=True) for each in soup(amira.page).find_all("h2")]
    asked = {"What to do next", "When you are back"} & set(headings)
    assert asked == ({heading} if heading else set())


def test_no_heading_of_a_home_stands_twice(world: World) -> None:
    page = check_page(world.participant().get("progress"), 200)
    headings = [each.get_text(strip=True) for each in page.find_all(["h1", "h2", "h3"])]
    assert len(headings) == len(set(headings))
    assert sum("Coverage" in each for each in headings) == 1


def a_pace(earned: int, *marks: Mark, expected: int | None = 60) -> Pace:
    days = [mark.on for mark in marks]
    return Pace(earned, expected, 180, min(days, default=None), max(days, default=None), marks, "")


def test_a_line_stays_within_its_drawing_whatever_the_day() -> None:
    marks = (
        Mark(Place.EARLIEST, START),
        Mark(Place.LATEST, START + timedelta(days=5)),
        Mark(Place.EXPECTED, START + timedelta(days=1095)),
    )
    for away in (-400, 0, 500, 3000):
        found = line(a_pace(200, *marks), START, START + timedelta(days=away))
        assert found is not None
        assert [spot.row for spot in found.spots] == [0, 1, 0]
        xs = [spot.x for spot in found.spots] + [x for x, _ in found.even] + [found.here[0]]
        ys = [y for _, y in found.even] + [found.here[1]]
        assert all(LEFT <= x <= RIGHT for x in xs)
        assert all(TOP <= y <= BASE for y in ys)


def test_there_is_no_line_without_two_days() -> None:
    assert line(a_pace(0, expected=None), None, START) is None
    assert line(a_pace(0, Mark(Place.EXPECTED, START)), None, START) is None
