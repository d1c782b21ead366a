"""What docs/operations.md says of backups is done here: destroyed, brought back, proved, opened."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.serving import make_server

from demo_vle.server import start_vle
from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.settings import load_settings
from tests.integration.evidence.steps import PDF, added, submit
from tests.tool_server import QuietHandler, RunningTool, start_tool
from tests.world import World, soup


def back_up(tool: RunningTool, place: Path) -> None:
    """The database first, so that every file it names is among those copied after it."""
    place.mkdir()
    file = tool.environ["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(place / "db")) as copy:
        source.backup(copy)
    shutil.copytree(tool.environ["STORAGE_URL"], place / "files")


def destroy(tool: RunningTool, folder: Path) -> None:
    tool.close()
    with tool.app.app_context():
        db.engine.dispose()
    shutil.rmtree(folder)


def start_again(tool: RunningTool) -> RunningTool:
    """The tool at the address it had, on what lies there now."""
    app = create_app(load_settings(tool.environ))
    port = urlsplit(tool.url).port or 0
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    return RunningTool(tool.store, tool.environ, server)


def test_what_was_destroyed_comes_back_whole_and_people_launch_into_it(tmp_path: Path) -> None:
    folder, place = tmp_path / "tool", tmp_path / "backup"
    tool = start_tool("sqlite", folder, "master")
    vle = start_vle(tool.url, "moodle")
    tool.add_platform(vle.registration())
    amira = World(tool, vle).participant()
    added(amira, ("plan.pdf", PDF))
    found = re.search(r"receipts/[A-Z0-9-]+$", submit(amira).url)
    assert found
    back_up(tool, place)
    destroy(tool, folder)
    shutil.copytree(place, folder)
    again = start_again(tool)
    proved = again.app.test_cli_runner().invoke(args=["storage", "verify"])
    assert proved.exit_code == 0
    assert "1 files" in proved.output
    assert amira.launch("progress").status_code == 200
    page = amira.get(found[0])
    assert soup(page).select("[data-receipt-check=ok]")
    assert amira.visitor.follow(page, "plan.pdf").content == PDF
    again.close()
    vle.close()
