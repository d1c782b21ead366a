"""An administrator pastes one address into Moodle; the frame closes and the tool works."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from demo_vle.server import start_vle
from tests.integration.launch.registering import invite
from tests.tool_server import RunningTool
from tests.world import World


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_pasted_address_is_all_that_a_moodle_needs(tool: RunningTool, browser: Any) -> None:
    problems: list[str] = []
    browser.on("weberror", lambda failure: problems.append(str(failure.error)))
    with start_vle(None, "moodle") as vle:
        page = browser.new_page()
        page.goto(f"{vle.url}/tools")
        page.get_by_label("Tool URL").fill(invite(tool, "--name", "West Campus"))
        page.get_by_role("button", name="Add the tool").click()
        frame = page.frame_locator("iframe[name=tool]")
        expect(frame.get_by_role("heading", level=1)).to_have_text(
            "Add the MTL Tool to West Campus"
        )
        assert not Axe().run(page.frame(name="tool")).response["violations"]
        frame.get_by_role("button", name="Register the MTL Tool").click()
        page.wait_for_url(f"{vle.url}/tools")
        page.get_by_role("button", name="Activate").click()
        expect(page.locator("[data-tool]")).to_contain_text("Active")

        world = World(tool, vle)
        amira = world.visitor("Amira Khan", "participant").person
        link = world.placement("progress")
        page.goto(f"{vle.url}/courses/{world.course.id}?as={amira.id}&open={link.id}")
        expect(frame.get_by_role("heading", level=1)).to_be_visible()
        expect(frame.locator(".app-bar__viewer")).to_contain_text("Amira Khan")
    assert not problems
