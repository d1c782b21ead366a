"""From the first link in a course to the mark in its gradebook, handed from person to person."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat, picture
from tests.world import World

MODULE = "Enquiry into practice: diagnosis and evidence"
EACH_STORE_AND_PLATFORM = pytest.mark.parametrize(
    "tool", ["sqlite", pytest.param("postgres", marks=pytest.mark.canvas)], indirect=True
)


@pytest.mark.timeout(300)  # some thirty pages, on a machine that may be busy
@EACH_STORE_AND_PLATFORM
def test_a_module_goes_from_the_first_link_to_the_gradebook(
    world: World, sit_down: SitDown, tmp_path: Path
) -> None:
    tessa = sit_down(world.visitor("Tessa Grant", "tutor"))
    amira = sit_down(world.visitor("Amira Khan", "participant"))
    colin = sit_down(world.visitor("Colin Hughes", "coach"))
    other = world.visitor("Ben Otieno", "participant")

    the_tutor_places_the_links(tessa)
    the_participant_sees_what_is_next(amira)
    sit_down(other).opens("My progress")
    the_coach_sees_nobody_yet(colin)
    the_tutor_makes_them_a_pair(tessa)

    the_participant_adds_evidence(amira, tmp_path)
    the_coach_attests_it(colin)
    the_coach_adds_a_record(colin, tmp_path)
    the_participant_hands_the_module_in(amira)

    the_tutor_marks(tessa)
    the_tutor_releases(tessa)
    world.deliver()
    the_tutor_sees_it_confirmed(tessa)
    the_gradebook_shows_it(tessa, amira)
    the_participant_reads_mark_and_feedback(amira)


def the_tutor_places_the_links(tessa: Seat) -> None:
    tessa.enters_course()
    tessa.page.get_by_role("link", name="Select content").click()
    tessa.sees("Choose what to add to your course")
    tessa.presses("Add to course")
    tessa.sees("Choose what to add to your course")
    tessa.reads("Choose at least one item, or cancel.")
    tessa.ticks("My progress", MODULE, "Coach evidence")
    tessa.presses("Add to course")
    expect(tessa.tool.get_by_text("Added to the course:")).to_be_visible()
    tessa.tool.get_by_role("link", name="Back to the course").click()
    for link in ("My progress", MODULE, "Coach evidence"):
        expect(tessa.page.get_by_role("link", name=link, exact=True)).to_be_visible()
    tessa.opens_gradebook()
    expect(tessa.page.get_by_role("columnheader", name=MODULE)).to_be_visible()


def the_participant_sees_what_is_next(amira: Seat) -> None:
    amira.opens("My progress")
    amira.sees("My progress")
    amira.reads("What to do next")
    cells = amira.tool.locator("td[data-strand][data-phase][data-state]")
    expect(cells).to_have_count(8 * 3)


def the_coach_sees_nobody_yet(colin: Seat) -> None:
    colin.opens("Coach evidence")
    colin.sees("My teachers")
    colin.reads("Nobody is allocated to you at the moment.")


def the_tutor_makes_them_a_pair(tessa: Seat) -> None:
    tessa.opens("My progress")
    tessa.sees("Participants")
    tessa.follows("Amira Khan")
    tessa.sees("Amira Khan")
    tessa.chooses("Person", "Colin Hughes")
    tessa.presses("Allocate")
    tessa.sees("Amira Khan")
    tessa.reads("Coach: Colin Hughes")


def the_participant_adds_evidence(amira: Seat, folder: Path) -> None:
    amira.opens("My progress")
    amira.presses("Add evidence")
    amira.sees("Add evidence")
    amira.fills("Title", "A lesson on fractions")
    amira.fills("What happened, and what did you learn from it?", "The new groups worked.")
    amira.attaches(picture(folder, "lesson plan.pdf"), picture(folder, "pupils’ work.pdf"))
    amira.ticks("1.1", "2.1")
    amira.picks("Pupils are in it, and nobody could tell who they are")
    amira.presses("Save and ask the coach")
    amira.sees("A lesson on fractions")
    amira.reads("your coach has been asked to attest it")
    amira.reads("lesson plan.pdf")
    amira.reads("pupils’ work.pdf")
    amira.opens("My progress")
    amira.tool.locator("td[data-strand='2.1'][data-phase='1'][data-state=claimed] a").click()
    amira.sees("Strand 2.1 in phase 1")
    amira.follows("A lesson on fractions")
    amira.sees("A lesson on fractions")


def the_coach_attests_it(colin: Seat) -> None:
    colin.opens("Coach evidence")
    colin.sees("My teachers")
    colin.reads("Amira Khan")
    colin.does_not_read("Ben Otieno")
    colin.follows("A lesson on fractions")
    colin.sees("A lesson on fractions")
    colin.fills("Your words", "I watched this lesson; the new groups worked as she says.")
    colin.presses("Attest this version")
    colin.sees("A lesson on fractions")
    colin.reads("Colin Hughes, coach")
    colin.reads("attested version 1")


def the_coach_adds_a_record(colin: Seat, folder: Path) -> None:
    colin.opens("Coach evidence")
    colin.follows("Add evidence about Amira Khan")
    colin.sees("Add evidence about a participant")
    colin.fills("Title", "Watched a year 7 lesson")
    colin.fills("What did you see?", "Amira asked more open questions than in September.")
    colin.attaches(picture(folder, "notes.pdf"))
    colin.ticks("3.1", "4.2")
    colin.picks("No pupils are in it")
    colin.presses("Save")
    colin.sees("Add evidence about a participant")
    colin.reads("There is a problem")
    colin.chooses("Which coaching duty does it belong to?", re.compile("^b:"))
    colin.presses("Save")
    colin.sees("Watched a year 7 lesson")
    colin.reads("notes.pdf")


def the_participant_hands_the_module_in(amira: Seat) -> None:
    amira.opens(MODULE)
    amira.sees(f"MTL1: {MODULE}")
    amira.presses("Check and submit")
    amira.sees("Submit MTL1")
    amira.ticks("This is my own work", "No pupil can be recognised")
    amira.presses("Submit MTL1")
    amira.sees(re.compile("^Receipt MTL1"))
    amira.reads("all agree")
    amira.reads("Watched a year 7 lesson")


def the_tutor_marks(tessa: Seat) -> None:
    tessa.opens("My progress")
    tessa.follows("Marking")
    tessa.sees("Marking")
    tessa.follows("Amira Khan")
    tessa.sees(f"Marking: {MODULE}")
    tessa.reads("A lesson on fractions", within=".app-bundle")
    tessa.reads("Colin Hughes", within=".app-bundle")
    tessa.fills("Feedback to the participant", "A clear account; say more about impact.")
    tessa.reads("Draft saved at", within="[data-status]")
    tessa.reloads()
    tessa.follows("Marking")
    tessa.follows("Amira Khan")
    feedback = tessa.tool.get_by_label("Feedback to the participant")
    expect(feedback).to_have_value("A clear account; say more about impact.")
    tessa.fills("Mark", "64.5")
    tessa.presses("Make the mark final")
    tessa.sees(f"Marking: {MODULE}")
    tessa.reads("There is a problem")
    tessa.fills("Mark", "64")
    tessa.presses("Make the mark final")
    tessa.sees(f"Marking: {MODULE}")
    tessa.reads("64 out of 100")


def the_tutor_releases(tessa: Seat) -> None:
    tessa.reads("Amira Khan", within="[data-release-preview]")
    tessa.reads("Provisional until confirmed by the board", within="[data-release-preview]")
    tessa.presses("Release this mark")
    tessa.sees(f"Marking: {MODULE}")
    expect(tessa.tool.locator("[data-delivery-state=queued]")).to_be_visible()


def the_tutor_sees_it_confirmed(tessa: Seat) -> None:
    tessa.follows("Deliveries")
    tessa.sees("Deliveries")
    confirmed = tessa.tool.locator("[data-delivery-state=confirmed]")
    expect(confirmed).to_contain_text("Confirmed in the gradebook")
    expect(confirmed.locator("time")).to_have_text(re.compile(r"\d{4}, \d+(:\d\d)?[ap]m"))


def the_gradebook_shows_it(tessa: Seat, amira: Seat) -> None:
    tessa.opens_gradebook()
    cell = tessa.mark_in_gradebook(amira.person)
    expect(cell.locator("strong")).to_have_text("64")
    expect(cell).to_contain_text("A clear account; say more about impact.")


def the_participant_reads_mark_and_feedback(amira: Seat) -> None:
    amira.opens("My progress")
    amira.follows(re.compile("MTL1"))
    amira.sees(f"MTL1: {MODULE}")
    amira.reads("64 out of 100")
    amira.reads("A clear account; say more about impact.")
    amira.opens_gradebook()
    expect(amira.mark_in_gradebook(amira.person).locator("strong")).to_have_text("64")
