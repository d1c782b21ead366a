"""What tutors and operators see of a roster being read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lti_tool.errors import NotAllowed, NotFound
from lti_tool.identity import Role
from lti_tool.launch import roster_sync
from tests.integration.launch.rosters import MEMBERSHIP, TEST_USER, List, Page, a_list, stranger
from tests.world import World, soup, text_of


@pytest.fixture
def people(world: World) -> Iterator[List]:
    with a_list(world) as served:
        yield served


def read(people: List) -> None:
    """What the worker does."""
    with people.world.tool.app.app_context():
        roster_sync.read_requested()


def press(people: List) -> str:
    """Ask for the list on the page of people, and read what that page says then."""
    people.point()
    form = people.tutor.get("roster")
    page = people.tutor.submit(form, button=("action", "sync"), form="form[action$=sync]")
    assert page.status_code == 200, text_of(page)
    return text_of(page)


def test_the_button_asks_and_the_page_tells_how_far_it_is_and_what_came_of_it(
    people: List,
) -> None:
    people.has([stranger(1)], [stranger(2)])
    assert "has not been updated from the VLE yet" in text_of(people.tutor.get("roster"))
    assert "The list is about to be updated" in press(people)
    seen: list[str] = []
    pages = people.pages
    assert isinstance(pages, list)
    pages[1].meanwhile = lambda: seen.append(text_of(people.tutor.get("roster")))
    read(people)
    assert "2 people on 1 page read" in seen[0]
    assert "Ada Stranger 1" not in seen[0], "It shows what may yet prove not to be whole."
    told = text_of(people.tutor.get("roster"))
    assert "Last updated from the VLE on" in told
    assert "3 people, 2 new, 0 left" in told
    assert "Ada Stranger 1" in told


def test_pressing_twice_reads_once(people: List) -> None:
    people.has([stranger(1)])
    press(people)
    press(people)
    read(people)
    assert len(people.asked) == 1


def test_a_failure_is_told_beside_what_was_known_before(people: List) -> None:
    people.has([stranger(1)])
    people.sync()
    people.has(Page([stranger(2)]), Page(status=500))
    people.sync()
    told = text_of(people.tutor.get("roster"))
    assert "could not be updated" in told
    assert "error 500 on page 2. Nothing was changed" in told
    assert "Last updated from the VLE on" in told
    assert "Ada Stranger 1" in told


def test_who_left_stands_on_a_page_of_its_own(people: List) -> None:
    people.has([stranger(1), stranger(2)])
    people.sync()
    people.has([stranger(2)])
    people.sync()
    people.sync()
    page = people.tutor.get("roster")
    assert "Ada Stranger 1" not in text_of(page)
    assert "1 person has left" in text_of(page)
    left = people.tutor.get("roster?left=1")
    names = [each.get_text() for each in soup(left).select("tbody th")]
    assert [name.strip() for name in names] == ["Ada Stranger 1"]


def test_a_test_user_is_marked_on_the_page_and_cannot_be_allocated(people: List) -> None:
    people.has([stranger(703, roles=[MEMBERSHIP + "Learner", TEST_USER]), stranger(704)])
    people.sync()
    page = soup(people.tutor.get("roster"))
    marked = {
        row.select_one("th").get_text(" ", strip=True)  # type: ignore[union-attr]
        for row in page.select("tbody tr")
        if "Test user" in row.get_text()
    }
    assert marked == {"Ada Stranger 703 Test user"}
    amira = people.world.participant()
    form = soup(people.tutor.get(f"participants/{amira.participant_id()}/allocations"))
    offered = " ".join(option.get_text() for option in form.select("select[name=user] option"))
    assert "Ada Stranger 704" in offered
    assert "Ada Stranger 703" not in offered


def test_who_has_not_come_yet_is_seen_and_can_be_given_a_coach(people: List) -> None:
    coach = people.world.coach()
    people.has([stranger(705)])
    people.sync()
    row = soup(people.tutor.get("roster")).select_one("tr[data-participant]")
    assert row is not None
    assert "Not yet" in row.get_text()
    form = people.tutor.get(f"participants/{row['data-participant']}/allocations")
    with people.world.tool.app.app_context():
        chosen = {"kind": "coach", "user": str(coach.user().id)}
    page = people.tutor.submit(form, chosen, button=("action", "save"))
    assert f"{coach.name} is now the coach of Ada Stranger 705" in text_of(page)


@pytest.mark.parametrize("role", ["PARTICIPANT", "COACH"])
def test_only_staff_have_a_roster_read(world: World, role: str) -> None:
    tutor = world.tutor()
    with world.tool.app.app_context(), pytest.raises(NotAllowed):
        roster_sync.request_sync(tutor.viewer(Role[role]), tutor.course_id)


def test_a_tutor_has_only_the_roster_of_their_own_course_read(world: World) -> None:
    tutor = world.tutor()
    with world.tool.app.app_context(), pytest.raises(NotFound):
        roster_sync.request_sync(tutor.viewer(Role.TUTOR), tutor.course_id - 1)


def test_the_command_reads_and_tells(people: List) -> None:
    people.has([stranger(1)])
    people.point()
    run = people.world.tool.app.test_cli_runner()
    number = str(people.tutor.course_id)
    result = run.invoke(args=["roster", "sync", "--course", number])
    assert f"Course {number}: 2 listed, 1 new, 0 left.\n" in result.output
    people.has(Page(status=500))
    result = run.invoke(args=["roster", "sync", "--course", number])
    assert result.exit_code == 1
    assert "error 500" in result.output


@pytest.mark.parametrize("words", [[], ["--course", "1", "--all"], ["--course", "99999999"]])
def test_the_command_wants_one_course_or_all(world: World, words: list[str]) -> None:
    result = world.tool.app.test_cli_runner().invoke(args=["roster", "sync", *words])
    assert result.exit_code in {1, 2}
    assert "course" in result.output
