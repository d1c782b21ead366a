"""Whom a participant has joined, under which clearance they enquire, and what they pass on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import Select, select

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.learning.models import (
    Dissemination,
    DisseminationEvidence,
    EthicsClearance,
    NetworkLink,
)
from lti_tool.people.models import Participant
from lti_tool.people.visibility import (
    get_own_participant,
    get_participant,
    visible_participants,
)

Kept = TypeVar("Kept", NetworkLink, EthicsClearance, Dissemination)
FUTURE = "The date must not be in the future."


def list_networks(viewer: Viewer, participant: Participant) -> list[NetworkLink]:
    """The networks that a participant has joined."""
    query = _of(viewer, NetworkLink, participant.id).where(NetworkLink.removed_at.is_(None))
    return list(db.session.scalars(query.order_by(NetworkLink.since_on, NetworkLink.id)))


def list_clearances(viewer: Viewer, participant: Participant) -> list[EthicsClearance]:
    """The clearances that a participant has recorded."""
    query = _of(viewer, EthicsClearance, participant.id).where(EthicsClearance.state != "removed")
    return list(db.session.scalars(query.order_by(EthicsClearance.id)))


def list_disseminations(viewer: Viewer, participant: Participant) -> list[Dissemination]:
    """What a participant has passed on."""
    query = _of(viewer, Dissemination, participant.id).where(Dissemination.removed_at.is_(None))
    return list(db.session.scalars(query.order_by(Dissemination.shared_on, Dissemination.id)))


def get_clearance(viewer: Viewer, participant_id: int, clearance_id: int) -> EthicsClearance:
    """One clearance that has not been removed."""
    found = _get(viewer, EthicsClearance, participant_id, clearance_id)
    if found.state == "removed":
        raise NotFound("There is no such clearance among those you may see.")
    return found


def join_network(viewer: Viewer, name: str, link: str | None, since_on: date) -> NetworkLink:
    """Record a network of specialists."""
    participant = get_own_participant(viewer)
    if since_on > today():
        raise Invalid(FUTURE, field="since_on")
    kept = NetworkLink(
        participant_id=participant.id,
        name=name,
        link=link or None,
        since_on=since_on,
        added_at=now(),
    )
    db.session.add(kept)
    record(viewer, "network.joined", kept, participant_id=participant.id)
    return kept


def remove_network(viewer: Viewer, network_id: int) -> None:
    """Take a network off one's record."""
    participant = get_own_participant(viewer)
    kept = _get(viewer, NetworkLink, participant.id, network_id, to_change=True)
    if kept.removed_at is None:
        kept.removed_at = now()
        record(viewer, "network.removed", kept, participant_id=participant.id)


def record_clearance(viewer: Viewer, reference: str, cleared_on: date) -> EthicsClearance:
    """Say under which reference an enquiry was cleared; a tutor confirms it."""
    participant = get_own_participant(viewer)
    if cleared_on > today():
        raise Invalid(FUTURE, field="cleared_on")
    kept = EthicsClearance(
        participant_id=participant.id,
        state="recorded",
        reference=reference,
        cleared_on=cleared_on,
        added_at=now(),
    )
    db.session.add(kept)
    record(viewer, "ethics_clearance.recorded", kept, participant_id=participant.id)
    return kept


def remove_clearance(viewer: Viewer, clearance_id: int) -> None:
    """Take back a clearance that no tutor has confirmed."""
    participant = get_own_participant(viewer)
    kept = _get(viewer, EthicsClearance, participant.id, clearance_id, to_change=True)
    if kept.state == "confirmed":
        raise Refused("Your tutor has confirmed this clearance, so it stays on record.")
    if kept.state != "removed":
        kept.state = "removed"
        record(viewer, "ethics_clearance.removed", kept, participant_id=participant.id)


def confirm_clearance(
    viewer: Viewer, participant_id: int, clearance_id: int, *, confirmed: bool, words: str = ""
) -> EthicsClearance:
    """A tutor's word that the clearance was given, or what is wrong with it."""
    if not viewer.is_staff:
        raise NotAllowed("A tutor confirms an ethics clearance.")
    if not confirmed and not words:
        raise Invalid("Say what is missing.", field="words")
    if get_participant(viewer, participant_id).user_id == viewer.user_id:
        raise NotAllowed("Nobody confirms their own ethics clearance.")
    kept = _get(viewer, EthicsClearance, participant_id, clearance_id, to_change=True)
    if kept.state != "recorded":
        raise Refused("This clearance has been answered already, or taken back.")
    kept.state = "confirmed" if confirmed else "returned"
    kept.decided_by_id, kept.decided_at, kept.words = viewer.user_id, now(), words or None
    event = "ethics_clearance.confirmed" if confirmed else "ethics_clearance.returned"
    record(viewer, event, kept, participant_id=participant_id)
    return kept


def pass_on(
    viewer: Viewer, what: str, audience: str, how: str, shared_on: date, items: Sequence[int] = ()
) -> Dissemination:
    """Record what others could learn of one's research, with the evidence that shows it."""
    participant = get_own_participant(viewer)
    if shared_on > today():
        raise Invalid(FUTURE, field="shared_on")
    kept = Dissemination(
        participant_id=participant.id,
        what=what,
        audience=audience,
        how=how,
        shared_on=shared_on,
        added_at=now(),
        evidence=[DisseminationEvidence(item_id=item) for item in sorted(set(items))],
    )
    db.session.add(kept)
    record(viewer, "dissemination.recorded", kept, participant_id=participant.id)
    return kept


def remove_dissemination(viewer: Viewer, dissemination_id: int) -> None:
    """Take a record of sharing back."""
    participant = get_own_participant(viewer)
    kept = _get(viewer, Dissemination, participant.id, dissemination_id, to_change=True)
    if kept.removed_at is None:
        kept.removed_at = now()
        record(viewer, "dissemination.removed", kept, participant_id=participant.id)


def _of(viewer: Viewer, kind: type[Kept], participant_id: int) -> Select[Kept]:
    people = visible_participants(viewer).with_only_columns(Participant.id)
    return select(kind).where(
        kind.participant_id == participant_id, kind.participant_id.in_(people)
    )


def _get(
    viewer: Viewer, kind: type[Kept], participant_id: int, kept_id: int, *, to_change: bool = False
) -> Kept:
    query = _of(viewer, kind, participant_id).where(kind.id == kept_id)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such record among those you may see.")
    return found
