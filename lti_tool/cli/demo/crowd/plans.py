"""The first diagnosis, the targets that grew from it, and the talks with the coach."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from lti_tool.cli.demo.crowd.lives import Life, Place
from lti_tool.cli.demo.crowd.loading import Loader
from lti_tool.learning.models import (
    Diagnosis,
    DiagnosisAgreement,
    DiagnosisLine,
    Dialogue,
    DialogueConfirmation,
    DialogueDuty,
    DialoguePerson,
    ModuleDate,
    ModuleEnrolment,
    PriorLearningClaim,
    PriorLearningJudgement,
    PriorLearningModule,
    Specialism,
    SpecialismStrand,
    Target,
    TargetAgreement,
)
from lti_tool.learning.needs import Confidence
from lti_tool.programme.definition import Module

CLAIMED = 3  # of the modules, counted from 0: the one that earlier study is claimed for


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
    first, *later = life.place.programme.modules
    _enrol_in(life, first.code, moment, moment.date() + timedelta(days=120))
    if life.done and life.number % 8 == 6 and len(life.done) <= len(later):
        # What they are at was due ten days ago.
        _enrol_in(life, later[len(life.done) - 1].code, moment, life.day(10))
    if life.number % 12 == 8 and len(life.done) < CLAIMED:
        _claim(life, life.place.programme.modules[CLAIMED], moment)


def _enrol_in(life: Life, code: str, moment: datetime, due_on: date) -> None:
    life.load.add(
        ModuleEnrolment, participant_id=life.id, module_code=code,
        state="enrolled", due_on=due_on, enrolled_at=moment, changed_at=moment,
        changed_by_id=life.place.lead_id,
    )  # fmt: skip


def _claim(life: Life, module: Module, moment: datetime) -> None:
    """Earlier study that a tutor has looked at, or not yet; a lead has not decided."""
    state = "assessed" if life.number % 24 == 8 else "submitted"
    is_assessed = state == "assessed"
    claim = life.load.add(
        PriorLearningClaim,
        participant_id=life.id,
        state=state,
        award="Postgraduate certificate in education",
        institution="University of Westhaven",
        level=7,
        credits=60,
        awarded_on=life.begun_at.date() - timedelta(days=200),
        used_elsewhere=False,
        statement=life.words(2),
        created_at=moment,
        changed_at=moment,
        submitted_at=moment,
        assessed_at=moment + timedelta(days=12) if is_assessed else None,
        assessed_by_id=life.supporters.tutor_id if is_assessed else None,
    )
    life.load.add(
        PriorLearningModule, claim_id=claim, participant_id=life.id, module_code=module.code,
        credits=module.credits, state="claimed",
    )  # fmt: skip
    for test in ("relevance", "sufficiency", "authenticity", "currency") if is_assessed else ():
        life.load.add(
            PriorLearningJudgement, claim_id=claim, test=test, is_met=True, sentence=life.words(1)
        )
    life.told(moment, "prior_learning.submitted", PriorLearningClaim, claim)


def add_due_dates(load: Loader, place: Place, moment: datetime) -> None:
    """Until when modules are due for everybody who has no date of their own."""
    for index, module in enumerate(place.programme.modules):
        load.add(
            ModuleDate, provider_id=place.provider_id, programme_version_id=place.version_id,
            module_code=module.code, due_on=moment.date() + timedelta(days=60 + 90 * index),
            set_at=moment, set_by_id=place.lead_id,
        )  # fmt: skip


def _target(life: Life, strand: str, index: int, moment: datetime) -> None:
    is_met = index < len(life.done)
    closed = moment + timedelta(days=60 + 10 * index)
    days_ago = 20 - 30 * index + (120 if life.number % 9 == 4 else 0)  # some are behind
    target = life.load.add(
        Target,
        participant_id=life.id,
        strand=strand,
        action=life.words(1),
        evidence_intended="A comparison of before and after.",
        due_on=life.day(days_ago),
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
    silence = 60 if life.number % 12 == 10 else 0  # no talk for too long
    last = (life.days - life.quiet - silence) // 7
    duties = life.place.programme.duties
    for weeks in range(3 + life.number // 5 % 5, last, 5):
        turn = life.number + weeks // 5
        moment = life.begun_at + timedelta(weeks=weeks)
        talk = life.load.add(
            Dialogue, participant_id=life.id, held_on=moment.date(), minutes=50,
            summary=life.words(2), author_id=life.user_id, created_at=moment,
        )  # fmt: skip
        for user, role in people:
            life.load.add(DialoguePerson, dialogue_id=talk, user_id=user, acted_as=role)
        for index in (turn, turn + 3):
            duty = duties[index % len(duties)].id
            life.load.add(DialogueDuty, dialogue_id=talk, duty=duty)
        life.told(moment, "dialogue.added", Dialogue, talk)
        if weeks + 5 < last or life.number % 6:
            life.load.add(
                DialogueConfirmation, dialogue_id=talk,
                user_id=life.supporters.coach_id, confirmed_at=moment,
            )  # fmt: skip
