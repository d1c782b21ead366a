"""A participant tells of a school and a pause at a browser; a lead keeps the register."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration.people.test_places import add_school
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import World


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_participant_moves_pauses_and_comes_back(world: World, sit_down: SitDown) -> None:
    amira, lead, coach = world.participant(), world.lead(), world.coach()
    world.allocate(coach, to=amira)
    urn = add_school(lead, "Hope High")
    seat = sit_down(amira)
    seat.opens_in_window("progress")
    here = f"participants/{amira.participant_id()}/places"
    seat.goes_to(here)
    seat.sees("School and support")
    seat.follows("A new school")
    seat.sees("A new school")
    seat.fills("School", "")
    seat.presses("Tell the new school")
    seat.sees("A new school")
    seat.reads("Type the URN or the name of the school.")
    seat.fills("School", urn)
    seat.presses("Tell the new school")
    seat.sees("School and support")
    seat.reads("Hope High is now the school.")
    for deed in ("pause", "leave", "leave-school", "second-school", "facts"):
        seat.goes_to(f"{here}/{deed}")
        seat.sees(seat.tool.locator("h1").inner_text())
    seat.goes_to(f"{here}/pause")
    seat.document.get_by_label("Parental leave").check()
    seat.presses("Pause")
    seat.reads("The programme is paused.")
    seat.follows("Come back")
    seat.sees("Come back")
    seat.presses("Come back")
    seat.sees("School and support")
    seat.reads("On the programme")
    _pictures(seat, "places")


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_lead_keeps_the_register_of_schools(world: World, sit_down: SitDown) -> None:
    amira, lead = world.participant(), world.lead()
    add_school(lead, "Hope High")
    seat = sit_down(lead)
    seat.opens_in_window("progress")
    seat.goes_to("schools")
    seat.sees("Schools")
    _pictures(seat, "schools")
    seat.follows("Hope High")
    seat.sees("Hope High")
    seat.chooses("What", "City Challenge area")
    seat.fills("Value", "yes")
    seat.fills("Source", "a list of the department")
    for part in ("Day", "Month", "Year"):
        seat.fills(part, {"Day": "1", "Month": "9", "Year": "2009"}[part])
    seat.presses("Note it")
    seat.reads("It is noted.")
    seat.sees("Hope High")
    _pictures(seat, "school")
    seat.follows("Change what is known")
    seat.sees("Change Hope High")
    person = f"participants/{amira.participant_id()}/places"
    seat.goes_to(f"{person}/facts")
    seat.sees("Teaching and career")
    _pictures(seat, "facts")
    seat.goes_to(f"participants/{amira.participant_id()}/allocations")
    seat.sees("Coach and tutor of Amira Khan")


def _pictures(seat: Seat, name: str) -> None:
    folder = os.environ.get("MTL_PICTURES")
    if not folder or seat.window is None:
        return
    for width in (375, 700, 1200):
        seat.window.set_viewport_size({"width": width, "height": 800})
        seat.window.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
