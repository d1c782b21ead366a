"""Propose what to go deeper into; a tutor agrees, or sends it back with words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.learning.models import Specialism, SpecialismStrand
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant, visible_participants

CHANGED = (
    "This specialism was changed from another window. Nothing was saved now and your text is "
    "below. Compare it with what is kept, then save again."
)
AGREED_STAYS = (
    "Your tutor has agreed to this specialism, so it stays as it is. To change it, ask your tutor "
    "to send it back, or propose a further one."
)


def list_specialisms(viewer: Viewer, participant: Participant) -> list[Specialism]:
    """What a participant has proposed, without what they took back, the oldest first."""
    query = _visible(viewer).where(Specialism.participant_id == participant.id)
    return list(db.session.scalars(query.order_by(Specialism.id)))


def get_specialism(
    viewer: Viewer, participant_id: int, specialism_id: int, *, to_change: bool = False
) -> Specialism:
    """One proposal; what the viewer may not see does not exist."""
    query = _visible(viewer).where(
        Specialism.id == specialism_id, Specialism.participant_id == participant_id
    )
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such specialism among those you may see.")
    return found


def propose(
    viewer: Viewer,
    title: str,
    strands: Sequence[str],
    reason: str,
    *,
    specialism_id: int | None = None,
    seen_revision: int | None = None,
) -> Specialism:
    """Put a specialism to the tutor, new or changed since it was sent back."""
    participant = get_own_participant(viewer)
    known = {strand.id for strand in programme_of(participant).strands}
    if not strands or not set(strands) <= known:
        raise Invalid("Choose at least one strand that it is drawn from.", field="strands")
    if specialism_id is None:
        found = Specialism(participant_id=participant.id, revision=0)
        db.session.add(found)
    else:
        found = get_specialism(viewer, participant.id, specialism_id, to_change=True)
        if found.state == "agreed":
            raise Refused(AGREED_STAYS)
        if seen_revision is not None and seen_revision != found.revision:
            raise Refused(CHANGED)
    found.state, found.title, found.reason = "proposed", title, reason
    found.proposed_at = now()
    found.revision += 1
    kept = {each.strand: each for each in found.strands}
    found.strands = [
        kept.get(strand) or SpecialismStrand(strand=strand) for strand in sorted(set(strands))
    ]
    record(
        viewer, "specialism.proposed", found, participant_id=participant.id,
        revision=found.revision,
    )  # fmt: skip
    return found


def withdraw(viewer: Viewer, specialism_id: int) -> Specialism:
    """Take a proposal back that has not been agreed."""
    participant = get_own_participant(viewer)
    found = get_specialism(viewer, participant.id, specialism_id, to_change=True)
    if found.state == "agreed":
        raise Refused(AGREED_STAYS)
    found.state = "withdrawn"
    record(viewer, "specialism.withdrawn", found, participant_id=participant.id)
    return found


def agree(viewer: Viewer, participant_id: int, specialism_id: int, seen_revision: int,
          words: str = "") -> Specialism:  # fmt: skip
    """The tutor's word that this is the participant's specialism."""
    return _decide(viewer, participant_id, specialism_id, seen_revision, "agreed", words)


def send_back(viewer: Viewer, participant_id: int, specialism_id: int, seen_revision: int,
              words: str) -> Specialism:  # fmt: skip
    """Ask for another proposal, also of one that was agreed before; it needs a reason."""
    if not words:
        raise Invalid("Say what should be different.", field="words")
    return _decide(viewer, participant_id, specialism_id, seen_revision, "returned", words)


def chosen_strands(participant_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The strands of the agreed specialisms, by participant who has one."""
    found: dict[int, set[str]] = {}
    query = (
        select(Specialism.participant_id, SpecialismStrand.strand)
        .join(SpecialismStrand, SpecialismStrand.specialism_id == Specialism.id)
        .where(Specialism.participant_id.in_(participant_ids), Specialism.state == "agreed")
    )
    for participant_id, strand in db.session.execute(query):
        found.setdefault(participant_id, set()).add(strand)
    return {participant_id: frozenset(strands) for participant_id, strands in found.items()}


def _visible(viewer: Viewer) -> Select[Specialism]:
    people = visible_participants(viewer).with_only_columns(Participant.id)
    return select(Specialism).where(
        Specialism.participant_id.in_(people), Specialism.state != "withdrawn"
    )


def _decide(
    viewer: Viewer, participant_id: int, specialism_id: int, seen_revision: int, state: str,
    words: str,
) -> Specialism:  # fmt: skip
    if not viewer.is_staff:
        raise NotAllowed("A tutor agrees to a specialism.")
    found = get_specialism(viewer, participant_id, specialism_id, to_change=True)
    if found.participant.user_id == viewer.user_id:
        raise NotAllowed("Nobody agrees to their own specialism.")
    if seen_revision != found.revision:
        raise Refused("The participant has changed this since you opened it. Read it again.")
    if found.state in {state, "returned"}:
        done = "agreed" if found.state == "agreed" else "sent back"
        raise Refused(f"This specialism is {done} already.")
    found.state, found.words = state, words or None
    found.decided_by_id, found.decided_at = viewer.user_id, now()
    event = "specialism.agreed" if state == "agreed" else "specialism.returned"
    record(viewer, event, found, participant_id=participant_id)
    return found
