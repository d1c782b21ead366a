"""The gradebook is away, or has a mark of its own; the tutor sees what became of the grade."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Locator, expect

from tests.integration.grades.factories import Released, hand_in, release_mark
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import Person, World

ON_SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("tool", ["postgres"], indirect=True)


def handed_in(world: World) -> tuple[Person, Person, Released]:
    amira, tessa = world.participant("Amira Khan", opens="MTL1"), world.tutor(opens="MTL1")
    attempt_id = hand_in(amira)
    return amira, tessa, Released(world, amira, tessa, attempt_id)


@ON_SQLITE
def test_a_grade_waits_for_the_gradebook_and_arrives_once(world: World, sit_down: SitDown) -> None:
    amira, tutor, grade = handed_in(world)
    tessa = sit_down(tutor)
    switch_the_gradebook(tessa, "Gradebook off for a minute")

    tessa.opens("MTL1")
    tessa.follows("Amira Khan")
    tessa.fills("Feedback to the participant", "A clear account.")
    tessa.fills("Mark", "64")
    tessa.presses("Make the mark final")
    tessa.presses("Release this mark")
    expect(tessa.tool.locator("[data-delivery-state=queued]").first).to_be_visible()
    world.deliver()
    tessa.follows("Deliveries")
    tessa.sees("Deliveries")
    waiting = tessa.tool.locator("[data-delivery-state=queued]")
    expect(waiting).to_contain_text("Waiting to be sent")
    expect(waiting.locator(".app-delivery__reason")).to_contain_text("gradebook")

    switch_the_gradebook(tessa, "Gradebook on again")
    grade.settle()
    tessa.opens("MTL1")
    tessa.follows("Deliveries")
    tessa.sees("Deliveries")
    expect(tessa.tool.locator("[data-delivery-state=confirmed]")).to_be_visible()
    tessa.opens_gradebook()
    expect(tessa.mark_in_gradebook(amira.visitor.person).locator("strong")).to_have_text("64")
    assert grade.posts().count(200) == 1


def switch_the_gradebook(tessa: Seat, button: str) -> None:
    tessa.opens_gradebook()
    tessa.page.get_by_role("button", name=button).click()
    expect(tessa.page.get_by_role("button", name=button)).to_have_count(0)


@ON_POSTGRES
def test_a_mark_given_by_hand_in_the_gradebook_is_kept(world: World, sit_down: SitDown) -> None:
    amira, tutor, grade = handed_in(world)
    tessa = sit_down(tutor)
    cell = give_by_hand(tessa, amira, "70")
    # Within the same second a platform would call the entry later than ours.
    grade.cell().time = time.time() - 60
    release_mark(tutor, grade.attempt_id, 64)
    grade.settle()
    tessa.opens("MTL1")
    tessa.follows("Deliveries")
    tessa.sees("Deliveries")
    kept = tessa.tool.locator("[data-delivery-state=kept]")
    expect(kept).to_contain_text("Gradebook kept its own")
    expect(kept.locator(".app-delivery__reason")).to_contain_text("70")
    tessa.opens_gradebook()
    expect(cell.locator("strong")).to_have_text("70")


def give_by_hand(tessa: Seat, amira: Person, mark: str) -> Locator:
    """Type a mark into the VLE's gradebook; the cell where it then stands."""
    tessa.opens_gradebook()
    tessa.page.get_by_label("Participant", exact=True).select_option(amira.visitor.person.id)
    tessa.page.get_by_label("Mark", exact=True).fill(mark)
    tessa.page.get_by_role("button", name="Save the mark").click()
    cell = tessa.mark_in_gradebook(amira.visitor.person)
    expect(cell).to_contain_text("Overridden")
    return cell
