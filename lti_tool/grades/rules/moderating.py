"""What a moderator may decide, what it means for each mark, and what a plot of the marks shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

FURTHEST = 20  # marks by which a set is moved at most
FEWEST = 2  # a set of one is one script, and no script is moved alone


class Action(StrEnum):
    """What a moderator decides about a set of marks."""

    CONFIRM = "confirm"
    REMARK_ALL = "remark_all"
    REMARK_MARKER = "remark_marker"
    SCALE = "scale"

    @property
    def reopens(self) -> bool:
        """Whether marks are given again, and the set is drawn anew afterwards."""
        return self in {Action.REMARK_ALL, Action.REMARK_MARKER}


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision as it was typed, checked for its shape only."""

    action: Action
    rationale: str = ""
    marker_id: int | None = None
    by_marks: int | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One set that a mark was in, as far as this mark is concerned."""

    action: Action | None  # None while nobody has decided
    by_marks: int = 0
    is_same: bool = True  # whether the mark is still the one that was drawn


class Standing(StrEnum):
    """What moderation has come to for one mark."""

    NOT_DRAWN = "not_drawn"
    IN_MODERATION = "in_moderation"
    CORRECTED = "corrected"  # it is another mark than the one that was drawn
    TO_MARK_AGAIN = "to_mark_again"
    MODERATED = "moderated"

    @property
    def is_free(self) -> bool:
        """Whether the next draw takes this mark in."""
        return self not in {Standing.IN_MODERATION, Standing.MODERATED}


WAITS = {
    Standing.NOT_DRAWN: (
        "This module's marks are moderated by a sample before they are released, and no sample "
        "has been drawn from this one. A programme lead draws it."
    ),
    Standing.IN_MODERATION: "A moderator is looking at a sample of these marks.",
    Standing.CORRECTED: (
        "This mark was corrected after a sample was drawn from it, so it needs a new look. "
        "A programme lead draws it again."
    ),
    Standing.TO_MARK_AGAIN: (
        "The moderator asked for marks of this set to be given again. Once they are final, a "
        "programme lead draws a new sample."
    ),
    Standing.MODERATED: None,
}


def standing_of(chapters: Sequence[Chapter]) -> Standing:
    """Where a mark stands; its sets come in their order, the newest last."""
    if not chapters:
        return Standing.NOT_DRAWN
    last = chapters[-1]
    if last.action is not None and last.action.reopens:
        return Standing.TO_MARK_AGAIN
    if not last.is_same:
        return Standing.CORRECTED
    return Standing.IN_MODERATION if last.action is None else Standing.MODERATED


def scaling_of(chapters: Sequence[Chapter]) -> int:
    """By how much the mark is moved.

    A mark that was corrected keeps the scaling of the set it came from; marking again ends it.
    """
    for chapter in reversed(chapters):
        if chapter.action is Action.SCALE:
            return chapter.by_marks
        if chapter.action is not None and chapter.action.reopens:
            return 0
    return 0


def why_not_decide(
    choice: Choice, *, unseen: int, markers: Collection[int], size: int
) -> dict[str, str]:
    """What stands against a decision: field → sentence; the field "form" is about the whole."""
    against = {}
    if unseen and not choice.action.reopens:
        left = "1 sampled script" if unseen == 1 else f"{unseen} sampled scripts"
        against["decision"] = f"Look at every sampled script first: {left} left."
    if choice.action is not Action.CONFIRM and not choice.rationale.strip():
        against["rationale"] = "Say why, for the markers, the examiner and the board."
    if choice.action is Action.REMARK_MARKER and choice.marker_id not in markers:
        against["marker"] = "Choose the marker whose share is marked again."
    if choice.action is Action.SCALE:
        if size < FEWEST:
            against["decision"] = "This set is one script, and no script is moved alone."
        if not choice.by_marks or abs(choice.by_marks) > FURTHEST:
            against["by_marks"] = (
                f"Say by how many marks, from -{FURTHEST} to {FURTHEST} and not 0."
            )
    return against


@dataclass(frozen=True, slots=True)
class Share:
    """One marker's marks of a set."""

    marker_id: int
    marks: tuple[int, ...]
    sampled: int

    @property
    def mean(self) -> float:
        """Their mean, for one decimal on a page."""
        return sum(self.marks) / len(self.marks)


@dataclass(frozen=True, slots=True)
class Dot:
    """One mark in a plot: `height` counts equal marks of one marker upwards from 0."""

    mark: int
    height: int
    is_sampled: bool


def shares(found: Iterable[tuple[int, int, bool]]) -> list[Share]:
    """The shares of the markers, from (marker, mark, whether it is sampled)."""
    by_marker: dict[int, list[tuple[int, bool]]] = {}
    for marker_id, mark, sampled in found:
        by_marker.setdefault(marker_id, []).append((mark, sampled))
    return [
        Share(marker, tuple(sorted(mark for mark, _ in own)), sum(hit for _, hit in own))
        for marker, own in sorted(by_marker.items())
    ]


def dots(found: Iterable[tuple[int, bool]]) -> list[Dot]:
    """Where the marks of one marker stand, from (mark, whether it is sampled)."""
    heights: dict[int, int] = {}
    placed = []
    for mark, sampled in sorted(found, key=lambda one: (one[0], not one[1])):
        placed.append(Dot(mark, heights.get(mark, 0), sampled))
        heights[mark] = heights.get(mark, 0) + 1
    return placed
