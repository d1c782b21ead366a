"""What somebody is told of how far the markers are: of a blind pair no more than they may know."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from lti_tool.grades.rules.chain import FIRST, PAIR, SECOND, Progress, State, state_of


class Told(StrEnum):
    """Where the work stands, besides the states of the chain."""

    LACKS_SECOND = "lacks_second"  # somebody marks it first, and nobody second
    WITH_BOTH = "with_both"  # it has its two markers, and that is all to be known
    BEING_MARKED = "being_marked"  # somebody has begun, and no mark is final
    FINAL = "final"  # the only marker's


def told_state(
    progress: Progress, own: str | None, taken: Collection[str], *, knows_markers: bool
) -> State | Told:
    """How far the work is, as somebody may know who marks it as `own` (None: nobody here).

    Whose own mark of a pair is final knows that the other's is not, as both would be told then.
    """
    if not progress.is_double:
        return _of_one(progress)
    if progress.is_revealed:
        return state_of(progress)
    if own is not None:
        return _of_own(progress, own)
    if not knows_markers:
        return _of_pair(taken)
    state = state_of(progress)
    return Told.BEING_MARKED if state is State.IN_MARKING else state


def _of_one(progress: Progress) -> State | Told:
    state = state_of(progress)
    return Told.FINAL if state is State.FIRST_MARKED else state


def _of_own(progress: Progress, own: str) -> State:
    if own not in progress.marks:
        return State.ALLOCATED
    if progress.marks[own] != "final":
        return State.IN_MARKING
    return State.FIRST_MARKED if own == FIRST else State.SECOND_MARKED


def _of_pair(taken: Collection[str]) -> State | Told:
    """What a tutor needs who may yet take a part, and no more."""
    if all(role in taken for role in PAIR):
        return Told.WITH_BOTH
    return Told.LACKS_SECOND if FIRST in taken and SECOND not in taken else State.ALLOCATED
