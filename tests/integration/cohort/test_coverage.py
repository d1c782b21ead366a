"""The coverage page and what is behind a cell: who vouched when, which attempt, and for whom."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Grade
from tests.integration.cohort.story import add_evidence, attest, submit_module
from tests.integration.grades.factories import release_mark
from tests.pages import check_page
from tests.world import Person, World, text_of


def cell_path(person: Person, strand: str, phase: int = 1) -> str:
    return f"participants/{person.participant_id()}/coverage/{strand}/{phase}"


def items_of(page: BeautifulSoup) -> list[str]:
    return [each.get_text(" ", strip=True) for each in page.select("tr[data-item] th")]


def state_on(page: BeautifulSoup) -> str:
    found = page.select_one("p[data-state]")
    assert found is not None
    return str(found["data-state"])


def ratify(person: Person) -> None:
    """As the board will: a further revision of the grade, confirmed."""
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        grade = db.session.scalars(
            select(Grade).join(Attempt).where(Attempt.participant_id == participant_id)
        ).one()
        columns = {name.key: getattr(grade, name.key) for name in Grade.__table__.columns}
        columns.pop("id")
        changed = {"revision": grade.revision + 1, "status": "ratified", "released_at": now()}
        db.session.add(Grade(**(columns | changed)))
        db.session.commit()


def handed_in(world: World) -> tuple[Person, Person, Person]:
    """Two pieces of evidence for 1.1, one of them attested, handed in together."""
    amira, coach, tessa = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    add_evidence(amira, "A seen lesson", ["1.1"], ask=True)
    attest(coach, "A seen lesson")
    add_evidence(amira, "A told lesson", ["1.1"])
    submit_module(amira)
    return amira, coach, tessa


def attempt_of(person: Person) -> int:
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        found = db.session.scalar(
            select(Attempt.id).where(Attempt.participant_id == participant_id)
        )
    assert found is not None
    return found


def test_a_cell_tells_who_vouched_and_in_which_attempt_it_is(world: World) -> None:
    amira, _, tessa = handed_in(world)
    for person in (amira, tessa):
        page = check_page(person.get(cell_path(amira, "1.1")), 200)
        assert state_on(page) == "submitted"
        words = text_of(person.page)
        assert "2 pieces of evidence: 1 attested, 2 submitted, 0 ratified." in words
        seen, told = (each.get_text(" ", strip=True) for each in page.select("tr[data-item]"))
        assert re.search(r"A seen lesson .*Colin Hughes, \d+ \w+ \d{4}", seen)
        assert "nobody yet" in told
        assert "MTL1, attempt 1" in told
        assert "not confirmed" in told


def test_what_the_board_has_passed_is_ratified_to_all_but_a_coach(world: World) -> None:
    amira, coach, tessa = handed_in(world)
    release_mark(tessa, attempt_of(amira), 64)
    ratify(amira)
    lead = world.lead()
    for person in (amira, tessa, lead):
        page = check_page(person.get(cell_path(amira, "1.1")), 200)
        assert state_on(page) == "ratified"
        assert "2 ratified." in text_of(person.page)
    for path in (
        cell_path(amira, "1.1"),
        f"participants/{amira.participant_id()}/coverage",
        f"participants/{amira.participant_id()}",
        "participants",
    ):
        page = check_page(coach.get(path), 200)
        assert not page.select("[data-state=ratified]")
        assert "board" not in text_of(coach.page)
    assert "Towards the award" not in text_of(
        coach.get(f"participants/{amira.participant_id()}/coverage")
    )


def test_a_fail_that_the_board_confirms_ratifies_nothing(world: World) -> None:
    amira, _, tessa = handed_in(world)
    release_mark(tessa, attempt_of(amira), 30)
    ratify(amira)
    assert state_on(check_page(amira.get(cell_path(amira, "1.1")), 200)) == "submitted"


def test_an_edit_leaves_the_signature_with_the_version_it_was_given_for(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    add_evidence(amira, "A seen lesson", ["1.1"], ask=True)
    attest(coach, "A seen lesson")
    page = amira.visitor.follow(amira.get("evidence"), "A seen lesson")
    page = amira.visitor.get(page.url + "/edit")
    amira.submit(page, {"narrative": "What I thought of since."}, button=("action", "save"))
    page = check_page(amira.get(cell_path(amira, "1.1")), 200)
    assert state_on(page) == "claimed"
    assert "Changed since attested Colin Hughes for version 1" in text_of(amira.page)


def test_drafts_are_behind_a_cell_for_their_author_alone(world: World) -> None:
    amira, coach, tessa = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    add_evidence(amira, "Not ready", ["1.1"])
    assert items_of(check_page(amira.get(cell_path(amira, "1.1")), 200)) != []
    for person in (coach, tessa):
        page = check_page(person.get(cell_path(amira, "1.1")), 200)
        assert items_of(page) == []
        assert state_on(page) == "planned"
        assert "Not ready" not in text_of(person.page)


def test_evidence_taken_back_after_a_hand_in_is_still_behind_its_cell(world: World) -> None:
    amira, _, tessa = handed_in(world)
    page = amira.visitor.follow(amira.get("evidence"), "A told lesson")
    withdraw = amira.visitor.get(page.url + "/withdraw")
    amira.submit(withdraw)
    page = check_page(tessa.get(cell_path(amira, "1.1")), 200)
    told = [row for row in page.select("tr[data-item]") if "A told lesson" in row.get_text()]
    assert len(told) == 1
    assert told[0].select("th a") == []


def test_the_filter_by_module_holds_for_the_matrix_and_for_its_cells(world: World) -> None:
    amira = world.participant()
    add_evidence(amira, "For the first", ["1.1"], "MTL1")
    add_evidence(amira, "For the second", ["1.1"], "MTL2")
    base = f"participants/{amira.participant_id()}/coverage"
    page = check_page(amira.get(f"{base}?module=MTL2"), 200)
    link = page.select_one('td[data-strand="1.1"][data-phase="1"] a')
    assert link is not None
    page = check_page(amira.visitor.get(world.tool.url + str(link["href"])), 200)
    assert [name.split(" Version")[0] for name in items_of(page)] == ["For the second"]
    assert len(items_of(check_page(amira.get(cell_path(amira, "1.1")), 200))) == 2


def test_the_numbers_say_what_the_matrix_says(world: World) -> None:
    amira, _, tessa = handed_in(world)
    page = check_page(tessa.get(f"participants/{amira.participant_id()}/coverage"), 200)
    assert len(page.select("td[data-strand][data-phase][data-state]")) == 24
    row = next(
        row.get_text(" ", strip=True)
        for row in page.select("table.govuk-table tbody tr")
        if row.get_text(" ", strip=True).startswith("1.1")
    )
    assert row == "1.1 Teaching and learning 1 Submitted 2 1 2 0"


def test_a_cell_that_the_programme_does_not_have_is_not_found(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Ito")
    assert amira.get(cell_path(amira, "9.9")).status_code == 404
    assert amira.get(cell_path(amira, "1.1", 9)).status_code == 404
    assert amira.get(cell_path(amira, "1.1") + "?module=MTL99").status_code == 404
    assert ben.get(cell_path(amira, "1.1")).status_code == 404


def test_a_participant_sees_what_the_award_still_lacks(world: World) -> None:
    amira = world.participant()
    page = check_page(amira.get("progress"), 200)
    found = {
        str(each["data-condition"]): str(each["data-met"]) for each in page.select("#completion li")
    }
    assert found["credits"] == found["diagnosis_agreed"] == found["area-CA1"] == "no"
    assert "0 of 180 credits are confirmed." in text_of(amira.page)


def test_a_version_taken_back_after_a_hand_in_leaves_the_one_handed_in(world: World) -> None:
    amira, coach, tessa = handed_in(world)
    item = amira.visitor.follow(amira.get("evidence"), "A told lesson").url
    page = amira.visitor.get(item + "/edit")
    amira.submit(page, {"title": "Told anew"}, button=("action", "save"))
    assert "Told anew" in text_of(tessa.get(cell_path(amira, "1.1")))
    amira.submit(amira.visitor.get(item + "/withdraw"))
    for person in (amira, coach, tessa):
        names = items_of(check_page(person.get(cell_path(amira, "1.1")), 200))
        assert any(name.startswith("A told lesson") for name in names)
        assert "Told anew" not in text_of(person.page)
