"""Where nobody is named, neither is anybody named by a file, an address or a feedback."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.board.rules.naming import LEFT_OUT, Names, file_name, script_name

NAMES = Names.of(
    [
        ("Amira Khan", "Candidate 1001"),
        ("Will O'Neil-Hart", "the coach"),
        ("Jo Li", "a marker"),
        ("", "nobody"),
    ]
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Amira Khan led the lesson.", "Candidate 1001 led the lesson."),
        ("AMIRA  KHAN and amira\nkhan", "Candidate 1001 and Candidate 1001"),
        ("Amira, well done. Ms Khan’s plan", "Candidate 1001, well done. Ms Candidate 1001’s plan"),
        ("I will ask Will.", "I will ask the coach."),
        ("Hart saw it, and so did jo li.", "the coach saw it, and so did a marker."),
        ("Khanate and Amirable stay, and Li stays.", "Khanate and Amirable stay, and Li stays."),
        ("See https://amira-khan.example/x now", f"See {LEFT_OUT} now"),
        ("See https://school.example/plan by Khan",
         "See https://school.example/plan by Candidate 1001"),
        ("Nobody", "Nobody"),
        ("", ""),
    ],
)  # fmt: skip
def test_known_names_give_way_to_words(text: str, told: str) -> None:
    assert NAMES.masked(text) == told


def test_without_names_nothing_changes() -> None:
    assert Names.of([]).masked("Amira Khan") == "Amira Khan"


@dataclass(frozen=True)
class Inner:
    said: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Outer:
    inner: Inner
    why: dict[str, str]


def test_every_text_inside_a_value_is_looked_at() -> None:
    value = Outer(Inner(("by Amira", "plain"), 3), {"1.1": "Khan showed it"})
    assert NAMES.without(value) == Outer(
        Inner(("by Candidate 1001", "plain"), 3), {"1.1": "Candidate 1001 showed it"}
    )


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_whole_name_never_stays_whatever_is_around_it(before: str, after: str) -> None:
    told = NAMES.masked(f"{before} Amira Khan {after}")
    assert " Amira Khan " not in told


@pytest.mark.parametrize(
    ("original", "media_type", "attempt", "name"),
    [
        ("Amira Khan lesson plan.PDF", "application/pdf", 1, "1001-MTL1-2.pdf"),
        ("film.mov", "video/quicktime", 1, "1001-MTL1-2.mov"),
        ("plan.docx", "application/octet-stream", 2, "1001-MTL1-attempt2-2.docx"),
        ("no ending", "application/x-odd", 1, "1001-MTL1-2.bin"),
        ("plan.Amira Khan", "application/x-odd", 1, "1001-MTL1-2.bin"),
    ],
)
def test_a_file_is_called_by_candidate_module_and_number(
    original: str, media_type: str, attempt: int, name: str
) -> None:
    assert file_name(script_name("1001", "MTL1", attempt), 2, original, media_type) == name


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_name_of_a_file_leads_out_of_its_folder(candidate: str, code: str, name: str) -> None:
    found = file_name(script_name(candidate, code, 1), 1, name, "x/y")
    assert "/" not in found
    assert "\\" not in found
    assert not found.startswith(".")
    assert found.isascii()
