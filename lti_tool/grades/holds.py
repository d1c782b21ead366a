"""What holds back every release about a person until it is settled."""

from __future__ import annotations

from lti_tool.evidence.models import Attempt


def why_held(attempt: Attempt) -> str | None:
    """That results of this participant are held, in a sentence without the reason; or None."""
    return None
