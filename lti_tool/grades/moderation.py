"""What moderation of a module's marks has come to, as far as single attempts are concerned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.marking import FIRST, module_of
from lti_tool.grades.models import Mark
from lti_tool.grades.moderation_models import (
    ModerationDecision,
    ModerationLook,
    ModerationMember,
)
from lti_tool.grades.rules import moderating as rules
from lti_tool.grades.rules.moderating import Action, Chapter, Standing
from lti_tool.identity import Viewer
from lti_tool.programme.definition import MarkingPolicy


@dataclass(frozen=True)
class Note:
    """What a moderator noted on a script; of whom it is, nobody needs to know here."""

    text: str
    written_at: datetime


@dataclass(frozen=True)
class Verdict:
    """What was decided about a set that an attempt was in."""

    action: Action
    by_marks: int | None
    rationale: str
    decided_at: datetime
    is_meant: bool  # whether it is about this attempt: a re-marking may be about one marker's


def is_sampled(attempt: Attempt) -> bool:
    """Whether this participant's programme has the module's marks moderated by a sample."""
    return module_of(attempt).marking is MarkingPolicy.SAMPLED


def why_not_yet(attempt: Attempt) -> str | None:
    """What the moderation of this attempt's marks still waits for, in a sentence."""
    if not is_sampled(attempt):
        return None
    return rules.WAITS[standings([attempt.id])[attempt.id]]


def scaling_of(attempt: Attempt) -> int:
    """By how many marks the moderator moved the whole set that this attempt belongs to."""
    if not is_sampled(attempt):
        return 0
    return rules.scaling_of(_chapters([attempt.id]).get(attempt.id, []))


def standings(attempt_ids: Collection[int]) -> dict[int, Standing]:
    """Where the marks of these attempts stand. Two queries."""
    chapters = _chapters(attempt_ids)
    return {each: rules.standing_of(chapters.get(each, [])) for each in attempt_ids}


def sample_reasons(attempt_ids: Collection[int]) -> dict[int, list[str]]:
    """attempt id → why it was looked at, without names; only those that were in a sample."""
    found: dict[int, list[str]] = {}
    rows = db.session.execute(
        select(ModerationMember.attempt_id, ModerationMember.reasons)
        .where(ModerationMember.attempt_id.in_(attempt_ids))
        .order_by(ModerationMember.number)
    )
    for attempt_id, reasons in rows:
        if reasons:
            known = found.setdefault(attempt_id, [])
            known.extend(one for one in reasons if one not in known)
    return found


def notes_on(attempt_ids: Collection[int]) -> dict[int, list[Note]]:
    """attempt id → what moderators noted on the script, the oldest first, without names."""
    found: dict[int, list[Note]] = {}
    rows = db.session.execute(
        select(ModerationMember.attempt_id, ModerationLook.note, ModerationLook.looked_at)
        .join(ModerationMember, ModerationMember.id == ModerationLook.member_id)
        .where(ModerationMember.attempt_id.in_(attempt_ids), ModerationLook.note != "")
        .order_by(ModerationLook.id)
    )
    for attempt_id, text, moment in rows:
        found.setdefault(attempt_id, []).append(Note(text, moment))
    return found


def verdicts_on(attempt_ids: Collection[int]) -> dict[int, list[Verdict]]:
    """attempt id → what was decided about its sets, the oldest first, without names."""
    found: dict[int, list[Verdict]] = {}
    rows = db.session.execute(
        select(ModerationMember.attempt_id, ModerationMember.marker_id, ModerationDecision)
        .join(ModerationDecision, ModerationDecision.batch_id == ModerationMember.batch_id)
        .where(ModerationMember.attempt_id.in_(attempt_ids))
        .order_by(ModerationMember.number)
    )
    for attempt_id, marker_id, decision in rows:
        is_meant = decision.marker_id in {None, marker_id}
        found.setdefault(attempt_id, []).append(
            Verdict(
                Action(decision.action), decision.by_marks, decision.rationale,
                decision.decided_at, is_meant,
            )
        )  # fmt: skip
    return found


def count_to_mark_again(viewer: Viewer) -> int:
    """How many of the viewer's marks a moderator asked for again, that are not final yet."""
    later = aliased(ModerationMember)
    meant = (
        select(ModerationMember.attempt_id)
        .join(ModerationDecision, ModerationDecision.batch_id == ModerationMember.batch_id)
        .where(
            ModerationDecision.action.in_([one.value for one in Action if one.reopens]),
            or_(
                ModerationDecision.marker_id.is_(None),
                ModerationDecision.marker_id == ModerationMember.marker_id,
            ),
            ~exists().where(
                later.attempt_id == ModerationMember.attempt_id,
                later.number > ModerationMember.number,
            ),
        )
    )
    own = select(func.count(Mark.id)).where(
        Mark.marker_id == viewer.user_id,
        Mark.marking_role == FIRST,
        Mark.state == "draft",
        Mark.attempt_id.in_(meant),
    )
    return db.session.scalar(own) or 0


def _chapters(attempt_ids: Collection[int]) -> dict[int, list[Chapter]]:
    """attempt id → the sets it was in, the newest last."""
    marks = {
        row.attempt_id: (row.mark, row.marker_id, row.root_hash)
        for row in db.session.execute(
            select(Mark.attempt_id, Mark.mark, Mark.marker_id, Mark.root_hash).where(
                Mark.attempt_id.in_(attempt_ids),
                Mark.marking_role == FIRST,
                Mark.state == "final",
            )
        )
    }
    found: dict[int, list[Chapter]] = {}
    rows = db.session.execute(
        select(ModerationMember, ModerationDecision.action, ModerationDecision.by_marks)
        .outerjoin(ModerationDecision, ModerationDecision.batch_id == ModerationMember.batch_id)
        .where(ModerationMember.attempt_id.in_(attempt_ids))
        .order_by(ModerationMember.number)
    )
    for member, action, by_marks in rows:
        drawn = (member.mark, member.marker_id, member.root_hash)
        found.setdefault(member.attempt_id, []).append(
            Chapter(
                Action(action) if action else None,
                by_marks or 0,
                is_same=marks.get(member.attempt_id) == drawn,
            )
        )
    return found
