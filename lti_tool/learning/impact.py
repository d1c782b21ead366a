"""Keep what a teacher's practice changed for pupils: a further version with each change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.learning.models import ImpactRecord
from lti_tool.people.models import Participant

CONFIDENCE = {
    "low": "Low: a first sign, and much else could explain it",
    "medium": "Medium: several signs point the same way",
    "high": "High: well supported, and other explanations are unlikely",
}


@dataclass(frozen=True, slots=True)
class Impact:
    """What an impact record says. While it is being written, parts may be empty."""

    baseline: str = ""
    change: str = ""
    outcome: str = ""
    group_size: int | None = None
    source: str = ""
    explanations: str = ""
    confidence: str | None = None

    @property
    def is_empty(self) -> bool:
        return not any(asdict(self).values())

    @property
    def is_complete(self) -> bool:
        return all(asdict(self).values())

    @property
    def content_hash(self) -> str:
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def impact_of(kept: ImpactRecord | None) -> Impact:
    """What a stored version says."""
    if kept is None:
        return Impact()
    return Impact(**{name: getattr(kept, name) for name in Impact.__dataclass_fields__})


def keep_impact(
    viewer: Viewer, participant: Participant, impact: Impact, earlier: ImpactRecord | None = None
) -> ImpactRecord | None:
    """The stored version that says this: the earlier one if nothing changed, else a new one."""
    if earlier is None and impact.is_empty:
        return None
    if earlier is not None and earlier.content_hash == impact.content_hash:
        return earlier
    kept = ImpactRecord(
        participant_id=participant.id,
        author_id=viewer.user_id,
        first_id=(earlier.first_id or earlier.id) if earlier else None,
        number=earlier.number + 1 if earlier else 1,
        created_at=now(),
        content_hash=impact.content_hash,
        **asdict(impact),
    )
    db.session.add(kept)
    record(
        viewer, "impact.recorded", kept, participant_id=participant.id, version=kept.number
    )  # fmt: skip
    return kept
