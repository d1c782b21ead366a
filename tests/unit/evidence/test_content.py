"""What evidence must say, and the digests that are made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lti_tool.evidence.rules import (
    Content,
    canonical,
    content_facts,
    content_hash,
    content_problems,
    digest,
    receipt_number,
)
from lti_tool.evidence.uploads import AcceptedFile
from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import parse_programme

TODAY = date(2026, 11, 22)
GOOD = Content("A lesson", "It went well.", date(2026, 11, 20), "MTL1", ("1.1", "2.1"))
FILE = AcceptedFile("a" * 64, 12, "application/pdf", "plan.pdf")


@pytest.fixture(scope="module")
def programme() -> Programme:
    path = Path(__file__).parents[3] / "config" / "programme.yaml"
    return parse_programme(path.read_text(encoding="utf-8"), source=path.name)


def test_good_content_has_no_problem(programme: Programme) -> None:
    assert content_problems(programme, GOOD, TODAY, by_coach=False) == {}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"narrative": "x" * 50_001}, "narrative"),
        ({"strands": ()}, "strands"),
        ({"strands": ("1.1", "9.9")}, "strands"),
        ({"activity_on": date(2026, 11, 23)}, "activity_on"),
        ({"activity_on": date(1999, 12, 31)}, "activity_on"),
        ({"module_code": "MTL99"}, "module"),
        ({"duty": "z"}, "duty"),
    ],
)
def test_a_problem_is_told_beside_its_field(
    programme: Programme, changed: dict[str, object], field: str
) -> None:
    content = replace(GOOD, **changed)  # type: ignore[arg-type]
    assert list(content_problems(programme, content, TODAY, by_coach=False)) == [field]


def test_the_limits_themselves_are_taken(programme: Programme) -> None:
    content = replace(
        GOOD, title="x" * 200, narrative="x" * 50_000, activity_on=TODAY, strands=("4.2",)
    )
    assert content_problems(programme, content, TODAY, by_coach=False) == {}
    oldest = replace(GOOD, activity_on=date(2000, 1, 1))
    assert content_problems(programme, oldest, TODAY, by_coach=False) == {}


def test_a_coach_names_the_duty(programme: Programme) -> None:
    assert list(content_problems(programme, GOOD, TODAY, by_coach=True)) == ["duty"]
    with_duty = replace(GOOD, duty="h")
    assert content_problems(programme, with_duty, TODAY, by_coach=True) == {}


def test_the_order_in_which_strands_were_chosen_does_not_change_the_digest() -> None:
    turned = replace(GOOD, strands=("2.1", "1.1"))
    assert content_hash(content_facts(GOOD, [])) == content_hash(content_facts(turned, []))


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another"},
        {"narrative": "It went badly."},
        {"activity_on": date(2026, 11, 19)},
        {"module_code": "MTL2"},
        {"strands": ("1.1",)},
        {"duty": "a"},
    ],
)
def test_any_change_of_content_changes_the_digest(changed: dict[str, object]) -> None:
    other = replace(GOOD, **changed)  # type: ignore[arg-type]
    assert content_hash(content_facts(GOOD, [])) != content_hash(content_facts(other, []))


def test_files_belong_to_the_digest() -> None:
    digests = {
        content_hash(content_facts(GOOD, files))
        for files in (
            [],
            [FILE],
            [replace(FILE, sha256="b" * 64)],
            [replace(FILE, filename="other.pdf")],
            [FILE, FILE],
        )
    }
    assert len(digests) == 5


def test_canonical_json_is_one_text_for_one_value() -> None:
    text = canonical({"b": 1, "a": "é"})
    assert text == '{"a":"é","b":1}'
    assert json.loads(text) == {"a": "é", "b": 1}


def test_a_digest_is_sha_256_of_the_bytes() -> None:
    assert digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_receipt_number_can_be_read_out() -> None:
    number = receipt_number("MTL1", [0, 1, 29, 30, 999, 7])
    assert number == "MTL1-23Z2-B9"
    letters = "".join(receipt_number("M", [n] * 6) for n in range(30)).replace("M-", "")
    assert not set("01ILOU") & set(letters)
