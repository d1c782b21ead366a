"""One participation as a story of dated acts, and what must be true of it after each of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import DomainError, NotFound
from lti_tool.identity import Role, Viewer
from lti_tool.people import allocations, moves, participation, schools, starting
from lti_tool.people.models import (
    Allocation,
    Institution,
    InstitutionPeriod,
    Participant,
    Pause,
    School,
    SchoolPeriod,
    User,
)
from lti_tool.people.programmes import newest_version, programme_of
from lti_tool.people.states import State
from lti_tool.programme.timing import window
from tests.world import World

DAY = timedelta(days=1)
_urns = itertools.count(500_000)


class Place:
    """A partnership with a lead, three schools, two universities, three coaches and two tutors."""

    def __init__(self, world: World) -> None:
        self.app = world.tool.app
        lead = world.lead()
        with self.app.app_context():
            self.lead = lead.viewer(Role.LEAD)
            self.schools = [self._school(name) for name in ("Hope High", "Brook", "Ash Grove")]
            named = f"University {self.schools[0]}"
            self.universities = [
                schools.add_institution(self.lead, f"{named} {letter}").id for letter in "AB"
            ]
            names = ("Colin", "Nora", "Dora", "Tessa", "Otto")
            self.people = [self.add_user(name) for name in names]
            db.session.commit()

    def _school(self, name: str) -> int:
        taken = set(db.session.scalars(select(School.urn)))
        urn = next(str(urn) for urn in _urns if str(urn) not in taken)
        return schools.add_school(self.lead, urn, name).id

    def add_user(self, name: str) -> int:
        """Somebody of the partnership, inside an application context."""
        user = User(provider_id=self.lead.provider_id, name=f"{name} Blake", created_at=now())
        db.session.add(user)
        db.session.flush()
        return user.id


class Watched:
    """A participant whose rows are looked at; `check` is called again as a history goes on."""

    def __init__(self, app: Flask, participant_id: int) -> None:
        self.app = app
        self.id = participant_id
        self.events = 0

    def check(self) -> None:
        """What must never happen (invariants 17, 18 and 20), looked up from the rows themselves."""
        with self.app.app_context():
            amira = db.session.get_one(Participant, self.id)
            mine = self._rows(Allocation)
            check_apart([each for each in mine if each.kind == "coach"])
            for user_id in {each.user_id for each in mine}:
                check_apart([x for x in mine if (x.user_id, x.kind) == (user_id, "tutor")])
            check_apart([each for each in self._rows(SchoolPeriod) if each.kind == "main"])
            check_apart(self._rows(InstitutionPeriod))
            check_apart(self._rows(Pause))
            for each in mine:
                assert each.user_id != amira.user_id
                assert each.started_on >= amira.enrolled_on or each.ended_on == each.started_on
            if amira.left_on is not None:
                check_over([*mine, *self._rows(InstitutionPeriod)], amira.left_on)
            self._check_state(amira)
            self._check_window(amira)
            self._check_trail()

    def _check_state(self, amira: Participant) -> None:
        rests = [each for each in self._rows(Pause) if each.ended_on is None]
        assert (amira.state == State.PAUSED) == (len(rests) == 1)
        assert (amira.state == State.WITHDRAWN) == (amira.left_on is not None)
        assert len(allocations.current_allocations(amira, "coach")) <= 2  # now, and ahead
        allocations.current_coach(amira)
        moves.school_on(amira, today())

    def _check_window(self, amira: Participant) -> None:
        programme, career = programme_of(amira), participation.career_of(amira)
        plain = window(programme, career, today=today())
        pauses = participation.pauses_of([self.id])[self.id]
        rested = window(programme, career, pauses, today=today())
        if plain.ends_on is not None:
            assert rested.ends_on is not None
            assert rested.ends_on >= plain.ends_on

    def _check_trail(self) -> None:
        about = select(func.count()).where(AuditEvent.participant_id == self.id)
        found = db.session.scalar(about) or 0
        assert found >= self.events, "What was on record is gone."
        self.events = found

    def _rows(self, table: type[Any]) -> list[Any]:
        return list(db.session.scalars(select(table).where(table.participant_id == self.id)))


class Life(Watched):
    """A participant who enrolled today, and acts about them, each in a transaction of its own."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.refused: list[str] = []
        with place.app.app_context():
            user_id = place.add_user("Amira")
            made = Participant(
                provider_id=place.lead.provider_id, user_id=user_id,
                programme_version_id=newest_version(place.lead.provider_id).id,
                candidate_number=f"H{user_id:06d}", enrolled_on=today(), window_rule="nqt",
                teaching_from=today(), induction_from=today(),
            )  # fmt: skip
            db.session.add(made)
            db.session.commit()
            super().__init__(place.app, made.id)

    @contextmanager
    def changing(self) -> Iterator[Participant]:
        """The participant, in a transaction that is committed if nothing is raised."""
        with self.place.app.app_context():
            yield db.session.get_one(Participant, self.id)
            db.session.commit()

    def does(self, act: str, choice: int = 0, days: int = 0) -> bool:
        """Whether an act, dated some days from today, was done; refused in words is no fault."""
        try:
            with self.changing() as amira:
                ACTS[act](self.place, amira, choice, today() + days * DAY)
        except DomainError as refusal:
            self.refused.append(str(refusal))
            return False
        return True


def check_over(periods: list[Any], left_on: date) -> None:
    """Nothing that belongs to a registration goes on after its end."""
    for each in periods:
        if each.ended_on != each.started_on:
            assert each.ended_on is not None
            assert each.ended_on <= left_on


def check_apart(periods: list[Any]) -> None:
    """No two of these periods share a day."""
    counting = [each for each in periods if each.ended_on != each.started_on]
    counting.sort(key=lambda each: each.started_on)
    for one, other in itertools.pairwise(counting):
        assert one.ended_on is not None
        assert one.ended_on <= other.started_on


def _viewer(place: Place, amira: Participant, choice: int) -> Viewer:
    """The lead, or the participant."""
    if choice % 2:
        return place.lead
    return Viewer(amira.user_id, Role.PARTICIPANT, amira.provider_id, place.lead.course_id)


def _allocate(kind: str) -> Callable[[Place, Participant, int, date], object]:
    def do(place: Place, amira: Participant, choice: int, on: date) -> object:
        people = place.people[:3] if kind == "coach" else place.people[2:]
        user_id = people[choice % 3]
        return allocations.allocate(place.lead, amira, user_id, kind, on=on, handover="Year 9.")

    return do


def _end(place: Place, amira: Participant, choice: int, on: date) -> None:
    found = [each for kind in ("coach", "tutor") for each in
             allocations.current_allocations(amira, kind)]  # fmt: skip
    if not found:
        raise NotFound("Nobody is allocated.")
    allocations.end_allocation(place.lead, found[choice % len(found)], on=max(on, today()))


def _move(place: Place, amira: Participant, choice: int, on: date) -> None:
    school = db.session.get_one(School, place.schools[choice % 3])
    moves.move_school(_viewer(place, amira, choice), amira, school, on)


def _join(place: Place, amira: Participant, choice: int, on: date) -> None:
    school = db.session.get_one(School, place.schools[choice % 3])
    moves.complete_move(school, amira.candidate_number, "Blake", on)


def _second(place: Place, amira: Participant, choice: int, on: date) -> None:
    school = db.session.get_one(School, place.schools[choice % 3])
    moves.add_setting(place.lead, amira, school, on)


def _end_second(place: Place, amira: Participant, choice: int, on: date) -> None:
    found = [each for each in moves.school_periods(amira) if each.kind == "setting"]
    moves.end_setting(place.lead, amira, found[0].id if found else 0, on)


def _university(place: Place, amira: Participant, choice: int, on: date) -> None:
    found = db.session.get_one(Institution, place.universities[choice % 2])
    moves.move_university(place.lead, amira, found, on)


def _pause(place: Place, amira: Participant, choice: int, on: date) -> None:
    reason = ("parental_leave", "other")[choice // 2 % 2]
    participation.pause(_viewer(place, amira, choice), amira, reason, on)


ACTS: dict[str, Callable[[Place, Participant, int, date], object]] = {
    "coach": _allocate("coach"),
    "tutor": _allocate("tutor"),
    "end allocation": _end,
    "move": _move,
    "new school says so": _join,
    "second school": _second,
    "end second school": _end_second,
    "university": _university,
    "pause": _pause,
    "resume": lambda place, amira, choice, on: participation.resume(
        _viewer(place, amira, choice), amira, on
    ),
    "leave school": lambda place, amira, choice, on: moves.leave_school(
        _viewer(place, amira, choice), amira, on
    ),
    "take back": lambda place, amira, choice, on: moves.take_back_move(place.lead, amira),
    "withdraw": lambda place, amira, choice, on: participation.withdraw(
        _viewer(place, amira, choice), amira, "not_said", on
    ),
    "reinstate": lambda place, amira, choice, on: participation.reinstate(place.lead, amira),
    "start": lambda place, amira, choice, on: starting.start(place.lead, amira, on),
}
