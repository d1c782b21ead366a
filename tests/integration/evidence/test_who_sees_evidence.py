"""Whoever may not see evidence is told that it does not exist."""

from __future__ import annotations

import pytest

from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.people.allocations import current_allocations, end_allocation
from lti_tool.people.models import Participant
from tests.integration.evidence.steps import PDF, added, fill_in, submit, words
from tests.world import Person, World, soup


def pages_of(person: Person, item: int) -> list[str]:
    """The addresses of an item: page, form, question and file."""
    link = soup(person.get(f"evidence/{item}")).select_one(".app-files a")
    assert link is not None
    file = str(link["href"]).split(f"/courses/{person.course_id}/")[1]
    return [f"evidence/{item}", f"evidence/{item}/edit", f"evidence/{item}/withdraw", file]


def test_nobody_sees_another_participants_evidence(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    item = added(amira, ("plan.pdf", PDF))
    for address in pages_of(amira, item):
        assert ben.get(address).status_code == 404, address
    assert "fractions" not in words(ben.get("evidence"))


def test_a_coach_sees_the_evidence_of_their_own_participants_only(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    colin, dora = world.coach(), world.coach("Dora Lind")
    world.allocate(colin, to=amira)
    world.allocate(dora, to=ben)
    item = added(amira, ("plan.pdf", PDF), button="submit")
    assert colin.get(f"evidence/{item}").status_code == 200
    for address in pages_of(amira, item):
        assert dora.get(address).status_code == 404, address
    assert "fractions" in words(colin.get("evidence"))
    assert "fractions" not in words(dora.get("evidence"))


def test_a_former_coach_sees_nothing_any_more_not_even_their_own_record(world: World) -> None:
    amira, colin, lena = world.participant(), world.coach(), world.lead()
    world.allocate(colin, to=amira)
    shared = added(amira, ("plan.pdf", PDF), button="submit")
    written = added(colin, ("seen.pdf", PDF), duty="d")
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, participant_id)
        for allocation in current_allocations(participant, "coach"):
            end_allocation(lena.viewer(Role.LEAD), allocation)
        db.session.commit()
    for address in [*pages_of(amira, shared), f"evidence/{written}"]:
        assert colin.get(address).status_code == 404, address
    assert amira.get(f"evidence/{written}").status_code == 200


def test_a_draft_is_for_its_author_alone(world: World) -> None:
    amira, colin, tessa = world.participant(), world.coach(), world.tutor()
    world.allocate(colin, to=amira)
    item = added(amira, ("plan.pdf", PDF))
    for person in (colin, tessa, world.lead()):
        assert person.get(f"evidence/{item}").status_code == 404
        about_amira = person.get(f"evidence?participant={amira.participant_id()}")
        assert "0 items" in words(about_amira)


@pytest.mark.parametrize("shares", ["asks the coach", "hands it in"])
def test_what_was_taken_out_of_a_draft_before_it_was_shared_stays_its_authors(
    world: World, shares: str
) -> None:
    amira, colin, tessa = world.participant(), world.coach(), world.tutor()
    world.allocate(colin, to=amira)
    item = added(amira, ("class photo.pdf", PDF), narrative="Pupil Zed Example cried")
    photo = pages_of(amira, item)[-1]
    cleaned = {"narrative": "A pupil cried", "kept": []}
    button = "submit" if shares == "asks the coach" else "save"
    fill_in(amira, amira.get(f"evidence/{item}/edit"), cleaned, button=button)
    if shares == "hands it in":
        submit(amira, item)
    fill_in(amira, amira.get(f"evidence/{item}/edit"), {"narrative": "A pupil cried a little"})
    for person in (colin, tessa):
        shown = words(person.get(f"evidence/{item}"))
        assert "Version 2" in shown
        assert "Version 1" not in shown
        assert "A pupil cried" in words(person.get(f"evidence/{item}?version=2"))
        assert person.get(f"evidence/{item}?version=1").status_code == 404
        assert person.get(photo).status_code == 404
    assert "Zed Example" in words(amira.get(f"evidence/{item}?version=1"))
    assert amira.get(photo).content == PDF


def test_every_version_of_a_coachs_record_is_there_for_the_participant(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    item = added(colin, ("seen.pdf", PDF), duty="d")
    fill_in(colin, colin.get(f"evidence/{item}/edit"), {"narrative": "A word more"})
    assert "Version 1" in words(amira.get(f"evidence/{item}"))
    assert amira.get(f"evidence/{item}?version=1").status_code == 200


def test_a_tutor_of_the_course_sees_what_is_shared(world: World) -> None:
    amira, colin, tessa = world.participant(), world.coach(), world.tutor()
    world.allocate(colin, to=amira)
    item = added(amira, button="submit")
    assert "A lesson on fractions" in words(tessa.get(f"evidence/{item}"))
    assert tessa.get(f"evidence/{item}/edit").status_code == 403


def test_withdrawn_evidence_is_there_for_its_author_alone(world: World) -> None:
    amira, colin, tessa = world.participant(), world.coach(), world.tutor()
    world.allocate(colin, to=amira)
    item = added(amira, button="submit")
    page = amira.get(f"evidence/{item}/withdraw")
    assert "Nobody but you will see it" in words(page)
    amira.submit(page, button=("action", "withdraw"))
    assert amira.get(f"evidence/{item}").status_code == 200
    for person in (colin, tessa):
        assert person.get(f"evidence/{item}").status_code == 404


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("strand=1.1", ["One"]),
        ("strand=2.1", ["One", "Two"]),
        ("phase=1", ["One"]),
        ("phase=2&strand=2.1", ["Two"]),
        ("module=MTL4", ["Two"]),
        ("state=attested", []),
        ("phase=9", []),
    ],
)
def test_the_list_shows_what_was_asked_for(world: World, query: str, shown: list[str]) -> None:
    amira = world.participant()
    added(amira, title="One", strands=["1.1", "2.1"], module="MTL1")
    added(amira, title="Two", strands=["2.1"], module="MTL4")
    page = amira.get(f"evidence?{query}")
    assert page.status_code == 200
    assert sorted(link.get_text() for link in soup(page).select("tbody th a")) == shown
