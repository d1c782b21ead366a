"""Whether somebody is to know whose evidence it is: those who judge it by number are not."""

from __future__ import annotations

from sqlalchemy import exists, or_, select

from lti_tool.db import db
from lti_tool.evidence.models import AttemptItem, EvidenceVersion
from lti_tool.grades.chain_models import MarkerAllocation
from lti_tool.grades.moderation_models import ModerationMember, Moderator
from lti_tool.grades.rules.chain import SECOND, THIRD
from lti_tool.identity import Viewer


def reads_by_number(viewer: Viewer, item_id: int) -> bool:
    """Whether the viewer is second or third marker, or moderator, of work with this evidence."""
    if not viewer.is_staff:
        return False
    holding = (
        select(AttemptItem.attempt_id)
        .join(EvidenceVersion, EvidenceVersion.id == AttemptItem.version_id)
        .where(EvidenceVersion.item_id == item_id)
    )
    marks = exists().where(
        MarkerAllocation.attempt_id.in_(holding),
        MarkerAllocation.marker_id == viewer.user_id,
        MarkerAllocation.marking_role.in_([SECOND, THIRD]),
        MarkerAllocation.ended_at.is_(None),
    )
    moderates = exists().where(
        Moderator.user_id == viewer.user_id,
        Moderator.batch_id == ModerationMember.batch_id,
        ModerationMember.attempt_id.in_(holding),
    )
    return bool(db.session.scalar(select(or_(marks, moderates))))
