"""The first diagnosis, the targets that grew from it, and the talks with the coach."""

from __future__ import annotations

from datetime import datetime, timedelta

from lti_tool.cli.demo.crowd.lives import Life
from lti_tool.learning.models import (
    Diagnosis,
    DiagnosisAgreement,
    DiagnosisLine,
    Dialogue,
    DialogueConfirmation,
    DialogueDuty,
    DialoguePerson,
    ModuleEnrolment,
    Specialism,
    SpecialismStrand,
    Target,
    TargetAgreement,
)
from lti_tool.learning.needs import Confidence


def write_plan(life: Life) -> None:
    """A diagnosis that both agreed to, and six targets."""
    moment = life.begun_at + timedelta(days=14)
    diagnosis = life.load.add(
        Diagnosis, participant_id=life.id, number=1,
        author_id=life.user_id, acted_as="participant", proposed_at=moment,
    )  # fmt: skip
    levels = [level.value for level in Confidence]
    for strand in life.place.programme.strands:
        life.load.add(
            DiagnosisLine, diagnosis_id=diagnosis, strand=strand.id,
            level=life.random.choice(levels), need=life.words(1), source="self",
        )  # fmt: skip
    for party, user, period in (
        ("participant", life.user_id, None),
        ("coach", life.supporters.coach_id, life.coach_period),
    ):
        life.load.add(
            DiagnosisAgreement, diagnosis_id=diagnosis, party=party,
            user_id=user, allocation_id=period, agreed_at=moment,
        )  # fmt: skip
    life.told(moment, "diagnosis.agreed", Diagnosis, diagnosis)
    for index, strand in enumerate(life.place.programme.strands[:6]):
        _target(life, strand.id, index, moment)
    if len(life.done) > 4:
        _specialise(life, moment + timedelta(days=200))
    first = life.place.programme.modules[0].code
    life.load.add(
        ModuleEnrolment, participant_id=life.id, module_code=first,
        state="enrolled", due_on=moment.date() + timedelta(days=120),
        enrolled_at=moment, changed_at=moment, changed_by_id=life.supporters.tutor_id,
    )  # fmt: skip


def _target(life: Life, strand: str, index: int, moment: datetime) -> None:
    is_met = index < len(life.done)
    closed = moment + timedelta(days=60 + 10 * index)
    target = life.load.add(
        Target,
        participant_id=life.id,
        strand=strand,
        action=life.words(1),
        evidence_intended="A comparison of before and after.",
        due_on=life.now.date() + timedelta(days=30 * index - 20),
        state="met" if is_met else "open",
        set_by_id=life.user_id,
        set_as="participant",
        set_at=moment,
        revision=1,
        closed_by_id=life.supporters.coach_id if is_met else None,
        closed_as="coach" if is_met else None,
        closed_at=closed if is_met else None,
    )
    for user, role in ((life.user_id, "participant"), (life.supporters.coach_id, "coach")):
        life.load.add(
            TargetAgreement, target_id=target, revision=1,
            user_id=user, acted_as=role, agreed_at=moment,
        )  # fmt: skip
    life.told(moment, "target.set", Target, target)


def _specialise(life: Life, moment: datetime) -> None:
    found = life.load.add(
        Specialism, participant_id=life.id, state="agreed", revision=1,
        title="Feedback that pupils use", reason=life.words(2), proposed_at=moment,
        decided_at=moment, decided_by_id=life.supporters.tutor_id, words="Agreed.",
    )  # fmt: skip
    for strand in life.place.programme.strands[:2]:
        life.load.add(SpecialismStrand, specialism_id=found, strand=strand.id)
    life.told(moment, "specialism.agreed", Specialism, found, by=life.supporters.tutor_id)


def write_talks(life: Life) -> None:
    """One talk with the coach every five weeks; the newest of some waits for a word."""
    people = ((life.user_id, "participant"), (life.supporters.coach_id, "coach"))
    for weeks in range(5, life.days // 7, 5):
        moment = life.begun_at + timedelta(weeks=weeks)
        talk = life.load.add(
            Dialogue, participant_id=life.id, held_on=moment.date(), minutes=50,
            summary=life.words(2), author_id=life.user_id, created_at=moment,
        )  # fmt: skip
        for user, role in people:
            life.load.add(DialoguePerson, dialogue_id=talk, user_id=user, acted_as=role)
        for duty in ("a", "e"):
            life.load.add(DialogueDuty, dialogue_id=talk, duty=duty)
        life.told(moment, "dialogue.added", Dialogue, talk)
        if weeks + 5 < life.days // 7 or life.number % 6:
            life.load.add(
                DialogueConfirmation, dialogue_id=talk,
                user_id=life.supporters.coach_id, confirmed_at=moment,
            )  # fmt: skip
