"""The programme lead sees who has no coach, and gives them one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import SitDown
from tests.world import World

# The lead sees everybody of the programme; this name comes first, whoever else is there.
AARAV = "Aarav Abara"


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_the_lead_finds_who_has_no_coach_and_allocates_one(world: World, sit_down: SitDown) -> None:
    world.participant(AARAV)
    world.coach("Colin Hughes")
    lena = sit_down(world.lead())
    lena.opens("progress")
    lena.sees("Cohort")
    row = lena.tool.get_by_role("row").filter(has=lena.tool.get_by_role("link", name=AARAV))
    expect(row).to_contain_text("No coach")
    lena.follows("Participants without a coach")
    lena.sees("Participants")
    lena.follows(AARAV)
    lena.sees(AARAV)
    lena.presses("Allocate")
    lena.sees("Coach and tutor of " + AARAV)
    lena.reads("There is a problem")
    lena.chooses("Person", "Colin Hughes")
    lena.presses("Allocate")
    lena.sees(AARAV)
    lena.reads("Coach: Colin Hughes")
    lena.follows("Cohort")
    lena.sees("Cohort")
    expect(row).to_contain_text("Colin Hughes")
    if lena.tool.get_by_role("link", name="Participants without a coach").count():
        lena.follows("Participants without a coach")
        lena.sees("Participants")
        lena.does_not_read(AARAV)
