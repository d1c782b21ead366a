"""Who marks an attempt in which role: the lead gives the parts, or a marker takes a free one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import not_, select
from sqlalchemy.orm import defer, joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import DomainError, Invalid, NotAllowed
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades.chain_models import MarkerAllocation, MarkerReplacement
from lti_tool.grades.markers import Panel, panel_of, panels_of
from lti_tool.grades.models import Mark
from lti_tool.grades.parts import judge_of
from lti_tool.grades.released import is_released
from lti_tool.grades.rules.chain import BEGUN, FIRST, ORDINALS, laid_aside, why_not_give
from lti_tool.grades.rules.judging import why_not_mark
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.people.models import Participant, User
from lti_tool.people.paging import Page, list_page
from lti_tool.people.users import members_with_role

OWN_WORK = "You mark this work yourself, so another programme lead gives it out."
TUTORS_THEM = (
    "{name} is this participant’s tutor and knows whose work it is, so somebody else has to be "
    "{ordinal} marker."
)
NOBODY_ELSE = "Choose a tutor or programme lead of this course."


def give(
    viewer: Viewer, attempt: Attempt, markers: Mapping[str, int | None], reason: str = ""
) -> list[str]:
    """Make these people the markers (role → user); says which roles changed hands.

    A role that is not named, or named with nobody, stays as it is. In the place of somebody who has
    begun another comes with a reason only, and begins anew.
    """
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only a programme lead allocates markers.")
    changed = []
    for role, user_id in markers.items():
        panel = panel_of(attempt, to_change=True)
        if not panel.knows_markers(viewer):
            raise NotAllowed(OWN_WORK)
        if user_id is None or panel.taken.get(role) == user_id:
            continue
        _check(viewer, panel, role, user_id, has_reason=bool(reason.strip()))
        if role in panel.allocations:
            panel.allocations[role].ended_at = now()
        if role in panel.marks:
            _lay_aside(viewer, panel, role, reason.strip())
        db.session.flush()
        add_marker(viewer, attempt, role, user_id)
        changed.append(role)
    return changed


def add_marker(viewer: Viewer, attempt: Attempt, role: str, user_id: int) -> MarkerAllocation:
    """Note that somebody marks in a role that is free. The caller holds the attempt."""
    allocation = MarkerAllocation(
        attempt_id=attempt.id,
        marking_role=role,
        marker_id=user_id,
        allocated_by_id=viewer.user_id,
        allocated_at=now(),
    )
    db.session.add(allocation)
    record(
        viewer, "marker.allocated", allocation, participant_id=attempt.participant_id,
        attempt=attempt.id, role=role,
    )  # fmt: skip
    return allocation


def _lay_aside(viewer: Viewer, panel: Panel, role: str, reason: str) -> None:
    """Keep what was begun where nothing counts it. The caller holds the attempt."""
    mark = panel.marks[role]
    mark.marking_role = laid_aside(role, len(replacements(panel.attempt)) + 1)
    db.session.add(
        MarkerReplacement(
            mark_id=mark.id,
            attempt_id=mark.attempt_id,
            marking_role=role,
            reason=reason,
            replaced_by_id=viewer.user_id,
            replaced_at=now(),
        )
    )
    record(
        viewer, "marker.replaced", mark, participant_id=panel.attempt.participant_id,
        attempt=mark.attempt_id, role=role,
    )  # fmt: skip


def replacements(attempt: Attempt) -> list[MarkerReplacement]:
    """Who was replaced at this work and why, the first first; the caller may know its markers."""
    query = (
        select(MarkerReplacement)
        .where(MarkerReplacement.attempt_id == attempt.id)
        .options(
            joinedload(MarkerReplacement.mark).joinedload(Mark.marker),
            joinedload(MarkerReplacement.replaced_by),
        )
        .order_by(MarkerReplacement.id)
    )
    return list(db.session.scalars(query))


def possible_markers(course_id: int) -> list[User]:
    """The tutors and leads of a course, by name: they mark what is handed in there."""
    found = [user for role in STAFF for user in members_with_role(course_id, role)]
    return sorted(found, key=lambda user: (user.name, user.id))


def _check(viewer: Viewer, panel: Panel, role: str, user_id: int, *, has_reason: bool) -> None:
    """Raises why this person cannot mark in this role."""
    attempt = panel.attempt
    user = next((one for one in possible_markers(attempt.course_id) if one.id == user_id), None)
    if user is None:
        raise Invalid(NOBODY_ELSE, field=role)
    against = why_not_give(
        role, user_id, panel.taken, panel.progress, former=panel.former, has_reason=has_reason
    )
    if against:
        raise Invalid(against, field="reason" if against == BEGUN else role)
    if role != FIRST and panel.knows_the_work(user_id):
        raise Invalid(TUTORS_THEM.format(name=user.name, ordinal=ORDINALS[role]), field=role)
    judge = judge_of(replace(viewer, user_id=user_id), attempt, None)
    if why_not_mark(judge):
        ordinal = ORDINALS[role]
        raise Invalid(
            f"{user.name} has a part in this work, so somebody else has to be {ordinal} marker.",
            field=role,
        )


@dataclass(frozen=True)
class Given:
    """What giving out several submissions came to."""

    done: int
    refused: tuple[tuple[str, str], ...]  # what the participant is called, and why not


def give_many(
    viewer: Viewer, attempt_ids: Collection[int], markers: Mapping[str, int | None]
) -> Given:
    """Give each of these submissions to the same markers; one that is refused stays as it is."""
    done, refused = 0, []
    query = visible_attempts(viewer).where(Attempt.id.in_(attempt_ids)).order_by(Attempt.id)
    for attempt in db.session.scalars(query).all():
        try:
            with db.session.begin_nested():
                done += bool(give(viewer, attempt, markers))
        except DomainError as error:
            refused.append((panel_of(attempt).participant_for(viewer), error.sentence))
    return Given(done, tuple(refused))


def to_give(viewer: Viewer, module_code: str, number: int) -> Page[Panel]:
    """The submissions of a module in this course that are not released, with their markers."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only a programme lead allocates markers.")
    query = (
        visible_attempts(viewer)
        .where(
            Attempt.module_code == module_code,
            Attempt.course_id == viewer.course_id,
            not_(is_released()),
        )
        .options(
            defer(Attempt.manifest),
            joinedload(Attempt.participant).joinedload(Participant.user),
            joinedload(Attempt.participant).joinedload(Participant.programme_version),
        )
        .order_by(Attempt.submitted_at, Attempt.id)
    )
    page = list_page(query, number)
    panels = panels_of(page.rows)
    return Page([panels[each.id] for each in page.rows], page.number, page.total, page.size)


def modules_to_give(viewer: Viewer) -> list[str]:
    """The modules of which something was handed in here and is not released."""
    found = visible_attempts(viewer).where(
        Attempt.course_id == viewer.course_id, not_(is_released())
    )
    return sorted(db.session.scalars(found.with_only_columns(Attempt.module_code).distinct()))
