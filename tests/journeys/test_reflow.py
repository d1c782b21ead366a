"""The main pages of each role fit a phone, a narrow frame and a desk without scrolling sideways."""

from __future__ import annotations

import pytest

from tests.integration.cohort.story import add_evidence
from tests.integration.grades.factories import hand_in, release_mark
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import World

WIDTHS = (320, 375, 700, 1200)
LONG = "Zoë Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_no_page_of_any_role_scrolls_sideways(world: World, sit_down: SitDown) -> None:
    zoe, colin, tessa = world.participant(LONG), world.coach(), world.tutor()
    lead = world.lead()
    world.allocate(colin, to=zoe)
    add_evidence(zoe, "Unverhältnismäßigkeitsgrundsatz_without_a_space_in_it.docx", ask=True)
    to_mark, released = hand_in(zoe), hand_in(zoe, "MTL2")
    release_mark(tessa, released, 64)
    main_pages = {
        zoe: ["progress", "evidence/new", "evidence", "modules/MTL2", "modules/MTL1/submit"],
        colin: ["participants", f"participants/{zoe.participant_id()}", "evidence/new"],
        tessa: ["participants", "marking", f"marking/{to_mark}", "release", "deliveries"],
        lead: ["cohort", f"participants/{zoe.participant_id()}", "roster", "help"],
    }
    for person, paths in main_pages.items():
        seat = sit_down(person)
        seat.opens_in_window("progress")
        for path in paths:
            seat.goes_to(path)
            assert too_wide(seat) == {}, path


def too_wide(seat: Seat) -> dict[int, int]:
    """Where a page does not fit: width of the window → pixels too many."""
    assert seat.window is not None
    found = {}
    for width in WIDTHS:
        seat.window.set_viewport_size({"width": width, "height": 800})
        if over := seat.overflow():
            found[width] = over
    return {width: over for width, over in found.items() if over > 0}
