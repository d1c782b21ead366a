"""Browsers for the journeys: each person has a browser profile of their own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.pages import Seat, person_behind
from tests.partnerships import Partnership
from tests.tool_server import RunningTool
from tests.world import World

DESKTOP = {"width": 1200, "height": 900}
FAILED = pytest.StashKey[bool]()
SitDown = Callable[..., Seat]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the browsers know, before they are closed, that their journey failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def world(request: pytest.FixtureRequest, shared_tool: RunningTool, tools: dict[str, Any]) -> World:
    """A course of a partnership with nobody else in it: lists are as short as in the story."""
    product = "canvas" if request.node.get_closest_marker("canvas") else "moodle"
    return Partnership(shared_tool, tools).world(product)


@pytest.fixture
def sit_down(
    request: pytest.FixtureRequest, chromium: Any, world: World, tmp_path: Path
) -> Iterator[SitDown]:
    """Puts somebody of the world at a browser; in the end no browser has told of a problem."""
    request.node.user_properties.append(("browser", "browser"))
    seats: list[Seat] = []

    def sit(somebody: Any, **options: Any) -> Seat:
        context = options.pop("context", None) or chromium.new_context(viewport=DESKTOP, **options)
        seats.append(Seat(world, context, person_behind(somebody)))
        return seats[-1]

    yield sit
    for seat in seats:
        if FAILED in request.node.stash:
            request.node.add_report_section(
                "teardown", f"{seat.person.name} saw", str(seat.take_picture(tmp_path))
            )
        seat.context.close()
    for seat in seats:
        seat.has_no_problems()
