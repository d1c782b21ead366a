"""Two participants learn together, at every width and by keyboard alone."""

from __future__ import annotations

import pytest

from tests.integration.learning.sharing_steps import SHARED, list_of, page_of, start, together
from tests.journeys.conftest import SitDown
from tests.journeys.test_records import looks_at
from tests.world import World

TITLE = "Planned_a_sequence_of_lessons_about_fractions_in_year_seven_with_others"


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_two_colleagues_write_down_what_they_learned(world: World, sit_down: SitDown) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    seat = sit_down(amira)
    seat.opens_in_window("progress")
    seat.follows("My plan")
    seat.tool.get_by_text("More", exact=True).click()
    seat.follows("Learning together")
    looks_at(seat, list_of(amira), "Learning together")
    seat.presses("Write down what you did together")
    seat.sees("Write down what you did together")
    seat.presses("Save")
    seat.reads("There is a problem")
    seat.sees("Write down what you did together")
    seat.fills("What did you do together?", "Planned a lesson")
    seat.ticks("4.2 Working with others")
    seat.fills("What do you share with the others? (optional)", SHARED)
    seat.presses("Save")
    seat.sees("Planned a lesson")
    seat.presses("Invite a colleague by name")
    seat.fills("Search by name", "osei")
    seat.presses("Search")
    seat.sees("Invite a colleague")
    seat.presses("Invite : Ben Osei")
    seat.sees("Planned a lesson")
    seat.reads("Invited")

    other = sit_down(ben)
    other.opens_in_window("progress")
    other.follows("My plan")
    other.follows("1 invitation waits for you")
    other.sees("Learning together")
    other.does_not_read(SHARED)
    other.presses("Accept : Planned a lesson")
    other.sees("Planned a lesson")
    other.reads(SHARED)
    other.presses("Leave")
    other.sees("Learning together")
    other.does_not_read(SHARED)


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_the_pages_of_learning_together_are_sound_for_everybody(
    world: World, sit_down: SitDown
) -> None:
    amira, ben, coach = (
        world.participant("Amira Khan"),
        world.participant("Ben Osei"),
        world.coach(),
    )
    world.allocate(coach, to=amira)
    together(amira, ben)
    entry = start(amira, title=TITLE, by_coach="yes")
    seat = sit_down(amira)
    seat.opens_in_window("progress")
    for more, heading in {
        "": TITLE,
        "/edit": "Change what was done",
        "/words": "What you learned and share",
        "/invite?q=ben": "Invite a colleague",
    }.items():
        looks_at(seat, page_of(entry, more), heading)
    seat.presses("Invite : Ben Osei")
    seat.presses("Make a code")
    looks_at(seat, page_of(entry), TITLE)
    looks_at(seat, list_of(amira), "Learning together")
    invited = sit_down(ben)
    invited.opens_in_window("progress")
    looks_at(invited, page_of(entry), TITLE)
    looks_at(invited, list_of(ben), "Learning together")
    reader = sit_down(coach)
    reader.opens_in_window("coach-evidence")
    looks_at(reader, list_of(amira), "Learning together of Amira Khan")
