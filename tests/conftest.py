"""What every test may ask for: a tool on each store, a demo VLE, a fresh course with its people.

Servers start once: PostgreSQL and Redis once a run, a tool and a VLE once a process. Nothing is
cleaned between tests; each has a course and people of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from demo_vle.local_servers import LocalServers
from demo_vle.server import RunningVle, start_vle
from tests.databases import FOLDER
from tests.tool_server import RunningTool, start_tool
from tests.world import World

pytest_plugins = [
    "tests.buckets",
    "tests.counts",
    "tests.chromium",
    "tests.clam",
    "tests.examples",
    "tests.order",
    "tests.partnerships",
]
STORES = ("sqlite", "postgres")
WITH_SERVERS = {"MTL_TEST_DATABASE", "MTL_TEST_REDIS"}
_servers: dict[str, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL and Redis in the process that hands out the tests; the others are told."""
    config.addinivalue_line("markers", "canvas: the world's VLE is a Canvas, not a Moodle")
    config.addinivalue_line("markers", "bench: a whole measurement in small; `make bench` runs it")
    if not (hasattr(config, "workerinput") or os.environ.keys() >= WITH_SERVERS):
        _start_servers()
    # A run has a hundred applications and two sets of templates.
    compiled = FileSystemBytecodeCache(os.environ.get(FOLDER))
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": compiled}


def _start_servers() -> None:
    folder = Path(tempfile.mkdtemp(prefix="mtl-tests-"))
    servers = LocalServers(folder)
    _servers.update(running=servers, folder=folder)
    os.environ["MTL_TEST_DATABASE"] = servers.database_url
    os.environ["MTL_TEST_REDIS"] = servers.redis_url
    os.environ[FOLDER] = str(folder)


def pytest_unconfigure() -> None:
    if "running" in _servers:
        _servers.pop("running").stop()
        shutil.rmtree(_servers.pop("folder"), ignore_errors=True)


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[dict[str, Any]]:
    """Tools and VLEs of this process, made when first asked for."""
    made: dict[str, Any] = {"folder": tmp_path_factory.mktemp("tools"), "worker": worker_id}
    yield made
    for name, running in made.items():
        if isinstance(running, (RunningTool, RunningVle)) and name:
            running.close()


@pytest.fixture(params=STORES)
def tool(request: pytest.FixtureRequest, tools: dict[str, Any]) -> RunningTool:
    """A running tool: on SQLite with nothing else, or on PostgreSQL with Redis."""
    store: str = request.param
    request.node.user_properties.append(("store", store))
    if store not in tools:
        tools[store] = start_tool(store, tools["folder"] / store, tools["worker"])
    running: RunningTool = tools[store]
    return running


@pytest.fixture
def world(request: pytest.FixtureRequest, tool: RunningTool, tools: dict[str, Any]) -> World:
    """A fresh course in a VLE that the tool knows, and a way to bring people into it."""
    product = "canvas" if request.node.get_closest_marker("canvas") else "moodle"
    key = f"{product} for {tool.store}"
    if key not in tools:
        tools[key] = start_vle(tool.url, product)
        tool.add_platform(tools[key].registration())
    tools[key].site.faults.clear()
    tools[key].site.gradebook_on()
    return World(tool, tools[key])
