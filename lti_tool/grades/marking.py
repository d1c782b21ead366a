"""A tutor's mark and feedback: kept as a draft, made final, opened again to correct it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import LONDON, now
from lti_tool.db import db
from lti_tool.errors import DomainError, Invalid, NotAllowed, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades.agreeing import compare
from lti_tool.grades.allocating_markers import add_marker
from lti_tool.grades.markers import (
    RATIFIED,
    Panel,
    find_mark,
    is_ratified,
    module_of,
    panel_of,
)
from lti_tool.grades.models import Grade, Mark
from lti_tool.grades.parts import judge_of
from lti_tool.grades.released import still_stands
from lti_tool.grades.rules.chain import FIRST, NOT_YOURS, ROLES, SECOND, Act, why_not
from lti_tool.grades.rules.judging import why_not_finalise, why_not_mark
from lti_tool.identity import Viewer
from lti_tool.people.programmes import programme_of

__all__ = ["FIRST", "find_mark", "judge_of", "module_of"]  # for those who came here for them
ERASED_SINCE = "This person's data was erased, so their work is not marked any more."
CHANGED = (
    "This mark was saved from another window at {time}. Nothing was saved now and your text is "
    "below. Compare it with what is kept, then save again to put yours in its place."
)
KNOWS_THE_WORK = (
    "You are this participant’s tutor and know whose work it is. The second marker does not, "
    "so somebody else has to mark it."
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
    marks = select(Mark.attempt_id, Mark.state).where(
        Mark.attempt_id.in_(attempt_ids), Mark.marking_role.in_(ROLES)
    )
    for attempt_id, state in db.session.execute(marks):
        # Of several markers the one who is not done decides.
        is_done = state == "final" and states[attempt_id] != "in_marking"
        states[attempt_id] = "final" if is_done else "in_marking"
    grades = select(Grade.attempt_id).where(Grade.attempt_id.in_(attempt_ids), still_stands())
    for attempt_id in db.session.scalars(grades):
        # A correction in hand is a draft again, though the earlier grade stays released.
        if states[attempt_id] != "in_marking":
            states[attempt_id] = "released"
    return states


def get_mark(viewer: Viewer, attempt: Attempt) -> Mark | None:
    """The viewer's own mark; without one the first marker's, where they may read it."""
    panel = panel_of(attempt)
    role = panel.role_of(viewer.user_id) or FIRST
    return panel.marks.get(role) if panel.may_read(viewer, role) else None


def refusal_to_mark(viewer: Viewer, attempt: Attempt) -> str | None:
    """Why this viewer may not mark this attempt, or None."""
    return _refusal(viewer, panel_of(attempt))


def save_draft(viewer: Viewer, attempt: Attempt, draft: Draft) -> Mark:
    """Keep a draft. Whoever saves second from another page is told, and nothing is overwritten."""
    return _save(viewer, panel_of(attempt, to_change=True), draft, Act.SAVE)


def finalise(viewer: Viewer, attempt: Attempt, draft: Draft) -> Mark:
    """Save the mark and say that it is final; only then can it be released, or be compared."""
    mark = _save(viewer, panel_of(attempt, to_change=True), draft, Act.FINALISE)
    lacking = why_not_finalise(mark.mark, mark.feedback)
    for name, sentence in lacking.items():
        raise Invalid(sentence, field=name)
    mark.state = "final"
    mark.finalised_at = now()
    record(
        viewer, "mark.finalised", mark, participant_id=attempt.participant_id, attempt=attempt.id
    )
    compare(panel_of(attempt, to_change=True))
    return mark


def reopen(viewer: Viewer, attempt: Attempt) -> Mark:
    """Make a final mark a draft again, to correct it. What was released stays until the next."""
    panel = panel_of(attempt, to_change=True)
    if reason := _refusal(viewer, panel):
        raise NotAllowed(reason)
    role = panel.role_of(viewer.user_id)
    if reason := why_not(Act.REOPEN, role, panel.progress):
        raise Refused(reason)
    if is_ratified(attempt):
        raise Refused(RATIFIED)
    mark = panel.marks[role or FIRST]
    mark.state = "draft"
    mark.finalised_at = None
    mark.revision += 1
    record(viewer, "mark.reopened", mark, participant_id=attempt.participant_id, attempt=attempt.id)
    return mark


def _refusal(viewer: Viewer, panel: Panel) -> str | None:
    """Why the viewer marks this work in no role, or None."""
    attempt, own = panel.attempt, panel.role_of(viewer.user_id)
    if attempt.participant.user.erased_at is not None:
        return ERASED_SINCE
    part = why_not_mark(judge_of(viewer, attempt, panel.marks.get(own or FIRST)))
    if part or panel.offered_to(viewer):
        return part
    if viewer.user_id in panel.former:
        return "Somebody else marks this work in your place. What you began stays on record."
    if panel.is_double and SECOND not in panel.taken:
        return KNOWS_THE_WORK
    if panel.is_double:
        return "This work has its two markers."
    return f"{panel.marker_of(FIRST).name} is marking this work."


def _save(viewer: Viewer, panel: Panel, draft: Draft, act: Act) -> Mark:
    attempt, role = panel.attempt, panel.offered_to(viewer)
    if (reason := _refusal(viewer, panel)) or role is None:
        raise NotAllowed(reason or NOT_YOURS)
    if reason := why_not(act, role, panel.progress):
        raise Refused(reason)
    _check_criteria(attempt, draft)
    mark = panel.marks.get(role)
    if mark is None:
        mark = _begin(viewer, panel, role, draft)
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


def _begin(viewer: Viewer, panel: Panel, role: str, draft: Draft) -> Mark:
    """The first save: it takes the work, unless the lead has given it."""
    if draft.revision:
        raise Refused("This draft is gone. Reload the page; your text is kept below.")
    if role not in panel.allocations:
        add_marker(viewer, panel.attempt, role, viewer.user_id)
    mark = Mark(
        attempt_id=panel.attempt.id, marker_id=viewer.user_id, marking_role=role, revision=0
    )
    db.session.add(mark)
    return mark


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
