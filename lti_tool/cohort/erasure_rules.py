"""When something about a person may go: what stands in the way, and how long it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class KeptAs(StrEnum):
    """The classes of the programme file's `retention`, in the order in which they run out."""

    UNSUBMITTED = "unsubmitted_evidence"
    ASSESSED = "assessed_work"
    SAMPLE = "regulator_sample"
    AUDIT = "audit"


# What an erasure takes by itself, so that nobody is asked about it any more.
WITH_THE_PERSON = frozenset({KeptAs.UNSUBMITTED, KeptAs.AUDIT})


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person where something about them is to go."""

    legal_holds: int = 0
    holds_beside: int = 0  # on whom they coached or taught, or who coached or taught them
    is_on_programme: bool = False
    open_requests: int = 0
    open_holds: int = 0
    unconfirmed: tuple[str, ...] = ()  # modules handed in, without a confirmed result
    on_their_way: int = 0  # marks and hand-ins that a worker is still to send
    current_periods: int = 0  # as somebody's coach or tutor
    unfinished_marking: int = 0
    is_lead: bool = False
    is_examiner: bool = False

    def of_work(self) -> Standing:
        """The same without what they do for others: their own work may go all the same."""
        own = replace(self, current_periods=0, unfinished_marking=0)
        return replace(own, is_lead=False, is_examiner=False)


def obstacles(standing: Standing) -> list[str]:
    """Why nothing goes yet, in sentences; none where it may."""
    counted = (
        (standing.legal_holds, "A legal hold stands. Whoever placed it has to lift it first."),
        (
            standing.holds_beside,
            "A legal hold stands on somebody whom they coached or taught, or who coached or taught "
            "them: what they said to each other has to stay as it is.",
        ),
        (standing.open_holds, "Their results are held until a question is settled."),
        (
            standing.open_requests,
            "They asked for more time or told of circumstances, and nobody has decided yet.",
        ),
        (
            standing.on_their_way,
            "A mark or a hand-in is on its way to a gradebook. Wait until it is settled.",
        ),
        (
            standing.current_periods,
            "They are somebody's coach or tutor today. End that, so that somebody else is found.",
        ),
        (
            standing.unfinished_marking,
            "They are to mark work that has no released mark. Give it to somebody else.",
        ),
        (
            standing.is_on_programme,
            "They are on the programme. Note first that they left, or that the award was given.",
        ),
        (
            len(standing.unconfirmed),
            f"No board has confirmed the result of {', '.join(standing.unconfirmed)}.",
        ),
        (standing.is_lead, "They are programme lead. That has to end first."),
        (standing.is_examiner, "They are external examiner today. End the appointment first."),
    )
    return [sentence for number, sentence in counted if number]


def years_after(day: date, years: int) -> date:
    """The same day so many years later; the leap day's is the first of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def due_days(
    ended_on: date | None, years: Mapping[str, int], *, has_sample: bool
) -> dict[KeptAs, date]:
    """From which day on each class may go, for somebody whose time on the programme has ended."""
    if ended_on is None:
        return {}
    found = {kept_as: years_after(ended_on, years[kept_as]) for kept_as in KeptAs}
    if not has_sample:
        del found[KeptAs.SAMPLE]
    # Who stands behind the ids is the last to be forgotten.
    found[KeptAs.AUDIT] = max(found.values())
    return found
