"""Marks are whole numbers from 0 to 100."""

from __future__ import annotations

import pytest

from lti_tool.errors import Invalid
from lti_tool.grades.scale import in_words, is_same_mark, parse_mark


@pytest.mark.parametrize(
    ("typed", "mark"), [("0", 0), ("7", 7), ("64", 64), (" 64\t", 64), ("064", 64), ("100", 100)]
)
def test_a_whole_mark_is_taken_as_typed(typed: str, mark: int) -> None:
    assert parse_mark(typed) == mark


WHOLE = "Enter the mark as a whole number from 0 to 100, such as 64."
NO_DECIMALS = "Enter a whole mark, without a decimal part."
NOTHING = "Enter a mark from 0 to 100."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", NOTHING),
        ("  ", NOTHING),
        ("64.5", NO_DECIMALS),
        ("64,5", NO_DECIMALS),
        ("64.0", NO_DECIMALS),
        ("-1", WHOLE),
        ("+64", WHOLE),
        ("101", WHOLE),
        ("0064", WHOLE),
        ("6 4", WHOLE),
        ("６４", WHOLE),
        ("٦٤", WHOLE),
        ("²", WHOLE),
        ("64%", WHOLE),
        ("6e1", WHOLE),
        ("sixty", WHOLE),
        ("64.", WHOLE),
        (".5", WHOLE),
    ],
)
def test_anything_else_is_refused_with_what_to_type(typed: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_mark(typed)
    assert (refusal.value.sentence, refusal.value.field) == (sentence, "mark")


@pytest.mark.parametrize(
    ("mark", "score", "maximum", "same"),
    [
        (64, 64.0, 100.0, True),
        (0, 0.0, 100.0, True),
        (64, 6.4, 10.0, True),
        (67, 0.67, 1.0, True),
        (33, 6.6, 20.0, True),
        (64, 63.99999, 100.0, True),
        (64, 64 + 1 / 128, 100.0, False),
        (64, 64 - 1 / 128, 100.0, False),
        (64, 64 - 1 / 256, 100.0, True),
        (64, 65.0, 100.0, False),
        (64, 64.0, 10.0, False),
        (0, None, 100.0, False),
        (0, 0.0, None, False),
        (0, 0.0, 0.0, False),
    ],
)
def test_a_gradebooks_value_is_compared_by_proportion(
    mark: int, score: float | None, maximum: float | None, same: bool
) -> None:
    assert is_same_mark(mark, score, maximum) is same


def test_a_value_reads_as_people_write_it() -> None:
    assert in_words(71.0, 100.0) == "71 out of 100"
    assert in_words(6.5, 10.0) == "6.5 out of 10"
    assert in_words(71.0, None) == "71"
