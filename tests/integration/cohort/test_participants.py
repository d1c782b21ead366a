"""Who sees whom, and what of them."""

import re
import secrets
from collections.abc import Callable

import pytest
from requests import Response
from sqlalchemy import event

from lti_tool.clock import today
from lti_tool.cohort.views import exceptions
from lti_tool.cohort.views.participants import FILTERS
from lti_tool.db import db
from lti_tool.evidence import items
from lti_tool.evidence.rules import Content
from lti_tool.identity import Role
from lti_tool.people.models import Allocation, Course
from lti_tool.people.users import Arrival, admit
from lti_tool.people.visibility import current_allocation
from lti_tool.programme.attention import Reason
from tests.integration.cohort.story import add_evidence, attest
from tests.integration.grades.factories import hand_in, release_mark
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

PERSON_PAGE = re.compile(r"/participants/\d+$")
MARK = 67  # a number that no other part of these pages shows


def names_on(page: Response) -> list[str]:
    """The people listed, in the order of the page."""
    found = soup(page).select("[data-participant] a.govuk-link[href*='/participants/']")
    about = [link for link in found if PERSON_PAGE.search(str(link["href"]))]
    return list(dict.fromkeys(link.get_text(strip=True) for link in about))


def path_of(person: Person) -> str:
    return f"participants/{person.participant_id()}"


def test_a_coach_sees_their_teachers_and_nobody_else(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    coach, other = world.coach(), world.coach("Nora Blake")
    assert "Nobody is allocated to you" in text_of(coach.get("participants"))
    world.allocate(coach, to=amira)
    world.allocate(other, to=ben)
    check_page(coach.get("participants"), 200)
    assert names_on(coach.page) == ["Amira Khan"]
    check_page(coach.get(path_of(amira)), 200)
    check_page(coach.get(path_of(ben)), 404)
    check_page(coach.get("participants/999999"), 404)


def test_a_former_coach_sees_nothing_any_more(world: World) -> None:
    amira, coach, after = world.participant(), world.coach(), world.coach("Nora Blake")
    world.allocate(coach, to=amira)
    assert names_on(coach.get("participants")) == ["Amira Khan"]
    world.allocate(after, to=amira)
    assert names_on(coach.get("participants")) == []
    assert coach.get(path_of(amira)).status_code == 404
    assert names_on(after.get("participants")) == ["Amira Khan"]


def test_a_participant_sees_themself_only(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    assert amira.get(path_of(amira)).url.endswith("/progress")
    check_page(amira.get(path_of(ben)), 404)
    for path in ("participants", "cohort", "roster", f"{path_of(ben)}/allocations"):
        assert amira.get(path).status_code in {403, 404}, path


def test_a_tutor_sees_the_course_and_who_has_no_coach(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    coach, tutor = world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    page = check_page(tutor.get("participants"), 200)
    assert names_on(tutor.page) == ["Ben Osei", "Amira Khan"]
    rows = {row["data-participant"]: row.get_text(" ") for row in page.select("tr")[1:]}
    assert "Colin Hughes" in rows[str(amira.participant_id())]
    assert "No coach" in rows[str(ben.participant_id())]
    assert names_on(tutor.get("participants?show=no-coach")) == ["Ben Osei"]
    assert names_on(tutor.get("participants?q=AMIRA")) == ["Amira Khan"]
    assert names_on(tutor.get("participants?q=%25")) == []
    with world.tool.app.app_context():
        number = amira.candidate_number()
    # Whoever marks by number must not learn here whose number it is.
    assert names_on(tutor.get(f"participants?q={number}")) == []
    assert names_on(world.lead().get(f"participants?q={number}")) == ["Amira Khan"]


def test_a_tutor_of_another_course_does_not_see_them(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    elsewhere = World(world.tool, world.vle)
    stranger = elsewhere.tutor("Omar Said")
    assert tutor.get(path_of(amira)).status_code == 200
    assert names_on(stranger.get("participants")) == []
    assert stranger.get(path_of(amira)).status_code == 404
    world.allocate(stranger, to=amira, kind="tutor")
    assert names_on(stranger.get("participants")) == ["Amira Khan"]


def test_a_lead_sees_everybody_and_first_what_needs_attention(world: World) -> None:
    elsewhere = World(world.tool, world.vle)
    rosa = elsewhere.participant("Rosa Linden-Vale")
    lead = world.lead()
    words = text_of(lead.get("cohort"))
    check_page(lead.page, 200)
    assert words.index("What needs attention") < words.index("How far each content area has come")
    assert "Participants without a coach" in words
    # The provider is shared: what there is differs from run to run, its order does not.
    weights = {title: reason.weight for reason, title in exceptions.TITLES.items()}
    shown = [
        (-int(tag.get_text().replace(",", "")) * weights[title], title)
        for item in soup(lead.page).select(".govuk-task-list__item")
        if (title := item.select("a")[0].get_text(strip=True)) in weights
        for tag in item.select(".govuk-tag")
    ]
    assert shown == sorted(shown)
    none = soup(lead.page).find("p", string=re.compile("^Nothing: "))
    assert none is not None
    there = {title for _, title in shown}
    for reason, title in exceptions.TITLES.items():
        assert (FILTERS[reason].lower() in none.get_text()) is (title not in there)
    assert names_on(lead.get("participants?q=Linden-Vale"))[0] == "Rosa Linden-Vale"
    check_page(lead.get(path_of(rosa)), 200)


def test_many_light_exceptions_come_before_a_grave_one_only_where_they_weigh_more() -> None:
    grave, light = Reason.NO_COACH.weight, Reason.OVERDUE.weight
    counts = {"one grave": (1, grave), "b": (grave, light), "a": (grave, light)}
    counts["many"] = (grave + 1, light)
    found = [
        exceptions.Exceptional(title, title, count, weight, "", "")
        for title, (count, weight) in counts.items()
    ]
    found.sort(key=lambda one: one.rank)
    assert [one.title for one in found] == ["many", "a", "b", "one grave"]


def test_a_coach_is_shown_no_mark_anywhere(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    release_mark(tutor, hand_in(amira), MARK)
    assert f"Passed with {MARK}" in text_of(tutor.get(path_of(amira)))
    for path in ("participants", path_of(amira), "modules/MTL1", "help"):
        words = text_of(coach.get(path))
        for secret in (str(MARK), "Passed", "Merit,", "30 of 180", "Provisional ·"):
            assert secret not in words, f"{path} tells the coach '{secret}'"
    for path in ("cohort", "roster", "marking", "deliveries", f"{path_of(amira)}/allocations"):
        assert coach.get(path).status_code == 403


def test_requests_stand_first_on_a_coachs_page(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    coach = world.coach()
    world.allocate(coach, to=amira)
    world.allocate(coach, to=ben)
    add_evidence(amira, "A private draft")
    add_evidence(ben, "Please look at this", ask=True)
    page = check_page(coach.get("participants"), 200)
    assert "A private draft" not in page.get_text()
    assert page.select_one("h1 ~ ul a").get_text(strip=True) == "Please look at this"  # type: ignore[union-attr]
    assert names_on(coach.page) == ["Ben Osei", "Amira Khan"]
    attest(coach, "Please look at this")
    assert "Please look at this" not in text_of(coach.get("participants"))


def test_a_coachs_matrix_counts_only_what_was_shared_with_them(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    add_evidence(amira, "Shared", ["1.1"], ask=True)
    add_evidence(amira, "A private draft", ["1.1", "2.1"])
    assert state_of(amira.get("progress"), "2.1") == "claimed"
    page = check_page(coach.get(path_of(amira)), 200)
    assert state_of(coach.page, "2.1") == "planned"
    assert "1 item, 0 attested" in text_of(coach.page)
    cell = page.select_one('td[data-strand="1.1"][data-phase="1"]')
    assert cell is not None
    link = cell.find("a")
    assert link is not None
    behind = coach.visitor.get(world.tool.url + str(link["href"]))  # type: ignore[index]
    check_page(behind, 200)
    assert "Shared" in text_of(behind)
    assert "A private draft" not in text_of(behind)


def state_of(page: Response, strand: str) -> str:
    cell = soup(page).select_one(f'td[data-strand="{strand}"][data-phase="1"]')
    assert cell is not None
    return str(cell["data-state"])


@pytest.mark.parametrize("path", ["participants", "cohort", "participants?show=no-coach"])
def test_a_list_costs_the_same_for_thirty_as_for_three(world: World, path: str) -> None:
    viewer, word = world.lead() if path == "cohort" else world.tutor(), secrets.token_hex(4)
    if path == "cohort":  # a lead sees the people of all tests
        path += f"?q={word}"
    newcomers(viewer, 3, word)
    few = statements(viewer, path)
    newcomers(viewer, 27, word)
    assert statements(viewer, path) == few


def test_a_home_costs_the_same_for_much_evidence_as_for_little(world: World) -> None:
    amira = world.participant()
    add_evidence(amira, "The first")
    few = statements(amira, "progress")
    for number in range(6):
        add_evidence(amira, f"More {number}", ["2.1", "3.1"], "MTL2")
    assert statements(amira, "progress") == few


def newcomers(person: Person, count: int, word: str = "Person") -> None:
    """Participants of the course with an item each, as a launch and a form would make them."""
    with person.world.tool.app.app_context():
        course = db.session.get_one(Course, person.course_id)
        for _ in range(count):
            name = f"{word} {secrets.token_hex(4)}"
            viewer = admit(Arrival(name, name, None, Role.PARTICIPANT), course, as_coach=False)
            strands = ("1.1", "4.2")
            items.add(viewer, Content("Something seen", "", today(), "MTL1", strands, None))
        db.session.commit()


# Each a little above what it takes. On SQLite sessions and launches are kept in the database, too,
# and every beginning of a transaction counts.
MOST_OF_A_LAUNCH = {"sqlite": 29, "postgres": 16}
MOST_OF_A_HOME = {"sqlite": 19, "postgres": 17}


def test_a_launch_and_the_page_it_opens_take_few_statements(world: World) -> None:
    amira = world.participant()
    taken = statements_of(amira, lambda: amira.launch("progress"))
    assert taken <= MOST_OF_A_LAUNCH[world.tool.store]


def test_a_home_with_evidence_takes_few_statements(world: World) -> None:
    amira = world.participant()
    add_evidence(amira, "The first", ["1.1"])
    assert statements(amira, "progress") <= MOST_OF_A_HOME[world.tool.store]


def statements(person: Person, path: str) -> int:
    """How many statements one page takes."""
    return statements_of(person, lambda: person.get(path))


def statements_of(person: Person, ask: Callable[[], Response]) -> int:
    """How many statements an answer takes; the tool answers in this process."""
    counted: list[str] = []

    def count(_c: object, _k: object, statement: str, *_: object) -> None:
        counted.append(statement)

    with person.world.tool.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        check_page(ask(), 200)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(counted)


def test_an_allocation_that_begins_tomorrow_opens_nothing_today(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    with world.tool.app.app_context():
        found = current_allocation(amira.participant_id(), coach.user().id, "coach")
        assert found is not None
        allocation = db.session.get_one(Allocation, found.id)
        allocation.started_on = allocation.started_on.replace(year=allocation.started_on.year + 1)
        db.session.commit()
    assert names_on(coach.get("participants")) == []
    assert coach.get(path_of(amira)).status_code == 404
