"""Home, history and record of a participant, and the tutor's people, at every width."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lti_tool.clock import today
from tests.integration.cohort.story import add_evidence, attest
from tests.integration.cohort.test_pace import change
from tests.integration.grades.factories import hand_in, release_mark
from tests.journeys.conftest import SitDown
from tests.journeys.test_records import looks_at
from tests.world import Person, World


def on_the_way(world: World) -> tuple[Person, Person]:
    """A participant with dates, evidence and a mark; and their tutor."""
    amira, coach, tutor = world.participant("Amira Khan"), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    school_year = date(today().year - 2, 9, 1)
    change(amira, {
        "enrolled_on": school_year, "started_on": school_year + timedelta(days=212),
        "teaching_from": school_year, "induction_from": school_year, "window_rule": "nqt",
    })  # fmt: skip
    add_evidence(amira, "Grouping in year 9", ["1.1", "2.1"], ask=True)
    attest(coach, "Grouping in year 9")
    add_evidence(amira, "Questions that make pupils think", ["3.1"], ask=True)
    release_mark(tutor, hand_in(amira), 64)
    return amira, tutor


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_participant_sees_their_time_their_history_and_takes_their_record(
    world: World, sit_down: SitDown
) -> None:
    amira, _ = on_the_way(world)
    seat = sit_down(amira)
    seat.opens_in_window("progress")
    looks_at(seat, "progress", "My progress")
    seat.reads("at an even pace")
    looks_at(seat, f"participants/{amira.participant_id()}/history", "My history")
    seat.reads("Colin Hughes (coach) attested evidence.")
    seat.follows("download your whole record")
    seat.sees("My record")
    looks_at(seat, "my-record", "My record")
    assert seat.window is not None
    with seat.window.expect_download() as begun:
        seat.tool.get_by_role("button", name="Download my record (ZIP)").click()
    assert begun.value.suggested_filename.endswith(".zip")
    assert begun.value.path().stat().st_size > 0


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_tutor_finds_who_needs_them_and_goes_to_plan_and_dialogue(
    world: World, sit_down: SitDown
) -> None:
    amira, tutor = on_the_way(world)
    ben = world.participant("Ben Osei")
    hand_in(amira, "MTL2")
    change(ben, {"enrolled_on": today() - timedelta(days=100)})
    seat = sit_down(tutor)
    seat.opens_in_window("progress")
    looks_at(seat, "participants", "Participants")
    seat.reads("those who need you most first")
    seat.follows("To be marked")
    seat.sees("Participants")
    seat.does_not_read("Ben Osei")
    seat.follows("Dialogue with Amira Khan")
    seat.waits_for("Dialogue with Amira Khan")
    seat.goes_to(f"participants/{amira.participant_id()}/history")
    seat.sees("History of Amira Khan")
