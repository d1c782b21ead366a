"""Where a wished-for period fits among those that are there: pure, and safe to repeat.

Used for coaches and tutors and for main posts at schools. Wishes come in the order of their first
days; each changes the periods in place, and is refused where it would undo what is over or what
another row says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lti_tool.errors import Invalid
from lti_tool.programme.timing import spoken


class Verdict(StrEnum):
    """What becomes of one row."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"

    @property
    def label(self) -> str:
        """The word shown to people."""
        return {"added": "New", "changed": "Changes", "same": "Is so already"}[self.value]


@dataclass
class Period:
    """A period of one holder (a person, a school); `id` is None until it is stored."""

    id: int | None
    holder: int
    started_on: date
    ended_on: date | None
    said_from: date | None = None  # what a row of this file said of it
    said_until: bool = False


@dataclass(frozen=True)
class Wish:
    """From when, and until when if that is said, a holder should hold."""

    holder: int
    since: date
    until: date | None = None


@dataclass(frozen=True)
class Placed:
    """What a wish came to; `replaced` is the period that ends as this one begins."""

    verdict: Verdict
    period: Period
    replaced: Period | None = None


def place(
    periods: list[Period],
    wish: Wish,
    today: date,
    name_of: Callable[[int], str],
    *,
    alone: bool = True,
) -> Placed:
    """Fit a wish in. Not `alone`: only the same holder's periods are in its way (tutors)."""
    if wish.until is not None and wish.until <= wish.since:
        raise Invalid("The last day has to come after the first.")
    rivals = [
        each
        for each in periods
        if (alone or each.holder == wish.holder) and each.ended_on != each.started_on
    ]
    here = next((each for each in rivals if covers(each, wish.since)), None)
    if here is not None and here.holder == wish.holder:
        return _meet(here, rivals, wish, name_of)
    ended_on = _end(rivals, wish, today, name_of)
    if here is not None:
        _check_replaced(here, wish, name_of)
        here.ended_on = wish.since
    made = Period(None, wish.holder, wish.since, ended_on, wish.since, wish.until is not None)
    periods.append(made)
    return Placed(Verdict.ADDED, made, here)


def covers(period: Period, day: date) -> bool:
    """Whether a period counts on a day."""
    return period.started_on <= day and (period.ended_on is None or day < period.ended_on)


def _meet(
    here: Period, rivals: Sequence[Period], wish: Wish, name_of: Callable[[int], str]
) -> Placed:
    """The period that a row means is there already; only its end may be another."""
    if here.said_from is not None:
        raise Invalid("Another row speaks of the same period. Keep one of them.")
    here.said_from, here.said_until = wish.since, wish.until is not None
    if wish.until is None or wish.until == here.ended_on:
        return Placed(Verdict.SAME, here)
    later = [each for each in rivals if each is not here and each.started_on >= wish.since]
    for each in later:
        if each.started_on < wish.until:
            raise Invalid(_in_the_way(each, name_of))
    here.ended_on = wish.until
    return Placed(Verdict.CHANGED, here)


def _end(
    rivals: Sequence[Period], wish: Wish, today: date, name_of: Callable[[int], str]
) -> date | None:
    """When a new period ends: as it is wished, or when what is planned after it begins."""
    later = sorted(
        (each for each in rivals if each.started_on > wish.since), key=lambda each: each.started_on
    )
    if not later:
        return wish.until
    following = later[0]
    if wish.until is None and following.started_on <= today:
        raise Invalid(_in_the_way(following, name_of))
    if wish.until is not None and following.started_on < wish.until:
        raise Invalid(_in_the_way(following, name_of))
    return wish.until or following.started_on


def _check_replaced(here: Period, wish: Wish, name_of: Callable[[int], str]) -> None:
    """What a row of the same file says stands, and a stretch is not cut out of the middle."""
    if here.said_until or here.said_from == wish.since:
        raise Invalid(f"Another row gives this time to {name_of(here.holder)}. Keep one of them.")
    if wish.until is not None and (here.ended_on is None or here.ended_on > wish.until):
        goes_on = f" until {spoken(here.ended_on)}" if here.ended_on else ""
        raise Invalid(
            f"{name_of(here.holder)} is there since {spoken(here.started_on)}{goes_on}, which is "
            "longer. Leave the last day out, or end the other period first."
        )


def _in_the_way(other: Period, name_of: Callable[[int], str]) -> str:
    return (
        f"{name_of(other.holder)} begins on {spoken(other.started_on)}. Let this end by then, or "
        "begin that day or later."
    )
