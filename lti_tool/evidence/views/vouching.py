"""What the page of an item says of those who vouched for it, and shows to whoever is asked to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lti_tool.evidence import changes
from lti_tool.evidence.models import Attestation, EvidenceItem, EvidenceVersion
from lti_tool.evidence.receipts import number_of
from lti_tool.evidence.revoking import may_take_back
from lti_tool.evidence.standing import REASONS, Standing, standing, word_of
from lti_tool.identity import Role, Viewer


@dataclass(frozen=True, slots=True)
class Said:
    """A coach's word, and how it stands towards the newest version."""

    attestation: Attestation
    version: EvidenceVersion
    standing: Standing
    receipt: str
    may_take_back: bool


def vouching_on(
    viewer: Viewer,
    item: EvidenceItem,
    version: EvidenceVersion,
    versions: Sequence[EvidenceVersion],
) -> dict[str, Any]:
    """What coaches said of the versions that are shown, the newest first; and what is new since."""
    current = item.current
    seen = changes.seen_before(viewer, versions, version) if viewer.role is Role.COACH else None
    return {
        "said": [
            Said(
                one,
                each,
                standing(word_of(one), current.number, current.content_hash),
                number_of(one),
                may_take_back(viewer, one),
            )
            for each in reversed(versions)
            for one in reversed(each.attestations)
        ],
        "reasons": REASONS,
        "seen": seen,
        "changes": changes.between(seen, version) if seen else [],
    }
