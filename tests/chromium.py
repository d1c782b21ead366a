"""A real browser for the journeys: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MISSING = (
    "No Chromium: the journeys in a browser were not run. Install it with: apt-get install chromium"
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The running browser; with CI set a missing one is a failure."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def browser(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    """A fresh browser profile for one test."""
    request.node.user_properties.append(("browser", "browser"))
    context = chromium.new_context()
    context.set_default_timeout(15_000)
    yield context
    context.close()
