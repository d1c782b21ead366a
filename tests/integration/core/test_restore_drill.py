"""The drill of docs/runbook.md: destroy, restore, prove trail and files, a launch, a delivery."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from demo_vle.server import start_vle
from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.settings import load_settings
from tests.integration.core.test_backup import start_again
from tests.integration.core.test_backup_commands import WORKER, command, emptied
from tests.integration.evidence.steps import PDF, add
from tests.integration.grades.factories import released
from tests.tool_server import start_tool
from tests.world import World, text_of


@pytest.mark.parametrize("store", ["postgres"])
def test_a_tool_that_was_destroyed_is_brought_back_proved_and_goes_on(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    request.node.user_properties.append(("store", store))
    folder, place = tmp_path / "tool", tmp_path / "backup"
    tool = start_tool(store, folder, WORKER)
    with start_vle(tool.url, "moodle") as vle:
        tool.add_platform(vle.registration())
        one = released(World(tool, vle), 64)
        add(one.amira, ("plan.pdf", PDF), title="Before the fire")
        assert command(tool.app, "audit", "seal").exit_code == 0
        assert command(tool.app, "backup", place).exit_code == 0
        tool.close()
        with tool.app.app_context():
            db.engine.dispose()
        shutil.rmtree(folder)

        environ = emptied(tool.environ, store, tmp_path / "again")
        app = create_app(load_settings(environ))
        for words in (("restore", place), ("storage", "verify"), ("audit", "verify")):
            done = command(app, *words)
            assert done.exit_code == 0, f"{words}: {done.output}"
        with closing(start_again(store, environ)) as again:
            one.world.tool = again
            assert one.amira.launch("progress").status_code == 200
            assert "Before the fire" in text_of(one.amira.get("evidence"))
            assert one.settle()["state"] == "confirmed"
            assert one.cell().score == 64
