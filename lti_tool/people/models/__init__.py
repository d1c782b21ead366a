"""The tables about people, places and periods, one file a subject."""

from lti_tool.people.models.agreements import SchoolAgreement
from lti_tool.people.models.applications import Application, EligibilityDecision
from lti_tool.people.models.coach_invitations import CoachInvitation
from lti_tool.people.models.erased import ErasedSubject
from lti_tool.people.models.links import KnownBrowser, LinkCode, LinkInvitation, PersonalLink
from lti_tool.people.models.mail import Mail
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
from lti_tool.people.models.participation import (
    InstitutionPeriod,
    Pause,
    PlannedAct,
    SchoolPeriod,
)
from lti_tool.people.models.schools import Institution, School, SchoolFlagPeriod
from lti_tool.people.models.training import CoachTraining, ImportBatch

__all__ = [
    "Allocation",
    "Application",
    "CoachInvitation",
    "CoachTraining",
    "Course",
    "CourseMember",
    "EligibilityDecision",
    "ErasedSubject",
    "ImportBatch",
    "Institution",
    "InstitutionPeriod",
    "KnownBrowser",
    "LinkCode",
    "LinkInvitation",
    "Mail",
    "Origin",
    "Participant",
    "Pause",
    "PersonalLink",
    "PlannedAct",
    "PlatformIdentity",
    "ProgrammeVersion",
    "Provider",
    "RosterEntry",
    "RosterSync",
    "School",
    "SchoolAgreement",
    "SchoolFlagPeriod",
    "SchoolPeriod",
    "User",
]
