"""What is kept of how far evidence has come is never an old answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from sqlalchemy import select, update
from sqlalchemy.sql.dml import UpdateBase

from lti_tool.clock import now
from lti_tool.cohort.reach import renew_due, work_out
from lti_tool.cohort.reach_models import AreaReach, ReachDue
from lti_tool.db import Base, db
from lti_tool.evidence.models import (
    Attempt,
    Attestation,
    AttestationRevocation,
    EvidenceItem,
    EvidenceVersion,
    StrandClaim,
)
from lti_tool.grades.models import Grade
from lti_tool.grades.release_models import Recall
from lti_tool.identity import Role
from lti_tool.people.models import Participant
from lti_tool.people.programmes import newest_version, parsed
from tests.integration.cohort.random_people import WORDS, RandomPeople
from tests.integration.cohort.story import add_evidence
from tests.world import World


def is_due(participant_id: int) -> bool:
    query = select(ReachDue.id).where(ReachDue.participant_id == participant_id).limit(1)
    return db.session.scalar(query) is not None


@contextmanager
def somebody(world: World) -> Iterator[tuple[int, Attestation, Grade]]:
    """A participant with evidence that a coach signed and with a mark, gone after the block."""
    coach = world.coach()
    with world.tool.app.app_context():
        viewer = coach.viewer(Role.COACH)
        version = newest_version(viewer.provider_id)
        assert viewer.course_id is not None
        makes = RandomPeople(
            Random(1), viewer.provider_id, version.id, viewer.course_id, viewer.user_id,
            parsed(version.definition),
        )  # fmt: skip
        while True:
            person = makes.person()
            signed = select(Attestation).join(EvidenceVersion).join(EvidenceItem)
            signed = signed.where(
                Attestation.decision == "signed", EvidenceItem.participant_id == person.id
            ).order_by(Attestation.id)
            marked = select(Grade).join(Attempt, Attempt.id == Grade.attempt_id)
            marked = marked.where(Attempt.participant_id == person.id).order_by(Grade.id)
            word, grade = db.session.scalars(signed).first(), db.session.scalars(marked).first()
            if word is not None and grade is not None:
                break
        yield person.id, word, grade
        db.session.rollback()


def changes(participant_id: int, signed: Attestation, grade: Grade) -> Iterator[UpdateBase | Base]:
    """One of everything on which it rests how far somebody has come."""
    moment = now()
    item = select(EvidenceVersion.item_id).where(EvidenceVersion.id == signed.version_id)
    attempt = select(Attempt).where(Attempt.id == grade.attempt_id)
    found = db.session.scalars(attempt).one()
    kept = {each.name: getattr(found, each.name) for each in Attempt.__table__.columns}
    told = {each.name: getattr(grade, each.name) for each in Grade.__table__.columns}
    said = {each.name: getattr(signed, each.name) for each in Attestation.__table__.columns}
    del kept["id"], told["id"], said["id"]
    yield (
        update(Participant)
        .where(Participant.id == participant_id)
        .values(programme_version_id=Participant.programme_version_id)
    )
    of_item = update(EvidenceItem).where(EvidenceItem.id.in_(item))
    yield of_item.values(state="withdrawn")
    yield of_item.values(is_open=~EvidenceItem.is_open)
    yield StrandClaim(version_id=signed.version_id, strand="8.8", rationale=WORDS)
    yield Attestation(**said | {"decision": "returned"})
    yield AttestationRevocation(
        attestation_id=signed.id, reason="other", words=WORDS, revoked_at=moment,
        authenticated_by="launch",
    )  # fmt: skip
    yield Attempt(**kept | {"number": 9, "receipt": "R9", "submitted_at": moment})
    yield Grade(**told | {"revision": 9})
    yield Recall(
        provider_id=grade.provider_id, attempt_id=grade.attempt_id, revision=9, reason=WORDS,
        recalled_by_id=grade.released_by_id, recalled_at=moment,
    )  # fmt: skip


@pytest.mark.each_store
def test_whatever_changes_of_somebody_is_noted(world: World) -> None:
    with somebody(world) as (person, signed, grade):
        assert is_due(person)
        for change in changes(person, signed, grade):
            work_out([person])
            assert not is_due(person)
            if isinstance(change, Base):
                db.session.add(change)
                db.session.flush()
            else:
                db.session.execute(change)
            assert is_due(person), change


@pytest.mark.each_store
def test_the_worker_works_out_whoever_changed(world: World) -> None:
    amira = world.participant("Nell Ashgrove-Tarn")
    number = amira.participant_id()
    for has_work in (False, True):
        if has_work:
            add_evidence(amira, "A question before the unit", ("1.1",))
        with world.tool.app.app_context():
            renew_due(stopping=lambda: True)
            assert is_due(number)
            renew_due()
            assert not is_due(number)
            kept = select(AreaReach.rank).where(AreaReach.participant_id == number)
            assert bool(db.session.scalars(kept).all()) is has_work
