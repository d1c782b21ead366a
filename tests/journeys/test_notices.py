"""The notices that every page links to are read where the page is: in the frame of the VLE."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import SitDown
from tests.world import World


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_the_notices_open_in_the_frame(world: World, sit_down: SitDown) -> None:
    world.placement("progress")
    amira = sit_down(world.visitor("Amira Khan", "participant"))
    amira.opens("progress")
    amira.waits_for("My progress")
    amira.follows("Privacy")
    amira.sees("Privacy")
    amira.follows("Accessibility")
    amira.sees("Accessibility")
    amira.opens("progress")
    amira.waits_for("My progress")
    amira.follows("Where you are signed in")
    amira.sees("Where you are signed in")
