"""From a mail to the first page on a phone: a coach and a head teacher without an account."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.people.outsiders import Outsider, invited_coach
from tests.integration.people.test_head_teachers import a_school, invited_head, teaches_at
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import World

WIDTHS = (320, 375, 700, 1200)
PHONE: Any = {"width": 375, "height": 700}


def opens_mail(seat: Seat, outsider: Outsider) -> None:
    """Follow the address in their newest mail, in a window of its own."""
    seat.window = seat.page
    seat.window.set_viewport_size(PHONE)
    seat.window.goto(outsider.newest_link())


def signs_in(seat: Seat, outsider: Outsider) -> None:
    """Two screens: an address, a code."""
    seat.sees("Sign in to the MTL Tool")
    fits(seat)
    seat.fills("Your e-mail address", outsider.address)
    seat.presses("Send me a code")
    seat.sees("Enter your code")
    fits(seat)
    seat.presses("Sign in")
    seat.sees("Enter your code")
    seat.reads("Enter the code from your mail.")
    seat.fills("Code", outsider.newest_code())
    seat.presses("Sign in")


def fits(seat: Seat) -> None:
    """No width makes the page scroll sideways."""
    assert seat.window is not None
    before = seat.window.viewport_size
    assert before is not None
    for width in WIDTHS:
        seat.window.set_viewport_size({"width": width, "height": 800})
        assert seat.overflow() <= 0, f"{seat.window.url} at {width}"
    seat.window.set_viewport_size(before)


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_coach_comes_from_a_mail_to_her_teacher_on_a_phone(
    world: World, sit_down: SitDown
) -> None:
    amira, tutor = world.participant("Amira Khan"), world.tutor()
    olga = invited_coach(world, tutor, amira)
    coach = sit_down(olga.browser)
    opens_mail(coach, olga)
    signs_in(coach, olga)
    coach.sees("My teachers")
    coach.follows("Amira Khan")
    coach.sees("Amira Khan")
    tessa = sit_down(tutor)
    tessa.opens_in_window("progress")
    tessa.goes_to(f"participants/{amira.participant_id()}/coach-link")
    tessa.sees("The way in for a coach")
    fits(tessa)
    tessa.presses("Revoke the link")
    tessa.sees("The way in for a coach")
    coach.expects(404)
    opens_mail(coach, olga)
    coach.sees("This link does not work")


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_head_teacher_agrees_the_coach_on_a_phone(world: World, sit_down: SitDown) -> None:
    lead, amira, ben = world.lead(), world.participant("Amira Khan"), world.participant("Ben Osei")
    school = a_school(lead, "Ash Grove Community School")
    teaches_at(lead, school, amira)
    teaches_at(lead, school, ben)
    world.allocate(world.coach("Colin Hughes"), to=amira)
    hattie = invited_head(lead, school)
    head = sit_down(hattie.browser)
    opens_mail(head, hattie)
    signs_in(head, hattie)
    head.sees(_starting_with("Ash Grove"))
    fits(head)
    head.presses("Agree that Colin Hughes coaches Amira Khan")
    head.sees(_starting_with("Ash Grove"))
    head.reads("You have agreed that Colin Hughes coaches.")
    head.presses("Tell the university")
    head.sees(_starting_with("Ash Grove"))
    head.reads("Enter the candidate number.")
    head.presses("Sign out")
    head.sees("Sign in to the MTL Tool")
    lena = sit_down(lead)
    lena.opens_in_window("progress")
    lena.goes_to(f"schools/{school}/head-link")
    lena.sees(_starting_with("Head teacher of Ash Grove"))
    fits(lena)


def _starting_with(words: str) -> Any:

    return re.compile(f"^{words}")
