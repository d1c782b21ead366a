"""The servers that the other tests stand on."""

import pytest
import requests

from lti_tool.people import providers
from lti_tool.people.models import Provider
from lti_tool.settings import ROOT
from tests.tool_server import RunningTool


def test_the_tool_is_ready_on_each_store(tool: RunningTool) -> None:
    answer = requests.get(f"{tool.url}/health/ready", timeout=10)
    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("worker") in (True, False)  # whichever test ran one lately
    needed = ("database", "memory", "migrations", "keys", "storage")
    assert told == {"status": "ok", **dict.fromkeys(needed, True)}


def test_two_that_start_at_once_on_an_empty_database_make_one_provider(
    tool: RunningTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = providers.list_providers
    looks: list[list[Provider]] = [[]]
    monkeypatch.setattr(providers, "list_providers", lambda: looks.pop() if looks else there())
    with tool.app.app_context():
        providers.ensure_first_provider(ROOT / "config" / "programme.yaml")
        assert [each.name for each in there()].count(providers.FIRST) == 1
