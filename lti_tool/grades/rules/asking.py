"""Who decides about extensions and circumstances, and who may read why they are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.identity import STAFF, Role

EXTENSION = "extension"
CIRCUMSTANCES = "circumstances"
# What can be answered, by kind, in the words of the form.
OUTCOMES = {
    EXTENSION: {"extension": "Grant it", "refused": "Do not grant it"},
    CIRCUMSTANCES: {
        "extension": "Accept: a new due date",
        "penalty_removed": "Accept: no marks are taken off for being late",
        "deferral": "Accept: defer this attempt, so that the next one is a first attempt",
        "refused": "Do not accept",
    },
}


@dataclass(frozen=True)
class Reader:
    """What somebody is to one request."""

    role: Role
    is_own: bool = False
    is_marker: bool = False  # of the attempt that it is about
    has_decided: bool = False


def may_see(kind: str, reader: Reader) -> bool:
    """That there is a request, and what became of it; of circumstances a tutor learns nothing."""
    return reader.is_own or reader.role is Role.LEAD or (
        kind == EXTENSION and reader.role is Role.TUTOR
    )  # fmt: skip


def may_read_reason(
    kind: str, reader: Reader, *, is_decided: bool, is_taken_back: bool = False
) -> bool:
    """Why somebody asks is for them, for whoever decides and for leads, and never for a marker.

    Once it is taken back nobody needs it any more but themself.
    """
    if reader.is_own or reader.has_decided:
        return True
    if is_taken_back or reader.is_marker or not may_see(kind, reader):
        return False
    return reader.role is Role.LEAD or not is_decided


def why_not_take_back(reader: Reader, *, is_decided: bool, is_taken_back: bool) -> str | None:
    """Why this person does not take the request back now, or None."""
    if not reader.is_own:
        return "Only whoever asked takes a request back."
    if is_taken_back:
        return "You have taken this back already."
    if is_decided:
        return "This is decided already, so it stays. Talk to whoever decided it."
    return None


def why_not_decide(kind: str, reader: Reader) -> str | None:
    """Why this person does not decide, or None."""
    if reader.is_own:
        return "Nobody decides about their own request."
    if reader.role not in STAFF:
        return "Tutors and programme leads decide about extensions."
    if kind == CIRCUMSTANCES and reader.role is not Role.LEAD:
        return "The programme lead decides about circumstances."
    if reader.is_marker:
        return "You mark this work, so somebody else decides this."
    return None


def why_not_answer(
    kind: str,
    outcome: str,
    *,
    before: str | None,
    is_handed_in: bool,
    is_passed: bool = False,
    is_ratified: bool = False,
) -> str | None:
    """Why this answer cannot be given now; `before` is the outcome that it would replace."""
    if outcome not in OUTCOMES[kind]:
        return "Choose one of the answers."
    if is_ratified and outcome != "refused":
        return "The board has confirmed this result, so that only the board can change it."
    if before == "deferral":
        return "This attempt was deferred. That stands."
    if before == "extension" and outcome == "refused":
        return "What was granted can be given another date, but not be taken back."
    if outcome == "deferral" and is_handed_in and is_passed:
        return "This attempt is passed, so there is nothing to defer."
    return None
