"""The tables about people, places and periods, one file a subject."""

from lti_tool.people.models.members import (
    Allocation,
    Course,
    CourseMember,
    Origin,
    Participant,
    PlatformIdentity,
    ProgrammeVersion,
    Provider,
    RosterEntry,
    RosterSync,
    User,
)

__all__ = [
    "Allocation",
    "Course",
    "CourseMember",
    "Origin",
    "Participant",
    "PlatformIdentity",
    "ProgrammeVersion",
    "Provider",
    "RosterEntry",
    "RosterSync",
    "User",
]
