"""Evidence is added, and a mark given and released, without a mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.integration.grades.factories import hand_in
from tests.journeys.conftest import SitDown
from tests.journeys.keyboard import Keyboard
from tests.journeys.pages import picture
from tests.world import World


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_a_participant_adds_evidence_by_the_keyboard_alone(
    world: World, sit_down: SitDown, tmp_path: Path
) -> None:
    world.placement("progress")
    amira = sit_down(world.visitor("Amira Khan", "participant"))
    keyboard = Keyboard(amira)
    amira.enters_course()
    keyboard.enters("progress")
    amira.waits_for("My progress")
    keyboard.enters("Add evidence")
    amira.waits_for("Add evidence")

    amira.files_to_choose = [picture(tmp_path, "board.pdf")]
    keyboard.enters("Choose files")
    amira.reads("Ready. It goes with this evidence", within="[data-upload-list]")
    keyboard.ticks("1.1")
    keyboard.enters("Save draft")
    expect(amira.tool.locator(".govuk-error-summary")).to_be_focused()
    amira.sees("Add evidence")
    amira.reads("board.pdf")

    keyboard.enters("Give the evidence a title.")
    expect(amira.tool.get_by_label("Title")).to_be_focused()
    keyboard.types("A lesson on fractions")
    keyboard.ticks("2.1")
    keyboard.enters("Save draft")
    amira.sees("A lesson on fractions")
    amira.reads("The evidence is saved as a draft.")
    amira.reads("board.pdf")
    expect(amira.tool.get_by_role("listitem").filter(has_text="2.1 ")).to_be_visible()


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_tutor_marks_and_releases_by_the_keyboard_alone(world: World, sit_down: SitDown) -> None:
    hand_in(world.participant("Amira Khan", opens="MTL1"))
    tessa = sit_down(world.visitor("Tessa Grant", "tutor"))
    keyboard = Keyboard(tessa)
    tessa.enters_course()
    keyboard.enters("MTL1")
    tessa.waits_for("Marking")
    keyboard.enters("Amira Khan")
    tessa.reads("Level 7 criteria and mark")

    keyboard.writes("Feedback to the participant", "A clear account.")
    keyboard.writes("Mark", "640")
    keyboard.enters("Make the mark final")
    expect(tessa.tool.locator(".govuk-error-summary")).to_be_focused()
    keyboard.reaches("mark")
    keyboard.keys.press("Enter")
    expect(tessa.tool.get_by_label("Mark", exact=True)).to_be_focused()
    keyboard.keys.press("Control+A")
    keyboard.types("64")
    keyboard.enters("Make the mark final")
    tessa.reads("64 out of 100")
    keyboard.enters("Release this mark")
    expect(tessa.tool.locator("[data-delivery-state=queued]")).to_be_visible()
