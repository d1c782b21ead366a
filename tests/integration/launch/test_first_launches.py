"""Many people open something new at the same moment: all come in, and it is there once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from demo_vle.browser import Visitor
from tests.integration.launch.registering import Administrator, administrator, listed
from tests.integration.launch.watching import rows
from tests.tool_server import RunningTool
from tests.world import World

TEN = 10


def post_at_once(world: World, visitors: Sequence[Visitor], opens: Sequence[str]) -> list[int]:
    """All are ready to post their launch, and then do so together; the statuses at the end."""
    forms = []
    for visitor, link in zip(visitors, opens, strict=True):
        initiated = visitor.initiate(world.placement(link))
        forms.append(visitor.authorise(visitor.onward(initiated)))
    together = Barrier(len(visitors))

    def post(number: int) -> int:
        together.wait(30)
        return visitors[number].post_launch(forms[number]).status_code

    with ThreadPoolExecutor(len(visitors)) as pool:
        return list(pool.map(post, range(len(visitors))))


def newcomers(world: World, count: int = TEN) -> list[Visitor]:
    return [world.visitor(f"Newcomer {number}", "participant") for number in range(count)]


def registered(admin: Administrator) -> World:
    admin.pastes()
    admin.presses()
    return admin.activates()


def test_ten_people_open_a_new_link_of_a_new_course_at_once(world: World) -> None:
    before = rows(world.tool)
    assert post_at_once(world, newcomers(world), ["MTL1"] * TEN) == [200] * TEN
    after = rows(world.tool)
    added = {name: after[name] - before[name] for name in ("course", "user", "resource_link")}
    assert added == {"course": 1, "user": TEN, "resource_link": 1}


def test_ten_people_open_different_new_links_of_a_new_course_at_once(world: World) -> None:
    before = rows(world.tool)
    opens = ["MTL1", "MTL2", "progress", "coach-evidence", "MTL3"] * 2
    assert post_at_once(world, newcomers(world), opens) == [200] * TEN
    after = rows(world.tool)
    assert after["course"] - before["course"] == 1
    assert after["resource_link"] - before["resource_link"] == 5


def test_ten_people_are_the_first_of_a_new_place_at_once(tool: RunningTool) -> None:
    with administrator(tool, "canvas") as admin:
        world = registered(admin)
        before = rows(tool)
        assert post_at_once(world, newcomers(world), ["progress"] * TEN) == [200] * TEN
        after = rows(tool)
        found = listed(tool, world.vle.site.the_tool().client_id)
        known = world.vle.site.the_tool().deployment_id
    assert (found["deployments"], found["waiting"]) == ([known], [])
    assert after["course"] - before["course"] == 1
    assert after["deployment"] - before["deployment"] == 1


def test_ten_people_from_a_place_that_waits_are_all_told_so(tool: RunningTool) -> None:
    with administrator(tool, "canvas") as admin:
        world = registered(admin)
        world.participant()
        tool_there = world.vle.site.the_tool()
        tool_there.deployment_id = "77:another-account"
        assert post_at_once(world, newcomers(world), ["progress"] * TEN) == [403] * TEN
        assert listed(tool, tool_there.client_id)["waiting"] == ["77:another-account"]


def test_of_several_first_places_at_once_only_one_is_let_in(tool: RunningTool) -> None:
    with administrator(tool, "canvas") as admin:
        world = registered(admin)
        tool_there = world.vle.site.the_tool()
        visitors, forms = newcomers(world, 4), []
        for number, visitor in enumerate(visitors):
            tool_there.deployment_id = f"{number}:place"
            initiated = visitor.initiate(world.placement("progress"))
            forms.append(visitor.authorise(visitor.onward(initiated)))
        together = Barrier(4)

        def post(number: int) -> int:
            together.wait(30)
            return visitors[number].post_launch(forms[number]).status_code

        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(post, range(4)))
        found = listed(tool, tool_there.client_id)
    assert statuses == [200, 403, 403, 403]
    assert (len(found["deployments"]), len(found["waiting"])) == (1, 3)


@pytest.mark.parametrize("tabs", [4])
def test_a_newcomer_with_several_tabs_is_one_person(world: World, tabs: int) -> None:
    one = world.visitor("Amira Khan", "participant")
    browsers = [one, *(Visitor(world.vle, one.person) for _ in range(tabs - 1))]
    before = rows(world.tool)
    assert post_at_once(world, browsers, ["progress"] * tabs) == [200] * tabs
    assert rows(world.tool)["user"] - before["user"] == 1
