"""What one participant has been through: believable, and the same at every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from lti_tool.audit.models import AuditEvent
from lti_tool.cli.demo.crowd.loading import Loader
from lti_tool.db import Base
from lti_tool.people.models import Allocation, Participant, SchoolPeriod
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


@dataclass(frozen=True)
class Place:
    """A course with its columns, and the programme that its people are on."""

    provider_id: int
    registration_id: int
    course_id: int
    version_id: int
    programme: Programme
    columns: dict[str, int]


@dataclass(frozen=True)
class Supporters:
    """Who coaches and who tutors, and where."""

    coach_id: int
    coach_name: str
    tutor_id: int
    school_id: int


@dataclass
class Life:
    """Somebody with so many pieces of evidence, spread over the modules that they came to."""

    load: Loader
    place: Place
    user_id: int
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

    @property
    def days(self) -> int:
        """How long they have been on the programme."""
        return 60 + self.items * 365 // PER_YEAR

    @property
    def begun_at(self) -> datetime:
        return self.now - timedelta(days=self.days)

    @property
    def done(self) -> Sequence[Module]:
        """The modules that were handed in; one more is worked on."""
        modules = self.place.programme.modules
        return modules[: min(len(modules) - 1, self.items // PER_MODULE)]

    def told(
        self, at: datetime, event: str, kind: type[Base], subject: int, *, by: int | None = None
    ) -> None:
        """A line of the trail; the participant did it where nobody else is named."""
        user = by or self.user_id
        roles = {self.user_id: "participant", self.supporters.coach_id: "coach"}
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
    """The participant, their post, coach and tutor."""
    begun = life.begun_at.date()
    life.load.add(
        Participant,
        id=life.id,
        provider_id=life.place.provider_id,
        user_id=life.user_id,
        programme_version_id=life.place.version_id,
        candidate_number=f"C{life.user_id:06d}",
        enrolled_on=begun,
        state="paused" if life.number % 40 == 39 else "active",
        started_on=begun,
        cohort=f"{begun.year} {'spring' if begun.month < 7 else 'autumn'}",
        subject_taught=life.random.choice(("English", "Mathematics", "Science", "History")),
        school_phase=life.random.choice(("primary", "secondary")),
        teaching_from=begun - timedelta(days=200),
        window_rule="nqt",
    )
    life.load.add(
        SchoolPeriod,
        participant_id=life.id,
        school_id=life.supporters.school_id,
        kind="main",
        started_on=begun,
    )
    life.told(life.begun_at, "participant.enrolled", Participant, life.id)
    life.coach_period = _allocate(life, "coach", life.supporters.coach_id)
    _allocate(life, "tutor", life.supporters.tutor_id)


def _allocate(life: Life, kind: str, user_id: int) -> int:
    # One in thirty has lost their coach, and nobody has noticed yet.
    ended = life.now.date() - timedelta(days=20) if life.number % 30 == 29 else None
    return life.load.add(
        Allocation,
        participant_id=life.id,
        user_id=user_id,
        kind=kind,
        started_on=life.begun_at.date(),
        ended_on=ended if kind == "coach" else None,
    )
