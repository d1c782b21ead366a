"""The programme lead looks at what another version changes, and puts somebody on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lti_tool.settings import ROOT
from tests.journeys.conftest import SitDown
from tests.partnerships import Partnership
from tests.programme_files import PRESETS, text_of
from tests.tool_server import RunningTool
from tests.world import World

LATER = text_of(PRESETS[0]).replace('version: "1.0"', 'version: "2.0"').replace("MTL2:", "MTL2A:")
WIDTHS = (320, 375, 700, 1200)


@pytest.fixture
def partnership(shared_tool: RunningTool, tools: dict[str, Any]) -> Partnership:
    return Partnership(shared_tool, tools, ROOT / "config" / PRESETS[0])


@pytest.fixture
def world(partnership: Partnership) -> World:
    """A course of a partnership with versions of its own."""
    return partnership.world()


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
def test_the_lead_previews_a_version_and_puts_one_participant_on_it(
    partnership: Partnership, world: World, sit_down: SitDown, tmp_path: Path
) -> None:
    world.participant("Aarav Abara")
    world.participant("Bella Brandt")
    file = tmp_path / "later.yaml"
    file.write_text(LATER, encoding="utf-8")
    done = partnership.programme("publish", str(file))
    assert done.exit_code == 0, done.output
    lena = sit_down(world.lead())
    lena.opens_in_window("progress")
    lena.sees("Cohort")
    lena.follows("Versions of the programme")
    assert lena.window is not None
    pages = (
        ("Versions of the programme", lambda: lena.follows("Choose who adopts it")),
        ("Who adopts mtl-england-2009 2.0?", lambda: choose(lena)),
        ("What mtl-england-2009 2.0 changes", lambda: lena.presses("Put 1 participant")),
    )
    for heading, go_on in pages:
        for width in WIDTHS:
            lena.window.set_viewport_size({"width": width, "height": 800})
            lena.sees(heading)
        go_on()
    lena.sees("Versions of the programme")
    assert "1 participant is on mtl-england-2009 2.0 now." in lena.tool.locator("main").inner_text()


def choose(lena: Any) -> None:
    lena.ticks("Aarav Abara")
    lena.presses("Preview for those I chose")
