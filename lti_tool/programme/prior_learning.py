"""Whether earlier study may count for modules of the programme, decided from plain values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from lti_tool.programme.definition import Module, Programme

MASTERS_LEVEL = 7
DIAGNOSIS = "diagnosis_agreed"  # what it is recorded for is done by everybody


class State(StrEnum):
    """Where a claim is between participant, tutor and lead."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ASSESSED = "assessed"
    APPROVED = "approved"
    PART_APPROVED = "part_approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Deed(StrEnum):
    """What a person may do with a claim."""

    SAVE = "save"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    ASSESS = "assess"
    DECIDE = "decide"


ALLOWED_FROM: dict[Deed, frozenset[State]] = {
    Deed.SAVE: frozenset({State.DRAFT}),
    Deed.SUBMIT: frozenset({State.DRAFT}),
    Deed.WITHDRAW: frozenset({State.DRAFT, State.SUBMITTED, State.ASSESSED}),
    Deed.ASSESS: frozenset({State.SUBMITTED}),
    Deed.DECIDE: frozenset({State.ASSESSED}),
}
REASONS: dict[State, str] = {
    State.DRAFT: "This claim is a draft: it has not been submitted.",
    State.SUBMITTED: "This claim is submitted, and a tutor has not assessed it yet.",
    State.ASSESSED: "A tutor has assessed this claim; the programme lead decides it next.",
    State.WITHDRAWN: "This claim has been withdrawn.",
}
DECIDED = "This claim has been decided, and the decision stands."


class Test(StrEnum):
    """The four questions that a tutor answers about a claim."""

    __test__ = False  # no test of ours, whatever its name

    RELEVANCE = "relevance"
    SUFFICIENCY = "sufficiency"
    AUTHENTICITY = "authenticity"
    CURRENCY = "currency"

    @property
    def question(self) -> str:
        return QUESTIONS[self]


QUESTIONS = {
    Test.RELEVANCE: "Is the earlier study about what the modules are about?",
    Test.SUFFICIENCY: "Is it as much, and of the same level, as the modules ask for?",
    Test.AUTHENTICITY: "Is it the participant’s own achievement, and is that shown?",
    Test.CURRENCY: "Is it recent enough, or kept alive in practice since?",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a claim says, as far as it has been filled in."""

    modules: tuple[str, ...] = ()
    level: int | None = None
    credits: int | None = None
    awarded_on: date | None = None
    used_elsewhere: bool | None = None
    has_impact: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts for the participant already, apart from the claim in question.

    `claimed` are modules of other claims that wait or were recognised, with their credits;
    `submitted` those handed in, whatever became of them.
    """

    claimed: Mapping[str, int] = field(default_factory=dict, hash=False)
    submitted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a claim cannot be submitted as it is, and at which field of its form."""

    field: str
    sentence: str


def why_not(state: State, deed: Deed) -> str | None:
    """The reason why a deed cannot be done to a claim in this state, or None."""
    if state in ALLOWED_FROM[deed]:
        return None
    return REASONS.get(state, DECIDED)


def claimable_modules(programme: Programme) -> tuple[Module, ...]:
    """The modules that earlier study can count for; never the one with the first diagnosis."""
    return tuple(
        module
        for module in programme.modules
        if module.apl_allowed and DIAGNOSIS not in module.requires
    )


def most_credits(programme: Programme) -> int:
    """How many credits of earlier study may count, over all claims together."""
    most: int = programme.policies["apl"]["max_credits"]
    return most


def credits_left(programme: Programme, counted: Counted) -> int:
    """How many credits can still be claimed."""
    return max(0, most_credits(programme) - sum(counted.claimed.values()))


def problems_with(
    programme: Programme, asked: Asked, counted: Counted, today: date
) -> tuple[Problem, ...]:
    """Everything that keeps a claim from being submitted."""
    return (
        *_problems_with_modules(programme, asked, counted),
        *_problems_with_credits(programme, asked, counted),
        *_problems_with_study(programme, asked, today),
    )


def _problems_with_modules(
    programme: Programme, asked: Asked, counted: Counted
) -> Iterator[Problem]:
    possible = {module.code for module in claimable_modules(programme)}
    if not asked.modules:
        yield Problem(
            "modules", "Choose at least one module that the earlier study should count for."
        )
    for code in asked.modules:
        if code not in possible:
            yield Problem("modules", f"Earlier study cannot count for {code}.")
        elif code in counted.submitted:
            yield Problem(
                "modules",
                f"You have submitted {code} already, so earlier study cannot count for it too.",
            )
        elif code in counted.claimed:
            yield Problem("modules", f"{code} is part of another claim of yours already.")


def _problems_with_credits(
    programme: Programme, asked: Asked, counted: Counted
) -> Iterator[Problem]:
    wanted = credits_of(programme, asked.modules)
    left = credits_left(programme, counted)
    if wanted > left:
        yield Problem(
            "modules",
            f"Earlier study can count for {most_credits(programme)} credits at most. You can claim "
            f"{left} more, and the modules you have chosen have {wanted}.",
        )
    if asked.credits is None:
        yield Problem("credits", "Say how many credits you earned by the earlier study.")
    elif wanted > asked.credits:
        yield Problem(
            "credits",
            f"The modules you have chosen have {wanted} credits, which is more than the "
            f"{asked.credits} you earned. Only whole modules can be recognised.",
        )


def _problems_with_study(programme: Programme, asked: Asked, today: date) -> Iterator[Problem]:
    policy = programme.policies["apl"]
    if asked.level is None:
        yield Problem("level", "Say at which level the earlier study was.")
    elif asked.level < MASTERS_LEVEL:
        yield Problem(
            "level", f"Only study at master’s level, level {MASTERS_LEVEL} or above, can count."
        )
    yield from _problems_with_date(policy["currency_years"], asked.awarded_on, today)
    if asked.used_elsewhere is None:
        yield Problem("used_elsewhere", "Say whether these credits count for another award.")
    elif asked.used_elsewhere:
        yield Problem(
            "used_elsewhere", "Credits that count for another award cannot count here as well."
        )
    if policy["requires_impact_record"] and not asked.has_impact:
        yield Problem(
            "impact-baseline",
            "Fill in every part of the impact record: a claim rests on what your practice changed "
            "for children and young people.",
        )


def _problems_with_date(years: int, awarded_on: date | None, today: date) -> Iterator[Problem]:
    """A programme that gives no years (0) sets no limit."""
    if awarded_on is None:
        yield Problem("awarded_on", "Say when the credits were awarded.")
    elif awarded_on > today:
        yield Problem("awarded_on", "The date of the award must not be in the future.")
    elif years and _years_later(awarded_on, years) < today:
        yield Problem(
            "awarded_on",
            f"Earlier study can count for {years} years after its award, and this is longer ago.",
        )


def credits_of(programme: Programme, codes: Collection[str]) -> int:
    """The credits of these modules; a code that the programme does not have counts nothing."""
    return sum(module.credits for module in programme.modules if module.code in codes)


def outcome(claimed: Collection[str], recognised: Collection[str]) -> State:
    """What a decision makes of a claim."""
    if not recognised:
        return State.REJECTED
    return State.APPROVED if set(recognised) == set(claimed) else State.PART_APPROVED


def why_not_recognise(
    met: Mapping[Test, bool],
    claimed: Collection[str],
    recognised: Collection[str],
    submitted: Collection[str],
) -> str | None:
    """Why these modules of a claim cannot be recognised, or None.

    Where the tutor found too little (sufficiency), it may still be enough for a part; the other
    three tests concern the study as a whole.
    """
    if not set(recognised) <= set(claimed):
        return "Only modules of this claim can be recognised."
    if late := sorted(set(recognised) & set(submitted)):
        return f"{' and '.join(late)} has been submitted since, so it cannot be recognised too."
    failed = [test for test in Test if not met.get(test, False)]
    if recognised and any(test is not Test.SUFFICIENCY for test in failed):
        names = " and ".join(test.value for test in failed)
        return f"Nothing can be recognised: the tutor found that the claim lacks {names}."
    if failed and set(recognised) == set(claimed):
        return "The tutor found too little for the whole claim; at most a part can be recognised."
    return None


def _years_later(day: date, years: int) -> date:
    """The same day some years on; the first of March after a leap day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
