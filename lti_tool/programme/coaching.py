"""Whether coaching happens: how long ago the last talk was, and which duties it has served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lti_tool.programme.definition import CoachingDuty, Programme


@dataclass(frozen=True, slots=True)
class Talk:
    """A professional dialogue as the rules ask for it.

    It counts once somebody besides its writer has said that it was so.
    """

    held_on: date
    duties: frozenset[str]
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Term:
    """A school term; both days belong to it."""

    name: str
    first_day: date
    last_day: date

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class DutyCount:
    """How often talks have served a coaching duty."""

    duty: CoachingDuty
    this_term: int
    ever: int


def term_of(day: date) -> Term:
    """The term of a day: from September, January and April on, whatever holidays lie between."""
    year = day.year
    if day.month >= 9:
        return Term("autumn", date(year, 9, 1), date(year, 12, 31))
    if day.month >= 4:
        return Term("summer", date(year, 4, 1), date(year, 8, 31))
    return Term("spring", date(year, 1, 1), date(year, 3, 31))


def last_talk(talks: Iterable[Talk], on: date) -> date | None:
    """The day of the last talk that counts, up to a day."""
    return max((talk.held_on for talk in talks if talk.counts and talk.held_on <= on), default=None)


def days_since(talks: Iterable[Talk], on: date) -> int | None:
    """How many days ago the last talk was; None where there has been none."""
    last = last_talk(talks, on)
    return None if last is None else (on - last).days


def is_silent(programme: Programme, last: date | None, joined_on: date, on: date) -> bool:
    """Whether the last talk, or joining where there was none, is longer ago than it should be."""
    alert_days: int = programme.policies["coaching"]["alert_no_dialogue_days"]
    return (on - (last or joined_on)).days > alert_days


def duty_counts(programme: Programme, talks: Iterable[Talk], on: date) -> tuple[DutyCount, ...]:
    """Every duty of the programme, with the talks that served it in the term of a day and ever."""
    counted = [talk for talk in talks if talk.counts and talk.held_on <= on]
    term = term_of(on)
    return tuple(
        DutyCount(
            duty,
            sum(duty.id in talk.duties and talk.held_on in term for talk in counted),
            sum(duty.id in talk.duties for talk in counted),
        )
        for duty in programme.duties
    )
