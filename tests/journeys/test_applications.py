"""A lead writes an application down, has it checked, and says which participant it became."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration.people.test_applications import NQT, add, school_with
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import World


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_lead_takes_an_application_to_its_enrolment(world: World, sit_down: SitDown) -> None:
    lead, _ = world.lead(), world.participant("Nadia Quinn")
    urn = school_with(lead, national_challenge_support="yes")
    add(lead, "Omar Bell", role="teacher")
    seat = sit_down(lead)
    seat.opens_in_window("progress")
    seat.goes_to("participants")
    seat.follows("Applications")
    seat.sees("Applications")
    _pictures(seat, "applications")
    seat.presses("Add an application")
    seat.sees("Add an application")
    seat.fills("Name", "Nadia Quinn")
    seat.chooses("Post", "Newly qualified teacher")
    seat.fills("Year of qualified teacher status", "2008")
    seat.fills("Year in which the post begins", NQT["post_year"])
    seat.presses("Save")
    seat.sees("Add an application")
    seat.reads("Use a year such as 2008/09")
    _pictures(seat, "application-form")
    seat.fills("Year of qualified teacher status", NQT["qts_year"])
    seat.presses("Save")
    seat.sees("Application of Nadia Quinn")
    seat.presses("Check eligibility")
    seat.reads("Cannot decide yet")
    seat.sees("Application of Nadia Quinn")
    _pictures(seat, "application-undecided")
    seat.follows("Change what is known")
    seat.sees("Change what is known of Nadia Quinn")
    seat.fills("School", urn)
    seat.presses("Save")
    seat.presses("Check eligibility")
    seat.reads("By rule E2")
    seat.sees("Application of Nadia Quinn")
    _pictures(seat, "application-eligible")
    seat.presses("Pass on to the provider")
    seat.presses("Offer a place")
    seat.presses("Decline, or let it lapse")
    seat.sees("Decline, or let lapse: Nadia Quinn")
    seat.follows("Nadia Quinn")
    seat.presses("Enrol")
    seat.sees("Enrol Nadia Quinn")
    _pictures(seat, "application-enrol")
    seat.document.get_by_label("Nadia Quinn, C").check()
    seat.presses("Enrol")
    seat.reads("is enrolled as")
    seat.sees("Application of Nadia Quinn")


def _pictures(seat: Seat, name: str) -> None:
    folder = os.environ.get("MTL_PICTURES")
    if not folder or seat.window is None:
        return
    for width in (375, 700, 1200):
        seat.window.set_viewport_size({"width": width, "height": 800})
        seat.window.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
