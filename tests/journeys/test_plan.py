"""A diagnosis is agreed, a target set and a talk confirmed, by two people at their browsers."""

from __future__ import annotations

import pytest

from tests.integration.learning.planning import (
    NEED,
    agreed,
    diagnose,
    note_talk,
    path,
    set_target,
)
from tests.journeys.conftest import SitDown
from tests.journeys.keyboard import Keyboard
from tests.journeys.pages import Seat
from tests.journeys.test_reflow import LONG, too_wide
from tests.world import World

PHONE = {"width": 375, "height": 700}
STRANDS = 8


def fill_in(seat: Seat) -> None:
    """A level in every strand, and one need."""
    for place in range(STRANDS):
        seat.tool.get_by_label("Level", exact=True).nth(place).select_option("developing")
    seat.tool.get_by_label("Need, if any").nth(1).fill(NEED)


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_a_diagnosis_is_agreed_and_becomes_a_plan_on_a_phone(
    world: World, sit_down: SitDown
) -> None:
    participant, coach = world.participant(), world.coach()
    world.allocate(coach, to=participant)
    amira, colin = sit_down(participant), sit_down(coach)
    amira.opens_in_window("progress")
    assert amira.window is not None
    amira.window.set_viewport_size(PHONE)
    amira.follows("My plan")
    amira.sees("My plan")
    amira.presses("Write the diagnosis")
    fill_in(amira)
    amira.presses("Propose and agree")
    amira.sees("My diagnosis")
    amira.reads("Say how the need in 1.2 is known.", within=".govuk-error-summary")
    amira.tool.get_by_label("How the need is known").nth(1).select_option("induction")
    amira.presses("Propose and agree")
    amira.sees("My plan")
    amira.reads("Waits for the coach")

    colin.opens("coach-evidence")
    colin.follows("Amira Khan")
    colin.follows("Plan")
    colin.sees("Plan of Amira Khan")
    colin.presses("Agree to version 1")
    colin.sees("Plan of Amira Khan")
    colin.presses("Make it a target")
    colin.sees("Target for strand 1.2")
    colin.reads(NEED)
    colin.follows("Plan")
    colin.follows("Dialogue")
    colin.sees("Dialogue with Amira Khan")
    colin.presses("Note a talk")
    colin.sees("Note a talk with Amira Khan")
    colin.fills("What did you talk about?", "How feedback is used.")
    colin.ticks("d Professional dialogue")
    colin.presses("Save")
    colin.sees("Dialogue with Amira Khan")

    amira.goes_to(path(participant, "dialogue"))
    amira.sees("My dialogue")
    amira.presses("Confirm")
    amira.sees("My dialogue")
    amira.reads("The last talk was today")
    amira.follows("Plan")
    amira.reads("Waits for you")


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_target_is_agreed_and_dropped_by_the_keyboard_alone(
    world: World, sit_down: SitDown
) -> None:
    participant, coach = agreed(world)
    set_target(coach, participant, "Try exit tickets")
    amira = sit_down(participant)
    keyboard = Keyboard(amira)
    amira.opens("progress")
    amira.waits_for("My progress")
    keyboard.enters("My plan")
    amira.waits_for("My plan")
    keyboard.enters("Try exit tickets")
    amira.waits_for("Target for strand 1.2")
    keyboard.enters("Agree to this target")
    amira.reads("You have agreed to this target.")
    keyboard.enters("Drop it")
    keyboard.reaches("Drop this target")
    keyboard.submits()
    amira.sees("Target for strand 1.2")
    amira.reads("Say why it is dropped", within=".govuk-error-summary")
    keyboard.writes("Why?", "The class is gone.")
    keyboard.enters("Drop this target")
    amira.sees("My plan")
    amira.reads("1 met or dropped")


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_no_page_of_plan_or_dialogue_scrolls_sideways(world: World, sit_down: SitDown) -> None:
    zoe, colin = world.participant(LONG), world.coach()
    world.allocate(colin, to=zoe)
    word = "Unverhältnismäßigkeitsgrundsatz_without_a_space_in_it_at_all_and_long"
    diagnose(zoe, zoe, need_1_2=word)
    set_target(colin, zoe, word)
    note_talk(colin, zoe, summary=word, actions=word)
    seat = sit_down(zoe)
    seat.opens_in_window("progress")
    pages = ["plan", "plan/diagnosis/edit", "plan/diagnosis/1", "plan/targets/new", "dialogue"]
    for page in [*pages, "dialogue/new"]:
        seat.goes_to(path(zoe, page))
        assert too_wide(seat) == {}, page
    seat.goes_to(path(zoe))
    seat.follows("Unverh")
    seat.waits_for("Target for strand 1.2")
    assert too_wide(seat) == {}
