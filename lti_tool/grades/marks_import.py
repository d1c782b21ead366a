"""Marks from a file that the operator brings in, on behalf of the tutor who gave them."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import find_attempt, visible_attempts
from lti_tool.grades.sheet_reading import FEEDBACK, MARK, Checked, check_rows
from lti_tool.identity import Role, Viewer
from lti_tool.people import directory
from lti_tool.people.bulk.cells import code
from lti_tool.people.bulk.columns import Column, Row
from lti_tool.people.models import CourseMember, Participant, Provider, User
from lti_tool.people.programmes import programme_of

MOST_ROWS = 20_000
PARTICIPANT = Column("participant", code, "The candidate number.", ("candidate",), needed=True)


def check_file(
    provider: Provider,
    tutor: User,
    data: bytes,
    *,
    module: str | None = None,
    are_final: bool = False,
) -> Checked:
    """What a file of participant, module, mark and feedback comes to, given by this tutor.

    `module` stands for the column where the file has none.
    """
    directory.check_is_staff(tutor)
    columns = [
        PARTICIPANT, Column("module", code, "Its code.", needed=module is None), MARK, FEEDBACK,
    ]  # fmt: skip
    find = _finder(provider, tutor, module)
    return check_rows(data, columns, find, are_final=are_final, most_rows=MOST_ROWS)


def _finder(
    provider: Provider, tutor: User, module: str | None
) -> Callable[[Row], tuple[Viewer, Attempt]]:
    courses = set(
        db.session.scalars(
            select(CourseMember.course_id).where(
                CourseMember.user_id == tutor.id,
                CourseMember.role.in_([Role.TUTOR.value, Role.LEAD.value]),
                CourseMember.left_at.is_(None),
            )
        )
    )

    def find(row: Row) -> tuple[Viewer, Attempt]:
        wanted = str(row.get("module") or module)
        if module is not None and wanted.upper() != module.upper():
            raise Invalid(f"This row is about {wanted}, and {module} was asked for.")
        attempt = _attempt(provider, row.get("participant"), wanted)
        viewer = _viewer(provider, tutor, attempt, courses)
        visible = visible_attempts(viewer).where(Attempt.id == attempt.id)
        if db.session.scalars(visible).one_or_none() is None:
            raise Invalid(f"{tutor.name} does not see this participant, and so cannot mark them.")
        return viewer, attempt

    return find


def _viewer(provider: Provider, tutor: User, attempt: Attempt, courses: Collection[int]) -> Viewer:
    """The tutor in the course of the work; in another of theirs they see whom they are given."""
    course_id = attempt.course_id if attempt.course_id in courses else min(courses, default=0)
    role = Role.LEAD if tutor.lead_since else Role.TUTOR
    return Viewer(tutor.id, role, provider.id, course_id, authenticated_by="operator")


def _attempt(provider: Provider, candidate: str, module: str) -> Attempt:
    participant = db.session.scalars(
        select(Participant).where(
            Participant.provider_id == provider.id, Participant.candidate_number == candidate
        )
    ).one_or_none()
    if participant is None:
        raise NotFound(f"Nobody has the candidate number {candidate}.")
    codes = {each.code.upper(): each.code for each in programme_of(participant).modules}
    attempt = find_attempt(participant, codes.get(module.upper(), module))
    if attempt is None:
        raise NotFound(f"{candidate} has handed in nothing for {module}.")
    return attempt
