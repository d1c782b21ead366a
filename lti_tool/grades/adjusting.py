"""From the judged mark to the one that counts: each step with its rule and its words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lti_tool.evidence.models import Attempt


@dataclass(frozen=True)
class Step:
    """One number on the way, in words that the participant reads."""

    rule: str  # judged, moderation, late_penalty, resit_cap
    mark: int  # after this step
    says: str


@dataclass(frozen=True)
class Adjusted:
    """The mark that counts, and how it was formed."""

    mark: int
    steps: tuple[Step, ...]

    def stored(self) -> list[dict[str, Any]]:
        """The steps as a grade keeps them."""
        return [asdict(step) for step in self.steps]


def adjusted(attempt: Attempt, judged: int) -> Adjusted:
    """Apply the rules of the participant's programme, in their order."""
    return Adjusted(judged, (Step("judged", judged, f"The markers judged the work at {judged}."),))
