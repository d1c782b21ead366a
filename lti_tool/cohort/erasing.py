"""Erase a person: first what would go, then all of it in one transaction; files go afterwards.

What was assessed stays for as long as its class says, under the candidate number; so do marks,
decisions of boards and the trail, whose ids lead to nobody any more (docs/decisions/0046).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.cohort.erasure_facts import find_participant, standing_of
from lti_tool.cohort.erasure_profile import forget_participant, forget_person
from lti_tool.cohort.erasure_rows import Gone, drop_talk_and_plan, drop_unsubmitted
from lti_tool.cohort.erasure_rules import obstacles
from lti_tool.cohort.privacy_models import DisposalPass, Erasure
from lti_tool.db import db
from lti_tool.errors import Refused
from lti_tool.evidence import removal
from lti_tool.evidence.models import Attempt, Attestation
from lti_tool.grades.models import Grade, Mark
from lti_tool.identity import Viewer
from lti_tool.people.holding import hold
from lti_tool.people.models import Participant, User

REASONS = {
    "asked": "the person asked for it",
    "not_needed": "it is not needed any more",
    "unlawful": "it should never have been stored",
    "legal_duty": "a law or a court asks for it",
}


@dataclass(frozen=True)
class Preview:
    """What an erasure would do: how much goes, what stays and why, and what stands in its way."""

    rows: int
    files: int
    stays: tuple[str, ...]
    obstacles: tuple[str, ...]


@contextmanager
def open_door() -> Iterator[None]:
    """Let rows that are never changed be changed, in this transaction and until the end of this."""
    db.session.flush()
    door = DisposalPass(id=1)
    db.session.add(door)
    db.session.flush()
    yield
    db.session.flush()
    db.session.execute(delete(DisposalPass))
    db.session.expunge(door)


def preview(user: User) -> Preview:
    """Exactly what an erasure would do: it is done and taken back. Ends the transaction at hand."""
    participant = find_participant(user.id)
    against = obstacles(standing_of(user, participant))
    stays = tuple(_stays(user, participant))
    gone = _forget(user, participant)
    files = removal.let_go(gone.digests)
    found = Preview(gone.rows, files, stays, tuple(against))
    db.session.rollback()
    return found


def erase(viewer: Viewer | None, user: User, reason: str) -> Erasure:
    """Forget a person, or refuse with everything that stands in the way."""
    participant = find_participant(user.id)
    if participant is not None:
        hold(participant)
    db.session.refresh(user, with_for_update=True)
    if is_erased(user):
        raise Refused("Their data was erased already.")
    if against := obstacles(standing_of(user, participant)):
        raise Refused("Nothing was erased. " + " ".join(against))
    gone = _forget(user, participant)
    made = Erasure(
        provider_id=user.provider_id,
        user_id=user.id,
        reason=reason,
        rows=gone.rows,
        files=removal.let_go(gone.digests),
        erased_at=now(),
        erased_by_id=viewer.user_id if viewer else None,
    )
    db.session.add(made)
    record(
        viewer, "person.erased", user, acted_as="operator", reason=reason,
        participant_id=participant.id if participant else None,
    )  # fmt: skip
    return made


def is_erased(user: User) -> bool:
    """Whether this person was forgotten before."""
    query = select(Erasure.id).where(Erasure.user_id == user.id)
    return db.session.scalars(query).first() is not None


def _forget(user: User, participant: Participant | None) -> Gone:
    gone = Gone()
    with open_door():
        if participant is not None:
            drop_unsubmitted(gone, participant.id)
            drop_talk_and_plan(gone, participant.id)
            forget_participant(gone, participant.id)
        forget_person(gone, user)
    db.session.expire_all()
    return gone


def _stays(user: User, participant: Participant | None) -> Iterator[str]:
    """What is kept, in sentences with its reason."""
    if participant is not None:
        number = _count(select(Attempt.id).where(Attempt.participant_id == participant.id))
        if number:
            yield (
                f"{number} submission{'' if number == 1 else 's'} with marks and feedback, under "
                f"{participant.candidate_number}: assessed work is kept for its class, and what "
                "was handed in cannot be changed. Words in it may name the person."
            )
        yield "Dates of the programme and of schools, without a name: headcounts rest on them."
    signed = _count(select(Attestation.id).where(Attestation.coach_id == user.id))
    if signed:
        yield (
            f"{signed} attestation{'' if signed == 1 else 's'} they gave, without their name: they "
            "belong to the record of whom they coached. In a submission the name stays as it was "
            "handed in until that is disposed of."
        )
    marked = _count(select(Mark.id).where(Mark.marker_id == user.id))
    released = _count(select(Grade.id).where(Grade.released_by_id == user.id))
    if marked or released:
        yield "Marks and feedback they gave, without their name: they belong to those marked."
    yield "The trail, whose ids then lead to nobody."


def _count(query: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
