"""Which due date a module has for whom, and how a page tells how far away it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

WEEKS_FROM = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day on which a module is handed in on time, and whether it is one's own."""

    on: date
    is_personal: bool = False


def due_date(
    personal: date | None, of_cohort: date | None, of_module: date | None
) -> DueDate | None:
    """A personal date goes before that of the cohort, and that before the module's."""
    if personal is not None:
        return DueDate(personal, is_personal=True)
    found = of_cohort or of_module
    return DueDate(found) if found else None


def in_words(due_on: date, today: date) -> str:
    """How far away a day is, as one says it."""
    away = due_on - today
    if away == timedelta(0):
        return "today"
    if abs(away.days) == 1:
        return "tomorrow" if away.days > 0 else "yesterday"
    count = f"{abs(away.days)} days"
    if abs(away) >= WEEKS_FROM:
        count = f"{abs(away.days) // 7} weeks"
    return f"in {count}" if away.days > 0 else f"{count} ago"
