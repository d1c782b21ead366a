"""A tutor's mark and feedback: kept as a draft, made final, opened again to correct it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Select, exists, select

from lti_tool.audit.record import record
from lti_tool.clock import LONDON, now
from lti_tool.db import db
from lti_tool.errors import DomainError, Invalid, NotAllowed, Refused
from lti_tool.evidence.models import Attempt, AttemptItem, Attestation, EvidenceVersion
from lti_tool.grades.models import Grade, Mark
from lti_tool.grades.rules.judging import (
    Judge,
    may_read_mark,
    why_not_finalise,
    why_not_mark,
)
from lti_tool.identity import Viewer
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import current_allocation
from lti_tool.programme.definition import Module

FIRST = "first"
CHANGED = (
    "This mark was saved from another window at {time}. Nothing was saved now and your text is "
    "below. Compare it with what is kept, then save again to put yours in its place."
)


@dataclass(frozen=True)
class Draft:
    """What a marker typed, checked."""

    mark: int | None
    feedback: str
    criteria: dict[str, str] = field(default_factory=dict)
    revision: int = 0
    page: str = ""  # which opened page it comes from


def marking_states(attempt_ids: Collection[int]) -> dict[int, str]:
    """How far each attempt is judged: allocated, in_marking, final or released. Two queries."""
    states = dict.fromkeys(attempt_ids, "allocated")
    words = {"draft": "in_marking", "final": "final"}
    marks = select(Mark.attempt_id, Mark.state).where(Mark.attempt_id.in_(attempt_ids))
    for attempt_id, state in db.session.execute(marks):
        states[attempt_id] = words[state]
    grades = select(Grade.attempt_id).where(Grade.attempt_id.in_(attempt_ids)).distinct()
    for attempt_id in db.session.scalars(grades):
        # A correction in hand is a draft again, though the earlier grade stays released.
        if states[attempt_id] != "in_marking":
            states[attempt_id] = "released"
    return states


def find_mark(attempt: Attempt, *, to_change: bool = False) -> Mark | None:
    """The mark of an attempt, whoever asks; for activities that check who may read it."""
    query = select(Mark).where(Mark.attempt_id == attempt.id, Mark.marking_role == FIRST)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def get_mark(viewer: Viewer, attempt: Attempt) -> Mark | None:
    """The mark, where the viewer may read it; a draft is its marker's alone."""
    mark = find_mark(attempt)
    if mark is None:
        return None
    judge = judge_of(viewer, attempt, mark)
    return mark if may_read_mark(judge, is_final=mark.state == "final") else None


def refusal_to_mark(viewer: Viewer, attempt: Attempt) -> str | None:
    """Why this viewer may not mark this attempt, or None."""
    mark = find_mark(attempt)
    other = mark.marker.name if mark and mark.marker_id != viewer.user_id else None
    return why_not_mark(judge_of(viewer, attempt, mark), other_marker=other)


def save_draft(viewer: Viewer, attempt: Attempt, draft: Draft) -> Mark:
    """Keep a draft. Whoever saves second from another page is told, and nothing is overwritten."""
    mark = find_mark(attempt, to_change=True)
    _check_marker(viewer, attempt, mark)
    _check_criteria(attempt, draft)
    if mark is None:
        if draft.revision:
            raise Refused("This draft is gone. Reload the page; your text is kept below.")
        mark = Mark(attempt_id=attempt.id, marker_id=viewer.user_id, marking_role=FIRST, revision=0)
        db.session.add(mark)
    else:
        _check_current(mark, draft)
    mark.state = "draft"
    mark.mark = draft.mark
    mark.feedback = draft.feedback.strip()
    mark.criteria = {code: text.strip() for code, text in draft.criteria.items() if text.strip()}
    mark.revision += 1
    mark.saved_at = now()
    mark.saved_from = draft.page
    mark.root_hash = attempt.root_hash
    db.session.flush()
    return mark


def finalise(viewer: Viewer, attempt: Attempt, draft: Draft) -> Mark:
    """Save the mark and say that it is final; only then can it be released."""
    mark = save_draft(viewer, attempt, draft)
    lacking = why_not_finalise(mark.mark, mark.feedback)
    for name, sentence in lacking.items():
        raise Invalid(sentence, field=name)
    mark.state = "final"
    mark.finalised_at = now()
    record(
        viewer, "mark.finalised", mark, participant_id=attempt.participant_id, attempt=attempt.id
    )
    return mark


def reopen(viewer: Viewer, attempt: Attempt) -> Mark:
    """Make a final mark a draft again, to correct it. What was released stays until the next."""
    mark = find_mark(attempt, to_change=True)
    _check_reopening(viewer, attempt, mark)
    assert mark is not None
    mark.state = "draft"
    mark.finalised_at = None
    mark.revision += 1
    record(viewer, "mark.reopened", mark, participant_id=attempt.participant_id, attempt=attempt.id)
    return mark


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
    )


def module_of(attempt: Attempt) -> Module:
    """The module as this participant's programme version has it."""
    return programme_of(attempt.participant).module(attempt.module_code)


def _check_marker(viewer: Viewer, attempt: Attempt, mark: Mark | None) -> None:
    other = mark.marker.name if mark and mark.marker_id != viewer.user_id else None
    reason = why_not_mark(judge_of(viewer, attempt, mark), other_marker=other)
    if reason:
        raise NotAllowed(reason)
    if mark is not None and mark.state == "final":
        raise Refused("This mark is final. Open it for correction first.")


def _check_reopening(viewer: Viewer, attempt: Attempt, mark: Mark | None) -> None:
    other = mark.marker.name if mark and mark.marker_id != viewer.user_id else None
    reason = why_not_mark(judge_of(viewer, attempt, mark), other_marker=other)
    if reason:
        raise NotAllowed(reason)
    if mark is None or mark.state != "final":
        raise Refused("This mark is not final, so there is nothing to open.")


def _check_current(mark: Mark, draft: Draft) -> None:
    """The page that saved last may save on: its own earlier saves did not change its number."""
    if draft.revision == mark.revision or (draft.page and draft.page == mark.saved_from):
        return
    time = mark.saved_at.astimezone(LONDON).strftime("%H:%M on %d %B").replace(" 0", " ")
    raise DraftChanged(CHANGED.format(time=time))


def _check_criteria(attempt: Attempt, draft: Draft) -> None:
    programme = programme_of(attempt.participant)
    known = {criterion.id for criterion in programme.criteria}
    if unknown := set(draft.criteria) - known:
        raise Invalid(f"This programme has no criterion {', '.join(sorted(unknown))}.")


class DraftChanged(DomainError):
    """Somebody saved in between; the page shows both texts."""


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


def _versions_behind(attempt: Attempt) -> Select[int]:
    """All versions of what an attempt holds: whoever had a part in one had a part in the work."""
    held = (
        select(EvidenceVersion.item_id)
        .join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .where(AttemptItem.attempt_id == attempt.id)
    )
    return select(EvidenceVersion.id).where(EvidenceVersion.item_id.in_(held))
