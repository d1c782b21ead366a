"""A roster is read whole and applied at once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.launch import memberships, roster_sync
from lti_tool.launch.memberships import CONTAINER
from lti_tool.people.models import CourseMember
from tests.integration.launch.rosters import (
    MEMBERSHIP,
    TEST_USER,
    List,
    Page,
    a_list,
    listed,
    stranger,
)
from tests.world import World

CURLY = "<{next}>; rel=“next”"


@pytest.fixture
def people(world: World) -> Iterator[List]:
    with a_list(world) as served:
        yield served


def enrolled(world: World, count: int, role: str = "participant") -> list[str]:
    """People of the VLE's course who have not come yet."""
    return [world.visitor(f"Never Came {n:02d}", role).person.name for n in range(count)]  # type: ignore[attr-defined]


def sync(world: World, course_id: int) -> dict[str, Any]:
    """Have the VLE's own list read."""
    return List(world, _At(course_id), "").sync()  # type: ignore[arg-type]


class _At:
    def __init__(self, course_id: int) -> None:
        self.course_id = course_id


@pytest.mark.parametrize(
    ("product", "pages"), [("moodle", 1), pytest.param("canvas", 2, marks=pytest.mark.canvas)]
)
def test_the_whole_roster_of_a_vle_is_read(world: World, product: str, pages: int) -> None:
    tutor = world.tutor()
    names = enrolled(world, 60)
    outcome = sync(world, tutor.course_id)
    assert outcome == {
        "state": "done",
        "pages": pages,
        "seen": 61,
        "joined": 60,
        "departed": 0,
        "sentence": None,
    }
    here = List(world, tutor, "")
    assert set(here.members()) == {*names, tutor.name}
    assert here.participants() == dict.fromkeys(names, "roster")
    assert world.product == product


def test_people_are_asked_for_in_the_bare_media_type_and_without_a_limit(people: List) -> None:
    people.has([stranger(1)])
    assert people.sync()["state"] == "done"
    assert [each["Accept"] for each in people.asked] == [CONTAINER]


@pytest.mark.parametrize("link", ['<{next}>; rel="next"', CURLY, "<{next}>; rel=next"])
def test_every_page_is_read_however_its_link_is_quoted(people: List, link: str) -> None:
    people.has(Page([stranger(1)], link), [stranger(2)])
    assert people.sync()["pages"] == 2
    assert {"Ada Stranger 1", "Ada Stranger 2"} <= set(people.members())


def test_whoever_moves_between_two_pages_counts_once(people: List) -> None:
    people.has([stranger(1), stranger(2)], [stranger(2), stranger(3)])
    assert people.sync()["joined"] == 3


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        pytest.param([Page([stranger(1)]), Page(status=503)], "error 503", id="second fails"),
        pytest.param([Page([stranger(1)], "<{first}>; rel=next")], "into itself", id="circle"),
        pytest.param([Page([stranger(1)]), Page(None, "")], "Page 2", id="no list"),
        pytest.param([Page([stranger(1)], "<http://localhost:1/>; rel=next")], "address", id="far"),
        pytest.param([Page([stranger(1)]), Page([{"name": "No id"}], "")], "Person 1", id="no id"),
        pytest.param([Page([stranger(1), "nonsense"], "")], "Person 3", id="no row"),
        pytest.param([Page([stranger(1), stranger(2, roles=[3])], "")], "Person 3", id="roles"),
        pytest.param([Page(status=403)], "administrator", id="not let in"),
        pytest.param([Page(status=404)], "Open the tool", id="gone"),
        pytest.param(
            [Page(None, "", body={"members": [stranger(1)], "context": {"id": "another"}})],
            "another course",
            id="of another course",
        ),
    ],
)
def test_a_roster_that_is_not_whole_changes_nothing(
    people: List, pages: list[Page], says: str
) -> None:
    before = set(people.members())
    people.has(*pages)
    outcome = people.sync()
    assert outcome["state"] == "failed"
    assert says in outcome["sentence"]
    assert set(people.members()) == before


def test_a_list_without_end_is_given_up(people: List, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memberships, "MOST_PAGES", 7)
    people.pages = lambda number: Page([stranger(number)])
    outcome = people.sync()
    assert (outcome["state"], len(people.asked)) == ("failed", 7)
    assert "does not end" in outcome["sentence"]
    assert len(people.members()) == 1


def test_a_list_with_nobody_in_it_is_not_believed(people: List) -> None:
    people.has([], staff=False)
    outcome = people.sync()
    assert outcome["state"] == "failed"
    assert people.members()[people.tutor.name].absent_count == 0


def test_a_vle_that_is_down_leaves_a_sentence(world: World) -> None:
    tutor = world.tutor()
    world.vle.site.faults.add("memberships", "drop_before", times=2)
    outcome = sync(world, tutor.course_id)
    assert outcome["state"] == "failed"
    assert "does not answer" in outcome["sentence"]


def absent(people: List, **name: str) -> tuple[int, bool]:
    member = people.members()[name.get("name", "Ada Stranger 1")]
    return member.absent_count, member.left_at is not None


def test_absent_once_is_still_there_and_twice_has_left_and_back_is_back(people: List) -> None:
    people.has([stranger(1), stranger(2)])
    people.sync()
    people.has([stranger(2)])
    assert people.sync()["departed"] == 0
    assert absent(people) == (1, False)
    assert people.sync()["departed"] == 1
    assert absent(people) == (2, True)
    assert people.sync()["departed"] == 0
    people.has([stranger(1), stranger(2)])
    assert people.sync()["joined"] == 0
    assert absent(people) == (0, False)


def test_absences_count_in_a_row_and_a_broken_roster_is_none(people: List) -> None:
    people.has([stranger(1)])
    people.sync()
    people.has([stranger(2)])
    people.sync()
    people.has(Page([stranger(2)]), Page(status=500))
    people.sync()
    assert absent(people) == (1, False)
    people.has([stranger(1)])
    people.sync()
    people.has([stranger(2)])
    people.sync()
    assert absent(people) == (1, False)


def test_an_inactive_person_counts_as_absent(people: List) -> None:
    people.has([stranger(1)])
    people.sync()
    people.has([stranger(1, status="Inactive"), stranger(2)])
    people.sync()
    assert absent(people) == (1, False)


def test_whoever_left_and_opens_the_tool_again_is_back(people: List, world: World) -> None:
    amira = world.participant()
    people.has([stranger(1)])
    people.sync()
    people.sync()
    assert absent(people, name=amira.name) == (2, True)
    amira.launch("progress")
    assert absent(people, name=amira.name) == (0, False)


def test_a_tutor_whom_the_roster_calls_a_learner_stays_a_tutor(people: List) -> None:
    people.has([listed(people.tutor, "Learner")], staff=False)
    people.sync()
    assert people.members()[people.tutor.name].role == "tutor"
    assert people.participants() == {}


def test_after_a_month_the_roster_counts_but_nobody_met_as_a_tutor_is_enrolled(
    people: List, world: World
) -> None:
    with world.tool.app.app_context():
        begin_as_writer()
        course = CourseMember.course_id == people.tutor.course_id
        long_ago = now() - timedelta(days=31)
        db.session.execute(update(CourseMember).where(course).values(last_launch_at=long_ago))
        db.session.commit()
    people.has([listed(people.tutor, "Learner")], staff=False)
    people.sync()
    assert people.members()[people.tutor.name].role == "participant"
    assert people.participants() == {}


def test_a_known_coach_whom_the_roster_calls_a_learner_is_not_enrolled(
    people: List, world: World
) -> None:
    coach = world.coach()
    people.has([listed(coach, "Learner")])
    people.sync()
    assert people.members()[coach.name].role == "coach"
    assert people.participants() == {}


def test_a_test_user_is_marked_and_not_enrolled(people: List) -> None:
    test_student = stranger(701, roles=[MEMBERSHIP + "Learner", TEST_USER])
    people.has([test_student, stranger(702)])
    people.sync()
    found = people.members()
    assert [found[f"Ada Stranger {n}"].is_test_user for n in (701, 702)] == [True, False]
    assert people.participants() == {"Ada Stranger 702": "roster"}


def test_a_role_without_a_place_in_the_tool_brings_nobody(people: List) -> None:
    people.has([stranger(1, role="Manager"), stranger(2)])
    assert people.sync()["joined"] == 1
    assert "Ada Stranger 1" not in people.members()


def test_without_names_people_are_still_told_apart(people: List) -> None:
    rows = [{"user_id": f"secret-00000{n}", "roles": ["Learner"]} for n in (1, 2)]
    people.has(rows)
    people.sync()
    assert {"Person 000001", "Person 000002"} <= set(people.members())


def test_the_roster_brings_new_names_and_takes_none_away(people: List, world: World) -> None:
    amira = world.participant("Amira Khan")
    people.has([{**listed(amira), "name": "Amira Khan-Shah"}])
    people.sync()
    row = listed(amira)
    del row["name"]
    people.has([row])
    people.sync()
    assert "Amira Khan-Shah" in people.members()


def test_people_with_the_same_address_stay_two(people: List, world: World) -> None:
    amira = world.participant("Amira Khan")
    address = amira.visitor.person.email  # type: ignore[attr-defined]
    people.has([listed(amira), stranger(1, email=address)])
    assert people.sync()["joined"] == 1


def test_expected_on_the_roster_becomes_met_with_the_first_launch(world: World) -> None:
    tutor = world.tutor()
    amira = world.visitor("Amira Khan", "participant")
    here = List(world, tutor, "")
    sync(world, tutor.course_id)
    assert here.participants() == {"Amira Khan": "roster"}
    amira.launch(world.placement("progress"))
    assert here.participants() == {"Amira Khan": "launch"}


def test_an_expected_participant_who_comes_as_coach_is_set_aside(world: World) -> None:
    tutor = world.tutor()
    coach = world.visitor("Colin Hughes", "coach")
    here = List(world, tutor, "")
    sync(world, tutor.course_id)
    coach.launch(world.placement("coach-evidence"))
    member = here.members()["Colin Hughes"]
    assert (member.role, member.source) == ("coach", "launch")
    assert here.participants() == {"Colin Hughes": "mistaken"}
    assert "Colin Hughes" not in tutor.get("participants").text


def test_the_daily_round_asks_once_a_day_for_courses_in_use(people: List, world: World) -> None:
    people.has([stranger(1)])
    with world.tool.app.app_context():
        roster_sync.AT_ONCE, kept = 10_000, roster_sync.AT_ONCE
        try:
            roster_sync._request_daily()
            first = len(waiting(people))
            roster_sync._request_daily()
            assert (first, len(waiting(people))) == (1, 1)
        finally:
            roster_sync.AT_ONCE = kept
            discard_requests()


def waiting(people: List) -> list[int]:
    from lti_tool.people.models import RosterSync

    found = db.session.query(RosterSync.id).filter_by(course_id=people.tutor.course_id).all()
    db.session.rollback()
    return [each.id for each in found]


def discard_requests() -> None:
    from lti_tool.people.models import RosterSync

    begin_as_writer()
    db.session.query(RosterSync).filter_by(state="queued").delete()
    db.session.commit()
