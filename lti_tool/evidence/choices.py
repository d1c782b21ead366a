"""What other forms may ask about a participant's evidence without knowing what evidence is."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.evidence.items import visible_items
from lti_tool.evidence.models import Attempt, EvidenceItem
from lti_tool.evidence.rules import PRIVATE
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant

MOST = 200


def evidence_choices(viewer: Viewer, participant_id: int) -> dict[int, str]:
    """Shared evidence about a participant that this viewer may see: id → title, newest first."""
    found = db.session.scalars(
        visible_items(viewer)
        .where(EvidenceItem.participant_id == participant_id, EvidenceItem.state.not_in(PRIVATE))
        .options(joinedload(EvidenceItem.current))
        .order_by(EvidenceItem.id.desc())
        .limit(MOST)
    )
    return {item.id: item.current.title for item in found}


def submitted_modules(participant: Participant) -> frozenset[str]:
    """The modules that a participant has handed in, whatever became of them."""
    codes = select(Attempt.module_code).where(Attempt.participant_id == participant.id)
    return frozenset(db.session.scalars(codes))
