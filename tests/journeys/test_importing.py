"""A lead imports a spreadsheet and allocates many participants at a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration.people.test_importing import number_of, user_id
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.journeys.test_reflow import too_wide
from tests.world import World


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_lead_corrects_a_file_and_confirms_what_it_changes(
    world: World, sit_down: SitDown, tmp_path: Path
) -> None:
    amira, ben, lead = world.participant(), world.participant("Ben Ali"), world.lead()
    seat = sit_down(lead)
    seat.opens_in_window("progress")
    seat.goes_to("participants")
    seat.follows("Import and export")
    looks_well(seat, "Import from a spreadsheet", "import")
    seat.presses("Check the file")
    seat.sees("Import from a spreadsheet")
    seat.reads("Choose a file.")
    file = tmp_path / "people.csv"
    header = "candidate_number,name,cohort,qts_on,subject_taught\n"
    rows = f"{number_of(amira)},Amira Khan,Autumn 2009,{{}},Music\n{number_of(ben)},Ben Ali,,,\n"
    file.write_text(header + rows.format("31/02/2010"))
    seat.attaches(file)
    seat.presses("Check the file")
    looks_well(seat, "Check: Participants", "problems")
    seat.reads("“31/02/2010” cannot be used.")
    seat.presses("Upload the corrected file")
    file.write_text(header + rows.format("04/01/2010"))
    seat.attaches(file)
    seat.presses("Check the file")
    looks_well(seat, "Check: Participants", "preview")
    seat.reads("qts on: nothing → 4 January 2010")
    seat.presses("Confirm and store 1 row")
    looks_well(seat, "Imported: Participants", "imported")
    seat.reads("0 added, 1 changed, 1 so already")


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_lead_allocates_many_and_notes_a_training(world: World, sit_down: SitDown) -> None:
    amira, ben, lead = world.participant(), world.participant("Ben Ali"), world.lead()
    old, new = world.coach(), world.coach("Dora Finch")
    world.allocate(old, to=amira)
    seat = sit_down(lead)
    seat.opens_in_window("progress")
    seat.goes_to("participants")
    seat.follows("Allocate many at once")
    looks_well(seat, "Allocate many at once", "allocate")
    seat.presses("See what changes")
    seat.sees("Allocate many at once")
    seat.reads("Choose the participants.")
    seat.ticks(f"Amira Khan {number_of(amira)}", f"Ben Ali {number_of(ben)}")
    seat.chooses("Person", "Dora Finch")
    seat.presses("See what changes")
    looks_well(seat, "What changes", "changes")
    seat.reads("Colin Hughes → Dora Finch")
    seat.presses("Confirm")
    seat.sees("Allocate many at once")
    seat.reads("2 participants have Dora Finch as coach.")
    seat.goes_to("coaches")
    looks_well(seat, "Coaches", "coaches")
    seat.goes_to(f"coaches/{user_id(new)}")
    looks_well(seat, "Training of Dora Finch", "coach")
    seat.fills("What was it?", "MTL coach training")
    for part, text in (("Day", "4"), ("Month", "1"), ("Year", "2010")):
        seat.document.get_by_label(part).first.fill(text)
    seat.presses("Note it")
    seat.sees("Training of Dora Finch")
    seat.reads("Today: Trained")


def looks_well(seat: Seat, heading: str, name: str) -> None:
    """A page is checked whole, at every width; with a folder in the environment, it is kept."""
    seat.sees(heading)
    assert too_wide(seat) == {}, heading
    folder = os.environ.get("MTL_PICTURES")
    assert seat.window is not None
    for width in (375, 700, 1200) if folder else ():
        seat.window.set_viewport_size({"width": width, "height": 800})
        seat.window.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
    seat.window.set_viewport_size({"width": 1200, "height": 800})
