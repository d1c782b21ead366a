"""The evidence that a learning plan counts by strand and chooses from, as a plan asks for it."""

from __future__ import annotations

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.evidence.facts import is_current, is_signed
from lti_tool.evidence.items import visible_items
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion, StrandClaim
from lti_tool.evidence.rules import State
from lti_tool.identity import Viewer
from lti_tool.learning.targets import EvidenceChoice


def plan_evidence(viewer: Viewer, participant_id: int) -> list[EvidenceChoice]:
    """What this viewer may see about one participant and is not withdrawn, the newest last."""
    shown = (
        visible_items(viewer)
        .where(EvidenceItem.participant_id == participant_id, EvidenceItem.state != State.WITHDRAWN)
        .with_only_columns(EvidenceItem.id)
    )
    rows = db.session.execute(
        select(EvidenceItem.id, EvidenceVersion, is_signed())
        .join(EvidenceVersion, is_current())
        .where(EvidenceItem.id.in_(shown))
        .order_by(EvidenceItem.id)
    ).all()
    strands: dict[int, list[str]] = {}
    claims = select(StrandClaim.version_id, StrandClaim.strand).where(
        StrandClaim.version_id.in_([version.id for _, version, _ in rows])
    )
    for version_id, strand in db.session.execute(claims.order_by(StrandClaim.strand)):
        strands.setdefault(version_id, []).append(strand)
    return [
        EvidenceChoice(
            id=item_id,
            title=version.title,
            strands=tuple(strands.get(version.id, ())),
            activity_on=version.activity_on,
            is_attested=bool(signed),
        )
        for item_id, version, signed in rows
    ]
