"""From a mail, a code on a screen, or a link of the course to a signed attestation, on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lti_tool.db import db
from lti_tool.evidence.models import Attestation
from tests.integration.evidence.steps import added
from tests.integration.people.outsiders import Outsider, invited_coach
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import World

PHONE: Any = {"width": 375, "height": 700}


class Counted:
    """A seat at a phone, and how many screens and fields its story took."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.screens = 0
        self.fields = 0

    def sees(self, heading: str) -> None:
        self.seat.sees(heading)
        self.screens += 1

    def fills(self, label: str, text: str) -> None:
        self.seat.fills(label, text)
        self.fields += 1

    @property
    def cost(self) -> tuple[int, int]:
        return self.screens, self.fields


def at_a_phone(seat: Seat, address: str) -> Counted:
    """Open an address in a window as wide as a phone."""
    seat.window = seat.page
    seat.window.set_viewport_size(PHONE)
    seat.window.goto(address)
    return Counted(seat)


def signs(coach: Counted) -> None:
    """From the list of teachers to the signature: two screens and one field."""
    coach.sees("My teachers")
    coach.seat.follows("A lesson on fractions")
    coach.sees("A lesson on fractions")
    coach.fills("Your words", "I sat in the lesson, and it went as it says.")
    coach.seat.presses("Attest this version")
    coach.seat.reads("You have attested this version.", within="body")


def signatures(world: World, item: int) -> list[tuple[str, str]]:
    with world.tool.app.app_context():
        found = db.session.query(Attestation).order_by(Attestation.id)
        return [
            (each.decision, each.authenticated_by) for each in found if each.version.item_id == item
        ]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_from_the_mail_to_a_signature_it_is_four_screens_and_three_fields(
    world: World, sit_down: SitDown
) -> None:
    amira = world.participant("Amira Khan")
    olga = invited_coach(world, world.tutor(), amira)
    item = added(amira, button="submit")
    coach = at_a_phone(sit_down(olga.browser), olga.newest_link())
    coach.sees("Sign in to the MTL Tool")
    coach.fills("Your e-mail address", olga.address)
    coach.seat.presses("Send me a code")
    coach.sees("Enter your code")
    coach.fills("Code", olga.newest_code())
    coach.seat.presses("Sign in")
    signs(coach)
    assert coach.cost == (4, 3)
    assert signatures(world, item) == [("signed", "code")]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_from_the_link_of_the_course_it_is_two_screens_and_one_field(
    world: World, sit_down: SitDown
) -> None:
    amira, colin = world.participant("Amira Khan"), world.coach("Colin Hughes")
    world.allocate(colin, to=amira)
    item = added(amira, button="submit")
    seat = sit_down(colin)
    seat.opens_in_window("coach-evidence")
    assert seat.window is not None
    seat.window.set_viewport_size(PHONE)
    coach = Counted(seat)
    signs(coach)
    assert coach.cost == (2, 1)
    assert signatures(world, item) == [("signed", "lti")]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_from_the_participants_screen_to_the_evidence_and_no_signature(
    world: World, sit_down: SitDown
) -> None:
    amira = world.participant("Amira Khan")
    olga = Outsider(world)
    own = sit_down(amira)
    own.opens_in_window("progress")
    own.follows("Invite your coach")
    own.sees("Your coach")
    own.fills("Their name", olga.name)
    own.fills("Their e-mail address", olga.address)
    assert own.window is not None
    own.window.get_by_label("My own school").check()
    own.presses("Invite")
    own.presses("Show a code")
    own.sees("Your coach")
    own.window.set_viewport_size(PHONE)
    assert own.overflow() <= 0
    code = own.window.locator("[data-code]").get_attribute("data-code")
    assert code is not None
    coach = at_a_phone(
        sit_down(olga.browser), f"{world.tool.url}/coach/screen/{re.sub('-', '', code)}"
    )
    coach.sees("Come in as a coach")
    coach.seat.presses("Come in")
    coach.sees("My teachers")
    item = added(amira, button="submit")
    coach.seat.document.goto(coach.seat.document.url)
    coach.seat.follows("A lesson on fractions")
    coach.sees("A lesson on fractions")
    coach.seat.reads("To attest, sign in by the personal link")
    assert coach.cost == (3, 0)
    assert signatures(world, item) == []
    tessa = sit_down(world.tutor())
    tessa.opens_in_window("progress")
    tessa.goes_to("coach-addresses")
    tessa.sees("Addresses of coaches to confirm")
    tessa.presses("Confirm the address of Olga Marsh")
    tessa.reads("Olga Marsh is confirmed.", within="body")
