"""The database itself refuses periods that overlap, lie outside, or pair people with themselves."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from lti_tool.clock import today
from lti_tool.db import own_transaction
from tests.world import World

DAY = timedelta(days=1)
SCHOOL = (
    "INSERT INTO school (provider_id, urn, name) "
    "VALUES ((SELECT min(id) FROM provider), :urn, 'Hope High') RETURNING id"
)
MAIN = (
    "INSERT INTO school_period (participant_id, school_id, kind, started_on, ended_on) "
    "VALUES (:participant, :school, :kind, :started_on, :ended_on)"
)
ALLOCATION = (
    "INSERT INTO allocation (participant_id, user_id, kind, started_on, ended_on) "
    "VALUES (:participant, :user, :kind, :started_on, :ended_on)"
)
PAUSE = (
    "INSERT INTO pause (participant_id, reason, started_on, ended_on) "
    "VALUES (:participant, 'other', :started_on, :ended_on)"
)


class Rows:
    """Rows written past every activity, each in a transaction of its own."""

    def __init__(self, world: World) -> None:
        self.app = world.tool.app
        amira, colin = world.participant(), world.coach()
        self.participant = amira.participant_id()
        with self.app.app_context():
            self.amira, self.colin = amira.user().id, colin.user().id
        self.urn = str(100_000 + self.participant % 900_000)
        with self.open_transaction() as connection:
            self.school = connection.execute(text(SCHOOL), {"urn": self.urn}).scalar_one()

    def write(self, statement: str, started: int, ended: int | None, **values: Any) -> None:
        """Days are counted from today."""
        with self.app.app_context(), own_transaction() as connection:
            self.put(connection, statement, started, ended, **values)

    def put(
        self, on: Connection, statement: str, started: int, ended: int | None, **values: Any
    ) -> None:
        given = {
            "participant": self.participant,
            "school": self.school,
            "user": self.colin,
            "kind": "main" if statement == MAIN else "coach",
            "started_on": today() + started * DAY,
            "ended_on": None if ended is None else today() + ended * DAY,
            **values,
        }
        asked = {name: given[name] for name in given if f":{name}" in statement}
        on.execute(text(statement), asked)

    def leave(self, day: date) -> None:
        with self.app.app_context(), own_transaction() as connection:
            statement = "UPDATE participant SET left_on = :day WHERE id = :participant"
            connection.execute(text(statement), {"day": day, "participant": self.participant})

    @contextmanager
    def open_transaction(self) -> Iterator[Connection]:
        with self.app.app_context(), own_transaction() as connection:
            yield connection


@pytest.fixture
def rows(world: World) -> Rows:
    return Rows(world)


@pytest.mark.parametrize("statement", [MAIN, ALLOCATION, PAUSE])
@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        ((10, 20), (20, 30), True),
        ((10, 20), (5, 10), True),
        ((10, 20), (19, 30), False),
        ((10, 20), (12, 13), False),
        ((10, 20), (5, None), False),
        ((10, None), (40, 50), False),
        ((10, 20), (15, 15), True),  # one that ends the day it begins never counts
        ((10, 20), (20, None), True),
    ],
)
@pytest.mark.each_store
def test_two_periods_of_one_kind_do_not_overlap(
    rows: Rows,
    statement: str,
    first: tuple[int, int | None],
    second: tuple[int, int | None],
    fits: bool,
) -> None:
    rows.write(statement, *first)
    if fits:
        rows.write(statement, *second)
    else:
        with pytest.raises(IntegrityError):
            rows.write(statement, *second)


def test_a_second_school_may_stand_beside_the_main_one(rows: Rows) -> None:
    rows.write(MAIN, 0, None)
    rows.write(MAIN, 0, None, kind="setting")
    rows.write(MAIN, 5, None, kind="setting")


def test_two_tutors_may_overlap_and_one_tutor_twice_may_not(rows: Rows) -> None:
    rows.write(ALLOCATION, 0, 30, kind="tutor")
    with pytest.raises(IntegrityError):
        rows.write(ALLOCATION, 10, 20, kind="tutor")
    rows.write(ALLOCATION, 10, 20, kind="coach")


def test_a_period_that_is_made_longer_does_not_run_into_the_next(rows: Rows) -> None:
    rows.write(MAIN, 0, 10)
    rows.write(MAIN, 10, 20)
    longer = "UPDATE school_period SET ended_on = :ended_on WHERE participant_id = :participant "
    with pytest.raises(IntegrityError):
        rows.write(longer + "AND started_on < :started_on", 10, 15)


@pytest.mark.parametrize("kind", ["coach", "tutor"])
def test_nobody_is_their_own_coach_or_tutor(rows: Rows, kind: str) -> None:
    with pytest.raises(IntegrityError, match="nobody is their own"):
        rows.write(ALLOCATION, 0, None, kind=kind, user=rows.amira)


def test_no_allocation_lies_outside_the_registration(rows: Rows) -> None:
    with pytest.raises(IntegrityError, match="outside the registration"):
        rows.write(ALLOCATION, -1, None)
    rows.leave(today() + 10 * DAY)
    for started, ended in [(0, None), (0, 11), (10, 12)]:
        with pytest.raises(IntegrityError, match="outside the registration"):
            rows.write(ALLOCATION, started, ended)
    rows.write(ALLOCATION, 0, 10)


def test_nobody_leaves_before_their_coach_does(rows: Rows) -> None:
    rows.write(ALLOCATION, 0, 10)
    with pytest.raises(IntegrityError, match="outside the registration"):
        rows.leave(today() + 9 * DAY)
    rows.leave(today() + 10 * DAY)


@pytest.mark.parametrize("statement", [MAIN, ALLOCATION, PAUSE])
def test_of_two_who_write_at_the_same_moment_one_is_refused(rows: Rows, statement: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        with rows.open_transaction() as first:
            rows.put(first, statement, 0, 20)
            second = pool.submit(rows.write, statement, 10, 30)
        with pytest.raises(IntegrityError):
            second.result()


def test_of_leaving_and_allocating_at_the_same_moment_one_is_refused(rows: Rows) -> None:
    leave = "UPDATE participant SET left_on = :started_on WHERE id = :participant"
    with ThreadPoolExecutor(1) as pool:
        with rows.open_transaction() as first:
            rows.put(first, leave, 5, None)
            second = pool.submit(rows.write, ALLOCATION, 0, None)
        with pytest.raises(IntegrityError, match="outside the registration"):
            second.result()


def test_of_allocating_and_leaving_at_the_same_moment_one_is_refused(rows: Rows) -> None:
    with ThreadPoolExecutor(1) as pool:
        with rows.open_transaction() as first:
            rows.put(first, ALLOCATION, 0, None)
            second = pool.submit(rows.leave, today() + 5 * DAY)
        with pytest.raises(IntegrityError, match="outside the registration"):
            second.result()


def test_a_urn_has_six_digits_and_is_one_schools_alone(rows: Rows) -> None:
    for urn in ("12345", rows.urn):
        with pytest.raises(IntegrityError), rows.open_transaction() as connection:
            connection.execute(text(SCHOOL), {"urn": urn})
