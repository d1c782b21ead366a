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
    # How it is known who this is: a launch; a code or a known browser, with a personal link; or a
    # participant's screen, which is no proof.
    authenticated_by: str = "launch"
    link_id: int | None = None

    @property
    def acted_as(self) -> str:
        """The word for the trail."""
        return self.role.value

    @property
    def is_staff(self) -> bool:
        """Tutors and leads: people of the university."""
        return self.role in STAFF


@dataclass(frozen=True)
class LinkHolder:
    """Somebody who came by a personal link, outside any course.

    It has no role: whatever asks for a course's roles fails on it, and that is meant.
    """

    user_id: int
    provider_id: int
    link_id: int
    kind: str  # coach, head or examiner
    school_id: int | None = None
    authenticated_by: str = "code"

    @property
    def acted_as(self) -> str:
        """The word for the trail."""
        return self.kind
