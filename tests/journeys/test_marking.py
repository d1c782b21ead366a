"""A tutor marks while the connection drops and the session runs out, and loses no word."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.integration.grades.factories import an_item, hand_in
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import World

PAGE = re.compile("^Marking: ")
STATUS = "[data-status]"
FEEDBACK = "Feedback to the participant"


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_draft_outlives_a_cut_connection_and_an_ended_session(
    world: World, sit_down: SitDown
) -> None:
    amira, tutor = world.participant("Amira Khan", opens="MTL1"), world.tutor(opens="MTL1")
    hand_in(amira, items=[an_item("Lesson study", item=11), an_item("A visit", item=12)])
    tessa = sit_down(tutor)
    tessa.page.set_viewport_size({"width": 700, "height": 900})
    tessa.opens("MTL1")
    tessa.follows("Amira Khan")
    evidence_is_linked_and_a_comment_kept(tessa)

    tessa.accepted.add("net::ERR_INTERNET_DISCONNECTED")
    tessa.context.set_offline(True)
    tessa.fills(FEEDBACK, "Written on a train.")
    tessa.reads("Not saved yet: the tool cannot be reached", within=STATUS)
    tessa.context.set_offline(False)
    tessa.reads("Draft saved at", within=STATUS)

    tessa.context.clear_cookies()
    tessa.expects(401)
    tessa.expects(400)
    tessa.fills(FEEDBACK, "Written on a train. And after lunch.")
    tessa.reads("Not saved yet: your session has ended", within=STATUS)
    tessa.reads("Open the VLE in a new tab", within=STATUS)
    launch_in_another_tab(tessa)
    tessa.reads("Draft saved at", within=STATUS)
    tessa.opens("MTL1")
    tessa.follows("Amira Khan")
    expect(tessa.tool.get_by_label(FEEDBACK)).to_have_value("Written on a train. And after lunch.")


def evidence_is_linked_and_a_comment_kept(tessa: Seat) -> None:
    tessa.waits_for(PAGE)
    tessa.tool.locator("details:has(#evidence-K) summary").click()
    tessa.tool.locator("#evidence-K").get_by_label("A visit").check()
    line = tessa.tool.locator("[data-bears-on='12']")
    expect(line).to_be_visible()
    expect(tessa.tool.locator("[data-bears-on='11']")).to_be_hidden()
    tessa.fills(FEEDBACK, "Say more about impact.")
    tessa.tool.get_by_text("Your comments (0)").click()
    tessa.presses("Keep this comment")
    tessa.tool.get_by_text("Your comments (1)").click()
    tessa.sees(PAGE)
    field = tessa.tool.get_by_label(FEEDBACK)
    field.fill("Well argued.")
    field.press("Home")
    tessa.presses("Insert")
    expect(field).to_have_value("Say more about impact.Well argued.")
    expect(field).to_be_focused()
    expect(line).to_be_visible()


def launch_in_another_tab(tessa: Seat) -> None:
    """Open the link from the course again, beside the page that still holds the text."""
    page = tessa.context.new_page()
    page.goto(f"{tessa.world.vle.url}/courses/{tessa.world.course.id}?as={tessa.person.id}")
    page.get_by_role("link", name="MTL1", exact=True).click()
    expect(page.frame_locator("iframe[name=tool]").locator("h1")).to_have_text("Marking")
    page.close()
