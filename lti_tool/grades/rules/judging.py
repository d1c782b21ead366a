"""Who may mark, see and release. Each rule answers with the reason against it, or None."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.identity import STAFF, Role


@dataclass(frozen=True)
class Judge:
    """What a person is to one attempt."""

    role: Role
    is_participant: bool = False
    is_coach: bool = False
    has_attested: bool = False  # signed for some version of it, or sent one back
    has_written: bool = False
    is_marker: bool = False
    has_moderated: bool = False  # or was asked to


def why_not_mark(judge: Judge, *, other_marker: str | None = None) -> str | None:
    """Marks are given by staff alone, and by nobody who had a part in the work."""
    if judge.role not in STAFF:
        return "Only tutors and programme leads mark."
    if judge.is_participant:
        return "Nobody marks their own work."
    if judge.is_coach:
        return "You coach this participant, so another tutor has to mark this work."
    if judge.has_attested:
        return "You attested evidence in this work, so another tutor has to mark it."
    if judge.has_written:
        return "You wrote evidence in this work, so another tutor has to mark it."
    if judge.has_moderated:
        return "You moderate marks of this module with this one, so another tutor has to mark it."
    if other_marker is not None and not judge.is_marker:
        return f"{other_marker} is marking this work."
    return None


def why_not_finalise(mark: int | None, feedback: str) -> dict[str, str]:
    """What a mark lacks before it can be final: field → sentence."""
    lacking = {}
    if mark is None:
        lacking["mark"] = "Enter a mark from 0 to 100."
    if not feedback.strip():
        lacking["feedback"] = "Write feedback to the participant before you make the mark final."
    return lacking


def why_not_release(judge: Judge) -> str | None:
    """Whoever marked the work may release its mark, once it may go, and so may a lead."""
    if judge.role not in STAFF:
        return "Only tutors and programme leads release marks."
    if judge.is_participant:
        return "Nobody releases their own mark."
    if judge.is_coach or judge.has_attested or judge.has_written:
        return "You have a part in this work, so a programme lead who has none releases its mark."
    if not (judge.is_marker or judge.role is Role.LEAD):
        return "Only the tutor who marked this work, or a programme lead, may release it."
    return None
