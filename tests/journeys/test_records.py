"""Prior learning and the records of the third phase, from both sides and at every width."""

from __future__ import annotations

import pytest

from tests.integration.evidence.steps import added
from tests.integration.learning.claiming import IMPACT, claimed, list_of, page_of
from tests.integration.learning.test_records import clear, propose, records_of, specialism_of
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.journeys.test_reflow import too_wide
from tests.world import World

DESK = {"width": 1200, "height": 900}
PHONE = {"width": 375, "height": 800}


def looks_at(seat: Seat, path: str, heading: str) -> None:
    """Open a page, and find nothing wrong with it on a phone; it fits every width."""
    assert seat.window is not None
    seat.goes_to(path)
    assert too_wide(seat) == {}, path
    seat.window.set_viewport_size(PHONE)  # type: ignore[arg-type]  # two whole numbers
    seat.sees(heading)
    seat.window.set_viewport_size(DESK)  # type: ignore[arg-type]  # two whole numbers


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_earlier_study_is_claimed_assessed_and_recognised(world: World, sit_down: SitDown) -> None:
    amira, tutor, lead = world.participant("Amira Khan"), world.tutor(), world.lead()
    seat = sit_down(amira)
    seat.opens_in_window("progress")
    looks_at(seat, list_of(amira), "Prior learning")
    seat.presses("Claim prior learning")
    seat.sees("Claim prior learning")
    seat.presses("Save and submit")
    seat.reads("There is a problem")
    looks_at_errors(seat)
    fill_in_claim(seat)
    seat.presses("Save and submit")
    seat.sees("PGCert in Mathematics Education")
    seat.reads("Waiting for a tutor")

    tessa = sit_down(tutor)
    tessa.opens_in_window("progress")
    looks_at(tessa, "prior-learning", "Claims for prior learning")
    tessa.follows("Amira Khan")
    tessa.sees("PGCert in Mathematics Education")
    for test in ("Relevance", "Sufficiency", "Authenticity", "Currency"):
        group = tessa.tool.get_by_role("group", name=test)
        group.get_by_label("Yes").check()
        tessa.fills(f"Why? ({test.lower()})", "It is shown.")
    tessa.presses("Record the assessment")
    tessa.sees("Claims for prior learning")
    tessa.reads("No claim waits for you.")

    lena = sit_down(lead)
    lena.opens_in_window("progress")
    lena.goes_to("prior-learning")
    lena.follows("Amira Khan")
    lena.sees("PGCert in Mathematics Education")
    lena.tool.get_by_label("MTL3, 15 credits").check()
    lena.presses("Record the decision")
    lena.sees("Claims for prior learning")
    seat.goes_to(list_of(amira))
    seat.reads("Recognised")


def looks_at_errors(seat: Seat) -> None:
    assert seat.window is not None
    assert too_wide(seat) == {}
    seat.window.set_viewport_size(DESK)  # type: ignore[arg-type]  # two whole numbers
    seat.sees("Claim prior learning")


def fill_in_claim(seat: Seat) -> None:
    for label, text in {
        "What did you study?": "PGCert in Mathematics Education",
        "Where?": "University of Northtown",
        "How many credits did you earn?": "30",
        "Day": "1",
        "Month": "7",
        "Year": "2025",
        "How does your earlier study meet what these modules ask for?": "It was about both.",
        "Where did you start?": IMPACT["impact-baseline"],
        "What did you change in your practice?": IMPACT["impact-change"],
        "What was different for the pupils afterwards?": IMPACT["impact-outcome"],
        "How many pupils was it about?": "30",
        "How do you know?": IMPACT["impact-source"],
        "What else could explain it?": IMPACT["impact-explanations"],
    }.items():
        seat.fills(label, text)
    seat.chooses("At which level?", "Level 7")
    seat.ticks("MTL3 Teaching, learning and assessment")
    for option in ("No", "Medium: several signs point the same way"):
        seat.tool.get_by_role("radio", name=option, exact=True).check()


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_the_pages_of_records_are_sound_for_everybody(world: World, sit_down: SitDown) -> None:
    amira, coach, tutor = world.participant("Amira Khan"), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    added(amira, title="Slides_of_the_talk_about_fractions_in_year_seven.pdf", button="submit")
    propose(amira, "Reading_in_science_lessons_for_those_who_learn_English_now")
    specialism, clearance = specialism_of(amira), clear(amira)
    claim = claimed(amira, "MTL3", "MTL4")
    own = "Specialism and sharing"
    seat = sit_down(amira)
    seat.opens_in_window("progress")
    for more, heading in {
        "": own,
        "/specialisms/new": "Propose a specialism",
        "/networks/new": "Add a network of specialists",
        "/clearances/new": "Record an ethics clearance",
        "/sharing/new": "Record what you passed on",
    }.items():
        looks_at(seat, records_of(amira, more), heading)
    looks_at(seat, page_of(amira, claim), "PGCert in Mathematics Education")
    reader = sit_down(coach)
    reader.opens_in_window("coach-evidence")
    looks_at(reader, records_of(amira), f"{own} of Amira Khan")
    tessa = sit_down(tutor)
    tessa.opens_in_window("progress")
    looks_at(tessa, records_of(amira), f"{own} of Amira Khan")
    looks_at(
        tessa,
        records_of(amira, f"/specialisms/{specialism}"),
        "Reading_in_science_lessons_for_those_who_learn_English_now",
    )
    looks_at(tessa, records_of(amira, f"/clearances/{clearance}"), "Ethics clearance ETH-2026-17")
    looks_at(tessa, page_of(amira, claim), "PGCert in Mathematics Education")
