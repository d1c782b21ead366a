"""A browser that keeps no cookie of the tool inside the VLE's page; the work goes on beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.chromium import ARGUMENTS
from tests.journeys.conftest import DESKTOP, SitDown
from tests.world import World

BLOCK = 2  # Chromium's CONTENT_SETTING_BLOCK
# Which cookies, and on whose pages: the tool's, inside the VLE's. Partitioned ones go too.
REFUSED = {"http://localhost:*,http://127.0.0.1:*": {"setting": BLOCK}}


@pytest.fixture
def strict_browser(chromium: Any, tmp_path: Path) -> BrowserContext:
    """A profile whose owner has forbidden the tool's cookies inside the VLE."""
    settings = {"profile": {"content_settings": {"exceptions": {"cookies": REFUSED}}}}
    (tmp_path / "profile" / "Default").mkdir(parents=True)
    preferences = tmp_path / "profile" / "Default" / "Preferences"
    preferences.write_text(json.dumps(settings))
    context: BrowserContext = chromium.browser_type.launch_persistent_context(
        tmp_path / "profile",
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
        args=ARGUMENTS,
        viewport=DESKTOP,
    )
    return context  # whoever sits down at it also leaves it


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_without_cookies_in_the_frame_the_work_goes_on_in_a_window(
    world: World, sit_down: SitDown, strict_browser: BrowserContext
) -> None:
    world.placement("progress")
    amira = sit_down(world.visitor("Amira Khan", "participant"), context=strict_browser)
    amira.opens("progress")
    amira.sees("Open the MTL Tool in a new window")
    amira.presses_for_a_window("Open in a new window")
    amira.sees("My progress")
    amira.presses("Add evidence")
    amira.sees("Add evidence")
    amira.fills("Title", "A lesson on fractions")
    amira.ticks("1.1")
    amira.presses("Save draft")
    amira.sees("A lesson on fractions")

    amira.window = None
    amira.expects(401)
    amira.presses_for_a_window("Open in a new window")
    amira.sees("Open the link again from your course")
