"""A participant asks for more time at a phone; a tutor grants it, a lead holds results."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import ViewportSize

from lti_tool.clock import today
from tests.integration.grades.test_adjustments import LATER, SOON, due
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.journeys.test_reflow import too_wide
from tests.world import World

PHONE: ViewportSize = {"width": 375, "height": 800}


def fits(seat: Seat) -> None:
    assert too_wide(seat) == {}


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_more_time_is_asked_for_at_a_phone_and_granted(world: World, sit_down: SitDown) -> None:
    amira, tessa, lead = world.participant(), world.tutor(), world.lead()
    due(amira, lead, SOON)
    phone = sit_down(amira)
    phone.opens_in_window("progress")
    assert phone.window is not None
    phone.window.set_viewport_size(PHONE)
    phone.goes_to("modules/MTL1")
    phone.follows("Ask for an extension")
    phone.sees("Ask for an extension of MTL1")
    fits(phone)
    phone.presses("Send")
    phone.reads("Choose what it is about.", within=".govuk-error-summary")
    phone.tool.get_by_label("Illness or injury", exact=True).check()
    phone.fills("What happened?", "I was in hospital for a week.")
    for part in ("day", "month", "year"):
        phone.tool.locator(f"[name=wished_on-{part}]").fill(str(getattr(LATER, part)))
    phone.presses("Send")
    phone.sees("Extensions and circumstances")
    fits(phone)

    desk = sit_down(tessa)
    desk.opens_in_window("progress")
    desk.goes_to("requests")
    desk.sees("Requests that wait")
    fits(desk)
    desk.follows("Amira Khan")
    desk.sees("Extension for MTL1: Amira Khan")
    desk.tool.get_by_label("Grant it", exact=True).check()
    desk.fills("What the participant reads", "Get well; take the week.")
    desk.presses("Save the answer")
    desk.sees("Extensions and circumstances of Amira Khan")
    fits(desk)
    phone.goes_to("modules/MTL1")
    days = (LATER - today()) // timedelta(days=1)
    phone.reads(f"in {days} days" if days < 28 else "in ", within="#due")

    office = sit_down(lead)
    office.opens_in_window("progress")
    office.goes_to(f"participants/{amira.participant_id()}/requests")
    office.tool.get_by_label("A document is awaited", exact=True).check()
    office.presses("Hold all results")
    office.sees("Extensions and circumstances of Amira Khan")
    office.reads("Held since")
    fits(office)
    office.presses("It is settled: end this hold")
    office.reads("The hold is ended.", within="body")
