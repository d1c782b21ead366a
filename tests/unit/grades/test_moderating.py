"""What a moderator may decide, and what becomes of a mark by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.grades.rules.moderating import (
    Action,
    Chapter,
    Choice,
    Dot,
    Share,
    Standing,
    dots,
    scaling_of,
    shares,
    standing_of,
    why_not_decide,
)

UNDECIDED = Chapter(None)
CONFIRMED = Chapter(Action.CONFIRM)
CHANGED = Chapter(Action.CONFIRM, is_same=False)
SCALED = Chapter(Action.SCALE, 3)
AGAIN = Chapter(Action.REMARK_ALL)

# the sets that a mark was in → where it stands, and by how much it is moved
STORIES = [
    pytest.param([], Standing.NOT_DRAWN, 0, id="never drawn"),
    pytest.param([UNDECIDED], Standing.IN_MODERATION, 0, id="with the moderator"),
    pytest.param([Chapter(None, is_same=False)], Standing.CORRECTED, 0, id="corrected meanwhile"),
    pytest.param([CONFIRMED], Standing.MODERATED, 0, id="confirmed"),
    pytest.param([CHANGED], Standing.CORRECTED, 0, id="corrected after it was confirmed"),
    pytest.param([CHANGED, UNDECIDED], Standing.IN_MODERATION, 0, id="looked at again"),
    pytest.param([CHANGED, CONFIRMED], Standing.MODERATED, 0, id="confirmed again"),
    pytest.param([SCALED], Standing.MODERATED, 3, id="moved"),
    pytest.param([SCALED, CONFIRMED], Standing.MODERATED, 3, id="a correction stays moved"),
    pytest.param([SCALED, Chapter(Action.SCALE, -2)], Standing.MODERATED, -2, id="moved anew"),
    pytest.param([AGAIN], Standing.TO_MARK_AGAIN, 0, id="to mark again"),
    pytest.param([Chapter(Action.REMARK_MARKER, is_same=False)], Standing.TO_MARK_AGAIN, 0,
                 id="marked again and not drawn again"),
    pytest.param([SCALED, AGAIN, CONFIRMED], Standing.MODERATED, 0,
                 id="marking again ends what was moved before"),
]  # fmt: skip


@pytest.mark.parametrize(("chapters", "standing", "moved"), STORIES)
def test_where_a_mark_stands(chapters: list[Chapter], standing: Standing, moved: int) -> None:
    assert standing_of(chapters) is standing
    assert scaling_of(chapters) == moved


# choice, scripts not looked at, marks in the set → the fields that are refused
DECISIONS = [
    (Choice(Action.CONFIRM), 0, 5, set()),
    (Choice(Action.CONFIRM), 1, 5, {"decision"}),
    (Choice(Action.SCALE, "Strict.", by_marks=3), 0, 5, set()),
    (Choice(Action.SCALE, "Strict.", by_marks=-20), 0, 2, set()),
    (Choice(Action.SCALE, "Strict.", by_marks=3), 1, 5, {"decision"}),
    (Choice(Action.SCALE, "Strict.", by_marks=3), 0, 1, {"decision"}),
    (Choice(Action.SCALE, "Strict.", by_marks=0), 0, 5, {"by_marks"}),
    (Choice(Action.SCALE, "Strict.", by_marks=21), 0, 5, {"by_marks"}),
    (Choice(Action.SCALE, " ", by_marks=None), 0, 5, {"by_marks", "rationale"}),
    (Choice(Action.REMARK_ALL, "Too strict."), 4, 5, set()),
    (Choice(Action.REMARK_ALL), 0, 5, {"rationale"}),
    (Choice(Action.REMARK_MARKER, "Too strict.", marker_id=7), 4, 5, set()),
    (Choice(Action.REMARK_MARKER, "Too strict."), 0, 5, {"marker"}),
    (Choice(Action.REMARK_MARKER, "Too strict.", marker_id=8), 0, 5, {"marker"}),
]


@pytest.mark.parametrize(("choice", "unseen", "size", "refused"), DECISIONS)
def test_what_stands_against_a_decision(
    choice: Choice, unseen: int, size: int, refused: set[str]
) -> None:
    assert set(why_not_decide(choice, unseen=unseen, markers={7, 9}, size=size)) == refused


@given(st.builds(Choice, st.sampled_from(Action), st.text(), st.integers(), st.integers()))
def test_one_script_is_never_moved_alone(choice: Choice) -> None:
    against = why_not_decide(choice, unseen=0, markers={1}, size=1)
    assert choice.action is not Action.SCALE or against


def test_marks_by_marker() -> None:
    found = shares([(9, 64, True), (7, 70, False), (9, 58, False)])
    assert found == [Share(7, (70,), 0), Share(9, (58, 64), 1)]
    assert found[1].mean == 61


def test_equal_marks_of_a_marker_stand_on_each_other_with_sampled_ones_below() -> None:
    assert dots([(64, False), (58, False), (64, True)]) == [
        Dot(58, 0, False), Dot(64, 0, True), Dot(64, 1, False),
    ]  # fmt: skip
