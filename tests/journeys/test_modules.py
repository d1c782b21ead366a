"""A lead enrols and dates people; a participant looks behind a cell and at what is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lti_tool.clock import today
from tests.integration.cohort.story import add_evidence, attest
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.journeys.test_reflow import LONG, too_wide
from tests.world import World


def window_of(seat: Seat, opens: str = "progress") -> Seat:
    seat.opens_in_window(opens)
    return seat


def fits(seat: Seat) -> None:
    assert too_wide(seat) == {}


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_a_lead_enrols_dates_and_closes_at_a_browser(world: World, sit_down: SitDown) -> None:
    amira, lead = world.participant(), world.lead()
    lena = window_of(sit_down(lead))
    lena.waits_for("Cohort")
    lena.follows("Modules")
    lena.sees("Modules and due dates")
    fits(lena)
    lena.presses("Set the date")
    lena.reads("Choose a module.", within=".govuk-error-summary")
    lena.follows("Enrol participants on MTL2")
    lena.sees("Enrol participants on a module")
    fits(lena)
    soon = today() + timedelta(days=12)
    for part in ("day", "month", "year"):
        lena.tool.locator(f"[name=due_on-{part}]").fill(str(getattr(soon, part)))
    lena.tool.get_by_label("Search by name").fill("Amira")
    lena.tool.locator(f"input[name=people][value='{amira.participant_id()}']").check()
    lena.presses("See what would happen")
    lena.sees("Enrol on MTL2")
    fits(lena)
    lena.presses("Enrol 1 participant")
    lena.sees("Modules and due dates")
    lena.goes_to(f"participants/{amira.participant_id()}/modules")
    lena.sees("Modules of Amira Khan")
    fits(lena)
    lena.follows("Change MTL2")
    lena.sees("MTL2 of Amira Khan")
    fits(lena)
    lena.tool.get_by_label("Close it").check()
    lena.presses("Save")
    lena.reads("MTL2 is closed.", within="body")


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_a_participant_looks_behind_a_cell_and_at_what_is_missing(
    world: World, sit_down: SitDown
) -> None:
    participant, coach = world.participant(), world.coach()
    world.allocate(coach, to=participant)
    add_evidence(participant, "A lesson on fractions", ["1.1"], ask=True)
    attest(coach, "A lesson on fractions")
    add_evidence(participant, f"Fractions {LONG[:60]}", ["1.1"])
    amira = window_of(sit_down(participant))
    amira.waits_for("My progress")
    amira.tool.get_by_text("conditions are met").click()
    amira.sees("My progress")
    fits(amira)
    amira.follows("Coverage")
    amira.sees("My coverage")
    fits(amira)
    amira.tool.locator("td[data-strand='1.1'][data-phase='1'] a").click()
    amira.sees("Strand 1.1 in phase 1")
    amira.reads("Colin Hughes")
    amira.reads("nobody yet")
    fits(amira)
