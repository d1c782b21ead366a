"""What a placed link for coaches shows to whoever opens it.

It narrows what a coach sees, and widens nothing: whom somebody may see is decided elsewhere
(`people/visibility.py`), before and after they come by such a link.
"""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.db import db
from lti_tool.errors import NotFound
from lti_tool.identity import Role, Viewer
from lti_tool.launch.destinations import COACH_EVIDENCE, Destination
from lti_tool.launch.models import ResourceLink
from lti_tool.people.models import Participant
from lti_tool.people.programmes import current_programme
from lti_tool.people.visibility import find_participant
from lti_tool.programme.definition import Module


@dataclass(frozen=True)
class CoachLink:
    """Whom and what a link is about, as far as the viewer may know."""

    module: Module | None
    participant: Participant | None
    is_about_one: bool
    is_for_viewer: bool


def is_told_apart(viewer: Viewer, to: Destination) -> bool:
    """Whether a launch leads to more than the first page: a part of it, or an explanation."""
    is_part = to.module_code is not None or to.participant_id is not None
    return to.page == COACH_EVIDENCE and (is_part or viewer.role is not Role.COACH)


def get_coach_link(viewer: Viewer, link_id: int) -> CoachLink:
    """A link for coaches of the viewer's course. Raises NotFound."""
    link = db.session.get(ResourceLink, link_id)
    if link is None or link.course_id != viewer.course_id or link.opens != COACH_EVIDENCE:
        raise NotFound("There is no such link for coaches in this course.")
    about = link.participant_id
    participant = find_participant(viewer, about) if about is not None else None
    programme = current_programme(viewer.provider_id)
    return CoachLink(
        module=programme.find_module(link.module_code) if link.module_code else None,
        participant=participant,
        is_about_one=about is not None,
        is_for_viewer=viewer.role is Role.COACH and (about is None or participant is not None),
    )
