"""The ladder of binding a launch to its browser, each rung in a browser that stands on it.

The tool stands in a frame on another site, and its browser keeps no third-party cookies but
partitioned ones. Taking that word off them on their way, as an old proxy would, leads down.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Request, Route

from tests.chromium import ARGUMENTS
from tests.integration.launch.watching import Watched, watch
from tests.journeys.conftest import DESKTOP, SitDown
from tests.world import World

pytestmark = [
    pytest.mark.canvas,
    pytest.mark.parametrize("tool", ["sqlite"], indirect=True),
]
THIRD_PARTY_COOKIES_BLOCKED = {"profile": {"cookie_controls_mode": 1}}
BUTTON = "Open in a new window"


@pytest.fixture
def partitioned_only(chromium: Any, tmp_path: Path) -> BrowserContext:
    """A profile whose owner blocks third-party cookies."""
    preferences = tmp_path / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps(THIRD_PARTY_COOKIES_BLOCKED))
    context: BrowserContext = chromium.browser_type.launch_persistent_context(
        tmp_path / "profile",
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
        args=ARGUMENTS,
        viewport=DESKTOP,
    )
    return context  # whoever sits down at it also leaves it


@pytest.fixture
def proxy(world: World) -> Iterator[None]:
    """Something before the tool that knows no partitioned cookies."""
    app = world.tool.app
    behind = app.wsgi_app

    def strip(environ: Any, start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(name, value.replace("; Partitioned", "")) for name, value in headers]
            return start_response(status, kept, *rest)

        return behind(environ, start)

    app.wsgi_app = strip  # type: ignore[method-assign]
    yield
    app.wsgi_app = behind  # type: ignore[method-assign]


def posts_to(context: BrowserContext, path: str) -> list[Request]:
    """The posts to an address of the tool, as they are made."""
    seen: list[Request] = []
    context.on("request", lambda made: seen.append(made) if made.url.endswith(path) else None)
    return seen


def bindings(seen: Watched) -> list[tuple[str, str]]:
    return [(line["verdict"], line["binding"]) for line in seen.lines]


def test_a_partitioned_cookie_lets_straight_in(
    world: World,
    sit_down: SitDown,
    partitioned_only: BrowserContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.placement("progress")
    asked = posts_to(partitioned_only, "/lti/bind")
    with watch(world, caplog) as seen:
        amira = sit_down(world.visitor("Amira Khan", "participant"), context=partitioned_only)
        amira.opens("progress")
        amira.sees("My progress")
    assert bindings(seen) == [("ok", "cookie")]
    assert asked == []


@pytest.mark.usefixtures("proxy")
def test_without_the_cookie_the_platforms_page_answers_for_the_browser(
    world: World,
    sit_down: SitDown,
    partitioned_only: BrowserContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.placement("progress")
    asked = posts_to(partitioned_only, "/lti/bind")
    with watch(world, caplog) as seen:
        amira = sit_down(world.visitor("Amira Khan", "participant"), context=partitioned_only)
        amira.opens("progress")
        amira.sees("Open the MTL Tool in a new window")
    assert bindings(seen) == [("ok", "storage")]
    assert re.search(r"value=[\w-]{43}", asked[0].post_data or "")
    amira.presses_for_a_window(BUTTON)
    amira.sees("My progress")


@pytest.mark.usefixtures("proxy")
def test_where_the_platforms_page_is_silent_the_button_opens_a_window_once(
    world: World,
    sit_down: SitDown,
    partitioned_only: BrowserContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.placement("progress")
    partitioned_only.route("**/static/storage.js", empty_script)
    with watch(world, caplog) as seen:
        amira = sit_down(world.visitor("Amira Khan", "participant"), context=partitioned_only)
        amira.opens("progress")
        amira.sees("Open the MTL Tool in a new window")
    assert bindings(seen) == [("ok", "none")]
    amira.presses_for_a_window(BUTTON)
    amira.sees("My progress")
    amira.presses("Add evidence")
    amira.sees("Add evidence")

    amira.window = None
    amira.expects(401)
    amira.presses_for_a_window(BUTTON)
    amira.sees("Open the link again from your course")


def empty_script(route: Route) -> None:
    """What the page of a platform without storage has in its place: nothing."""
    route.fulfill(content_type="text/javascript", body="")
