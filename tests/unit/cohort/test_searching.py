"""What a search takes for a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.cohort.searching import LONGEST, MOST_WORDS, is_cut, wanted
from lti_tool.db import folded
from tests.integration.cohort.folding import EXAMPLES


@pytest.mark.parametrize(("text", "words"), EXAMPLES)
def test_words_are_compared_without_accents_capitals_and_signs(text: str, words: str) -> None:
    assert folded(text) == f" {words} "


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Khan  amira", ("khan", "amira")),
        ("khan KHAN Khán", ("khan",)),
        ("%_*:&|!()'\\", ()),
        ("amira.khan@school.example", ("amira", "khan", "school", "example")),
        ("", ()),
        ("\0", ()),
    ],
)
def test_what_is_typed_comes_down_to_words(typed: str, words: tuple[str, ...]) -> None:
    assert wanted(typed) == words


def test_too_much_is_cut_and_said_so() -> None:
    many = " ".join(f"word{number}" for number in range(500))
    assert wanted(many) == tuple(f"word{number}" for number in range(MOST_WORDS))
    assert is_cut(many)
    assert is_cut("x" * (LONGEST + 1))
    assert not is_cut("x" * LONGEST)
    assert not is_cut("amira amira " * MOST_WORDS)


@given(st.text())
def test_any_text_comes_down_to_few_words_without_signs(typed: str) -> None:
    words = wanted(typed)
    assert len(words) <= MOST_WORDS
    assert not any(set(word) & set(" %_\\'&|!():*<>") for word in words)
