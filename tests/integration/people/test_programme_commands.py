"""The operator checks, publishes and ends versions of a programme; what is published stays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.people.programmes import current_programme, newest_version
from lti_tool.people.providers import get_provider
from lti_tool.settings import ROOT, load_settings
from tests.partnerships import Partnership
from tests.tool_server import RunningTool
from tests.world import World

PRESETS = sorted((ROOT / "config").glob("programme*.yaml"))


def run(tool: RunningTool, *words: str) -> Result:
    return tool.app.test_cli_runner().invoke(args=list(words))


@pytest.fixture
def ours(shared_tool: RunningTool, tools: dict[str, Any], tmp_path: Path) -> Partnership:
    """A partnership of its own; its first version is the default programme, as `ours.yaml`."""
    shutil.copy(PRESETS[-1], tmp_path / "ours.yaml")
    return Partnership(shared_tool, tools, tmp_path / "ours.yaml")


def changed(file: Path, *changes: tuple[str, str]) -> Path:
    """A copy of a programme file with other words."""
    found = file.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in found
        found = found.replace(before, after)
    copy = file.with_name(f"{file.stem}-{len(list(file.parent.iterdir()))}.yaml")
    copy.write_text(found, encoding="utf-8")
    return copy


def listed(ours: Partnership) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(ours.programme("list", "--json").output)
    return rows


def test_the_files_that_come_with_the_tool_have_no_mistakes(tool: RunningTool) -> None:
    assert len(PRESETS) == 2
    done = run(tool, "programme", "check", *map(str, PRESETS))
    assert done.exit_code == 0
    assert "180 credits, 3 phases, 6 modules, 8 strands" in done.output
    assert "180 credits, 3 phases, 8 modules, 8 strands" in done.output


def test_every_mistake_is_told_with_its_file_its_place_and_the_nearest_right_key(
    tool: RunningTool, tmp_path: Path
) -> None:
    shutil.copy(PRESETS[-1], tmp_path / "a.yaml")
    wrong = changed(
        tmp_path / "a.yaml", ("MTL3:\n    phase: 2\n    credits", "MTL3:\n    phase: 2\n    credts")
    )
    done = run(tool, "programme", "check", str(wrong), str(tmp_path / "none.yaml"))
    assert done.exit_code == 1
    assert f"{wrong}: modules.MTL3.credits: is missing. Add it." in done.output
    assert f"{wrong}: modules.MTL3.credts: is not known here. Did you mean credits?" in done.output
    assert f"{tmp_path}/none.yaml: cannot be opened" in done.output
    assert "3 mistakes" in done.output


def test_a_file_with_mistakes_is_not_published(ours: Partnership, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    wrong = changed(file, ('version: "1.0"', 'version: "1.1"'), ("pass_mark: 50", "pass_mark: x"))
    done = ours.programme("publish", str(wrong))
    assert done.exit_code == 1
    assert f"{wrong}: pass_mark: needs a whole number" in done.output
    assert [row["version"] for row in listed(ours)] == ["1.0"]


def test_the_same_text_is_published_once_and_another_text_under_its_name_never(
    ours: Partnership, tmp_path: Path
) -> None:
    file = tmp_path / "ours.yaml"
    again = ours.programme("publish", str(file))
    assert again.exit_code == 0
    assert "is there already, with the same text" in again.output
    other = changed(file, ("pass_mark: 50", "pass_mark: 45"))
    refused = ours.programme("publish", str(other))
    assert refused.exit_code == 1
    assert "mtl-england-2009 1.0 is published already with another text" in refused.output
    named = changed(other, ('version: "1.0"', 'version: "1.1"'))
    assert ours.programme("publish", str(named)).exit_code == 0
    assert [row["version"] for row in listed(ours)] == ["1.1", "1.0"]
    assert "mtl-england-2009" in ours.programme("list").output


def test_new_participants_join_no_version_that_is_taught_out(
    ours: Partnership, tmp_path: Path
) -> None:
    file = tmp_path / "ours.yaml"
    (first,) = (str(row["id"]) for row in listed(ours))
    alone = ours.programme("teach-out", first)
    assert alone.exit_code == 1
    assert "the only version that new participants can join" in alone.output
    newer = changed(file, ('version: "1.0"', 'version: "1.1"'))
    ours.programme("publish", str(newer))
    second = str(listed(ours)[0]["id"])
    assert ours.programme("teach-out", second).exit_code == 0
    with ours.tool.app.app_context():
        assert newest_version(get_provider(ours.name).id).version == "1.0"
    assert ours.programme("reopen", second).exit_code == 0
    with ours.tool.app.app_context():
        assert newest_version(get_provider(ours.name).id).version == "1.1"


def test_a_version_closes_only_after_its_teach_out(ours: Partnership, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    newer = changed(file, ('version: "1.0"', 'version: "1.1"'))
    ours.programme("publish", str(newer))
    first = str(listed(ours)[1]["id"])
    early = ours.programme("close", first)
    assert early.exit_code == 1
    assert "This version is published, not closing." in early.output
    ours.programme("teach-out", first)
    assert ours.programme("close", first).exit_code == 0
    assert [row["state"] for row in listed(ours)] == ["published", "closed"]
    back = ours.programme("reopen", first)
    assert back.exit_code == 1


def test_a_version_does_not_close_while_somebody_is_on_it(world: World, tmp_path: Path) -> None:
    amira = world.participant()
    with world.tool.app.app_context():
        home = get_provider("Our university")
        own = newest_version(home.id).id
        db.session.execute(
            text("UPDATE programme_version SET state = 'closing' WHERE id = :id"), {"id": own}
        )
        db.session.commit()
    refused = run(world.tool, "programme", "close", str(own), "--provider", "Our university")
    run(world.tool, "programme", "reopen", str(own), "--provider", "Our university")
    assert refused.exit_code == 1
    assert "still on this version" in refused.output
    assert amira.get("progress").status_code == 200


def test_another_providers_version_does_not_exist(ours: Partnership) -> None:
    with ours.tool.app.app_context():
        theirs = newest_version(get_provider("Our university").id).id
    refused = ours.programme("teach-out", str(theirs))
    assert refused.exit_code == 1
    assert "There is no such programme version" in refused.output


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE programme_version SET definition = 'other'",
        "UPDATE programme_version SET version = '9' WHERE id = 1",
        "DELETE FROM programme_version",
    ],
)
@pytest.mark.each_store
def test_the_database_refuses_to_change_what_was_published(tool: RunningTool, change: str) -> None:
    with tool.app.app_context():
        with pytest.raises(DatabaseError, match="programme_version is never changed"):
            db.session.execute(text(change))
        db.session.rollback()


def test_the_setting_seeds_an_empty_database_and_nothing_else(
    tool: RunningTool, tmp_path: Path
) -> None:
    environ = tool.environ | {"PROGRAMME": str(PRESETS[0])}
    fresh = environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/fresh.sqlite"}
    for settings, first in ((environ, "MTL1"), (fresh, "TL1")):
        app = create_app(load_settings(settings))
        with app.app_context():
            assert current_programme(get_provider("Our university").id).modules[0].code == first
        with app.app_context():
            db.engine.dispose()
