"""Several providers in one tool, each with a programme of its own and a VLE that belongs to it.

They live in a tool apart from the others': there, commands need not say which provider is meant.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from demo_vle.server import start_vle
from tests.tool_server import RunningTool, start_tool
from tests.world import World

_numbers = itertools.count(1)
USUAL = Path("config/programme.yaml")


@pytest.fixture
def shared_tool(tool: RunningTool, tools: dict[str, Any]) -> RunningTool:
    """A tool on the same store as `tool`, for several partnerships."""
    key = f"several providers on {tool.store}"
    if key not in tools:
        number = int(tools["worker"].removeprefix("gw").replace("master", "0"))
        folder = tools["folder"] / key.replace(" ", "-")
        tools[key] = start_tool(tool.store, folder, f"gw{number:03}")
    running: RunningTool = tools[key]
    return running


class Partnership:
    """A provider whose first version is `file`; its VLE comes when first asked for."""

    def __init__(self, tool: RunningTool, tools: dict[str, Any], file: Path = USUAL) -> None:
        self.tool = tool
        self.name = f"Partnership {next(_numbers)}"
        self._tools = tools
        done = self.run("providers", "add", self.name, "--programme", str(file))
        assert done.exit_code == 0, done.output

    def run(self, *words: str) -> Any:
        """What the operator types."""
        return self.tool.app.test_cli_runner().invoke(args=list(words))

    def programme(self, *words: str) -> Any:
        """A `programme` command for this provider."""
        return self.run("programme", *words, "--provider", self.name)

    def world(self, product: str = "moodle") -> World:
        """A course of a VLE that belongs to this partnership."""
        key = f"{product} of {self.name} on {self.tool.store}"
        if key not in self._tools:
            self._tools[key] = start_vle(self.tool.url, product)
            self.tool.add_platform(self._tools[key].registration(), provider=self.name)
        return World(self.tool, self._tools[key])
