"""After a launch a browser's own buttons do no harm: refresh stays, back leads to the course."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.integration.launch.watching import watch
from tests.journeys.conftest import SitDown
from tests.journeys.pages import Seat
from tests.world import World

pytestmark = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
PRODUCTS = ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)]


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_window_can_be_refreshed_and_left_backwards_and_forwards(
    world: World, sit_down: SitDown, product: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert world.product == product
    world.placement("progress")
    amira = sit_down(world.visitor("Amira Khan", "participant"))
    with watch(world, caplog) as seen:
        amira.opens_in_window("progress")
        amira.waits_for("My progress")
        assert amira.window is not None
        amira.window.reload()
        amira.sees("My progress")
        amira.presses("Add evidence")
        amira.waits_for("Add evidence")
        amira.window.go_back()
        amira.sees("My progress")
        amira.window.go_forward()
        amira.waits_for("Add evidence")
    assert seen.verdicts == ["ok"]


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_frame_can_be_refreshed_and_its_launch_is_not_posted_again(
    world: World, sit_down: SitDown, product: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert world.product == product
    world.placement("progress")
    amira = sit_down(world.visitor("Amira Khan", "participant"))
    with watch(world, caplog) as seen:
        amira.opens("progress")
        amira.waits_for("My progress")
        refresh_the_frame(amira)
        amira.sees("My progress")
        amira.presses("Add evidence")
        amira.waits_for("Add evidence")
        amira.page.evaluate("history.back()")  # the browser's button, which waits for no window
        amira.waits_for("My progress")
    assert seen.verdicts == ["ok"]


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_course_page_that_is_refreshed_launches_anew(
    world: World, sit_down: SitDown, product: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert world.product == product
    world.placement("progress")
    amira = sit_down(world.visitor("Amira Khan", "participant"))
    with watch(world, caplog) as seen:
        amira.opens("progress")
        amira.waits_for("My progress")
        amira.reloads()
        amira.waits_for("My progress")
    assert set(seen.verdicts) == {"ok"}


def test_a_refusal_is_seen_inside_the_frame(world: World, sit_down: SitDown) -> None:
    """An LTI 1.1 link: the tool does not know whose page it is in."""
    world.placement("progress")
    amira = sit_down(world.visitor("Amira Khan", "participant"))
    amira.opens("progress")
    amira.waits_for("My progress")
    amira.expects(400)
    amira.page.evaluate(
        """([action]) => {
            const form = document.createElement("form");
            form.method = "post"; form.action = action; form.target = "tool";
            const field = document.createElement("input");
            field.name = "oauth_consumer_key"; field.value = "key";
            form.append(field); document.body.append(form); form.submit();
        }""",
        [f"{world.tool.url}/lti/launch"],
    )
    amira.sees("Open the link again from your course")
    amira.reads("set up for LTI 1.1")


def refresh_the_frame(seat: Seat) -> None:
    """What “Reload frame” in the menu of a frame does."""
    with seat.page.expect_response(re.compile(r"/courses/\d+/")):
        seat.document.evaluate("location.reload()")
    expect(seat.tool.locator("h1")).to_be_visible()
