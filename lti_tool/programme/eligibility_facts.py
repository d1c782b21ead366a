"""What is asked about a teacher and a school before somebody may join, and how each is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from lti_tool.programme.schools import PHASES, REGIONS

YES_NO = {"yes": "yes", "no": "no"}


class Kind(Enum):
    """What a fact's value looks like."""

    CHOICE = "choice"
    NUMBER = "number"
    YEAR = "year"  # an academic year, such as 2008/09


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a rule may ask for; the words of its values are for people."""

    label: str
    kind: Kind = Kind.CHOICE
    values: Mapping[str, str] = field(default_factory=dict, hash=False)

    def say(self, value: str) -> str:
        """The value as a person reads it."""
        return self.values.get(value, value)


ABOUT_THE_TEACHER = {
    "role": Fact(
        "Post",
        values={
            "nqt": "newly qualified teacher",
            "head_of_department": "head of department",
            "teacher": "another teacher",
        },
    ),
    "newly_recruited": Fact("Newly recruited to this post", values=YES_NO),
    "qts_year": Fact("Year of qualified teacher status", Kind.YEAR),
    "post_year": Fact("Year in which the post begins", Kind.YEAR),
    "offered_package": Fact("Offered the package for challenging schools", values=YES_NO),
}
ABOUT_THE_SCHOOL = {
    "region": Fact("Region of the school", values=REGIONS),
    "school_phase": Fact("Phase of the school", values=PHASES),
    "fsm_percent": Fact("Pupils with free school meals, per cent", Kind.NUMBER),
    "leadership_ofsted": Fact(
        "Ofsted on leadership",
        values={
            "outstanding": "outstanding",
            "good": "good",
            "satisfactory": "satisfactory",
            "inadequate": "inadequate",
        },
    ),
    "adviser_judged_effective_with_capacity": Fact(
        "Adviser: effective, with capacity", values=YES_NO
    ),
    "national_challenge_support": Fact("National Challenge support", values=YES_NO),
    "in_city_challenge_area": Fact("In a City Challenge area", values=YES_NO),
    "intensive": Fact(
        "Intensive City Challenge programme",
        values={
            "keys_to_success": "Keys to Success",
            "pathways_to_achievement": "Pathways to Achievement",
            "none": "none",
        },
    ),
}
FACTS = {**ABOUT_THE_TEACHER, **ABOUT_THE_SCHOOL}


def is_year(text: str) -> bool:
    """Whether a text is an academic year in short: 2008/09, and neither 2008 nor 2008/10."""
    first, slash, last = text.partition("/")
    plain = text.isascii() and first.isdecimal() and last.isdecimal()
    return bool(slash) and plain and len(first) == 4 and last == f"{(int(first) + 1) % 100:02d}"


def fits(fact: Fact, value: str) -> bool:
    """Whether a fact can have this value."""
    if fact.kind is Kind.CHOICE:
        return value in fact.values
    if fact.kind is Kind.YEAR:
        return is_year(value)
    return value.isascii() and value.isdecimal() and len(value) < 10


def size(value: str) -> int:
    """A number or an academic year as what is compared."""
    return int(value.partition("/")[0])
