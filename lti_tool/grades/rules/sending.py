"""When a score is sent, with which time, and what the gradebook's answer to it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

ONE_SECOND = timedelta(seconds=1)
LONGEST_PAUSE = 3600.0
LONGEST_ASKED_PAUSE = 24 * 3600.0
# With pauses of an hour at most this is about three days: a weekend's maintenance is survived.
MOST_TRIES = 84

LATER_MARK = "The gradebook says that it has a later mark."
NO_ACCESS = (
    "The platform does not let the tool write marks in this course. Its administrator can allow "
    "grade services for the tool."
)


class Outcome(StrEnum):
    """What to do after an answer."""

    CHECK = "check"  # taken: read it back
    REFUSED_AS_OLD = "refused_as_old"  # read it back: ours already, or somebody's later mark
    REBIND = "rebind"  # the column is gone: look for it again, once
    RETRY = "retry"
    FAILED = "failed"


@dataclass(frozen=True)
class Meaning:
    """An answer as a tutor understands it."""

    outcome: Outcome
    sentence: str = ""


def next_stamp(now: datetime, last: datetime | None) -> datetime:
    """The score's time: later than the last one for this cell by a second at least.

    Moodle compares whole seconds and refuses an equal one. Where the last one is too near, the
    stamp lies ahead, and the score waits for it: one in the future would block marks after it.
    """
    floor = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return floor if last is None else max(floor, last + ONE_SECOND)


def pause_before(tries: int, jitter: float) -> float:
    """Seconds until the next try, when the gradebook did not name them; jitter is 0.75 to 1.25."""
    return (LONGEST_PAUSE if tries > 11 else 2.0**tries) * jitter


def asked_pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the gradebook asked us to wait (Retry-After), at most a day.

    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    named = {name.lower(): text for name, text in headers.items()}
    if "retry-after" not in named:
        return None
    asked = named["retry-after"].strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_ASKED_PAUSE)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_ASKED_PAUSE)


def meaning_of(status: int, product: str, said: str) -> Meaning:
    """What an answer to a score or a reading means. `said` is the platform's own message."""
    if 200 <= status < 300:
        return Meaning(Outcome.CHECK)
    if is_throttle(status, product, said):
        return Meaning(Outcome.RETRY, "The gradebook asks the tool to slow down.")
    if status == 409 or (product == "canvas" and status == 400 and "timestamp" in said.lower()):
        return Meaning(Outcome.REFUSED_AS_OLD, LATER_MARK)
    if status in {404, 410}:
        return Meaning(Outcome.REBIND, "The gradebook column for this module is gone.")
    if status == 401:
        return Meaning(Outcome.RETRY, "The gradebook did not accept the tool's access token.")
    if status == 403:
        return Meaning(Outcome.FAILED, NO_ACCESS)
    if status in {408, 425} or status >= 500:
        return Meaning(Outcome.RETRY, _trouble(status, product))
    if status in {400, 422}:
        return Meaning(Outcome.FAILED, _refusal(product, said))
    return Meaning(Outcome.FAILED, f"The gradebook refused the mark (status {status}).")


def is_throttle(status: int, product: str, said: str) -> bool:
    """Canvas throttles with 403 and words; a 403 without them is about permissions.

    https://canvas.instructure.com/doc/api/file.throttling.html
    """
    return status == 429 or (status == 403 and product == "canvas" and "rate limit" in said.lower())


def was_surely_not_stored(status: int) -> bool:
    """A refusal is certain; after trouble on the way the gradebook may have the score anyhow."""
    return 400 <= status < 500 and status != 408


def _trouble(status: int, product: str) -> str:
    if status == 500 and product == "moodle":
        return (
            "The gradebook answered with an error (500). It does so while a column or a grade is "
            "locked: unlock it in the gradebook."
        )
    return f"The gradebook is not available just now (status {status})."


def _refusal(product: str, said: str) -> str:
    sentence = (
        "The gradebook does not take a mark for this person. Most often they are no longer "
        "enrolled as a student in the course."
    )
    if product == "canvas" and said:
        return f"{sentence} It said: “{said}”"
    return sentence
