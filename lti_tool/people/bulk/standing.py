"""Who cannot become a participant by a row of a spreadsheet: staff, and whoever coaches today."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.identity import STAFF
from lti_tool.people.bulk.finding import chunks
from lti_tool.people.models import Allocation, CourseMember, User


def standing_in_the_way(user_ids: Collection[int]) -> dict[int, str]:
    """What these people are instead, in words."""
    found: dict[int, str] = {}
    for some in chunks(user_ids):
        coaching = select(Allocation.user_id).where(
            Allocation.user_id.in_(some),
            Allocation.kind == "coach",
            Allocation.ended_on.is_(None) | (Allocation.ended_on > today()),
        )
        found |= dict.fromkeys(db.session.scalars(coaching), "coaches participants")
        found |= dict.fromkeys(staff_among(some), "is of the university’s staff")
    return found


def staff_among(user_ids: Collection[int]) -> set[int]:
    """Those who are tutor or lead in any course."""
    found: set[int] = set()
    for some in chunks(user_ids):
        teaching = select(CourseMember.user_id).where(
            CourseMember.user_id.in_(some), CourseMember.role.in_([each.value for each in STAFF])
        )
        leading = select(User.id).where(User.id.in_(some), User.lead_since.is_not(None))
        found |= set(db.session.scalars(teaching)) | set(db.session.scalars(leading))
    return found
