"""Who may moderate a set of marks: somebody of the course's staff without a part in the work."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.evidence.models import Attempt, AttemptItem, Attestation, EvidenceVersion
from lti_tool.grades.chain_models import MarkerAllocation
from lti_tool.grades.models import Mark
from lti_tool.grades.moderation_models import ModerationBatch, Moderator
from lti_tool.identity import STAFF, Viewer
from lti_tool.people.models import Allocation, CourseMember, Participant, User
from lti_tool.people.roster import members
from lti_tool.people.visibility import is_current


def staff_of_course(viewer: Viewer) -> list[User]:
    """Whom the lead can ask: those who teach in this course, by name."""
    query = members(viewer).where(
        CourseMember.role.in_([role.value for role in STAFF]),
        CourseMember.is_test_user.is_(False),
    )
    return [member.user for member in db.session.scalars(query)]


def involved(attempt_ids: Collection[int]) -> dict[int, str]:
    """user id → which part they have in some of this work. Each question is asked once for all."""
    versions = _versions_behind(attempt_ids)
    questions: list[tuple[Select[int], str]] = [
        (
            select(Mark.marker_id).where(Mark.attempt_id.in_(attempt_ids)),
            "marked some of this work",
        ),
        (
            select(MarkerAllocation.marker_id).where(
                MarkerAllocation.attempt_id.in_(attempt_ids), MarkerAllocation.ended_at.is_(None)
            ),
            "marks some of this work",
        ),
        (
            select(Attestation.coach_id).where(Attestation.version_id.in_(versions)),
            "attested evidence in some of this work",
        ),
        (
            select(EvidenceVersion.author_id).where(EvidenceVersion.id.in_(versions)),
            "wrote evidence in some of this work",
        ),
        (
            select(Allocation.user_id)
            .join(Attempt, Attempt.participant_id == Allocation.participant_id)
            .where(Attempt.id.in_(attempt_ids), Allocation.kind == "coach", is_current()),
            "coaches somebody whose work is among this",
        ),
        (
            select(Participant.user_id)
            .join(Attempt, Attempt.participant_id == Participant.id)
            .where(Attempt.id.in_(attempt_ids)),
            "handed in some of this work",
        ),
    ]
    found: dict[int, str] = {}
    for query, words in questions:
        for user_id in db.session.scalars(query.distinct()):
            found.setdefault(user_id, words)
    return found


def appoint(
    viewer: Viewer, batch: ModerationBatch, user_id: int | None, attempt_ids: Collection[int]
) -> User:
    """Make somebody the moderator of a set; the last one counts."""
    chosen = next((one for one in staff_of_course(viewer) if one.id == user_id), None)
    if chosen is None:
        raise Invalid("Choose one of the people who teach in this course.", field="moderator")
    if part := involved(attempt_ids).get(chosen.id):
        raise Invalid(
            f"{chosen.name} {part}, and nobody moderates what they have a part in. "
            "Choose somebody else.",
            field="moderator",
        )
    db.session.add(
        Moderator(
            batch_id=batch.id,
            user_id=chosen.id,
            appointed_by_id=viewer.user_id,
            appointed_at=now(),
        )
    )
    db.session.flush()
    return chosen


def _versions_behind(attempt_ids: Collection[int]) -> Select[int]:
    held = (
        select(EvidenceVersion.item_id)
        .join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .where(AttemptItem.attempt_id.in_(attempt_ids))
    )
    return select(EvidenceVersion.id).where(EvidenceVersion.item_id.in_(held))
