"""The moderator looks at the sampled scripts and decides about the whole set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades.drawing import entry_of, get_batch, hold, kept_rule
from lti_tool.grades.marking import FIRST, find_mark
from lti_tool.grades.models import Mark
from lti_tool.grades.moderation_models import (
    ModerationBatch,
    ModerationDecision,
    ModerationLook,
    ModerationMember,
)
from lti_tool.grades.moderators import involved
from lti_tool.grades.rules.moderating import Action, Choice, why_not_decide
from lti_tool.grades.rules.sampling import BandCover, cover
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant

VERBS = {
    Action.CONFIRM: "moderation_batch.confirmed",
    Action.SCALE: "moderation_batch.scaled",
    Action.REMARK_ALL: "moderation_batch.returned",
    Action.REMARK_MARKER: "moderation_batch.returned",
}


@dataclass(frozen=True)
class Script:
    """One sampled script as the moderator opens it; `mark` is None where it was changed since."""

    member: ModerationMember
    mark: Mark | None


def members_of(batch: ModerationBatch) -> list[ModerationMember]:
    """The whole set with what a page tells of it, in a number of queries that does not grow."""
    query = (
        select(ModerationMember)
        .where(ModerationMember.batch_id == batch.id)
        .options(
            joinedload(ModerationMember.attempt)
            .defer(Attempt.manifest)
            .joinedload(Attempt.participant)
            .load_only(Participant.candidate_number),
            joinedload(ModerationMember.marker),
            selectinload(ModerationMember.looks),
        )
        .order_by(ModerationMember.id)
    )
    return list(db.session.scalars(query))


def is_moderator(viewer: Viewer, batch: ModerationBatch) -> bool:
    """Whether the viewer is the one who decides about this set."""
    return batch.moderator.id == viewer.user_id


def is_seen(member: ModerationMember, moderator_id: int) -> bool:
    """Whether this moderator looked at the script; what another one saw does not count."""
    return any(look.moderator_id == moderator_id for look in member.looks)


def covered(batch: ModerationBatch, members: Sequence[ModerationMember]) -> list[BandCover]:
    """What of each band the sample holds."""
    sampled = {one.attempt_id for one in members if one.reasons}
    return cover([entry_of(one) for one in members], sampled, kept_rule(batch))


def get_script(viewer: Viewer, batch_id: int, member_id: int) -> Script:
    """One sampled script. Its reader came by the set: the work is found, the person is not."""
    batch = get_batch(viewer, batch_id)
    member = db.session.get(ModerationMember, member_id)
    if member is None or member.batch_id != batch.id or not member.reasons:
        raise NotFound("There is no such script in this sample.")
    mark = find_mark(member.attempt)
    if mark is None or mark.state != "final":
        return Script(member, None)
    is_same = (mark.mark, mark.marker_id, mark.root_hash) == (
        member.mark, member.marker_id, member.root_hash,
    )  # fmt: skip
    return Script(member, mark if is_same else None)


def look(viewer: Viewer, member: ModerationMember, note: str) -> None:
    """Keep that the moderator looked at a script, with a note on it where they wrote one."""
    _check_moderator(viewer, member.batch)
    if member.batch.decision is not None:
        raise Refused("This set is decided, so nothing more is noted on its scripts.")
    found = ModerationLook(
        member_id=member.id, moderator_id=viewer.user_id, note=note.strip(), looked_at=now()
    )
    db.session.add(found)
    record(
        viewer, "moderation_look.added", found, participant_id=member.attempt.participant_id,
        attempt=member.attempt_id, noted=bool(found.note),
    )  # fmt: skip


def decide(viewer: Viewer, batch: ModerationBatch, choice: Choice) -> ModerationDecision:
    """Decide about the whole set, or about one marker's share; never about one script alone."""
    hold(batch)
    _check_moderator(viewer, batch)
    if batch.decision is not None:
        raise Refused("This set is decided already.")
    members = members_of(batch)
    _check_apart(viewer, members)
    unseen = sum(bool(one.reasons) and not is_seen(one, viewer.user_id) for one in members)
    against = why_not_decide(
        choice, unseen=unseen, markers={one.marker_id for one in members}, size=len(members)
    )
    for name, sentence in against.items():
        raise Invalid(sentence, field=name)
    decision = ModerationDecision(
        batch_id=batch.id,
        action=choice.action.value,
        marker_id=choice.marker_id if choice.action is Action.REMARK_MARKER else None,
        by_marks=choice.by_marks if choice.action is Action.SCALE else None,
        rationale=choice.rationale.strip(),
        decided_by_id=viewer.user_id,
        decided_at=now(),
    )
    db.session.add(decision)
    db.session.flush()
    db.session.expire(batch, ["decision"])
    record(
        viewer, VERBS[choice.action], batch, marks=len(members), by_marks=decision.by_marks,
        marker=decision.marker_id,
    )  # fmt: skip
    if choice.action.reopens:
        _reopen(viewer, [one for one in members if decision.marker_id in {None, one.marker_id}])
    return decision


def _reopen(viewer: Viewer, members: Sequence[ModerationMember]) -> None:
    """Give final marks back to their markers as drafts. What was released stays until the next."""
    marks = db.session.scalars(
        select(Mark)
        .where(
            Mark.attempt_id.in_([one.attempt_id for one in members]),
            Mark.marking_role == FIRST,
            Mark.state == "final",
        )
        .order_by(Mark.attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    participants = {one.attempt_id: one.attempt.participant_id for one in members}
    for mark in marks:
        mark.state = "draft"
        mark.finalised_at = None
        mark.revision += 1
        record(
            viewer, "mark.returned", mark, participant_id=participants[mark.attempt_id],
            attempt=mark.attempt_id,
        )  # fmt: skip


def _check_apart(viewer: Viewer, members: Sequence[ModerationMember]) -> None:
    """What the moderator has become since they were asked counts, too."""
    if part := involved([one.attempt_id for one in members]).get(viewer.user_id):
        raise NotAllowed(
            f"Whoever {part} does not moderate it, and by now that is true of you. "
            "Ask a programme lead to find another moderator."
        )


def _check_moderator(viewer: Viewer, batch: ModerationBatch) -> None:
    if not is_moderator(viewer, batch):
        raise NotAllowed("Only the moderator of this set does that.")
