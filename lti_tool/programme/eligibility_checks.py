"""What must agree within the rules of who may join, so that no rule asks for what nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lti_tool.programme.codes import PLAIN
from lti_tool.programme.eligibility_facts import FACTS, Fact, Kind, fits
from lti_tool.programme.schema import one_of

Mistake = tuple[str, str]
Data = dict[Any, Any]
EXAMPLES = {Kind.NUMBER: "a whole number such as 30", Kind.YEAR: "a year such as 2008/09"}
LONGEST_CODE, LONGEST_VERSION = 20, 40


def eligibility_is_sound(data: Data, is_sound: Callable[..., bool]) -> Iterator[Mistake]:
    """Every fact, value and condition that a rule names has to exist."""
    policy = data.get("eligibility") or {}
    if not policy or not is_sound("eligibility"):
        return
    if len(policy["version"]) > LONGEST_VERSION:
        sentence = f"is longer than {LONGEST_VERSION} characters. Shorten it."
        yield "eligibility.version", sentence
    yield from _conditions(policy["conditions"])
    for name, rule in policy["rules"].items():
        yield from _rule(f"eligibility.rules.{name}", name, rule, policy["conditions"])


def _conditions(conditions: Data) -> Iterator[Mistake]:
    for name, condition in conditions.items():
        path = f"eligibility.conditions.{name}"
        yield from _tests(condition["all"], f"{path}.all")
        for way, tests in condition["any"].items():
            yield from _tests(tests, f"{path}.any.{way}")
        if not any([condition["all"], *condition["any"].values()]):
            yield path, "asks for nothing. Name a fact under `all` or `any`."


def _rule(path: str, name: str, rule: Data, conditions: Data) -> Iterator[Mistake]:
    if len(name) > LONGEST_CODE or not PLAIN.fullmatch(name):
        yield path, f"needs a plain code of at most {LONGEST_CODE} signs, such as E1."
    yield from _tests(rule["when"], f"{path}.when")
    if not rule["when"] and not rule["needs"]:
        yield path, "asks for nothing. Name a fact under `when`."
    for named in rule["needs"]:
        if named not in conditions:
            remedy = one_of(tuple(conditions), named) if conditions else "Add it."
            yield f"{path}.needs", f"'{named}' is no condition. {remedy}"
    if rule["start_from"] < rule["enrol_from"]:
        yield f"{path}.start_from", "is before enrol_from. Nobody starts before enrolling."


def _tests(tests: Data, path: str) -> Iterator[Mistake]:
    for name, test in tests.items():
        here = f"{path}.{name}"
        if name not in FACTS:
            yield here, f"is no fact that the tool knows. {one_of(tuple(FACTS), name)}"
            continue
        listed = [*test["among"], *test["not_among"], *test["left_open"]]
        least = test["at_least"]
        if not listed and least is None:
            yield here, "asks for nothing. Add `among`, `not_among` or `at_least`."
        for value in (*listed, *([least] if least is not None else [])):
            if not fits(FACTS[name], value):
                yield here, f"'{value}' is no value of this fact. {_values(FACTS[name], value)}"
        if least is not None and FACTS[name].kind is Kind.CHOICE:
            yield f"{here}.at_least", "fits numbers and years only. Use `among`."


def _values(fact: Fact, value: str) -> str:
    if fact.kind is Kind.CHOICE:
        return one_of(tuple(fact.values), value)
    return f"Use {EXAMPLES[fact.kind]}."
