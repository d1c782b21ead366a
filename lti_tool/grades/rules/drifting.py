"""What a cell that was confirmed shows now, against what was sent or taken back."""

from __future__ import annotations

from lti_tool.grades.rules.reading import Seen, shows
from lti_tool.grades.scale import in_words


def what_differs(mark: int, seen: Seen | None, *, is_recalled: bool) -> str | None:
    """How the gradebook differs, in a sentence; None where it says what the tool says."""
    if seen is None or seen.score is None:
        return None if is_recalled else "The gradebook shows no mark any more."
    shown = in_words(seen.score, seen.maximum)
    if is_recalled:
        return f"The gradebook shows {shown}, though the mark was taken back."
    return None if shows(mark, seen) else f"The gradebook shows {shown} instead."
