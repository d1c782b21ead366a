"""The tool with its files in an S3 bucket: the same stories as with a folder."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tool_server import RunningTool, start_tool


@pytest.fixture
def tool(request: pytest.FixtureRequest, tools: dict[str, Any]) -> RunningTool:
    """A running tool whose STORAGE_URL is a bucket."""
    request.node.user_properties.append(("store", "bucket"))
    if "bucket" not in tools:
        tools["bucket"] = start_tool("bucket", tools["folder"] / "bucket", tools["worker"])
    running: RunningTool = tools["bucket"]
    return running
