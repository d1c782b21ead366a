"""When a board may sit, what it may say of a result, and when its minutes may be locked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class BoardState(StrEnum):
    """The life of a board."""

    PLANNED = "planned"
    PAPERS_READY = "papers_ready"
    HELD = "held"
    MINUTED = "minuted"


class Act(StrEnum):
    """What people do with a board."""

    DRAW_UP = "draw_up"  # the papers; again and again until the board sits
    ADD = "add"  # a result that is confirmed already
    SIT = "sit"
    DECIDE = "decide"
    LOCK = "lock"


AFTER: dict[Act, dict[BoardState, BoardState]] = {
    Act.DRAW_UP: {
        BoardState.PLANNED: BoardState.PAPERS_READY,
        BoardState.PAPERS_READY: BoardState.PAPERS_READY,
    },
    Act.ADD: {
        BoardState.PLANNED: BoardState.PAPERS_READY,
        BoardState.PAPERS_READY: BoardState.PAPERS_READY,
    },
    Act.SIT: {BoardState.PAPERS_READY: BoardState.HELD},
    Act.DECIDE: {BoardState.HELD: BoardState.HELD},
    Act.LOCK: {BoardState.HELD: BoardState.MINUTED},
}
NOT_NOW = {
    BoardState.PLANNED: "The papers are not drawn up yet.",
    BoardState.PAPERS_READY: "The board has not met yet.",
    BoardState.HELD: "The board has met, so its papers stay as they are.",
    BoardState.MINUTED: "The minutes are locked. Only a later board can change this.",
}


def why_not(act: Act, state: str) -> str | None:
    """Why an act makes no sense in this state."""
    found = BoardState(state)
    return None if found in AFTER[act] else NOT_NOW[found]


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who takes part in a board, as far as the rules ask."""

    is_meeting: bool  # or an action of the chair alone
    quorum: int
    members: Collection[str]  # with the chair
    chair_id: int | None
    markers: Collection[int]  # who judged or moderated what is on the table
    examiner: str  # absent, present or consulted


def why_not_sit(sitting: Sitting) -> dict[str, str]:
    """What stands against deciding anything: field → sentence."""
    against = {}
    if sitting.chair_id is None:
        against["chair"] = "Choose who chairs."
    elif sitting.chair_id in sitting.markers:
        against["chair"] = (
            "Whoever marked or moderated work on the table may not chair. Choose somebody else."
        )
    present = len(set(sitting.members))
    if sitting.is_meeting and present < sitting.quorum:
        against["members"] = (
            f"The quorum is {sitting.quorum}, and {present} "
            f"{'is' if present == 1 else 'are'} present with the chair."
        )
    if sitting.examiner not in {"present", "consulted"}:
        against["examiner"] = "The external examiner has to be present, or consulted beforehand."
    return against


class Saying(StrEnum):
    """What a board may say of one result."""

    RATIFY = "ratify"
    DEFER = "defer"
    CHANGE = "change"
    COMPENSATE = "compensate"


@dataclass(frozen=True, slots=True)
class OnTable:
    """One result as it lies before the board."""

    mark: int
    blocked: str | None  # held, recalled or released anew: only deferral is left
    no_compensation: str | None  # what the programme's rule has against it


def why_not_say(
    saying: Saying, result: OnTable, mark: int | None, rationale: str
) -> dict[str, str]:
    """What stands against a decision: field → sentence."""
    against = {}
    if saying is not Saying.DEFER and result.blocked:
        against["decision"] = f"{result.blocked} The board can only defer it."
    elif saying is Saying.COMPENSATE and result.no_compensation:
        against["decision"] = result.no_compensation
    if saying is Saying.CHANGE:
        if mark is None:
            against["mark"] = "Give the new mark as a whole number from 0 to 100."
        elif mark == result.mark:
            against["mark"] = f"The mark is {mark} already. Confirm it, or give another."
    if saying is not Saying.RATIFY and not rationale.strip():
        against["rationale"] = "Give the reason, as the minutes will have it."
    return against
