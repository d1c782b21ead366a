"""The drill of docs/runbook.md: destroy, restore, prove trail and files, a launch, a delivery."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from demo_vle.server import start_vle
from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.people.models import User
from lti_tool.settings import load_settings
from tests.integration.cohort.test_erasing import leave
from tests.integration.core.test_backup import start_again
from tests.integration.core.test_backup_commands import WORKER, command, emptied, newest
from tests.integration.evidence.steps import PDF, add
from tests.integration.grades.factories import released
from tests.tool_server import start_tool
from tests.world import Person, World, text_of


def storage_of(environ: Mapping[str, str]) -> Path:
    return Path(environ["STORAGE_URL"])


def erased(person: Person) -> int:
    with person.world.tool.app.app_context():
        number = person.user().id
    done = command(person.world.tool.app, "people", "erase", number, "--reason", "asked")
    return int(done.exit_code)


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
        ben, cleo = one.world.participant("Ben Erased"), one.world.participant("Cleo Erased")
        leave(ben)
        add(one.amira, ("plan.pdf", PDF), title="Before the fire")
        assert command(tool.app, "audit", "seal").exit_code == 0
        assert command(tool.app, "backup", place).exit_code == 0
        first = newest(place).name
        # One is in a later run, the other on the list that the file store keeps.
        assert erased(ben) == 0
        assert command(tool.app, "backup", place).exit_code == 0
        leave(cleo)
        assert erased(cleo) == 0
        kept = storage_of(tool.environ) / "notes"
        shutil.copytree(kept, tmp_path / "notes")
        tool.close()
        with tool.app.app_context():
            db.engine.dispose()
        shutil.rmtree(folder)

        environ = emptied(tool.environ, store, tmp_path / "again")
        shutil.copytree(tmp_path / "notes", storage_of(environ) / "notes", dirs_exist_ok=True)
        app = create_app(load_settings(environ))
        done = command(app, "restore", place, "--as-of", first)
        # She is back on the programme, too, and nobody but a person can say that she left.
        assert "1 person was erased again." in done.output
        assert "1 could not be erased again, and are back." in done.output
        assert "people erase-again" in done.output
        assert done.exit_code == 1
        for words in (("storage", "verify"), ("audit", "verify")):
            done = command(app, *words)
            assert done.exit_code == 0, f"{words}: {done.output}"
        with closing(start_again(store, environ)) as again:
            one.world.tool = again
            assert one.amira.launch("progress").status_code == 200
            assert "Before the fire" in text_of(one.amira.get("evidence"))
            assert one.settle()["state"] == "confirmed"
            assert one.cell().score == 64
            leave(cleo)
            done = command(again.app, "people", "erase-again")
            assert (done.exit_code, done.output) == (0, "1 person was erased again.\n")
            with again.app.app_context():
                names = set(db.session.scalars(select(User.name)))
            assert not {"Ben Erased", "Cleo Erased"} & names
