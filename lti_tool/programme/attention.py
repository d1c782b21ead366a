"""Who needs somebody most: the reasons, in the order in which they press, and how they add up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

SILENT_AFTER = timedelta(days=28)


class Reason(StrEnum):
    """Why somebody should be looked at, the most pressing first."""

    NO_COACH = "no-coach"
    TIME = "time"
    TO_MARK = "to-mark"
    TO_ANSWER = "to-answer"
    TO_CONFIRM = "to-confirm"
    SILENT = "silent"
    NO_TALK = "no-talk"
    STALE = "stale"
    MODULE_DUE = "module-due"
    OVERDUE = "overdue"

    @property
    def label(self) -> str:
        """The words of its tag."""
        return LABELS[self]

    @property
    def weight(self) -> int:
        """More than all less pressing reasons together."""
        return 1 << (len(ORDER) - 1 - ORDER.index(self))


ORDER = tuple(Reason)
LABELS = {
    Reason.NO_COACH: "No coach",
    Reason.TIME: "Time is running out",
    Reason.TO_MARK: "To be marked",
    Reason.TO_ANSWER: "Waits for an answer",
    Reason.TO_CONFIRM: "Talk to confirm",
    Reason.SILENT: "Silent",
    Reason.NO_TALK: "No talk",
    Reason.STALE: "Changed since attested",
    Reason.MODULE_DUE: "Module overdue",
    Reason.OVERDUE: "Target overdue",
}


def need(reasons: Collection[Reason]) -> int:
    """How much somebody is needed: the most pressing reason decides, among equals the next one."""
    return sum(reason.weight for reason in set(reasons))


def window_opened_by(last_day: date, years: int) -> date:
    """The latest first day of a window of some years, without pauses, that is over by a day."""
    after = last_day + timedelta(days=1)
    try:
        return after.replace(year=after.year - years)
    except ValueError:
        return date(after.year - years, 2, 28)
