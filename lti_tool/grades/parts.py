"""What somebody is to a submission: whoever had a part in the work does not judge it."""

from __future__ import annotations

from sqlalchemy import Select, exists, select

from lti_tool.db import db
from lti_tool.evidence.models import Attempt, AttemptItem, Attestation, EvidenceVersion
from lti_tool.grades.by_number import moderated_by
from lti_tool.grades.models import Mark
from lti_tool.grades.moderation_models import ModerationMember
from lti_tool.grades.rules.judging import Judge
from lti_tool.identity import Viewer
from lti_tool.people.visibility import current_allocation


def judge_of(viewer: Viewer, attempt: Attempt, mark: Mark | None) -> Judge:
    """What the viewer is to this attempt."""
    participant = attempt.participant
    coached = current_allocation(participant.id, viewer.user_id, "coach")
    return Judge(
        role=viewer.role,
        is_participant=participant.user_id == viewer.user_id,
        is_coach=coached is not None,
        has_attested=_has_answered(viewer, attempt),
        has_written=_has_written(viewer, attempt),
        is_marker=mark is not None and mark.marker_id == viewer.user_id,
        has_moderated=has_moderated(viewer, attempt),
    )


def _has_answered(viewer: Viewer, attempt: Attempt) -> bool:
    """Whether the viewer ever signed for any of this evidence, or sent it back."""
    answers = exists().where(
        Attestation.version_id.in_(_versions_behind(attempt)),
        Attestation.coach_id == viewer.user_id,
    )
    return bool(db.session.scalar(select(answers)))


def _has_written(viewer: Viewer, attempt: Attempt) -> bool:
    written = exists().where(
        EvidenceVersion.id.in_(_versions_behind(attempt)),
        EvidenceVersion.author_id == viewer.user_id,
    )
    return bool(db.session.scalar(select(written)))


def has_moderated(viewer: Viewer, attempt: Attempt) -> bool:
    """Whether the viewer was ever asked to moderate a set that this attempt was in."""
    sets = moderated_by(viewer).where(ModerationMember.attempt_id == attempt.id)
    return bool(db.session.scalar(select(sets.exists())))


def _versions_behind(attempt: Attempt) -> Select[int]:
    """All versions of what an attempt holds: whoever had a part in one had a part in the work."""
    held = (
        select(EvidenceVersion.item_id)
        .join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .where(AttemptItem.attempt_id == attempt.id)
    )
    return select(EvidenceVersion.id).where(EvidenceVersion.item_id.in_(held))
