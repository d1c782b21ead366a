"""What a coach's word is worth, and what is shown to whoever is asked to give it."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.evidence.changes import MANY_WORDS, differences
from lti_tool.evidence.rules import State
from lti_tool.evidence.standing import (
    REASONS,
    Standing,
    TakenBack,
    Word,
    standing,
    state_after_taking_back,
)

CONTENT: dict[str, Any] = {
    "title": "A lesson",
    "narrative": "We tried groups of three.",
    "activity_on": "2026-11-12",
    "module": "MTL1",
    "strands": ["1.1"],
    "duty": None,
    "files": [],
}


@pytest.mark.parametrize(
    ("word", "number", "content", "expected"),
    [
        (Word("signed", 1, "a"), 1, "a", Standing.VALID),
        (Word("signed", 1, "a"), 2, "b", Standing.STALE),
        (Word("signed", 1, "a"), 1, "b", Standing.STALE),
        (Word("signed", 1, "a"), 3, "a", Standing.STALE),
        (Word("signed", 1, "a", is_taken_back=True), 1, "a", Standing.TAKEN_BACK),
        (Word("signed", 1, "a", is_taken_back=True), 2, "b", Standing.TAKEN_BACK),
        (Word("returned", 1, "a"), 1, "a", Standing.RETURNED),
        (Word("returned", 1, "a"), 2, "b", Standing.RETURNED),
    ],
)
def test_a_word_holds_for_one_version_with_one_content(
    word: Word, number: int, content: str, expected: Standing
) -> None:
    assert standing(word, number, content) is expected


def test_taking_back_moves_what_rested_on_the_signature_and_nothing_else() -> None:
    for state in State:
        after = State.SHARED if state is State.ATTESTED else state
        assert state_after_taking_back(state, was_current=True) is after
        assert state_after_taking_back(state, was_current=False) is state


def test_a_reason_that_is_no_longer_offered_still_has_words() -> None:
    taken = TakenBack(at=None, reason="of_old")  # type: ignore[arg-type]  # the reason alone counts
    assert taken.sentence == REASONS["other"]


def told(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Label → what only the earlier version has, and what only the later one has."""
    return {
        change.label: (
            "".join(piece.text for piece in change.before if piece.is_changed),
            "".join(piece.text for piece in change.after if piece.is_changed),
        )
        for change in differences(before, after)
    }


def a_file(sha256: str, **more: Any) -> dict[str, Any]:
    return {"filename": "p.pdf", "size": 1200, "sha256": sha256, "media_type": "x/y", **more}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {}),
        ({"narrative": "We tried groups of four."}, {"What happened": ("three.", "four.")}),
        ({"activity_on": "2026-12-12"}, {"Date of the activity": ("November", "December")}),
        ({"strands": ["1.1", "4.2"]}, {"Strands": ("", "\n4.2")}),
        ({"duty": "d"}, {"Coaching duty": ("–", "d")}),
        (
            {"files": [a_file("0123456789")]},
            {"Files": ("–", "p.pdf (1,200 bytes, digest 01234567)")},
        ),
        ({"some_day": {"why": ["a", True]}}, {"Some day": ("–", "why: a; yes")}),
    ],
)
def test_whatever_differs_between_two_versions_is_told(
    changed: dict[str, Any], expected: dict[str, tuple[str, str]]
) -> None:
    assert told(CONTENT, {**CONTENT, **changed}) == expected


def test_a_file_with_other_bytes_or_other_words_differs() -> None:
    before = {**CONTENT, "files": [a_file("0" * 64)]}
    assert told(before, {**CONTENT, "files": [a_file("1" * 64)]})
    assert told(before, {**CONTENT, "files": [a_file("0" * 64, alt_text="A chart")]})


def test_nothing_is_lost_in_what_is_shown_and_long_texts_are_compared_by_lines() -> None:
    long = "\n".join(f"line {number} of many" for number in range(MANY_WORDS // 2))
    (change,) = differences({**CONTENT, "narrative": long}, {**CONTENT, "narrative": long + "\nx"})
    assert "".join(piece.text for piece in change.before) == long
    assert "".join(piece.text for piece in change.after) == long + "\nx"
