"""What the gradebook shows, against what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lti_tool.grades.scale import in_words, is_same_mark


@dataclass(frozen=True)
class Seen:
    """A result as read back. A platform may tell no time (Canvas), or hold no score."""

    score: float | None = None
    maximum: float | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """Where a delivery stands after reading back, with a sentence where somebody has to act."""

    state: str
    sentence: str | None = None


def verdict_on(mark: int, seen: Seen | None, *, was_taken: bool) -> Verdict:
    """Confirmed only where the gradebook shows the mark that was sent."""
    if seen is not None and is_same_mark(mark, seen.score, seen.maximum):
        return Verdict("confirmed")
    shown = _shown(seen)
    if not was_taken:
        return Verdict(
            "conflict",
            f"The gradebook has a later entry and shows {shown}. Leave it, or send this mark again "
            "to put it in its place.",
        )
    if seen is None or seen.score is None:
        return Verdict(
            "kept",
            "The gradebook took the mark but shows none. Look whether a grade was entered there by "
            "hand or is hidden, then send it again.",
        )
    return Verdict(
        "kept",
        f"The gradebook kept {shown}, which somebody entered there by hand. Remove that entry (in "
        "Moodle: the override) in the gradebook and send this mark again, or leave it as it is.",
    )


def verdict_on_recall(seen: Seen | None, *, was_ours: bool) -> Verdict:
    """Where a recall stands after reading back: done only where the gradebook shows no mark."""
    if is_empty(seen):
        return Verdict("confirmed")
    if was_ours:
        return Verdict(
            "kept",
            f"The gradebook still shows {_shown(seen)}. Remove the entry there by hand (in Moodle: "
            "the override), then press “Send again” to have it looked at once more.",
        )
    return Verdict(
        "conflict",
        f"The gradebook shows {_shown(seen)}, which is not the mark that was taken back, so it was "
        "left alone. If it should go, remove it there by hand, then press “Send again” to have it "
        "looked at once more.",
    )


def is_empty(seen: Seen | None) -> bool:
    """Whether the gradebook holds no mark for the person."""
    return seen is None or seen.score is None


def shows(mark: int, seen: Seen | None) -> bool:
    """Whether the gradebook shows this mark."""
    return seen is not None and is_same_mark(mark, seen.score, seen.maximum)


def has_arrived(mark: int, seen: Seen | None, stamp: datetime | None) -> bool:
    """Whether an earlier try, cut short, did reach the gradebook after all.

    Where the platform tells time, an equal mark with another time is somebody else's.
    """
    if seen is None or not is_same_mark(mark, seen.score, seen.maximum):
        return False
    if seen.at is None:
        return True
    return stamp is not None and int(seen.at.timestamp()) == int(stamp.timestamp())


def _shown(seen: Seen | None) -> str:
    if seen is None or seen.score is None:
        return "no mark"
    return in_words(seen.score, seen.maximum)
