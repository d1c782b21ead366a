"""Credit, the mean, the class and the award: worked out from plain facts, rounded once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from lti_tool.programme.completion import Condition
from lti_tool.programme.definition import Module, Programme

HALF = Fraction(1, 2)


class CreditKind(StrEnum):
    """Why credit was entered, or taken out again."""

    EARNED = "earned"
    RECOGNISED = "recognised"
    COMPENSATED = "compensated"
    REVERSED = "reversed"


class ModuleOutcome(StrEnum):
    """What a board's word means for a module."""

    PASS = "pass"
    FAIL = "fail"
    DEFERRED = "deferred"
    COMPENSATED = "compensated"


class AwardOutcome(StrEnum):
    """What a board may say of a person."""

    AWARD = "award"
    EXIT_AWARD = "exit_award"
    NOT_YET = "not_yet"


class CountedTwice(ValueError):
    """Told when a ledger would hold a module's credit twice, or take out what is not there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a credit ledger. A reversal carries the credit it takes out, as a minus."""

    module_code: str
    kind: CreditKind
    credits: int
    attempt_id: int = 0  # the work for which it was entered


@dataclass(frozen=True, slots=True)
class Result:
    """A module whose credit stands. Recognised study has no mark."""

    module: Module
    kind: CreditKind
    mark: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules say of one person, with what is lacking in sentences."""

    outcome: AwardOutcome
    credits: int
    award: str | None = None
    classification: str | None = None
    mean: Fraction | None = None
    lacking: tuple[str, ...] = ()

    @property
    def mean_mark(self) -> int | None:
        """The mean as a whole mark, by which the class is named."""
        return None if self.mean is None else rounded(self.mean)

    @property
    def mean_shown(self) -> str:
        """The mean to two places, cut off: shown rounded it could look like another class."""
        if self.mean is None:
            return ""
        hundredths = self.mean * 100 // 1
        return f"{hundredths // 100}.{hundredths % 100:02d}"


def standing(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The credit of each module that is not taken out again, after every line in its order."""
    found: dict[str, Entry] = {}
    for entry in entries:
        there = found.get(entry.module_code)
        if entry.kind is CreditKind.REVERSED:
            if there is None or entry.credits != -there.credits:
                raise CountedTwice(f"There is no such credit of {entry.module_code} to take out.")
            del found[entry.module_code]
        elif there is not None or entry.credits <= 0:
            raise CountedTwice(f"The credit of {entry.module_code} is in the ledger already.")
        else:
            found[entry.module_code] = entry
    return found


def total(entries: Iterable[Entry]) -> int:
    """The credit on the transcript: the sum of all lines."""
    return sum(entry.credits for entry in entries)


def lines_for(
    earlier: Sequence[Entry], module: Module, outcome: ModuleOutcome, attempt_id: int = 0
) -> tuple[Entry, ...]:
    """What a decision writes, after the lines of this module so far: nothing, if it holds already.

    A deferral leaves what stands until the result comes back, and what is said of one attempt takes
    no credit from another that passed.
    """
    if outcome is ModuleOutcome.DEFERRED:
        return ()
    wanted = {
        ModuleOutcome.PASS: CreditKind.EARNED,
        ModuleOutcome.COMPENSATED: CreditKind.COMPENSATED,
    }.get(outcome)
    there = standing(earlier).get(module.code)
    if (there.kind if there else None) is wanted:
        return ()
    if there and there.attempt_id != attempt_id and outcome is not ModuleOutcome.PASS:
        return ()
    lines = [Entry(module.code, CreditKind.REVERSED, -there.credits, attempt_id)] if there else []
    if wanted is not None:
        lines.append(Entry(module.code, wanted, module.credits, attempt_id))
    return tuple(lines)


def outcome_of(programme: Programme, mark: int, *, compensated: bool = False) -> ModuleOutcome:
    """What a confirmed mark means."""
    if programme.is_pass(mark):
        return ModuleOutcome.PASS
    return ModuleOutcome.COMPENSATED if compensated else ModuleOutcome.FAIL


def why_not_compensate(
    programme: Programme, module: Module, mark: int, compensated: Collection[Module]
) -> str | None:
    """What the rule on compensation has against it; `compensated` are the person's others."""
    rule = programme.policies["compensation"]
    if not rule["enabled"]:
        return "This programme does not compensate."
    if not module.compensable:
        return f"{module.code} cannot be compensated."
    if programme.is_pass(mark):
        return f"{mark} is a pass, so there is nothing to compensate."
    if mark < rule["min_mark"]:
        return f"Only a mark of {rule['min_mark']} or more can be compensated, and this is {mark}."
    credits = module.credits + sum(each.credits for each in compensated if each != module)
    if credits > rule["max_credits"]:
        most = rule["max_credits"]
        return f"At most {most} credits can be compensated; with this module it would be {credits}."
    return None


def mean_of(results: Iterable[Result]) -> Fraction | None:
    """The mean of the marks, each weighted by its module's credits; exact, and not rounded.

    Recognised study has no mark and so no part in it.
    """
    marked = [(each.mark, each.module.credits) for each in results if each.mark is not None]
    weight = sum(credits for _, credits in marked)
    if not weight:
        return None
    return Fraction(sum(mark * credits for mark, credits in marked), weight)


def rounded(mean: Fraction) -> int:
    """A whole mark, a half upwards: the one rounding on the way to a class."""
    return int((mean + HALF) // 1)


def classification(programme: Programme, mean: Fraction) -> str:
    """The class of the award by the mean, rounded once."""
    limits, mark = programme.policies["classification"], rounded(mean)
    if mark >= limits["distinction"]:
        return "Distinction"
    return "Merit" if mark >= limits["merit"] else "Pass"


def propose(
    programme: Programme,
    results: Sequence[Result],
    unmet: Sequence[Condition],
    *,
    has_left: bool = False,
) -> Proposal:
    """The award for somebody with these results, against whom these conditions stand.

    Whoever has left is proposed the largest exit award that their credit reaches.
    """
    credits = sum(each.module.credits for each in results)
    mean = mean_of(results)
    if has_left:
        return _exit_award(programme, credits, mean)
    lacking = tuple(f"{each.label}: {each.missing}" for each in unmet)
    if credits < programme.credits and all(each.id != "credits" for each in unmet):
        lacking = (f"{credits} of {programme.credits} credits are confirmed.", *lacking)
    if lacking:
        return Proposal(AwardOutcome.NOT_YET, credits, mean=mean, lacking=lacking)
    # Where all was recognised there is no mark to classify by.
    named = classification(programme, mean) if mean is not None else None
    return Proposal(AwardOutcome.AWARD, credits, programme.award, named, mean)


def _exit_award(programme: Programme, credits: int, mean: Fraction | None) -> Proposal:
    offered = sorted(programme.policies["exit_awards"].items(), key=lambda each: (each[1], each[0]))
    reached = [name for name, needed in offered if needed <= credits]
    if reached:
        return Proposal(AwardOutcome.EXIT_AWARD, credits, reached[-1], mean=mean)
    lacking = "This programme has no exit awards."
    if offered:
        name, needed = offered[0]
        lacking = f"{name} needs {needed} credits; {credits} are confirmed."
    return Proposal(AwardOutcome.NOT_YET, credits, mean=mean, lacking=(lacking,))
