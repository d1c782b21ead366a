"""A lead has a sample drawn, the moderator looks at it by keyboard alone, and the marks may go."""

from __future__ import annotations

import pytest

from tests.integration.grades.moderated import Module
from tests.journeys.conftest import SitDown
from tests.journeys.keyboard import Keyboard
from tests.world import World


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_marks_are_moderated_before_they_are_released(world: World, sit_down: SitDown) -> None:
    module = Module(world, [64, 48])
    lena = sit_down(module.lead)
    lena.opens("progress")
    lena.follows("Marking")
    lena.follows("Moderation")
    lena.sees_whole("Moderation")
    lena.picks("MTL6")
    lena.chooses("Moderator", "Mona Reyes")
    lena.presses("Draw the sample")
    lena.sees_whole("Moderation: MTL6, set 1")  # with the form to hand it to somebody else

    mona = sit_down(module.mona)
    mona.page.set_viewport_size({"width": 760, "height": 900})
    keys = Keyboard(mona)
    mona.opens("progress")
    mona.waits_for("Participants")
    keys.enters("Marking")
    mona.waits_for("Marking")
    keys.enters("Moderation")
    mona.waits_for("Moderation")
    keys.enters("MTL6, set 1")
    mona.sees("Moderation: MTL6, set 1")
    mona.sees_whole("Moderation: MTL6, set 1")
    mona.reads("0 of 2 scripts are looked at")
    mona.does_not_read("Amira")
    keys.enters(module.candidates[0])
    mona.sees_whole(f"Candidate {module.candidates[0]}: Leading and working with others")
    keys.writes("Your note", "Rather generous.")
    keys.enters("next script")
    mona.waits_for(f"Candidate {module.candidates[1]}: Leading and working with others")
    keys.enters("next script")
    mona.waits_for("Moderation: MTL6, set 1")
    mona.reads("2 of 2 scripts are looked at")
    keys.ticks("Confirm the marks")
    keys.enters("Decide")
    mona.reads("The marks of the set were confirmed")
    mona.sees_whole("Moderation: MTL6, set 1")
    mona.follows(module.candidates[0])
    mona.sees_whole(f"Candidate {module.candidates[0]}: Leading and working with others")
    mona.reads("Rather generous.")
    mona.follows("MTL6, set 1")
    mona.waits_for("Moderation: MTL6, set 1")
    mona.follows("Moderation")
    mona.sees_whole("Moderation")

    tessa = sit_down(module.tessa)
    tessa.opens("progress")
    tessa.follows("Marking")
    tessa.tool.locator(f"tr[data-attempt='{module.attempts[0]}'] a").click()
    tessa.sees_whole("Marking: Leading and working with others")
    tessa.reads("Rather generous.")
    tessa.presses("Release this mark")
    tessa.reads("The mark is released.")
