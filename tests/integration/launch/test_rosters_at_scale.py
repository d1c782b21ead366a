"""Long rosters, several readers at once, and readers that are killed."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from lti_tool.db import begin_as_writer, db
from lti_tool.launch import roster_sync
from lti_tool.people.models import CourseMember, RosterSync
from tests.integration.launch.rosters import List, Page, a_list, stranger
from tests.world import World

PER_PAGE = 500
MOST_GROWTH = 24 * 1024  # kilobytes


@pytest.fixture
def people(world: World) -> Iterator[List]:
    with a_list(world) as served:
        yield served


def long_list(pages: int) -> object:
    """Pages that are made as they are asked for, so that the test holds no list either."""

    def page(number: int) -> Page:
        first = number * PER_PAGE
        rows = [
            stranger(first + n, email=f"ada{first + n}@school.example") for n in range(PER_PAGE)
        ]
        return Page(rows) if number + 1 < pages else Page(rows, "")

    return page


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_twenty_thousand_people_take_no_more_memory_than_two_thousand(people: List) -> None:
    people.pages = long_list(4)  # type: ignore[assignment]
    people.sync()
    before = peak()
    people.pages = long_list(40)  # type: ignore[assignment]
    outcome = people.sync()
    assert (outcome["state"], outcome["seen"], outcome["pages"]) == ("done", 20_000, 40)
    with people.world.tool.app.app_context():
        members = db.session.query(CourseMember).filter_by(course_id=people.tutor.course_id)
        assert members.count() == 20_001
    assert peak() - before < MOST_GROWTH


def test_two_readers_at_once_read_a_roster_once(people: List) -> None:
    people.has([stranger(1)], [stranger(2)])
    people.point()
    ask(people)

    def work() -> None:
        with people.world.tool.app.app_context():
            roster_sync.read_requested()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(people.asked) == 2
    assert len(people.members()) == 3


def test_two_who_ask_at_once_ask_for_one_reading(people: List) -> None:
    people.point()
    barrier, found = threading.Barrier(2), []

    def request() -> None:
        barrier.wait()
        found.append(ask(people))

    threads = [threading.Thread(target=request) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
    people.has([stranger(1)])
    assert people.outcome_of_reading(found[0])["state"] == "done"


class Killed(BaseException):
    """The process ends here, so nothing after it runs."""


def test_after_a_kill_in_the_middle_the_next_reader_begins_anew(
    people: List, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.has([stranger(1)], [stranger(2)])
    people.point()
    sync_id = ask(people)

    def die(*_: object) -> None:
        raise Killed

    with people.world.tool.app.app_context(), monkeypatch.context() as patched:
        patched.setattr(roster_sync.roster_changes, "apply_staged", die)
        with pytest.raises(Killed):
            roster_sync.read_requested(life=timedelta(seconds=0))
        db.session.rollback()
    assert set(people.members()) == {people.tutor.name}
    assert people.outcome_of_reading(sync_id)["joined"] == 2


def test_a_reading_that_keeps_killing_its_reader_is_given_up(people: List) -> None:
    people.has([stranger(1)])
    people.point()
    sync_id = ask(people)
    with people.world.tool.app.app_context():
        for _ in range(roster_sync.MOST_TRIES):
            assert roster_sync._claim(timedelta(seconds=-1)) is not None
    outcome = people.outcome_of_reading(sync_id)
    assert outcome["state"] == "failed"
    assert "broke off several times" in outcome["sentence"]


def test_a_reader_that_slept_past_its_lease_changes_nothing(people: List) -> None:
    people.has([stranger(1)])
    people.point()
    sync_id = ask(people)
    with people.world.tool.app.app_context():
        asleep = roster_sync._claim(timedelta(seconds=-1))
        assert asleep is not None
        roster_sync.read_requested()
        with pytest.raises(roster_sync.LeaseLost):
            roster_sync._apply(*asleep, timedelta(minutes=1))
        db.session.rollback()
    assert people.outcome(sync_id)["joined"] == 1


def ask(people: List) -> int:
    with people.world.tool.app.app_context():
        begin_as_writer()
        sync: RosterSync = roster_sync.request_sync(None, people.tutor.course_id)
        sync_id = sync.id
        db.session.commit()
        return sync_id
