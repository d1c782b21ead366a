"""A session that is over is told inside the frame, and what was typed there is not lost."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import SitDown
from tests.world import World


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_session_that_ended_gives_back_what_was_typed(world: World, sit_down: SitDown) -> None:
    world.placement("progress")
    amira = sit_down(world.visitor("Amira Khan", "participant"))
    amira.opens("progress")
    amira.waits_for("My progress")
    amira.presses("Add evidence")
    amira.fills("What happened, and what did you learn from it?", "A text that took an hour.")
    amira.context.clear_cookies()
    amira.expects(401)
    amira.presses("Save draft")
    amira.sees("Your session has ended")
    amira.reads("A text that took an hour.")
