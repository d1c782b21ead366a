"""Who is asking, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person does in a course. A launch gives exactly one."""

    PARTICIPANT = "participant"
    COACH = "coach"
    TUTOR = "tutor"
    LEAD = "lead"

    @property
    def label(self) -> str:
        """The word shown to people."""
        return {"lead": "programme lead"}.get(self.value, self.value)


STAFF = (Role.TUTOR, Role.LEAD)


@dataclass(frozen=True)
class Viewer:
    """Whoever makes this request: one person, in one role, in one course.

    Activities take it first, so that no read or write happens on nobody's behalf.
    """

    user_id: int
    role: Role
    provider_id: int
    course_id: int
    registration_id: int | None = None
    # The only users whom a coach may see here, where the VLE named them; None where it did not.
    scope: tuple[int, ...] | None = None

    @property
    def is_staff(self) -> bool:
        """Tutors and leads: people of the university."""
        return self.role in STAFF
