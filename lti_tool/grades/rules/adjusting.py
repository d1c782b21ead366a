"""From the judged mark to the one that counts: scaling, the late penalty, the cap, in this order.

Every number is kept with the sentence that explains it. The mark is rounded once: only the late
penalty can leave the whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
PER_DAY = {
    "marks_per_working_day": "mark",
    "percent_of_mark": "%",
    "marks_per_24h": "mark",
}
REFUSE = "refuse"


@dataclass(frozen=True)
class Step:
    """One number on the way, in words that the participant reads."""

    rule: str  # judged, moderation, late_penalty, resit_cap
    mark: int  # after this step
    says: str


@dataclass(frozen=True)
class Adjusted:
    """The mark that counts, and how it was formed."""

    mark: int
    steps: tuple[Step, ...]

    def stored(self) -> list[dict[str, Any]]:
        """The steps as a grade keeps them."""
        return [asdict(step) for step in self.steps]


@dataclass(frozen=True)
class LateRule:
    """What being late costs; `rule` is one of the five presets of the programme file."""

    rule: str
    deduct: int = 0
    zero_after_days: int = 0  # none: never
    grace_minutes: int = 0

    @classmethod
    def of(cls, policy: Mapping[str, Any]) -> LateRule:
        """As the programme says it."""
        names = ("deduct", "zero_after_days", "grace_minutes")
        return cls(policy["rule"], **{name: policy.get(name, 0) for name in names})


@dataclass(frozen=True)
class Case:
    """All that the rules ask about one attempt."""

    judged: int
    submitted_at: datetime
    due_on: date | None = None
    scaling: int = 0
    is_excused: bool = False  # late, and nothing is taken off for it
    cap: int | None = None  # of a further attempt
    pass_mark: int = 50


def adjust(case: Case, late: LateRule) -> Adjusted:
    """Apply the rules, each to what the one before left."""
    says = f"The markers judged the work at {case.judged}."
    steps = [Step("judged", case.judged, says)]
    for rule in (_scale, _penalise, _cap):
        step = rule(steps[-1].mark, case, late)
        if step is not None:
            steps.append(step)
    return Adjusted(steps[-1].mark, tuple(steps))


def cut_off(due_on: date, grace_minutes: int = 0) -> datetime:
    """The first instant that is too late: the day after begins in London, whatever the season."""
    midnight = datetime.combine(due_on + DAY, time.min, LONDON).astimezone(UTC)
    return midnight + timedelta(minutes=grace_minutes)


def is_late(moment: datetime, due_on: date | None, grace_minutes: int = 0) -> bool:
    """Whether work that comes at this instant is late."""
    return due_on is not None and moment >= cut_off(due_on, grace_minutes)


def working_days_late(moment: datetime, due_on: date) -> int:
    """How many working days have begun since the due date; a weekend counts to the Monday after.

    Bank holidays are not known to the tool.
    """
    day = moment.astimezone(LONDON).date()
    while not _is_working(day):
        day += DAY
    weeks, rest = divmod((day - due_on).days, 7)
    return weeks * 5 + sum(_is_working(day - DAY * back) for back in range(rest))


def periods_late(moment: datetime, due_on: date) -> int:
    """How many periods of 24 hours have begun since the cut-off; the clock change moves none."""
    return (moment - cut_off(due_on)) // DAY + 1


def why_too_late(late: LateRule, due_on: date | None, moment: datetime) -> str | None:
    """Why nothing is taken in any more, where the programme takes nothing late."""
    if late.rule != REFUSE or not is_late(moment, due_on, late.grace_minutes):
        return None
    return (
        "It was due by the end of "
        f"{due_on:%-d %B %Y}, and late work is not taken. Ask for an extension or tell of your "
        "circumstances on the page of the module."
    )


def in_a_sentence(late: LateRule, pass_mark: int) -> str:
    """What being late costs, before it happens."""
    if late.rule == REFUSE:
        return "Late work is not taken."
    each = "period of 24 hours" if late.rule == "marks_per_24h" else "working day"
    limit = late.zero_after_days
    nothing = f", and after more than {_lateness_words(limit, late.rule)} the work counts 0"
    ending = nothing if limit else ""
    if late.rule in PER_DAY:
        price = f"{late.deduct}% of the mark" if late.rule == "percent_of_mark" else (
            "1 mark" if late.deduct == 1 else f"{late.deduct} marks"
        )  # fmt: skip
        return f"Late work loses {price} for each {each} begun{ending}."
    return f"Late work counts {pass_mark} at most{ending}."


def _is_working(day: date) -> bool:
    return day.weekday() < 5


def _scale(mark: int, case: Case, _late: LateRule) -> Step | None:
    if not case.scaling:
        return None
    after = min(100, max(0, mark + case.scaling))
    return Step(
        "moderation", after,
        f"Moderation moved all marks of this set by {case.scaling:+d}: {_becomes(mark, after)}.",
    )  # fmt: skip


def _penalise(mark: int, case: Case, late: LateRule) -> Step | None:
    if not is_late(case.submitted_at, case.due_on, late.grace_minutes):
        return None
    assert case.due_on is not None
    count, lateness = _lateness(case.submitted_at, case.due_on, late)
    begins = f"The work was handed in {lateness} late"
    if case.is_excused:
        return Step("late_penalty", mark, f"{begins}, and no marks are taken off for it.")
    if late.rule == REFUSE:
        return Step("late_penalty", mark, f"{begins} and was taken all the same.")
    if late.zero_after_days and count > late.zero_after_days:
        limit = _lateness_words(late.zero_after_days, late.rule)
        return Step("late_penalty", 0, f"{begins}; after more than {limit} it counts 0.")
    if late.rule in PER_DAY:
        after = _rounded(_less(mark, late, count))
        price = "%" if PER_DAY[late.rule] == "%" else f" mark{'' if late.deduct == 1 else 's'}"
        per_day = f"{late.deduct}{price} {'is' if price == ' mark' else 'are'} taken off for each"
        return Step("late_penalty", after, f"{begins}, and {per_day}: {_becomes(mark, after)}.")
    after = min(mark, case.pass_mark)
    says = f"late work counts {case.pass_mark} at most: {_becomes(mark, after)}"
    return Step("late_penalty", after, f"{begins}, and {says}.")


def _less(mark: int, late: LateRule, count: int) -> Fraction:
    whole = mark * late.deduct * count
    taken = Fraction(whole, 100) if late.rule == "percent_of_mark" else late.deduct * count
    return max(Fraction(0), Fraction(mark) - taken)


def _cap(mark: int, case: Case, _late: LateRule) -> Step | None:
    if case.cap is None:
        return None
    after = min(mark, case.cap)
    says = f"A further attempt counts {case.cap} at most: {_becomes(mark, after)}."
    return Step("resit_cap", after, says)


def _lateness(moment: datetime, due_on: date, late: LateRule) -> tuple[int, str]:
    by_24_hours = late.rule == "marks_per_24h"
    count = (periods_late if by_24_hours else working_days_late)(moment, due_on)
    return count, _lateness_words(count, late.rule)


def _lateness_words(count: int, rule: str) -> str:
    if rule == "marks_per_24h":
        return "1 period of 24 hours" if count == 1 else f"{count} periods of 24 hours"
    return "1 working day" if count == 1 else f"{count} working days"


def _becomes(before: int, after: int) -> str:
    return f"{before} stays {after}" if before == after else f"{before} becomes {after}"


def _rounded(mark: Fraction) -> int:
    """To the nearest whole mark, a half upwards."""
    return floor(mark + Fraction(1, 2))
