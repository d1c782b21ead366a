"""A participant's credits against their time, and the line that draws them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lti_tool.clock import today
from lti_tool.cohort.progress import Standing
from lti_tool.people.models import Participant
from lti_tool.people.participation import career_of, pauses_of
from lti_tool.programme.timing import Break, Notice, Pace, Place, pace, warnings

# The drawing's own units; the page scales it.
LEFT, RIGHT, TOP, BASE = 12.0, 328.0, 12.0, 96.0
APART = 20.0  # marks nearer to each other stand in two rows

MEANINGS = {
    Place.EARLIEST: "Earliest day to begin",
    Place.LATEST: "Latest day to begin",
    Place.EXPECTED: "Expected end, at an even pace",
    Place.END: "End of the time for the programme",
}


@dataclass(frozen=True)
class Spot:
    """A day of the line: its number in drawing and table, where it stands, and what it means."""

    number: int
    meaning: str
    on: date
    x: float
    row: int


@dataclass(frozen=True)
class Line:
    """What the drawing shows. Every value of it stands in the table, too."""

    pace: Pace
    spots: tuple[Spot, ...]
    even: tuple[tuple[float, float], ...]
    here: tuple[float, float]
    today: date


@dataclass(frozen=True)
class Timing:
    """Credits against time, and what to know about time before it hurts."""

    pace: Pace
    line: Line | None
    warnings: list[Notice]


def timing(standing: Standing) -> Timing:
    """Where this participant stands in their time, today."""
    found = standing.participant
    career, pauses, day = career_of(found), own_pauses(found), today()
    told = pace(standing.programme, career, pauses, credits=standing.credits.total, today=day)
    return Timing(
        told,
        line(told, found.started_on, day),
        warnings(standing.programme, career, pauses, today=day),
    )


def own_pauses(participant: Participant) -> tuple[Break, ...]:
    """The pauses, asked for only where a date depends on them."""
    if participant.started_on is None and participant.teaching_from is None:
        return ()
    return pauses_of([participant.id])[participant.id]


def line(told: Pace, started_on: date | None, day: date) -> Line | None:
    """The drawing; there is none while no two days are known to draw between."""
    first, last = told.begins_on, told.ends_on
    if first is None or last is None or first == last:
        return None
    first, last = min(first, day), max(last, day)

    def across(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (on - first).days / (last - first).days, 1)

    def up(credits: int) -> float:
        return round(BASE - (BASE - TOP) * min(credits, told.total) / told.total, 1)

    return Line(
        pace=told,
        spots=_spots([(MEANINGS[mark.place], mark.on, across(mark.on)) for mark in told.marks]),
        even=tuple((across(on), up(credits)) for on, credits in _even(told, started_on, day)),
        here=(across(day), up(told.earned)),
        today=day,
    )


def _even(told: Pace, started_on: date | None, day: date) -> list[tuple[date, int]]:
    """The even pace from the start by way of today, where a pause may have bent it."""
    ends = next((mark.on for mark in told.marks if mark.place is Place.EXPECTED), None)
    if started_on is None or ends is None:
        return []
    points = [(started_on, 0), (ends, told.total)]
    if told.expected is not None and started_on < day < ends:
        points.insert(1, (day, told.expected))
    return points


def _spots(marks: list[tuple[str, date, float]]) -> tuple[Spot, ...]:
    placed: list[Spot] = []
    for number, (meaning, on, x) in enumerate(marks, start=1):
        near = bool(placed) and x - placed[-1].x < APART
        row = 1 - placed[-1].row if near else 0
        placed.append(Spot(number, meaning, on, x, row))
    return tuple(placed)
