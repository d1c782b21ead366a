"""Marks on the scale of the programme: whole numbers from 0 to 100."""

from __future__ import annotations

import re

from lti_tool.errors import Invalid

LOWEST, HIGHEST = 0, 100
# Platforms keep five decimals at most, and rescale where their column has another maximum.
TOLERANCE = 1 / 128

_WHOLE = re.compile(r"[0-9]{1,3}")
_FRACTION = re.compile(r"[0-9]+[.,][0-9]+")


def parse_mark(text: str) -> int:
    """The whole mark that a person typed. Raises Invalid with what to type instead."""
    typed = text.strip()
    if not typed:
        raise Invalid("Enter a mark from 0 to 100.", field="mark")
    if _FRACTION.fullmatch(typed):
        raise Invalid("Enter a whole mark, without a decimal part.", field="mark")
    if not _WHOLE.fullmatch(typed) or int(typed) > HIGHEST:
        raise Invalid("Enter the mark as a whole number from 0 to 100, such as 64.", field="mark")
    return int(typed)


def is_same_mark(mark: int, score: float | None, maximum: float | None) -> bool:
    """Whether a gradebook's value, out of its own maximum, is this mark out of 100."""
    if score is None or not maximum:
        return False
    return abs(score * HIGHEST / maximum - mark) < TOLERANCE


def in_words(score: float, maximum: float | None) -> str:
    """A gradebook's value as people write it: “71 out of 100”."""
    return f"{score:g} out of {maximum:g}" if maximum else f"{score:g}"
