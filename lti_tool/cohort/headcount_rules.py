"""Where a participant stood on a day, from dated facts: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lti_tool.people.states import State
from lti_tool.programme.coaching import term_of

FIRST_PHASE = 1
NO_DECISION = "No decision on record"


@dataclass(frozen=True)
class Dated:
    """The dated facts about one participant. An end is exclusive; None is open or not known."""

    started_on: date | None = None
    is_active: bool = True
    """Whether they have begun at all, as is known today."""
    posts: tuple[tuple[date, date | None], ...] = ()
    pauses: tuple[tuple[date, date | None], ...] = ()
    completed_on: date | None = None
    awarded_on: date | None = None


def covers(period: tuple[date, date | None], day: date) -> bool:
    """Whether a period counts on a day."""
    start, end = period
    return start <= day and (end is None or day < end)


def state_on(facts: Dated, day: date) -> State | None:
    """What they were to the programme on that day; None: awarded, and so no part of it."""
    if facts.awarded_on is not None and facts.awarded_on <= day:
        return None
    if facts.completed_on is not None and facts.completed_on <= day:
        return State.COMPLETED
    if any(covers(each, day) for each in facts.pauses):
        return State.PAUSED
    if _has_not_begun(facts, day):
        return State.ENROLLED
    had_a_post = any(start <= day for start, _ in facts.posts)
    if had_a_post and not any(covers(each, day) for each in facts.posts):
        return State.TRANSFERRING
    return State.ACTIVE


def _has_not_begun(facts: Dated, day: date) -> bool:
    if facts.started_on is None:
        return not facts.is_active
    return day < facts.started_on


def academic_year(day: date) -> str:
    """The academic year of a day, such as 2026/27; it begins in September."""
    first = day.year if day.month >= 9 else day.year - 1
    return f"{first}/{(first + 1) % 100:02}"


def intake_of(enrolled_on: date) -> tuple[str, str]:
    """The academic year and the term in which somebody enrolled."""
    return academic_year(enrolled_on), term_of(enrolled_on).name


def phase_of(handed_in: Iterable[int]) -> int:
    """The phase of the furthest module handed in; whoever has handed nothing in is in the first."""
    return max(handed_in, default=FIRST_PHASE)


def basis_of(rule_set: str, rule: str, decided_on: date) -> str:
    """What the funding of a place rests on, in words that a return can quote."""
    return f"Rule {rule} of {rule_set}, decided {decided_on.isoformat()}"
