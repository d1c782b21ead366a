"""`flask support bundle` says how the tool fares, and nothing about anybody in it."""

import json
import re
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, Text, select

from lti_tool.audit.models import AuditEvent
from lti_tool.cli.dump import tables
from lti_tool.cli.support_facts import redacted
from lti_tool.db import db
from lti_tool.settings import Settings, load_settings
from tests.integration.cohort.story import add_evidence, attest
from tests.integration.grades.factories import hand_in, release_mark
from tests.tool_server import RunningTool
from tests.world import World

# What somebody is called, wrote or can be reached at, in whatever table it stands.
PRIVATE = re.compile(r"name|title|mail|address|body|words|note|reason|comment|feedback|sentence")
SECRETS = {
    "SECRET_KEY": "a-very-secret-key",
    "DATABASE_URL": "postgresql://keeper:passw0rd1@db.uni.ac.uk:5433/mtl",
    "REDIS_URL": "redis://:passw0rd2@cache.uni.ac.uk/0",
    "MAIL_URL": "smtp://post:passw0rd3@mail.uni.ac.uk:587?tls=starttls",
    "MAIL_FROM": "Amira Khan <amira@uni.ac.uk>",
    "STORAGE_URL": "s3://bucket/amira",
}


def words_of(column: Any) -> set[str]:
    texts = db.session.scalars(select(column).where(column.is_not(None)).distinct())
    return {one for one in texts if " " in one.strip() or "@" in one}


def private_words() -> set[str]:
    """Every text of several words in the database that could be somebody's."""
    columns = [
        column
        for table in tables()
        for column in table.columns
        if isinstance(column.type, String | Text)
        and PRIVATE.search(column.name)
        and table.name not in ("registration", "provider")
    ]
    return set().union(*map(words_of, columns))


def bundled(tool: RunningTool, file: Path, *words: str) -> tuple[int, str, dict[str, str]]:
    """The exit code, what was said, and the texts of the bundle."""
    done = tool.app.test_cli_runner().invoke(args=["support", "bundle", str(file), *words])
    if not file.exists():
        return done.exit_code, done.output, {}
    with zipfile.ZipFile(file) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return done.exit_code, done.output, texts


def test_neither_a_bundle_nor_the_trail_says_a_word_about_anybody(
    world: World, tmp_path: Path
) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    add_evidence(amira, "A title that nobody else gave", ask=True)
    attest(coach, "A title that nobody else gave")
    release_mark(tutor, hand_in(amira), 64)
    log = tmp_path / "log"
    log.write_text(
        json.dumps({"request": "0123456789ab", "event": "Amira Khan", "kind": "KeyError"}) + "\n"
    )
    file = tmp_path / "bundle.zip"
    code, _, texts = bundled(world.tool, file, "--log", str(log), "--reference", "0123456789ab")
    assert code == 0
    facts = {name: json.loads(text) for name, text in texts.items() if name.endswith(".json")}
    assert all("unreadable" not in each for each in facts.values())
    assert facts["tables.json"]["rows"]["participant"] > 0
    assert any(one["rows"] for one in facts["states.json"]["delivery"])
    assert facts["health.json"]["database"] is True
    assert facts["platforms.json"][0]["last_launch_at"]
    assert facts["disk.json"]["files"]["free_bytes"] > 0
    assert json.loads(texts["log.jsonl"])["kind"] == "KeyError"
    assert file.stat().st_mode & 0o077 == 0
    everything = "".join(text for name, text in texts.items() if name != "about.json")
    with world.tool.app.app_context():
        words = private_words()
        rows = db.session.scalars(select(AuditEvent.details).order_by(AuditEvent.id))
        trail = "".join(json.dumps(each, ensure_ascii=False) for each in rows)
    assert "Amira Khan" in words
    assert not {one for one in words if one in everything or one in trail}
    assert "Amira" not in everything
    code, said, _ = bundled(world.tool, file)
    assert (code, "is there already" in said) == (1, True)


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_what_is_broken_or_unknown_is_said(tool: RunningTool, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("nothing\n")
    with_log = ("--log", str(tmp_path / "log"), "--reference", "0123456789ab")
    code, said, texts = bundled(tool, tmp_path / "a.zip", *with_log)
    assert (code, "No line of the log has the reference" in said) == (1, True)
    assert "settings.json" in texts
    code, said, _ = bundled(tool, tmp_path / "b.zip", "--reference", "0123456789ab")
    assert (code, "Say where the log is" in said) == (2, True)


def test_no_setting_tells_a_secret() -> None:
    told = json.dumps(redacted(load_settings({**SECRETS, "DEVELOPMENT": "1"})))
    assert json.loads(told)["database_url"] == "postgresql+psycopg://db.uni.ac.uk:5433"
    assert json.loads(told).keys() == {each.name for each in fields(Settings)}
    for secret in ("passw0rd", "secret-key", "keeper", "post:", "amira", "Amira"):
        assert secret not in told
