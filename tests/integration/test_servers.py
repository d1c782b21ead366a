"""The servers that the other tests stand on."""

import requests

from tests.tool_server import RunningTool


def test_the_tool_is_ready_on_each_store(tool: RunningTool) -> None:
    answer = requests.get(f"{tool.url}/health/ready", timeout=10)
    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("worker") in (True, False)  # whichever test ran one lately
    needed = ("database", "memory", "migrations", "keys", "storage")
    assert told == {"status": "ok", **dict.fromkeys(needed, True)}
