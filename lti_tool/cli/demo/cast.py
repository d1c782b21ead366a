"""Who plays in the demo: the people of the newest course, each as a launch makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml
from sqlalchemy import select

from lti_tool.db import db
from lti_tool.identity import Role, Viewer
from lti_tool.people import users
from lti_tool.people.models import Course, Participant, User

# By the place in the course: the coach, as the VLE's own list of observers has it.
COACH_OF = (0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0)


class Cast:
    """The people of the course."""

    def __init__(self, course: Course, lead: str) -> None:
        self.course_id = course.id
        self._course = course
        self.participants = self._people(Role.PARTICIPANT)
        self.coaches = self._people(Role.COACH)
        staff = self._people(Role.TUTOR) + self._people(Role.LEAD)
        if not (self.participants and self.coaches and staff):
            raise click.ClickException(
                "The course needs a participant, a coach and a tutor who have opened the tool."
            )
        leads = [one for one in staff if db.session.get_one(User, one.user_id).name == lead]
        self.lead = self._as_lead((leads or staff)[-1])
        self.tutors = [one for one in staff if one.user_id != self.lead.user_id] or staff

    def record_of(self, viewer: Viewer) -> Participant:
        """The participant whom a viewer is."""
        query = select(Participant).where(Participant.user_id == viewer.user_id)
        return db.session.scalars(query).one()

    def numbered(self, number: int) -> Viewer:
        """One participant by their place in the story, from 0."""
        return self.participants[min(number, len(self.participants) - 1)]

    def coach_for(self, participant: Viewer) -> Viewer:
        """Those of the story have a coach at their school; the others share the coaches evenly."""
        number = self.participants.index(participant)
        chosen = COACH_OF[number] if number < len(COACH_OF) else number
        return self.coaches[chosen % len(self.coaches)]

    def tutor_for(self, participant: Viewer) -> Viewer:
        """Tutors take participants in turn."""
        return self.tutors[self.participants.index(participant) % len(self.tutors)]

    def _people(self, role: Role) -> list[Viewer]:
        found = sorted(users.members_with_role(self.course_id, role), key=lambda user: user.id)
        course = self._course
        return [
            Viewer(user.id, role, course.provider_id, course.id, course.registration_id)
            for user in found
        ]

    def _as_lead(self, viewer: Viewer) -> Viewer:
        users.appoint_lead(db.session.get_one(User, viewer.user_id))
        return Viewer(
            viewer.user_id, Role.LEAD, viewer.provider_id, viewer.course_id, viewer.registration_id
        )


def told(name: str) -> Any:
    """One part of the story, from its file beside this one."""
    text = Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
