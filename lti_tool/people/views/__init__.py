"""The pages about people: who is here, who supports whom, and where they teach."""

from lti_tool.people.views import (
    allocating,
    application_steps,
    applications,
    bulk_allocating,
    coach_invitations,
    coach_links,
    coaches,
    heads,
    importing,
    places,
    schools,
    signed_in,
)
from lti_tool.people.views.blueprint import bp

__all__ = [
    "allocating",
    "application_steps",
    "applications",
    "bp",
    "bulk_allocating",
    "coach_invitations",
    "coach_links",
    "coaches",
    "heads",
    "importing",
    "places",
    "schools",
    "signed_in",
]
