"""Fixtures: a tool that notes what it gets, and a platform beside it."""

from collections.abc import Iterator

import pytest
from a_tool import ATool
from captured_world import TOOL_CUSTOM, World, canvas_people, captured_people, place_module

from demo_vle.server import start_vle


@pytest.fixture
def tool() -> Iterator[ATool]:
    running = ATool()
    yield running
    running.close()


@pytest.fixture
def moodle(tool: ATool) -> Iterator[World]:
    with start_vle(tool.url, "moodle") as vle:
        tool.registration = vle.registration()
        vle.site.name = "AccMoodle"
        vle.site.the_tool().custom = dict(TOOL_CUSTOM)
        course = vle.site.add_course(
            "Masters in Teaching and Learning: Module 1", "MTL-M1", idnumber="MTL7001-2026"
        )
        yield World(vle, tool, course, captured_people(vle, course), place_module(vle, course))


@pytest.fixture
def canvas(tool: ATool) -> Iterator[World]:
    with start_vle(tool.url, "canvas") as vle:
        tool.registration = vle.registration()
        course = vle.site.add_course("Masters in Teaching and Learning", "MTL")
        people = canvas_people(vle, course)
        yield World(vle, tool, course, people, place_module(vle, course))
