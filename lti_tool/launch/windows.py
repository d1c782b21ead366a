"""When a placed module opens, is due and closes: as a tutor types it, and as the standard says it.

https://www.imsglobal.org/spec/lti-dl/v2p0#lti-resource-link
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from types import MappingProxyType

from lti_tool.clock import LONDON
from lti_tool.errors import Invalid

PARTS = ("day", "month", "year", "time")
# What a tutor may give, and how a sentence speaks of it.
WORDS: Mapping[str, str] = MappingProxyType({"opens": "opens", "due": "is due", "closes": "closes"})
# A day without a time is meant whole.
START_OF_DAY, END_OF_DAY = time(0, 0), time(23, 59)
EARLIEST_YEAR = 2000
CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap]m)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Window:
    """The moments of one module; None where nothing was said."""

    opens: datetime | None = None
    due: datetime | None = None
    closes: datetime | None = None

    def as_content(self) -> dict[str, dict[str, str]]:
        """The `available` and `submission` of a content item, each only where it says something."""
        available = _written(startDateTime=self.opens, endDateTime=self.closes)
        submission = _written(endDateTime=self.due)
        pairs = (("available", available), ("submission", submission))
        return {name: written for name, written in pairs if written}

    def problems(self, called: str, moment: datetime) -> dict[str, str]:
        """What cannot be meant: the field's name and a sentence about it."""
        found: dict[str, str] = {}
        if _wrong(self.opens, self.due, or_equal=True):
            found["due"] = f"The date when {called} is due must be after it opens."
        if _wrong(self.opens, self.closes, or_equal=True):
            found["closes"] = f"The date when {called} closes must be after it opens."
        elif _wrong(self.due, self.closes):
            found["closes"] = f"The date when {called} closes must not be before it is due."
        for kind in ("due", "closes"):
            if _wrong(moment, getattr(self, kind), or_equal=True):
                found[kind] = f"The date when {called} {WORDS[kind]} must be in the future."
        return found


def read_window(
    called: str, typed: Mapping[str, Mapping[str, str]], moment: datetime
) -> tuple[Window, dict[str, str]]:
    """What was typed of one module, by kind and part, with a sentence for each that is wrong."""
    read: dict[str, datetime | None] = {}
    problems: dict[str, str] = {}
    for kind, words in WORDS.items():
        try:
            read[kind] = parse_moment(
                typed.get(kind, {}),
                f"{called} {words}",
                START_OF_DAY if kind == "opens" else END_OF_DAY,
            )
        except Invalid as error:
            problems[kind] = error.sentence
    window = Window(**read)
    return window, window.problems(called, moment) | problems


def parse_moment(typed: Mapping[str, str], what: str, else_at: time) -> datetime | None:
    """A day and perhaps a time, as clocks in the UK show it. Raises Invalid."""
    day, month, year, clock = (typed.get(part, "").strip() for part in PARTS)
    if not (day or month or year):
        if clock:
            raise Invalid(f"Give the date when {what}, as well as the time.")
        return None
    at = parse_time(clock) if clock else else_at
    if at is None:
        raise Invalid(f"The time when {what} must be a real time, such as 9:30 or 5pm.")
    try:
        found = datetime(_number(year, 4), _number(month, 2), _number(day, 2), tzinfo=LONDON)
    except ValueError:
        found = None
    if found is None or found.year < EARLIEST_YEAR:
        raise Invalid(f"The date when {what} must be a real date, such as 12 11 2027.")
    return found.replace(hour=at.hour, minute=at.minute)


def parse_time(text: str) -> time | None:
    """17:00, 17.00, 5pm or 5:30 pm; None for anything else."""
    found = CLOCK.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= most):
        raise ValueError(text)
    return int(text)


def _wrong(earlier: datetime | None, later: datetime | None, *, or_equal: bool = False) -> bool:
    if earlier is None or later is None:
        return False
    return later < earlier or (or_equal and later == earlier)


def _written(**moments: datetime | None) -> dict[str, str]:
    return {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
