"""A participant's own pages: what is next, the matrix, the module and its mark."""

from bs4 import BeautifulSoup, Tag

from tests.integration.cohort.story import add_evidence, attest, submit_module
from tests.integration.grades.factories import hand_in, release_mark
from tests.pages import check_page
from tests.world import Person, World, soup, text_of


def next_step(amira: Person) -> str:
    """The first thing on the home page, which is where it has to be."""
    page = check_page(amira.get("progress"), 200)
    heading = page.find("h2")
    assert heading is not None
    assert heading.get_text(strip=True) == "What to do next"
    following = heading.find_next_sibling()
    assert isinstance(following, Tag)
    first = following.select_one("li a") or following
    return first.get_text(" ", strip=True)


def cell(page: BeautifulSoup, strand: str, phase: int) -> Tag:
    found = page.select_one(f'td[data-strand="{strand}"][data-phase="{phase}"]')
    assert found is not None
    return found


def test_the_next_step_moves_on_as_things_happen(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    assert (
        next_step(amira) == "Add evidence for MTL1, Enquiry into practice: diagnosis and evidence."
    )
    world.allocate(coach, to=amira)
    add_evidence(amira, "Grouping in year 9", ["1.1", "2.1", "3.1", "4.1"])
    assert "in draft: ask your coach" in next_step(amira)
    ask = amira.visitor.follow(amira.get("evidence"), "Grouping in year 9")
    amira.submit(ask, button=("action", "submit"), form='form[action$="/ask"]')
    assert "MTL2" in next_step(amira)
    assert "Your coach has 1 item of MTL1 to look at" in text_of(amira.get("progress"))
    attest(coach, "Grouping in year 9", action="return")
    assert "Your coach has returned 1 item of MTL1" in next_step(amira)


def test_attested_evidence_is_handed_in_then_waits_for_the_tutor(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    add_evidence(amira, "All four areas", ["1.1", "2.1", "3.1", "4.1"], ask=True)
    attest(coach, "All four areas")
    assert next_step(amira) == "Your evidence for MTL1 is attested: look through it and submit."
    submit_module(amira)
    assert "MTL1 is with your tutor for marking" in text_of(amira.get("progress"))
    page = check_page(amira.get("modules/MTL1"), 200)
    assert page.select_one('a[href*="/receipts/"]')
    assert not page.select_one('a[href$="/submit"]')


def test_a_released_mark_is_told_as_provisional_and_read_once(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    attempt = hand_in(amira)
    assert "out of 100" not in text_of(amira.get("modules/MTL1"))
    assert soup(amira.page).select_one("#result-heading") is None
    release_mark(tutor, attempt, 64, "Well argued.")
    assert next_step(amira) == "Your mark and feedback for MTL1 are here: read them."
    words = text_of(amira.get("modules/MTL1"))
    check_page(amira.page, 200)
    told = soup(amira.page).select_one("#result-heading + p")
    assert told is not None
    assert told.get_text() == "64 out of 100: Merit, provisional until the board confirms it"
    assert "Well argued." in words
    assert "read them" not in text_of(amira.get("progress"))
    assert "30 of 180" in text_of(amira.page)


def test_a_cell_of_the_matrix_leads_to_the_evidence_behind_it(world: World) -> None:
    amira = world.participant()
    add_evidence(amira, "Tracking progress", ["1.2"])
    add_evidence(amira, "Something else", ["4.2"])
    page = check_page(amira.get("progress"), 200)
    assert len(page.select("td[data-strand][data-phase][data-state]")) == 24
    assert cell(page, "1.2", 1)["data-state"] == "claimed"
    assert cell(page, "1.1", 1)["data-state"] == "planned"
    assert cell(page, "1.1", 3)["data-state"] == "none"
    link = cell(page, "1.2", 1).find("a")
    assert isinstance(link, Tag)
    behind = amira.visitor.get(amira.world.tool.url + str(link["href"]))
    check_page(behind, 200)
    assert "Tracking progress" in text_of(behind)
    assert "Something else" not in text_of(behind)


def test_the_matrix_can_show_one_module(world: World) -> None:
    amira = world.participant()
    add_evidence(amira, "For the first", ["1.1"], "MTL1")
    add_evidence(amira, "For the second", ["2.1"], "MTL2")
    page = check_page(amira.get("progress?module=MTL2"), 200)
    assert cell(page, "2.1", 1)["data-state"] == "claimed"
    assert cell(page, "1.1", 1)["data-state"] == "planned"
    assert amira.get("progress?module=MTL99").status_code == 404


def test_a_module_says_what_it_asks_and_what_is_still_unusual(world: World) -> None:
    amira = world.participant()
    words = text_of(amira.get("modules/MTL1"))
    check_page(amira.page, 200)
    assert "Critical knowledge" in words
    assert "Add at least one item of evidence to MTL1 first." in words
    add_evidence(amira, "Only one area", ["1.1"])
    words = text_of(amira.get("modules/MTL1"))
    assert "Your coach has not attested any evidence for MTL1 yet." in words
    assert soup(amira.page).select_one('a[href$="modules/MTL1/submit"]')
    assert amira.get("modules/NONE").status_code == 404


def test_every_page_of_a_newcomer_is_sound(world: World) -> None:
    amira = world.participant()
    for path in ("progress", "help", "evidence", *(f"modules/MTL{n}" for n in range(1, 9))):
        check_page(amira.get(path), 200)


def test_a_link_opens_what_it_was_placed_for(world: World) -> None:
    assert world.participant(opens="progress").page.url.endswith("/progress")
    assert world.participant("Ben Osei", opens="MTL3").page.url.endswith("/modules/MTL3")
    assert world.participant("Carys Evans", opens="coach-evidence").page.status_code == 200
    assert world.coach().page.url.endswith("/participants")
    assert world.tutor(opens="progress").page.url.endswith("/participants")
    assert "/marking?module=MTL1" in world.tutor(opens="MTL1").page.url
    assert world.lead().page.url.endswith("/cohort")
