"""When the weekly mail is due, and how it tells what waits: counts and kinds, no names or words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from lti_tool.clock import LONDON

HOUR = time(7)  # on Mondays, before school

# In the order in which they are told: one, and many.
KINDS = {
    "attest": ("1 request to attest evidence", "{} requests to attest evidence"),
    "returned": (
        "1 piece of evidence that your coach has sent back",
        "{} pieces of evidence that your coach has sent back",
    ),
    "agree": ("1 part of a plan to agree", "{} parts of plans to agree"),
    "confirm": ("1 talk to confirm", "{} talks to confirm"),
    "comment": ("1 new comment on evidence", "{} new comments on evidence"),
    "mark": ("1 piece of work to mark", "{} pieces of work to mark"),
}


def week_of(moment: datetime) -> str:
    """The week of a moment where the schools are, as ISO 8601 writes it."""
    year, week, _ = moment.astimezone(LONDON).isocalendar()
    return f"{year}-W{week:02}"


def opens_at(moment: datetime) -> datetime:
    """When the mail of this moment's week is written from."""
    day = moment.astimezone(LONDON).date()
    monday = day - timedelta(days=day.weekday())
    return datetime.combine(monday, HOUR, tzinfo=LONDON)


def next_opens_at(moment: datetime) -> datetime:
    """The same for the week after."""
    day = moment.astimezone(LONDON).date()
    monday = day + timedelta(days=7 - day.weekday())
    return datetime.combine(monday, HOUR, tzinfo=LONDON)


def lines(waiting: Mapping[str, int]) -> list[str]:
    """What waits, one line a kind."""
    return [
        one if waiting[kind] == 1 else many.format(waiting[kind])
        for kind, (one, many) in KINDS.items()
        if waiting.get(kind)
    ]


def subject(waiting: Mapping[str, int]) -> str:
    """How much waits."""
    total = sum(waiting.get(kind, 0) for kind in KINDS)
    return f"{total} {'thing waits' if total == 1 else 'things wait'} for you on the MTL Tool"
