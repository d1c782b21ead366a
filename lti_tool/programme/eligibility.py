"""Who may join, by which rule, and what is missing to say so: three answers from known facts.

A condition holds, fails, or cannot be told for want of a fact. What cannot be told is never taken
for failed, so a missing fact gives "cannot decide", and further facts never undo a "yes".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from lti_tool.programme.definition import Programme
from lti_tool.programme.eligibility_facts import FACTS, Kind, size

Facts = Mapping[str, str]
Part = Mapping[str, Any]


class Answer(StrEnum):
    """What the rules say of somebody."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds (None: cannot be told), and why it does not.

    `needs` are facts that nobody knows; `left_open` is said where the facts are known and the rule
    itself leaves the case open.
    """

    holds: bool | None
    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    left_open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule, put to the facts."""

    rule: str
    label: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer with everything it rests on. Dates and window come from the matched rule."""

    answer: Answer
    rules: tuple[RuleVerdict, ...]
    used: Mapping[str, str]
    rule: str | None = None
    window: str | None = None
    enrol_from: date | None = None
    start_from: date | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts that could still decide, in the order in which a form shows them."""
        needed = {need for each in self.rules for need in each.verdict.needs}
        return tuple(name for name in FACTS if name in needed)

    @property
    def left_open(self) -> tuple[str, ...]:
        """What the rules themselves leave open about this case."""
        return _once(one for each in self.rules for one in each.verdict.left_open)


def has_rules(programme: Programme) -> bool:
    """Whether this programme says who may join at all."""
    return bool(programme.policies.get("eligibility"))


def evaluate(programme: Programme, facts: Facts) -> Outcome:
    """The first rule that matches decides; without one, whatever could still match does."""
    policy: Part = programme.policies["eligibility"]
    rules = tuple(
        RuleVerdict(name, rule["label"], _rule(policy, rule, facts))
        for name, rule in policy["rules"].items()
    )
    used = {name: facts[name] for name in facts_asked(programme) if name in facts}
    matched = next((each for each in rules if each.verdict.holds), None)
    if matched is None:
        open_still = any(each.verdict.holds is None for each in rules)
        answer = Answer.UNDECIDED if open_still else Answer.NOT_ELIGIBLE
        return Outcome(answer, rules, used)
    rule = policy["rules"][matched.rule]
    return Outcome(
        Answer.ELIGIBLE, rules, used, matched.rule, rule["window"], rule["enrol_from"],
        rule["start_from"],
    )  # fmt: skip


def facts_asked(programme: Programme) -> tuple[str, ...]:
    """The facts that any rule asks for, in the order in which a form shows them."""
    policy: Part = programme.policies["eligibility"]
    tests: list[Part] = [rule["when"] for rule in policy["rules"].values()]
    for condition in policy["conditions"].values():
        tests += [condition["all"], *condition["any"].values()]
    asked = {name for each in tests for name in each}
    return tuple(name for name in FACTS if name in asked)


def _rule(policy: Part, rule: Part, facts: Facts) -> Verdict:
    named = [policy["conditions"][name] for name in rule["needs"]]
    return _every([_tests(rule["when"], facts), *(_condition(each, facts) for each in named)])


def _condition(condition: Part, facts: Facts) -> Verdict:
    """All of its tests, and one of its alternatives where it has any."""
    parts = [_tests(condition["all"], facts)]
    if condition["any"]:
        found = [_tests(each, facts) for each in condition["any"].values()]
        parts.append(_some(condition["says"], found))
    return _every(parts)


def _tests(tests: Part, facts: Facts) -> Verdict:
    return _every([_test(name, test, facts.get(name)) for name, test in tests.items()])


def _every(parts: Iterable[Verdict]) -> Verdict:
    """One that fails settles it, and what is unknown beside it need not be found out."""
    parts = list(parts)
    failed = tuple(one for each in parts for one in each.failed)
    if any(each.holds is False for each in parts):
        return Verdict(False, failed)
    unknown = _once(one for each in parts for one in each.unknown)
    if all(each.holds for each in parts):
        return Verdict(True)
    return Verdict(
        None,
        unknown=unknown,
        needs=_once(one for each in parts for one in each.needs),
        left_open=_once(one for each in parts for one in each.left_open),
    )


def _some(says: str, alternatives: list[Verdict]) -> Verdict:
    if any(each.holds for each in alternatives):
        return Verdict(True)
    reasons = "; or ".join(" and ".join(each.failed) for each in alternatives if each.failed)
    if all(each.holds is False for each in alternatives):
        return Verdict(False, (f"Not so: {says} ({reasons})",))
    still = [each for each in alternatives if each.holds is None]
    return Verdict(
        None,
        unknown=_once(one for each in still for one in each.unknown),
        needs=_once(one for each in still for one in each.needs),
        left_open=_once(one for each in still for one in each.left_open),
    )


def _test(name: str, test: Part, value: str | None) -> Verdict:
    label, wanted = FACTS[name].label, _wanted(name, test)
    if value is None:
        return Verdict(None, unknown=(f"{label}: not known, needed {wanted}",), needs=(name,))
    said = FACTS[name].say(value)
    if value in test["left_open"]:
        sentence = f"{label}: {said}, which the rules leave open"
        return Verdict(None, unknown=(sentence,), left_open=(sentence,))
    if _meets(test, value):
        return Verdict(True)
    return Verdict(False, (f"{label}: {said}, needed {wanted}",))


def _meets(test: Part, value: str) -> bool:
    if test["among"] and value not in test["among"]:
        return False
    if value in test["not_among"]:
        return False
    return test["at_least"] is None or size(value) >= size(test["at_least"])


def _wanted(name: str, test: Part) -> str:
    fact, parts = FACTS[name], []
    if test["among"]:
        parts.append(" or ".join(fact.say(each) for each in test["among"]))
    if test["not_among"]:
        parts.append(f"other than {' or '.join(fact.say(each) for each in test['not_among'])}")
    if test["at_least"] is not None:
        parts.append(f"{test['at_least']} or {'later' if fact.kind is Kind.YEAR else 'more'}")
    return ", ".join(parts)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
