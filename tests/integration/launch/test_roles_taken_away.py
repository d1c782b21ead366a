"""A session ends early where its person has left the course or has lost a role meanwhile."""

from __future__ import annotations

import pytest

from demo_vle.browser import Visitor
from tests.integration.launch.rosters import a_list, listed, stranger
from tests.world import COURSE_PATH, Person, World, text_of


def is_out(person: Person, path: str = "") -> bool:
    """Whether their session has ended, told in plain words."""
    page = person.get(path)
    if page.status_code != 401:
        return False
    assert "Your session has ended" in text_of(page)
    assert "Open the tool again from your course" in text_of(page)
    return True


def elsewhere(person: Person, role: str) -> Visitor:
    """The same person at another computer, after the VLE gave them another role."""
    site = person.world.vle.site
    site.enrol(person.visitor.person, person.world.course, role)
    return Visitor(person.world.vle, person.visitor.person)


def test_a_tutor_who_opens_the_course_as_a_student_is_no_tutor_in_any_browser(world: World) -> None:
    tessa = world.tutor()
    assert tessa.get("marking").status_code == 200
    other = elsewhere(tessa, "student")
    assert COURSE_PATH.search(other.launch(world.placement("progress")).url)
    assert is_out(tessa, "marking")
    assert is_out(tessa, "participants")
    assert tessa.launch("progress").status_code == 200
    assert tessa.get("marking").status_code == 403


def test_a_form_that_a_former_tutor_still_has_open_changes_nothing(world: World) -> None:
    tessa = world.tutor()
    page = tessa.get("roster")
    elsewhere(tessa, "student").launch(world.placement("progress"))
    assert tessa.submit(page, button=("action", "sync")).status_code == 401


def test_a_second_launch_in_the_same_role_ends_nothing(world: World) -> None:
    tessa, lena = world.tutor(), world.lead()
    for person in (tessa, lena):
        Visitor(world.vle, person.visitor.person).launch(world.placement("progress"))
        assert person.get("marking").status_code == 200


def test_a_participant_who_also_opens_the_coaches_link_stays_in(world: World) -> None:
    amira = world.participant()
    world.allocate(amira, to=world.participant("Ben Osei"))
    coach = Visitor(world.vle, amira.visitor.person)
    coach.launch(world.placement("coach-evidence"))
    assert amira.get("evidence").status_code == 200
    assert coach.get(f"{world.tool.url}/courses/{amira.course_id}/participants").status_code == 200


@pytest.mark.parametrize("who", ["participant", "coach", "tutor"])
def test_whoever_two_rosters_in_a_row_do_not_list_is_out_until_they_come_again(
    world: World, who: str
) -> None:
    person = {"participant": world.participant, "coach": world.coach, "tutor": world.tutor}[who]()
    stays = world.participant("Ben Ode")
    with a_list(world) as people:
        people.has([stranger(1), listed(stays)])
        people.sync()
        assert not is_out(person)
        people.sync()
    assert is_out(person)
    assert not is_out(stays)
    person.launch("coach-evidence" if who == "coach" else "progress")
    assert not is_out(person)
