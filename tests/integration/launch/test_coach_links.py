"""Links for coaches about a part of the course: found, placed, and opened by everybody."""

from __future__ import annotations

from typing import Any

import pytest

from demo_vle.browser import Visitor
from demo_vle.state import Placement
from lti_tool.db import db
from lti_tool.launch.models import PlacedItem
from tests.integration.launch.test_deep_linking import choose, settings
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

BOTH = pytest.mark.parametrize(
    "product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)]
)
ON_SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def placed(world: World, tutor: Visitor, *items: str, words: str = "") -> list[Placement]:
    """Let a tutor find and place links for coaches, by the pages there are."""
    page = tutor.deep_link(world.course, tamper=settings(accept_multiple=True))
    page = choose(tutor, page, action="parts")
    page = tutor.submit(page, values={"words": words}, button=("action", "find"))
    check_page(page, 200)
    tutor.submit(choose(tutor, page, *items), "form[data-auto-submit]")
    return world.vle.site.placements_of(world.course)[-len(items) :]


def about(person: Person) -> str:
    return f"coach-evidence:participant:{person.participant_id()}"


@BOTH
def test_a_link_narrows_a_coachs_evidence_and_tells_others_whom_it_is_for(
    world: World, product: str
) -> None:
    assert world.product == product
    amira, ben, tessa = world.participant(), world.participant("Ben Osei"), world.tutor()
    colin, dora = world.coach(), world.coach("Dora Lind")
    world.allocate(colin, to=amira)
    world.allocate(dora, to=ben)
    module, one = placed(
        world, tessa.visitor, "coach-evidence:module:MTL2", about(amira), words="a"
    )
    assert world.vle.site.columns_of(world.course) == []
    page = colin.visitor.launch(one)
    assert f"/evidence?participant={amira.participant_id()}" in page.url
    assert "Evidence about Amira Khan" in text_of(page)
    page = dora.visitor.launch(module)
    assert page.url.endswith("/evidence?module=MTL2")
    told = dora.visitor.launch(one)
    check_page(told, 200)
    assert "You do not coach this participant today" in text_of(told)
    assert "Amira" not in told.text
    for person, sentence in ((amira, "It is for your coach,"), (ben, "coach of one participant")):
        told = person.visitor.launch(one)
        check_page(told, 200)
        assert "This link is for coaches" in text_of(told)
        assert sentence in text_of(told)
        assert person.get("progress").status_code == 200
    assert "Amira" not in told.text
    told = tessa.visitor.launch(one)
    assert "It is for the coach of Amira Khan" in text_of(told)
    read = tessa.visitor.follow(told, "The evidence that it is about")
    assert "Evidence about Amira Khan" in text_of(read)


@ON_SQLITE
def test_a_link_is_of_its_course_and_a_copy_of_it_shows_nobody_new(world: World) -> None:
    amira, colin, dora = world.participant(), world.coach(), world.coach("Dora Lind")
    world.allocate(colin, to=amira)
    (one,) = placed(world, world.tutor().visitor, about(amira), words="khan")
    path = colin.visitor.launch(one).history[-1].url.split("/courses/")[1].split("/", 1)[1]
    assert path.startswith("coach-links/")
    other = World(world.tool, world.vle)
    assert other.coach("Una Vale").get(path).status_code == 404
    copy = world.vle.site.place(
        other.course, "Copied", custom=one.custom, url=f"{world.tool.url}/lti/launch"
    )
    assert "This link is for another coach" in text_of(other.coach("Olu Ade").visitor.launch(copy))
    tutor = other.tutor("Otto Vale").visitor
    asked = tutor.launch(copy)
    assert "It waits until a tutor confirms it" in text_of(asked)
    assert "Amira" not in asked.text
    listed = tutor.get(asked.url.rsplit("/", 1)[0])
    assert "Waits until a tutor confirms the copied link" in text_of(listed)
    assert "Amira" not in listed.text
    assert dora.get("links/1").status_code == 403


@ON_SQLITE
def test_among_many_participants_one_is_found_by_name(world: World) -> None:
    tessa, amira = world.tutor(), world.participant("Amira Zeldin")
    for number in range(21):
        world.participant(f"Aaron Crowd{number}")
    page = tessa.visitor.deep_link(world.course, tamper=settings(accept_multiple=True))
    assert "Zeldin" not in page.text
    page = choose(tessa.visitor, page, "progress", action="parts")
    check_page(page, 200)
    assert "There are more participants than are shown here" in text_of(page)
    assert "Zeldin" not in page.text
    find: dict[str, Any] = {"words": "zeldin ami"}
    page = tessa.visitor.submit(page, values=find, button=("action", "find"))
    check_page(page, 200)
    values = [str(each["value"]) for each in soup(page).select("input[name=items]")]
    assert values == ["progress", about(amira)]
    assert soup(page).select_one("input[value=progress][checked]")
    outside = World(world.tool, world.vle).participant("Nobody Here")
    refused = choose(tessa.visitor, page, about(outside))
    assert refused.status_code == 422
    assert "Nobody Here" not in refused.text
    with world.tool.app.app_context():
        query = db.session.query(PlacedItem).filter_by(participant_id=outside.participant_id())
        assert query.count() == 0
