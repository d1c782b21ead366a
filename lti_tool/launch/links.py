"""What each link is for: as it was placed, or as a tutor of the course has decided.

A link is the platform's, a course and an id in it. What comes with a copy of a course still carries
the value that was given to the old one; nothing but its new course is ever taken from it.
https://www.imsglobal.org/spec/lti/v1p3/#resource-link-launch-request-message
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import bring_up_to_date, db
from lti_tool.errors import Invalid, NotAllowed, NotFound
from lti_tool.identity import Viewer
from lti_tool.jobs import LINKS, wake_after_commit
from lti_tool.launch.claims import Launch
from lti_tool.launch.courses import Known
from lti_tool.launch.destinations import (
    PROGRESS,
    START,
    Destination,
    read_destination,
    read_opens,
)
from lti_tool.launch.models import PlacedItem, ResourceLink
from lti_tool.launch.offers import Offer, offers_of
from lti_tool.people.models import Course

PREFIX = "item:"
LONGEST = 255


@dataclass(frozen=True)
class Opening:
    """What a launch opens; without a link where the platform names none."""

    destination: Destination
    link: ResourceLink | None = None

    @property
    def link_id(self) -> int | None:
        """Where what it is for can be looked up."""
        return None if self.link is None else self.link.id

    @property
    def unsettled_link_id(self) -> int | None:
        """The link of which a tutor has to say what it is, or None."""
        return None if self.link is None or self.link.is_settled else self.link.id


def ensure_link(known: Known, course: Course, launch: Launch) -> Opening:
    """Keep what a launch tells of its link, and find out what that opens."""
    if launch.link is None:
        return Opening(read_opens(launch.opens) or START)
    link = known.link
    if link is None:
        link = ResourceLink(
            course_id=course.id,
            resource_link_id=launch.link.id,
            opens=PROGRESS,
            state="undecided",
        )
        db.session.add(link)
    _hear(link, course, launch)
    # A platform may leave it out for a while (Moodle does where a second column hangs on the link).
    lineitem_url = launch.lineitem_url or link.lineitem_url
    bring_up_to_date(link, title=launch.link.title or link.title, lineitem_url=lineitem_url)
    return Opening(link.destination, link)


def _hear(link: ResourceLink, course: Course, launch: Launch) -> None:
    """The newest word counts: a value that has changed, or else what a tutor has decided."""
    said = (launch.opens or "")[:LONGEST] or None
    if said is None or said == link.said:
        return
    plain = read_opens(said)
    if plain is not None:
        is_known = link.is_settled and link.destination == plain
        source_id = None if is_known else _ancestor_with(said, course, launch)
        _settle(link, plain, "copied" if source_id else "placed", source_id)
    elif said.startswith(PREFIX):
        _hear_reference(link, course, said)
    else:
        return
    link.said = said


def _hear_reference(link: ResourceLink, course: Course, said: str) -> None:
    found = db.session.execute(
        select(PlacedItem, Course.provider_id)
        .join(Course, Course.id == PlacedItem.course_id)
        .where(PlacedItem.reference == said.removeprefix(PREFIX))
    ).one_or_none()
    if found is None or found.provider_id != course.provider_id:
        _settle(link, START, "copied", None)
        return
    item = found.PlacedItem
    is_ours = item.course_id == course.id
    source_id = None if is_ours else item.course_id
    _settle(link, item.destination, "placed" if is_ours else "copied", source_id)


def _settle(
    link: ResourceLink, destination: Destination, state: str, copied_from_id: int | None
) -> None:
    link.destination = destination
    link.state, link.copied_from_id, link.chosen_by_id = state, copied_from_id, None


def _ancestor_with(said: str, course: Course, launch: Launch) -> int | None:
    """The course that this one is a copy of and that has a link with the same value."""
    if not launch.copied_from:
        return None
    found: int | None = db.session.scalar(
        select(Course.id)
        .join(ResourceLink, ResourceLink.course_id == Course.id)
        .where(
            Course.deployment_id == course.deployment_id,
            Course.context.in_(launch.copied_from),
            Course.id != course.id,
            ResourceLink.said == said,
        )
        .order_by(Course.id.desc())
        .limit(1)
    )
    return found


def place(course_id: int, offer: Offer) -> str:
    """Note that a course is given something to place; returns the link's custom value."""
    reference, to = secrets.token_urlsafe(18), offer.destination
    db.session.add(
        PlacedItem(
            course_id=course_id,
            reference=reference,
            opens=to.page,
            module_code=to.module_code,
            participant_id=to.participant_id,
            created_at=now(),
        )
    )
    return PREFIX + reference


def get_link(viewer: Viewer, link_id: int) -> ResourceLink:
    """A link of the viewer's course. Raises NotFound."""
    link = db.session.get(ResourceLink, link_id)
    if not viewer.is_staff or link is None or link.course_id != viewer.course_id:
        raise NotFound("There is no such link in this course.")
    return link


def source_title(link: ResourceLink) -> str | None:
    """The course that a copied link came from, where the tool knows it."""
    if link.copied_from_id is None:
        return None
    return db.session.get_one(Course, link.copied_from_id).title


def offer_of(viewer: Viewer, link: ResourceLink) -> Offer | None:
    """What a link opens, as it is offered; None where the programme has no such module."""
    return offers_of(viewer, {link.destination}).get(link.destination)


def decide(viewer: Viewer, link_id: int, opens: str) -> Offer:
    """A tutor says what a link of their course opens, from now on."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads decide what a link opens.")
    link = get_link(viewer, link_id)
    wanted = read_destination(opens)
    chosen = offers_of(viewer, {wanted}).get(wanted) if wanted else None
    if chosen is None:
        raise Invalid("Choose from the list.", field="opens")
    to = link.destination = chosen.destination
    link.state, link.chosen_by_id = "chosen", viewer.user_id
    wake_after_commit(LINKS)
    record(
        viewer, "link.decided", link, participant_id=to.participant_id, opens=to.page,
        module=to.module_code,
    )  # fmt: skip
    return chosen
