"""`flask backup` and `flask restore`: everything comes back as it was, also in the other store."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from demo_vle.server import RunningVle, start_vle
from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.settings import load_settings
from tests.databases import new_database, upgrade
from tests.integration.attacks.test_colleagues import everything_of
from tests.integration.core.test_backup import start_again
from tests.integration.evidence.steps import PDF
from tests.tool_server import RunningTool, spare_worker, start_tool
from tests.world import Person, World, soup, text_of

WORKER = spare_worker()
OTHER = {"sqlite": "postgres", "postgres": "sqlite"}


def command(app: Flask, *words: object) -> Any:
    return app.test_cli_runner().invoke(args=[str(word) for word in words])


def newest(place: Path) -> Path:
    return max(place.glob("*/backup.json")).parent


def tables_in(place: Path) -> dict[str, str]:
    """How the rows of each table hash."""
    told = json.loads((newest(place) / "backup.json").read_text())
    return {name: facts["sha256"] for name, facts in told["tables"].items()}


def emptied(environ: dict[str, str], store: str, folder: Path) -> dict[str, str]:
    """The settings of a tool at the same address and with the same keys that has nothing yet."""
    changed = {"STORAGE_URL": str(folder / "files"), "MAIL_URL": str(folder / "mail")}
    kept = {name: value for name, value in environ.items() if name != "REDIS_URL"}
    if store == "sqlite":
        return {**kept, **changed, "DATABASE_URL": f"sqlite:///{folder}/db"}
    redis_url = urlunsplit(
        urlsplit(os.environ["MTL_TEST_REDIS"])._replace(path=f"/{WORKER.removeprefix('gw')}")
    )
    made = {
        **kept,
        **changed,
        "DATABASE_URL": new_database(f"mtl_{WORKER}"),
        "REDIS_URL": redis_url,
    }
    upgrade(create_app(load_settings(made), ready=False))
    return made


def lived_in(store: str, folder: Path) -> tuple[RunningTool, RunningVle, Person, str]:
    """A tool with everything that can be kept of a participant, and the page of her receipt."""
    tool = start_tool(store, folder, WORKER)
    vle = start_vle(tool.url, "moodle")
    tool.add_platform(vle.registration())
    world = World(tool, vle)
    amira = world.participant(opens="MTL1")
    everything_of(amira, world)
    receipt = re.search(r"receipts/[A-Z0-9-]+", amira.get("evidence?module=MTL1").text)
    assert receipt
    return tool, vle, amira, receipt[0]


@pytest.mark.parametrize("store", OTHER)
def test_a_backup_of_one_store_comes_back_in_the_other(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    request.node.user_properties.append(("store", store))
    place = tmp_path / "backup"
    tool, vle, amira, receipt = lived_in(store, tmp_path / "tool")
    page = text_of(amira.get(receipt))
    done = command(tool.app, "backup", place)
    assert done.exit_code == 0, done.output
    written = tables_in(place)
    tool.close()
    environ = emptied(tool.environ, OTHER[store], tmp_path / "other")
    app = create_app(load_settings(environ))
    done = command(app, "restore", place)
    assert done.exit_code == 0, done.output
    assert command(app, "storage", "verify").exit_code == 0
    assert command(app, "backup", place).exit_code == 0
    assert tables_in(place) == written
    again = start_again(OTHER[store], environ)
    assert amira.launch("progress").status_code == 200
    shown = amira.get(receipt)
    assert text_of(shown) == page
    assert soup(shown).select("[data-receipt-check=ok]")
    assert amira.visitor.follow(shown, "plan.pdf").content == PDF
    assert World(again, vle).participant("Nina New").page.status_code == 200
    with again.app.app_context(), db.engine.connect() as connection:
        for change in ("UPDATE evidence_version SET title = ''", "DELETE FROM audit_event"):
            with pytest.raises(DatabaseError, match="never changed"), connection.begin():
                connection.execute(text(change))
    again.close()
    vle.close()


@pytest.fixture
def small(tmp_path: Path) -> RunningTool:
    """A tool with one file, on SQLite."""
    tool = start_tool("sqlite", tmp_path / "small", WORKER)
    with (tmp_path / "film").open("w+b") as film:
        film.write(b"a film" * 1000)
        tool.app.extensions["storage"].put(film)
    tool.close()
    return tool


def empty_app(tool: RunningTool, folder: Path) -> Flask:
    return create_app(load_settings(emptied(tool.environ, "sqlite", folder)))


def test_files_are_copied_once_and_each_run_keeps_its_rows(
    small: RunningTool, tmp_path: Path
) -> None:
    place = tmp_path / "backup"
    assert "1 files (1 new)" in command(small.app, "backup", place).output
    first = newest(place)
    (kept,) = (place / "files").glob("sha256/*/*")
    before = kept.stat().st_mtime_ns
    first.rename(place / "20200101T000000Z")
    assert "1 files (0 new)" in command(small.app, "backup", place).output
    assert kept.stat().st_mtime_ns == before
    assert len(list(place.glob("*/backup.json"))) == 2
    assert place.stat().st_mode & 0o077 == 0
    done = command(empty_app(small, tmp_path / "a"), "restore", place, "--as-of", first.name[:4])
    assert (done.exit_code, "no complete backup" in done.output) == (3, True)
    done = command(
        empty_app(small, tmp_path / "b"), "restore", place, "--as-of", "20200101T000000Z"
    )
    assert done.exit_code == 0, done.output


def test_nothing_is_restored_over_what_is_there(small: RunningTool, tmp_path: Path) -> None:
    place = tmp_path / "backup"
    command(small.app, "keys", "rotate", "--at-once")
    assert command(small.app, "backup", place).exit_code == 0
    done = command(small.app, "restore", place)
    assert done.exit_code == 3
    assert "The database is not empty: tool_key has" in done.output


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        ("provider.jsonl", "is not what was written into it"),
        ("backup.json", "is of version 001 of the tables"),
    ],
)
def test_a_backup_that_is_not_whole_changes_nothing(
    small: RunningTool, tmp_path: Path, spoilt: str, sentence: str
) -> None:
    place = tmp_path / "backup"
    command(small.app, "backup", place)
    file = newest(place) / spoilt
    if spoilt == "backup.json":
        file.write_text(json.dumps(json.loads(file.read_text()) | {"revision": "001"}))
    else:
        file.write_bytes(file.read_bytes() + b"[]\n")
    app = empty_app(small, tmp_path / "other")
    done = command(app, "restore", place)
    assert done.exit_code == 3
    assert sentence in done.output
    with app.app_context(), db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM provider")) == 1
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        assert connection.scalar(text(query))


def test_damaged_and_missing_files_are_told_and_the_others_come_back(
    small: RunningTool, tmp_path: Path
) -> None:
    place = tmp_path / "backup"
    stored = next(Path(small.environ["STORAGE_URL"]).glob("sha256/*/*"))
    whole = stored.read_bytes()
    stored.write_bytes(b"x" + whole[1:])
    done = command(small.app, "backup", place)
    assert (done.exit_code, f"damaged  {stored.name}" in done.output) == (1, True)
    assert not list((place / "files").glob("sha256/*/*"))
    newest(place).rename(place / "20200101T000000Z")
    stored.write_bytes(whole)
    command(small.app, "backup", place)
    (copied,) = (place / "files").glob("sha256/*/*")
    copied.write_bytes(b"x" + whole[1:])
    done = command(empty_app(small, tmp_path / "a"), "restore", place)
    assert (done.exit_code, f"damaged  {stored.name}" in done.output) == (1, True)
    copied.unlink()
    done = command(empty_app(small, tmp_path / "b"), "restore", place)
    assert (done.exit_code, f"missing  {stored.name}" in done.output) == (1, True)
    assert "rows and 0 files were restored" in done.output


def test_where_nothing_can_be_written_a_sentence_says_so(
    small: RunningTool, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = command(small.app, "backup", tmp_path / "file" / "backup")
    assert done.exit_code == 3
    assert "Not a directory" in done.output
