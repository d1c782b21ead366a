"""What the markers of an attempt have come to: one mark to release, or why there is none yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.evidence.models import Attempt
from lti_tool.grades.marking import find_mark, module_of
from lti_tool.programme.definition import MarkingPolicy

SECOND_MARKER_MISSING = (
    "This module is marked double blind; releasing it needs a second marker, "
    "which this version does not do yet."
)


@dataclass(frozen=True)
class Outcome:
    """The judged mark of an attempt, before any adjustment."""

    mark: int
    feedback: str
    criteria: Mapping[str, str]
    root_hash: str  # of the snapshot that was judged


def outcome_of(attempt: Attempt) -> Outcome | None:
    """The mark that the markers stand by, or None while they are not done."""
    mark = find_mark(attempt, to_change=True)
    if mark is None or mark.state != "final" or mark.mark is None:
        return None
    return Outcome(mark.mark, mark.feedback, mark.criteria, mark.root_hash)


def why_not_settled(attempt: Attempt) -> str | None:
    """What the markers still owe, in a sentence; None when there is one mark."""
    if module_of(attempt).marking is MarkingPolicy.DOUBLE_BLIND:
        return SECOND_MARKER_MISSING
    if outcome_of(attempt) is None:
        return "This mark is still a draft. Make it final before you release it."
    return None
