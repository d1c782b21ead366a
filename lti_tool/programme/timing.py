"""When a participant may begin, should finish, and must have finished, from dated facts alone.

The window was written for newly qualified teachers. Whether it applies to somebody is part of the
eligibility rule they came by, so a participant carries the rule's name and not a programme's guess.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

from lti_tool.programme.definition import Programme

DAY = timedelta(days=1)
NQT = "nqt"


@dataclass(frozen=True, slots=True)
class Career:
    """The dated facts about one participant; None is not known."""

    window_rule: str | None = None
    teaching_from: date | None = None
    induction_from: date | None = None
    started_on: date | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """A pause with its reason; the last day is exclusive, and None while it goes on."""

    reason: str
    started_on: date
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A fact without which something cannot be told."""

    fact: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Window:
    """The dates of one participant. A date is None where its fact is missing or no rule sets it.

    `earliest_start` and `latest_start` are days on which to begin; `expected_end`, `ends_on` and
    `grace_ends_on` are last days.
    """

    applies: bool | None
    earliest_start: date | None = None
    latest_start: date | None = None
    expected_end: date | None = None
    ends_on: date | None = None
    grace_ends_on: date | None = None
    stopped_days: int = 0
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class StartRule:
    """The eligibility rule by which somebody came, and from when on it lets teachers start."""

    rule: str
    start_from: date


class Urgency(Enum):
    """How pressing a warning is; the order of the members is the order in which it rises."""

    AHEAD = "ahead"
    PASSED = "passed"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about time that a person should know before it hurts."""

    code: str
    urgency: Urgency
    on: date
    sentence: str


class Place(Enum):
    """What a mark on the pace line stands for."""

    EARLIEST = "earliest start"
    LATEST = "latest start"
    EXPECTED = "expected end"
    END = "end of the window"


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on the pace line with its meaning."""

    place: Place
    on: date


@dataclass(frozen=True, slots=True)
class Pace:
    """Credits against time: what a pace line draws and its table says."""

    earned: int
    expected: int | None  # by today, had the work been spread evenly; None before the start
    total: int
    begins_on: date | None
    ends_on: date | None
    marks: tuple[Mark, ...]
    sentence: str


DECIDES = "The programme lead decides what follows."
NEED_RULE = Need("window_rule", "Needed: the eligibility rule by which the participant joined.")
NEED_INDUCTION = Need(
    "induction_from", "Needed for the earliest start: the day on which induction began."
)
NEED_TEACHING = Need(
    "teaching_from", "Needed for the latest start and the end: the first day of teaching."
)


def window(
    programme: Programme, career: Career, pauses: Iterable[Break] = (), *, today: date
) -> Window:
    """The dates that the programme's time policy gives to somebody with these facts."""
    policy = programme.policies["time"]
    applies = _applies(policy, career)
    stops = stopped(policy["clock_stops_for"], pauses, today)
    needs = [NEED_RULE] if applies is None else []
    earliest = latest = ends_on = expected = None
    if applies:
        if policy["earliest_start"] != "any_time":
            earliest = _earliest(policy, career)
            needs += [NEED_INDUCTION] if earliest is None else []
        if career.teaching_from is None:
            needs.append(NEED_TEACHING)
        else:
            latest = extended(
                career.teaching_from,
                add_years(career.teaching_from, policy["latest_start_year"] - 1),
                stops,
            )
            ends_on = _last_day(career.teaching_from, policy["window_years"], stops)
    if career.started_on is not None:
        expected = _last_day(career.started_on, policy["expected_years"], stops)
    return Window(
        applies=applies,
        earliest_start=earliest,
        latest_start=latest,
        expected_end=expected,
        ends_on=ends_on,
        grace_ends_on=ends_on and ends_on + policy["grace_days"] * DAY,
        stopped_days=sum((last - first).days for first, last in stops),
        needs=tuple(needs),
    )


def reasons_against_start(found: Window, rule: StartRule | None, day: date) -> list[str]:
    """Why somebody should not have begun on a day; the programme says whether that stops them."""
    reasons = []
    if rule is not None and day < rule.start_from:
        reasons.append(
            f"Rule {rule.rule}, by which they joined, lets teachers start from "
            f"{spoken(rule.start_from)} on."
        )
    if found.earliest_start is not None and day < found.earliest_start:
        reasons.append(f"The earliest start is {spoken(found.earliest_start)}.")
    if found.latest_start is not None and day > found.latest_start:
        reasons.append(f"The latest start was {spoken(found.latest_start)}.")
    return reasons


def stopped(
    reasons: Collection[str], pauses: Iterable[Break], today: date
) -> tuple[tuple[date, date], ...]:
    """The stretches in which the clock stood still, none touching another (ends exclusive).

    A pause that goes on counts up to today: nobody knows yet how long it will last.
    """
    found: list[tuple[date, date]] = []
    for first, last in sorted(
        (each.started_on, max(each.ended_on or today, each.started_on))
        for each in pauses
        if each.reason in reasons
    ):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def extended(begun: date, end: date, stops: Iterable[tuple[date, date]]) -> date:
    """An end moved on by every day that the clock stood still between the beginning and it."""
    for first, last in stops:
        if first < end and last > begun:
            end += last - max(first, begun)
    return end


def add_years(day: date, years: int) -> date:
    """The same day some years on; a leap day becomes the first of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def warnings(
    programme: Programme, career: Career, pauses: Iterable[Break] = (), *, today: date
) -> list[Notice]:
    """What to tell somebody about their time today, the most pressing first."""
    found = window(programme, career, pauses, today=today)
    ahead = programme.policies["time"]["warn_days"] * DAY
    told: list[Notice] = []
    if career.started_on is None and found.latest_start is not None:
        told += _about_start(found.latest_start, today, ahead)
    if found.ends_on is not None and found.grace_ends_on is not None:
        told += _about_end(found.ends_on, found.grace_ends_on, today, ahead)
    order = list(Urgency)
    return sorted(told, key=lambda each: order.index(each.urgency), reverse=True)


def pace(
    programme: Programme,
    career: Career,
    pauses: Iterable[Break] = (),
    *,
    credits: int,
    today: date,
) -> Pace:
    """How the credits earned so far compare with the time that has gone."""
    pauses = tuple(pauses)
    found = window(programme, career, pauses, today=today)
    stops = stopped(programme.policies["time"]["clock_stops_for"], pauses, today)
    expected = None
    if career.started_on is not None and found.expected_end is not None:
        gone = _running(career.started_on, min(today, found.expected_end + DAY), stops)
        whole = _running(career.started_on, found.expected_end + DAY, stops)
        expected = round(programme.credits * gone / whole) if today >= career.started_on else None
    marks = _marks(found)
    days = [each.on for each in marks] + ([career.started_on] if career.started_on else [])
    return Pace(
        earned=credits,
        expected=expected,
        total=programme.credits,
        begins_on=min(days, default=None),
        ends_on=max(days, default=None),
        marks=marks,
        sentence=_told(credits, expected, programme.credits),
    )


def spoken(day: date) -> str:
    """A date as people say it."""
    return f"{day.day} {day:%B %Y}"


def _applies(policy: Mapping[str, Any], career: Career) -> bool | None:
    if career.window_rule is None:
        return None
    return career.window_rule in policy["applies_to"]


def _earliest(policy: Mapping[str, Any], career: Career) -> date | None:
    """The summer term of the school year in which induction began."""
    began = career.induction_from
    if began is None:
        return None
    year = _day_in(began.year, policy["school_year_begins"])
    if year > began:
        year = _day_in(began.year - 1, policy["school_year_begins"])
    summer = _day_in(year.year, policy["summer_term_begins"])
    if summer < year:
        summer = _day_in(year.year + 1, policy["summer_term_begins"])
    return max(summer, began)


def _day_in(year: int, month_and_day: str) -> date:
    month, day = month_and_day.split("-")
    return date(year, int(month), int(day))


def _last_day(begun: date, years: int, stops: Iterable[tuple[date, date]]) -> date:
    return extended(begun, add_years(begun, years), stops) - DAY


def _running(begun: date, end: date, stops: Sequence[tuple[date, date]]) -> int:
    """Days between, without those on which the clock stood still."""
    still = sum(max(0, (min(last, end) - max(first, begun)).days) for first, last in stops)
    return max(0, (end - begun).days - still)


def _about_start(latest: date, today: date, ahead: timedelta) -> list[Notice]:
    if today > latest:
        sentence = f"The latest day to begin was {spoken(latest)}. {DECIDES}"
        return [Notice("start_passed", Urgency.PASSED, latest, sentence)]
    if today + ahead >= latest:
        sentence = f"The latest day to begin is {spoken(latest)}."
        return [Notice("start_closing", Urgency.AHEAD, latest, sentence)]
    return []


def _about_end(ends_on: date, grace_ends_on: date, today: date, ahead: timedelta) -> list[Notice]:
    if today > grace_ends_on:
        sentence = (
            f"The time for the programme ended on {spoken(ends_on)}, "
            f"and so did the time added to it. {DECIDES}"
        )
        return [Notice("window_over", Urgency.OVER, grace_ends_on, sentence)]
    if today > ends_on:
        sentence = (
            f"The time for the programme ended on {spoken(ends_on)}. "
            f"Nothing changes by itself before {spoken(grace_ends_on + DAY)}: "
            "talk to the tutor now."
        )
        return [Notice("window_passed", Urgency.PASSED, ends_on, sentence)]
    if today + ahead >= ends_on:
        sentence = f"The time for the programme ends on {spoken(ends_on)}."
        return [Notice("window_closing", Urgency.AHEAD, ends_on, sentence)]
    return []


def _marks(found: Window) -> tuple[Mark, ...]:
    days = {
        Place.EARLIEST: found.earliest_start,
        Place.LATEST: found.latest_start,
        Place.EXPECTED: found.expected_end,
        Place.END: found.ends_on,
    }
    marks = [Mark(place, day) for place, day in days.items() if day is not None]
    return tuple(sorted(marks, key=lambda each: each.on))


def _told(earned: int, expected: int | None, total: int) -> str:
    so_far = f"{earned} of {total} credits"
    if expected is None:
        return f"{so_far}. The programme has not been started yet."
    if earned >= expected:
        return f"{so_far}. An even pace would have brought {expected} by today."
    return (
        f"{so_far}. An even pace would have brought {expected} by today; "
        "phases may be longer or shorter, and there is no penalty for a slower one."
    )
