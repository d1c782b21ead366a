"""The fields of a programme file take what they name and refuse the rest with the remedy."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from lti_tool.programme.schema import (
    LIST,
    MAPPING,
    MISSING,
    Part,
    StrandsField,
    choice,
    line,
    names,
    part,
    some,
    truth,
    whole,
)

NAME = "needs a line of text."
NUMBER = "needs a whole number from 1 to 3."
EMPTY = "is empty. Name at least one."


class Small(Part):
    name = line()


def load_one(field: Any, *values: Any) -> Any:
    """What a file with this one field gives; without a value, the field is left out."""
    schema: type[Schema] = Schema.from_dict({"f": field})
    return schema().load({"f": values[0]} if values else {}).get("f", "nothing")


@pytest.mark.parametrize(
    ("make", "given", "read"),
    [
        (line, ["text"], "text"),
        (lambda: line(required=False), [], "nothing"),
        (lambda: whole(1, 3), ["1"], 1),
        (lambda: whole(1, 3), ["3"], 3),
        (lambda: whole(1, 3, load_default=2), [], 2),
        (truth, ["true"], True),
        (truth, ["false"], False),
        (lambda: truth(load_default=True), [], True),
        (lambda: choice("a", "b"), ["b"], "b"),
        (names, [["a", "b"]], ["a", "b"]),
        (names, [], []),
        (lambda: some(Small), [{"x": {"name": "n"}}], {"x": {"name": "n"}}),
        (lambda: some(whole(1, 3)), [{"x": "1"}], {"x": 1}),
        (lambda: some(Small, keys=whole(1, 3)), [{"1": {"name": "n"}}], {1: {"name": "n"}}),
        (lambda: part(Small), [{"name": "n"}], {"name": "n"}),
        (lambda: part(Small, required=False), [], "nothing"),
        (lambda: StrandsField("any"), ["any"], "any"),
        (lambda: StrandsField("any"), [["1.1"]], ["1.1"]),
    ],
)
def test_a_field_takes_what_it_names(make: Any, given: list[Any], read: Any) -> None:
    assert load_one(make(), *given) == read


@pytest.mark.parametrize(
    ("make", "given", "messages"),
    [
        (line, [], [MISSING]),
        (line, [["a"]], [NAME]),
        (line, [" "], ["is empty. Write something here."]),
        (lambda: whole(1, 3), [], [MISSING]),
        (lambda: whole(1, 3), ["0"], [NUMBER]),
        (lambda: whole(1, 3), ["4"], [NUMBER]),
        (lambda: whole(1, 3), ["x"], [NUMBER]),
        (truth, [], [MISSING]),
        (truth, ["True"], ["needs true or false."]),
        (truth, ["FALSE"], ["needs true or false."]),
        (lambda: choice("a", "b"), [], [MISSING]),
        (lambda: choice("a", "b"), ["c"], ["'c' is not a choice here. Use one of a, b."]),
        (lambda: choice("a", "b"), [["a"]], ["Use one of a, b."]),
        (lambda: names(required=True), [], [MISSING]),
        (names, ["a"], [LIST]),
        (names, [["a", " "]], {1: ["is empty. Write something here."]}),
        (lambda: some(Small), [], [MISSING]),
        (lambda: some(Small), ["x"], [MAPPING]),
        (lambda: some(Small), [{}], [EMPTY]),
        (lambda: some(Small), [{" ": {"name": "n"}}], None),
        (lambda: some(Small), [{"x": {}}], {"x": {"value": {"name": [MISSING]}}}),
        (lambda: part(Small), [], [MISSING]),
        (lambda: part(Small), ["x"], {"_schema": [MAPPING]}),
        (
            lambda: part(Small),
            [{"name": "n", "nam": "m"}],
            {"nam": ["is not known here."]},
        ),
        (lambda: StrandsField("any", required=True), [], [MISSING]),
        (
            lambda: StrandsField("any", "own"),
            ["x"],
            ["needs a list of strands, such as `['1.1', '1.2']`, or one of any, own."],
        ),
    ],
)
def test_a_field_refuses_the_rest_with_the_remedy(
    make: Any, given: list[Any], messages: Any
) -> None:
    with pytest.raises(ValidationError) as refusal:
        load_one(make(), *given)
    found = refusal.value.normalized_messages()["f"]
    assert found == messages or messages is None
