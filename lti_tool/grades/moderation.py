"""What moderation of a module's marks has come to, as far as one attempt is concerned."""

from __future__ import annotations

from lti_tool.evidence.models import Attempt
from lti_tool.grades.marking import module_of
from lti_tool.programme.definition import MarkingPolicy

NOT_MODERATED = (
    "This module's marks are moderated by a sample before they are released, "
    "which this version does not do yet."
)


def why_not_yet(attempt: Attempt) -> str | None:
    """What the moderation of this attempt's marks still waits for, in a sentence."""
    return NOT_MODERATED if module_of(attempt).marking is MarkingPolicy.SAMPLED else None


def scaling_of(attempt: Attempt) -> int:
    """By how many marks the moderator moved the whole set that this attempt belongs to."""
    return 0
