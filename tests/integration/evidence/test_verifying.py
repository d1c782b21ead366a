"""Every stored byte can be proved, and what is missing is told with the rows that need it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import obstore
import pytest
from sqlalchemy import select

from lti_tool.db import db
from lti_tool.evidence.models import Attempt, EvidenceVersion, Upload
from lti_tool.settings import load_settings
from lti_tool.storage import Storage, open_storage
from tests import buckets
from tests.integration.evidence.steps import PDF, added, submit
from tests.tool_server import RunningTool, start_tool
from tests.world import Person, World


def run(tool: RunningTool, *words: str) -> Any:
    return tool.app.test_cli_runner().invoke(args=["storage", "verify", *words])


def told(tool: RunningTool, digest: str, *words: str) -> list[dict[str, Any]]:
    """What is told of one digest: other tests of this process damage files of their own."""
    lines = run(tool, "--json", "--from", digest[:2], *words).output.splitlines()
    rows = [json.loads(line) for line in lines]
    assert "files" in rows[-1], "The summary is not the last line."
    return [row for row in rows[:-1] if row["sha256"] == digest]


def a_file(person: Person) -> tuple[int, str]:
    """New evidence with a file that nobody else has: its id, and the digest of the file."""
    content = PDF + f"{person.world.tool.url} {person.visitor.person.id}".encode()
    item_id = added(person, ("plan.pdf", content))
    with person.world.tool.app.app_context():
        query = select(Upload).join(EvidenceVersion).where(EvidenceVersion.item_id == item_id)
        return item_id, db.session.scalars(query).one().sha256


def stored_in(tool: RunningTool) -> Storage:
    found: Storage = tool.app.extensions["storage"]
    return found


def test_a_byte_that_changed_is_told_with_the_rows_that_need_it(world: World) -> None:
    item_id, digest = a_file(world.participant())
    assert told(world.tool, digest) == []
    store = stored_in(world.tool)._store
    path = f"sha256/{digest[:2]}/{digest}"
    before = bytes(obstore.get(store, path).bytes())
    obstore.put(store, path, b"X" + before[1:])
    (row,) = told(world.tool, digest)
    assert row["problem"] == "damaged"
    assert f"(evidence {item_id}, version 1)" in row["needed_by"][0]
    assert run(world.tool).exit_code == 1
    obstore.put(store, path, before)
    assert told(world.tool, digest) == []


def test_bytes_that_are_gone_are_told_with_the_receipt_they_belong_to(world: World) -> None:
    amira = world.participant()
    item_id, digest = a_file(amira)
    submit(amira, item_id)
    with world.tool.app.app_context():
        query = select(Attempt.receipt).where(Attempt.participant_id == amira.participant_id())
        receipt = db.session.scalars(query).one()
    store, path = stored_in(world.tool)._store, f"sha256/{digest[:2]}/{digest}"
    before = bytes(obstore.get(store, path).bytes())
    stored_in(world.tool).remove(digest)
    (row,) = told(world.tool, digest)
    assert row["problem"] == "missing"
    assert f"handed in as {receipt}" in row["needed_by"][0]
    assert amira.name not in json.dumps(row)
    result = run(world.tool)
    assert result.exit_code == 1
    assert f"missing  {digest}  needed by upload" in result.output
    obstore.put(store, path, before)


def test_bytes_that_nobody_needs_are_told_once_they_are_old(world: World) -> None:
    digest, _ = stored_in(world.tool).put(io.BytesIO(f"kept for a form {world.course.id}".encode()))
    assert told(world.tool, digest) == []
    (row,) = told(world.tool, digest, "--orphans-after", "0")
    assert row == {"problem": "orphan", "sha256": digest, "needed_by": []}


def test_a_store_in_order_ends_with_zero_and_its_rate(tmp_path: Path) -> None:
    tool = start_tool("sqlite", tmp_path / "tool", "master")
    stored_in(tool).put(io.BytesIO(b"twelve bytes"))
    stored_in(tool).put_derived("0" * 64, "1.webp", b"of nothing that is there")
    result = run(tool, "--orphans-after", "0")
    tool.close()
    assert result.exit_code == 0
    assert "1 files with 12 bytes were read and compared" in result.output
    assert "0 missing, 0 damaged, 2 orphan." in result.output


def test_a_store_that_is_away_stops_it_and_says_where_to_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(world.tool.app.extensions, "storage", nobody_there(world.tool))
    result = run(world.tool, "--from", "7f")
    assert result.exit_code == 3
    assert "does not answer just now" in result.output
    assert "Go on with: --from 7f" in result.output
    assert "missing" not in result.output


def nobody_there(tool: RunningTool) -> Storage:
    """The store of a bucket at an address where nobody listens."""
    address = f"http://127.0.0.1:{buckets.free_port()}"
    away = {"STORAGE_URL": "s3://files/tool", "S3_ENDPOINT_URL": address}
    return open_storage(load_settings({**tool.environ, **away}))
