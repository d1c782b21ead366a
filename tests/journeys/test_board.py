"""A board from its papers to the final mark in the gradebook, and what the participant reads."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lti_tool.db import db
from lti_tool.people.models import Participant
from tests.integration.grades.factories import hand_in, release_mark
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import Person, World


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_a_board_makes_a_mark_final_and_the_participant_shows_it(
    world: World, sit_down: SitDown
) -> None:
    amira, tutor = world.participant("Amira Khan", opens="MTL1"), world.tutor()
    world.tutor("Charles Chair")
    release_mark(tutor, hand_in(amira), 64)
    lena = sit_down(world.lead())
    lena.opens_in_window("progress")
    lena.follows("Boards: papers, decisions and awards")
    lena.sees_whole("Boards")
    lena.picks("A meeting")
    lena.fills("Name", "Board of the summer")
    for part, value in (("Day", "1"), ("Month", "7"), ("Year", "2026")):
        lena.tool.get_by_role("textbox", name=part).fill(value)
    lena.presses("Plan the board")
    lena.sees_whole("Board of the summer")
    lena.presses("Draw up the papers")
    lena.reads("Papers ready")
    lena.sees_whole("Board of the summer")
    lena.does_not_read("Amira")
    lena.chooses("Chair", "Charles Chair")
    lena.fills("Others who are present, one name a line", "Edna Outside\nFrank Further")
    lena.picks("was consulted beforehand")
    lena.presses("Begin the board")
    lena.reads("Charles Chair in the chair")
    lena.sees_whole("Board of the summer")
    lena.follows("MTL1: Enquiry into practice: diagnosis and evidence")
    lena.sees_whole("MTL1: Enquiry into practice: diagnosis and evidence")
    lena.tool.locator("tr[data-attempt] a").click()
    lena.sees_whole("Candidate " + candidate_of(world, amira))
    lena.picks("Confirm 64 as it is")
    lena.presses("Enter the decision")
    lena.reads("Confirmed as it is")
    lena.follows("Board of the summer")
    lena.fills("Minutes", "All were of one mind.")
    lena.presses("Lock the minutes")
    lena.reads("Minutes locked")
    lena.sees_whole("Board of the summer")
    sees_the_rest(lena, world, amira)

    world.deliver()
    lena.opens_gradebook()
    expect(lena.mark_in_gradebook(amira.visitor.person).locator("strong")).to_have_text("64")
    reader = sit_down(amira)
    reader.opens("progress")
    reader.follows("Your results: how each mark was formed, your credit, and what you share")
    reader.sees_whole("My results")
    reader.reads("64 out of 100: Merit Final")
    reader.tool.locator("form[data-audience=coach] button").click()
    reader.sees("My results")
    reader.reads("Your coach sees this mark.")


def sees_the_rest(lena: Seat, world: World, amira: Person) -> None:
    """Pages of a board that its own way does not lead over."""
    candidate = candidate_of(world, amira)
    assert lena.window is not None
    board = lena.window.url.rpartition("/courses/")[2].partition("/")[2]
    lena.goes_to(f"{board}/awards/{amira.participant_id()}")
    lena.sees_whole(f"Award of candidate {candidate}")
    lena.goes_to(f"{board}/modules/MTL1")
    lena.tool.locator("tr[data-attempt] a").click()
    lena.sees_whole(f"Candidate {candidate}")  # once the minutes are locked
    lena.goes_to("boards")
    lena.sees_whole("Boards")
    lena.goes_to(f"participants/{amira.participant_id()}/results")
    lena.sees_whole("Results of Amira Khan")


def candidate_of(world: World, person: Person) -> str:
    """The number by which a board speaks of somebody."""
    participant_id = person.participant_id()
    with world.tool.app.app_context():
        found = db.session.get_one(Participant, participant_id)
        return found.candidate_number
