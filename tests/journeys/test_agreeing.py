"""A second marker judges work without knowing whose it is, and the two come to one mark."""

from __future__ import annotations

import pytest

from tests.integration.grades.blind import blind_pair
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import World

WIDTHS = (320, 375, 700, 1200)


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_second_marker_judges_blind_and_agrees(world: World, sit_down: SitDown) -> None:
    pair, lead = blind_pair(world), world.lead("Lena Okafor")
    desk = sit_down(lead)
    desk.opens_in_window("progress")
    desk.goes_to("marking")
    desk.follows("Give out marking")
    desk.sees("Give out marking")
    fits(desk)
    desk.goes_to(f"marking/{pair.attempt_id}")
    desk.follows("Who marks this work")
    desk.sees("Who marks this work")
    desk.chooses("First marker", "Tessa Grant")
    desk.chooses("Second marker", "Norman Lee")
    desk.presses("Save the markers")
    desk.reads("The markers are noted.", within="body")
    fits(desk)

    norman = sit_down(pair.norman)
    norman.opens_in_window("progress")
    norman.goes_to("marking")
    norman.sees("Marking")
    norman.reads("2nd marker")
    norman.does_not_read("Amira Khan")
    norman.follows("Candidate C")
    norman.sees("Marking: Research into practice and sharing its outcomes")
    norman.reads("You are the second marker of this work.")
    norman.does_not_read("Amira Khan")
    norman.fills("Feedback to the participant", "A sound enquiry.")
    norman.fills("Mark", "66")
    norman.presses("Make the mark final")
    norman.reads("The mark is final.", within="body")

    pair.press(pair.tessa, 58, "Wanders from the question.")
    norman.goes_to(f"marking/{pair.attempt_id}")
    norman.follows("Compare the marks and agree")
    norman.sees("Agree on one mark")
    norman.reads("8 apart, and the line at 60")
    norman.fills("Mark", "62")
    norman.fills("Why this mark", "The method carries it over the line.")
    norman.presses("Propose this mark")
    norman.reads("You proposed this, so the other marker accepts it.")
    fits(norman)

    tessa = sit_down(pair.tessa)
    tessa.opens_in_window("progress")
    tessa.goes_to(f"marking/{pair.attempt_id}/agree")
    tessa.sees("Agree on one mark")
    tessa.presses("Accept this mark")
    tessa.reads("Agreed in a discussion: 62 out of 100")
    tessa.sees("Agree on one mark")
    releases(desk)


def releases(desk: Seat) -> None:
    """The lead releases what was agreed, and follows it through the pages about releases."""
    desk.goes_to("release")
    desk.sees("Release marks")
    desk.tool.get_by_role("checkbox", name="Candidate C").first.check()
    desk.presses("Show what will be released")
    desk.sees("What will be released")
    fits(desk)
    desk.presses("Release this mark")
    desk.follows("Earlier releases")
    desk.sees("Earlier releases")
    fits(desk)
    desk.tool.locator("tr[data-batch] a").first.click()
    desk.sees("Release of 1 mark")
    desk.does_not_read("Amira Khan")
    fits(desk)
    desk.goes_to("deliveries?module=MTL8&q=a")
    desk.sees("Deliveries")
    desk.goes_to("deliveries/differences")
    desk.sees("Where the gradebook differs")
    fits(desk)


def fits(seat: Seat) -> None:
    """No width of a window makes the page scroll sideways."""
    assert seat.window is not None
    for width in WIDTHS:
        seat.window.set_viewport_size({"width": width, "height": 800})
        assert seat.overflow() <= 0, width
