"""A database full of people: so many participants, each with evidence, plan, talks and marks.

Nothing of it goes through the activities, which would take days; what they would have refused is
not made up either. Participants are numbered, and number 0 is the same at every size.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from flask import Flask
from sqlalchemy import ColumnElement, case, func, literal, select

from lti_tool.cli.demo.crowd.applications import write_applications
from lti_tool.cli.demo.crowd.coaches import train
from lti_tool.cli.demo.crowd.lives import Life, Place, Supporters, enrol
from lti_tool.cli.demo.crowd.loading import Loader
from lti_tool.cli.demo.crowd.marks import columns_of, hand_in_all
from lti_tool.cli.demo.crowd.plans import add_due_dates, write_plan, write_talks
from lti_tool.cli.demo.crowd.portfolios import write_evidence
from lti_tool.cli.demo.crowd.schools import add_school, add_universities
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.launch.models import CourseServices, Deployment, Registration
from lti_tool.people.models import (
    Course,
    CourseMember,
    PlatformIdentity,
    User,
)
from lti_tool.people.programmes import newest_version, parsed
from lti_tool.people.providers import get_provider

LIVES = 100  # participants of the first course, of whom all others are copies
SECOND = 24  # hundreds of participants in the second course, where there are so many
OTHERS = 5  # hundreds in each further one
PER_TUTOR, PER_SCHOOL = 25, 8
# How many each coach has, again and again: one more than five is told to the lead.
COACH_LOADS = (5, 3, 1, 4, 6, 2)
# Pieces of evidence, again and again: fifty on average, and eighty of number 0.
ITEMS = (80, 20, 40, 50, 60)
# fmt: off
GIVEN = (
    "Amira", "Ben", "Chloe", "Daniel", "Efua", "Farah", "George", "Hana", "Idris", "Jess",
    "Kofi", "Leila", "Maya", "Noor", "Owen",
)
FAMILY = (
    "Ahmed", "Begum", "Clarke", "Davies", "Edwards", "Fraser", "Green", "Hughes", "Iqbal",
    "Jones", "Khan", "Lewis", "Mensah", "Novak", "Osei", "Patel", "Quinn", "Roberts", "Singh",
    "Taylor", "Usman", "Vaughan", "Walker", "Young",
)
# fmt: on


@dataclass(frozen=True)
class Known:
    """Somebody who can be signed in: who, as what, in which course."""

    user_id: int
    role: Role
    course_id: int


@dataclass(frozen=True)
class Crowd:
    """Whom to look for in the database that was filled."""

    provider_id: int
    registration_id: int
    participant: Known
    participant_id: int
    coach: Known
    tutor: Known
    busy_tutor: Known | None  # of the course of 2,400, where there is one
    lead: Known
    rows: dict[str, int]


def fill(app: Flask, participants: int, lives: int = LIVES) -> Crowd:
    """Fill the empty database of this application, by so many lives at a time."""
    with app.app_context():
        provider_id = get_provider().id
        version = newest_version(provider_id)
        version_id, programme = version.id, parsed(version.definition)
        db.session.rollback()
        load = Loader(db.engine)
        filling = _Filling(load, provider_id, now())
        copies = max(0, -(-participants // lives) - 1)
        courses = [filling.course(index) for index in range(_course_after(copies) + 1)]
        columns = [columns_of(load, course_id, programme) for course_id in courses]
        lead_id = filling.person("Lena Okafor", courses[0], Role.LEAD)  # each copy has a lead, too
        place = Place(
            provider_id, filling.registration_id, courses[0], version_id, programme, columns[0],
            lead_id, add_universities(load, provider_id),
        )  # fmt: skip
        first = filling.people_of(place, range(min(participants, lives)))
        load.flush()
        if copies:
            load.copy(
                copies,
                {
                    "course": _course_of,
                    "line_item": lambda copy: _course_of(copy) * len(programme.modules),
                },
            )
        add_due_dates(load, place, filling.now)
        load.close()
        busy_tutor = _first_tutor(courses[1]) if copies else None
        return Crowd(
            provider_id=provider_id,
            registration_id=filling.registration_id,
            participant=Known(first.first_user_id, Role.PARTICIPANT, courses[0]),
            participant_id=first.first_participant_id,
            coach=Known(first.coach_id, Role.COACH, courses[0]),
            tutor=Known(first.tutor_id, Role.TUTOR, courses[0]),
            busy_tutor=busy_tutor,
            lead=Known(lead_id, Role.LEAD, courses[0]),
            rows=load.counts,
        )


def _first_tutor(course_id: int) -> Known:
    query = select(func.min(CourseMember.user_id)).where(
        CourseMember.course_id == course_id, CourseMember.role == Role.TUTOR.value
    )
    return Known(db.session.scalars(query).one(), Role.TUTOR, course_id)


def _course_after(copies: int) -> int:
    """How many courses there are besides the first."""
    return 0 if copies == 0 else 1 + max(0, -(-(copies - SECOND) // OTHERS))


def _course_of(copy: ColumnElement[int]) -> ColumnElement[int]:
    """How many courses behind the first a copy's is: the second one takes many."""
    further = 2 + (copy - SECOND - 1) // OTHERS
    return case((copy <= SECOND, literal(1)), else_=further)


@dataclass(frozen=True)
class _Course:
    tutor_id: int
    coach_id: int
    first_user_id: int
    first_participant_id: int


class _Filling:
    """The people around the participants, as they are needed."""

    def __init__(self, load: Loader, provider_id: int, moment: datetime) -> None:
        self.load = load
        self.provider_id = provider_id
        self.now = moment
        self.began = moment - timedelta(days=3 * 365)
        self.registration_id, self.deployment_id = self._platform()

    def _platform(self) -> tuple[int, int]:
        """A VLE that may launch us; nobody answers there."""
        registration = self.load.add(
            Registration,
            provider_id=self.provider_id,
            name="VLE",
            product="moodle",
            issuer="http://vle.example",
            client_id="crowd",
            auth_login_url="http://vle.example/auth",
            auth_token_url="http://vle.example/token",
            jwks_url="http://vle.example/certs",
            created_at=self.began,
        )
        deployment = self.load.add(
            Deployment,
            registration_id=registration,
            deployment_id="1",
            created_at=self.began,
            approved_at=self.began,
        )
        return registration, deployment

    def course(self, index: int) -> int:
        """A course with a gradebook."""
        found = self.load.add(
            Course,
            provider_id=self.provider_id,
            registration_id=self.registration_id,
            deployment_id=self.deployment_id,
            context=f"{index + 1}",
            title=f"Teaching and Learning {index + 1}",
            created_at=self.began,
        )
        self.load.add(
            CourseServices, course_id=found, scopes=[], updated_at=self.began,
            lineitems_url=f"http://vle.example/{found}/lineitems",
        )  # fmt: skip
        return found

    def people_of(self, place: Place, numbers: range) -> _Course:
        """The participants of a course with those who support them."""
        tutors, coaches, found = [], [], []
        for number in numbers:
            position = number - numbers.start
            if position % PER_TUTOR == 0:
                tutors.append(self.person(_name(number + 3), place.course_id, Role.TUTOR))
            if begins_coach(position):
                name = _name(number + 7)
                coaches.append((self.person(name, place.course_id, Role.COACH), name))
                train(self.load, coaches[-1][0], len(coaches), self.now)
            if position % PER_SCHOOL == 0:
                name = f"{FAMILY[number % len(FAMILY)]} Road School {number}"
                school = add_school(
                    self.load, self.provider_id, name, position // PER_SCHOOL, self.now.date()
                )
            user_id = self.person(_name(number), place.course_id, Role.PARTICIPANT)
            life = Life(
                self.load,
                place,
                user_id,
                _name(number),
                number,
                ITEMS[number % len(ITEMS)],
                Supporters(*coaches[-1], tutors[-1], school),
                self.now,
            )
            _write(life)
            found.append((user_id, life.id))
            if position % 100 == 99:
                self.load.flush()
        self.load.flush()
        return _Course(tutors[0], coaches[0][0], *found[0])

    def person(self, name: str, course_id: int, role: Role) -> int:
        """Somebody of a course, with an account in its VLE."""
        user = self.load.add(
            User,
            provider_id=self.provider_id,
            name=name,
            email=None,
            created_at=self.began,
            lead_since=self.began if role is Role.LEAD else None,
        )
        self.load.add(
            PlatformIdentity, user_id=user, registration_id=self.registration_id, subject=f"{user}"
        )
        self.load.add(
            CourseMember, course_id=course_id, user_id=user, role=role.value,
            last_launch_at=self.now,
        )  # fmt: skip
        return user


def _write(life: Life) -> None:
    enrol(life)
    write_applications(life)
    write_plan(life)
    write_talks(life)
    hand_in_all(life, write_evidence(life))


def begins_coach(position: int) -> bool:
    """Whether the next coach's teachers begin with this one."""
    return position % sum(COACH_LOADS) in {0, *accumulate(COACH_LOADS[:-1])}


def _name(number: int) -> str:
    """Names come back, as they do among thousands."""
    return f"{GIVEN[number % len(GIVEN)]} {FAMILY[(number // len(GIVEN)) % len(FAMILY)]}"
