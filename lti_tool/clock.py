"""The only reader of the system clock, so that a test can set the time in one place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """This instant in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date where the participants are; dates on forms and periods are London dates."""
    return now().astimezone(LONDON).date()
