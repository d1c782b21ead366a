"""What is used once is used once, on both stores, however many ask at the same moment."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import time_machine

from lti_tool.ephemeral import Ephemeral
from tests.tool_server import RunningTool


def store_of(tool: RunningTool) -> Ephemeral:
    found: Ephemeral = tool.app.extensions["ephemeral"]
    return found


def test_of_many_takers_exactly_one_gets_the_value(tool: RunningTool) -> None:
    keys = [f"race:{secrets.token_hex(8)}" for _ in range(20)]

    def take(key: str) -> bool:
        with tool.app.app_context():
            return store_of(tool).take(key) is not None

    with tool.app.app_context():
        for key in keys:
            store_of(tool).put(key, {"a": 1}, 60)
    with ThreadPoolExecutor(8) as pool:
        won = [sum(pool.map(take, [key] * 8)) for key in keys]
    assert won == [1] * len(keys)


def test_of_many_who_mark_a_nonce_exactly_one_is_the_first(tool: RunningTool) -> None:
    key = f"nonce:{secrets.token_hex(8)}"

    def mark(_: int) -> bool:
        with tool.app.app_context():
            return store_of(tool).add(key, 60)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(mark, range(24))) == 1


def test_a_value_can_be_read_again_until_it_is_deleted(tool: RunningTool) -> None:
    key = f"value:{secrets.token_hex(8)}"
    with tool.app.app_context():
        store = store_of(tool)
        store.put(key, {"a": [1, "ü"]}, 60)
        store.put(key, {"a": [2]}, 60)
        assert store.get(key) == {"a": [2]}
        assert store.get(key) == {"a": [2]}
        store.delete(key)
        assert store.get(key) is None
        assert store.take(key) is None


def test_a_value_takes_the_place_of_another_in_one_step(tool: RunningTool) -> None:
    old, new = (f"value:{secrets.token_hex(8)}" for _ in range(2))
    with tool.app.app_context():
        store = store_of(tool)
        store.put(old, "before", 60)
        store.replace(old, new, "after", 60)
        assert (store.get(old), store.get(new)) == (None, "after")


def test_the_embedded_store_forgets_in_time(tool: RunningTool) -> None:
    if tool.store != "sqlite":
        return  # Redis keeps its own clock
    with tool.app.app_context(), time_machine.travel("2030-01-01T00:00:00Z", tick=False) as clock:
        store = store_of(tool)
        store.put("old", 1, 60)
        assert store.add("mark", 60)
        clock.shift(61)
        assert store.get("old") is None
        assert store.take("old") is None
        assert store.add("mark", 60), "an expired mark is no mark"
