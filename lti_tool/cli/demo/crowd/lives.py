"""What one participant has been through: believable, and the same at every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from lti_tool.audit.models import AuditEvent
from lti_tool.cli.demo.crowd.loading import Loader
from lti_tool.cli.demo.crowd.schools import CrowdSchool
from lti_tool.db import Base
from lti_tool.people.models import (
    Allocation,
    InstitutionPeriod,
    Participant,
    Pause,
    SchoolPeriod,
)
from lti_tool.people.states import State
from lti_tool.programme.definition import Module, Programme

SENTENCES = (
    "I wrote down what each group could do before the first lesson and sorted the answers.",
    "Two colleagues watched three pupils each and told me what they had seen.",
    "The re-check six weeks later showed a gain for most, and none for four of them.",
    "I changed the grouping twice, and I say here why the second change was the better one.",
    "What I read about it agreed with what I saw only in part, and I name where it did not.",
    "Next time I would ask the pupils first what they found difficult.",
    "The plan was written with the special needs co-ordinator and kept for half a term.",
    "The head of year used the same sheet afterwards with another class.",
)
PER_YEAR = 30  # pieces of evidence, of somebody at an even pace
PER_MODULE = 14
# What has become of some, by the last two digits of their number; all others are at work.
STATES = {
    12: State.ENROLLED, 62: State.ENROLLED, 23: State.WITHDRAWN, 58: State.WITHDRAWN,
    91: State.WITHDRAWN, 39: State.PAUSED, 79: State.PAUSED, 44: State.TRANSFERRING,
    35: State.COMPLETED, 65: State.AWARDED, 95: State.AWARDED,
}  # fmt: skip
# How many days ago it was.
AGO = {State.WITHDRAWN: 110, State.PAUSED: 65, State.COMPLETED: 40, State.AWARDED: 30}
FINISHED = (State.COMPLETED, State.AWARDED)


@dataclass(frozen=True)
class Place:
    """A course with its columns, and the programme that its people are on."""

    provider_id: int
    registration_id: int
    course_id: int
    version_id: int
    programme: Programme
    columns: dict[str, int]
    lead_id: int
    university_ids: Sequence[int]


@dataclass(frozen=True)
class Supporters:
    """Who coaches and who tutors, and where."""

    coach_id: int
    coach_name: str
    tutor_id: int
    school: CrowdSchool


@dataclass
class Life:
    """Somebody with so many pieces of evidence, spread over the modules that they came to."""

    load: Loader
    place: Place
    user_id: int
    name: str
    number: int
    items: int
    supporters: Supporters
    now: datetime
    id: int = field(init=False)
    coach_period: int = field(init=False)
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.number)  # for variety; nothing is kept secret
        self.id = self.load.next_id(Participant)
        if self.state is State.ENROLLED:
            self.items = 0

    @property
    def state(self) -> State:
        """What they are to the programme."""
        return STATES.get(self.number % 100, State.ACTIVE)

    @property
    def quiet(self) -> int:
        """For how many days nothing has come of them; some are at work and silent all the same."""
        silent = 45 if self.number % 15 == 7 else 0
        return AGO.get(self.state, silent)

    @property
    def days(self) -> int:
        """How long they have been on the programme."""
        return 60 + self.items * 365 // PER_YEAR

    @property
    def begun_at(self) -> datetime:
        return self.now - timedelta(days=self.days)

    def day(self, days_ago: int) -> date:
        """A day before today."""
        return self.now.date() - timedelta(days=days_ago)

    @property
    def done(self) -> Sequence[Module]:
        """The modules that were handed in; one more is worked on."""
        modules = self.place.programme.modules
        if self.state in FINISHED:
            return modules
        return modules[: min(len(modules) - 1, self.items // PER_MODULE)]

    def told(
        self, at: datetime, event: str, kind: type[Base], subject: int, *, by: int | None = None
    ) -> None:
        """A line of the trail; the participant did it where nobody else is named."""
        user = by or self.user_id
        roles = {
            self.user_id: "participant",
            self.supporters.coach_id: "coach",
            self.place.lead_id: "lead",
        }
        self.load.add(
            AuditEvent,
            at=at,
            provider_id=self.place.provider_id,
            user_id=user,
            acted_as=roles.get(user, "tutor"),
            event=event,
            subject_kind=kind.__tablename__,
            subject_id=subject,
            participant_id=self.id,
            details={},
        )

    def words(self, sentences: int) -> str:
        """Something that a teacher may have written."""
        return " ".join(self.random.sample(SENTENCES, k=sentences))


def enrol(life: Life) -> None:
    """The participant, their post, university, coach and tutor."""
    begun = life.begun_at.date()
    has_left = life.state is State.WITHDRAWN
    # One in forty began to teach so long ago that the end of their time is near.
    before = 1700 - life.days if life.number % 40 == 17 else 200
    life.load.add(
        Participant,
        id=life.id,
        provider_id=life.place.provider_id,
        user_id=life.user_id,
        programme_version_id=life.place.version_id,
        candidate_number=f"C{life.user_id:06d}",
        enrolled_on=begun,
        state=life.state.value,
        started_on=None if life.state is State.ENROLLED else begun,
        left_on=life.day(life.quiet) if has_left else None,
        left_reason="left_teaching" if has_left else None,
        cohort=f"{begun.year} {'spring' if begun.month < 7 else 'autumn'}",
        subject_taught=life.random.choice(("English", "Mathematics", "Science", "History")),
        school_phase=life.supporters.school.facts["school_phase"],
        teaching_from=begun - timedelta(days=before),
        window_rule="nqt",
    )
    life.told(life.begun_at, "participant.enrolled", Participant, life.id)
    _settle(life, begun)
    life.coach_period = _allocate(life, "coach", life.supporters.coach_id)
    _allocate(life, "tutor", life.supporters.tutor_id)
    if life.state in FINISHED:
        done = life.now - timedelta(days=AGO[State.COMPLETED])
        life.told(done, "participant.completed", Participant, life.id, by=life.place.lead_id)
    if life.state is State.AWARDED:
        done = life.now - timedelta(days=life.quiet)
        life.told(done, "participant.awarded", Participant, life.id, by=life.place.lead_id)


def _settle(life: Life, begun: date) -> None:
    """Where they teach and are assessed, and when they rested."""
    life.load.add(
        SchoolPeriod,
        participant_id=life.id,
        school_id=life.supporters.school.id,
        kind="main",
        started_on=begun,
        ended_on=life.day(15) if life.state is State.TRANSFERRING else None,
    )
    universities = life.place.university_ids
    life.load.add(
        InstitutionPeriod, participant_id=life.id, started_on=begun,
        institution_id=universities[life.number % len(universities)],
    )  # fmt: skip
    if life.number % 16 == 10 and life.items:
        life.load.add(
            Pause, participant_id=life.id, reason="long_sickness",
            started_on=begun + timedelta(days=90), ended_on=begun + timedelta(days=150),
        )  # fmt: skip
    if life.state is State.PAUSED:
        life.load.add(
            Pause, participant_id=life.id, reason="parental_leave",
            started_on=life.day(life.quiet), ended_on=None,
        )  # fmt: skip


def _allocate(life: Life, kind: str, user_id: int) -> int:
    ended = life.day(life.quiet) if life.state in (State.WITHDRAWN, *FINISHED) else None
    # One in thirty has lost their coach, and nobody has noticed yet.
    if kind == "coach" and life.number % 30 == 29:
        ended = life.day(20)
    return life.load.add(
        Allocation,
        participant_id=life.id,
        user_id=user_id,
        kind=kind,
        started_on=life.begun_at.date(),
        ended_on=ended,
    )
