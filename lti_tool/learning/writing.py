"""Who may write into a participant's plan and dialogue, and that they do it one after the other."""

from __future__ import annotations

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.errors import NotAllowed
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant

WRITERS = (Role.PARTICIPANT, Role.COACH, Role.TUTOR)


def check_writer(viewer: Viewer) -> None:
    """The plan belongs to the participant and to those who support them; a lead reads it."""
    if viewer.role not in WRITERS:
        raise NotAllowed("The participant, the coach and the tutor write here; you can read it.")


def hold(participant: Participant) -> None:
    """Keep others who write about this participant waiting until this is committed."""
    db.session.execute(
        select(Participant.id).where(Participant.id == participant.id).with_for_update()
    )
