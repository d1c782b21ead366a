"""The trail is sealed in segments, and `audit verify` tells whatever was done to it since."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DatabaseError

from lti_tool.audit import sealing
from lti_tool.audit.models import AuditEvent, AuditSeal, SealedEvent
from lti_tool.audit.verifying import Progress, verify
from lti_tool.clock import now
from lti_tool.db import db

# What somebody does to the trail, and what is told of it.
TAMPERED = {
    "UPDATE audit_event SET user_id = 99 WHERE id = 100": {"altered"},
    "UPDATE audit_event SET details = '{\"a\": 1}' WHERE id = 103": {"altered"},
    "DELETE FROM audit_event WHERE id = 101": {"missing"},
    "DELETE FROM audit_sealed_event WHERE event_id = 100": {"missing"},
    "UPDATE audit_seal SET events = 3 WHERE number = 2": {"missing"},
    "UPDATE audit_seal SET last_event_id = 9 WHERE number = 2": {"altered"},
    "DELETE FROM audit_seal WHERE number = 1": {"broken"},
    "DELETE FROM audit_seal WHERE number = 2": {"unknown"},
    "INSERT INTO audit_sealed_event (event_id, seal_id, sha256) SELECT 104, seal_id, sha256 "
    "FROM audit_sealed_event WHERE event_id = 103": {"added", "altered"},
}  # fmt: skip


def write(*ids: int, provider: int | None = 1, ago: timedelta = timedelta()) -> None:
    """Events with ids of their own, as if they were committed just now."""
    rows: list[dict[str, Any]] = [
        {
            "id": one, "at": now() - ago, "provider_id": provider, "acted_as": "system",
            "event": "user.created", "subject_kind": "user", "subject_id": one, "details": {},
        }
        for one in ids
    ]  # fmt: skip
    db.session.execute(insert(AuditEvent), rows)
    db.session.commit()


def command(app: Flask, *words: str) -> Any:
    return app.test_cli_runner().invoke(args=["audit", *words])


def verified(app: Flask, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and each line; the last is the summary."""
    done = command(app, "verify", "--json", *words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, [json.loads(line) for line in done.output.splitlines()]


def problems_after(statement: str, kept: str) -> set[str]:
    """What is told while something is changed as only the owner of the database can.

    Verifying ends with a rollback, which brings the rows and their guards back.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        db.session.execute(text("PRAGMA defer_foreign_keys = ON"))
        guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'"
        for name in db.session.scalars(text(guards)).all():
            db.session.execute(text(f"DROP TRIGGER {name}"))
    db.session.execute(text(statement))
    return {each.problem.value for each in verify(Progress(), expected=[kept])}


def sizes() -> list[tuple[int | None, int, int]]:
    found = db.session.execute(
        select(AuditSeal.provider_id, AuditSeal.number, AuditSeal.events).order_by(AuditSeal.id)
    )
    return [(provider, number, events) for provider, number, events in found]


def test_each_chain_is_sealed_and_found_whole(app: Flask) -> None:
    before = db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    write(100, 101)
    write(102, provider=None)
    assert command(app, "seal").output.startswith(f"{before + 3} events were sealed.")
    assert sorted(sizes(), key=str) == [(1, 1, before + 2), (None, 1, 1)]
    write(99, 103)  # the first was given its id before the others were committed
    code, (summary,) = verified(app)
    assert (code, summary["events"], summary["waiting"]) == (0, before + 3, 2)
    command(app, "seal")
    segment = select(AuditSeal.number).join(SealedEvent).where(SealedEvent.event_id == 99)
    assert db.session.scalar(segment) == 2
    db.session.rollback()
    seals = [each["seal"] for each in json.loads(command(app, "seals", "--json").output)]
    code, (summary,) = verified(app, *(word for each in seals for word in ("--expect", each)))
    assert (code, summary["waiting"], sorted(summary["newest"])) == (0, 0, sorted(seals))
    assert "all is whole" in command(app, "verify").output
    for table in ("audit_seal", "audit_sealed_event"):
        with pytest.raises(DatabaseError, match="never changed"):
            db.session.execute(text(f"DELETE FROM {table}"))
        db.session.rollback()


def test_what_was_done_to_the_trail_is_told(app: Flask) -> None:
    write(100, 101)
    sealing.seal_all()
    write(102, 103)
    sealing.seal_all()
    write(104)
    kept = sealing.newest_seals()[-1].sha256
    db.session.rollback()
    assert verified(app, "--expect", kept)[0] == 0
    for statement, problems in TAMPERED.items():
        assert problems_after(statement, kept) == problems, statement
    code, lines = verified(app, "--expect", "0" * 64)
    assert (code, lines[0]["problem"]) == (1, "unknown")


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_an_event_that_is_slipped_in_among_old_ones_is_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(100, 110)
    sealing.seal_all()
    later = now() + 2 * sealing.REACH
    monkeypatch.setattr(sealing, "now", lambda: later)
    write(120)
    sealing.seal_all()
    write(105)
    code, lines = verified(app)
    assert (code, lines[0]["problem"], lines[0]["event_id"]) == (1, "added", 105)
    assert len(lines) == 2
    assert sealing.seal_all() == 0


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_worker_seals_what_has_settled(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SIZE", 3)
    hour, quarter = sealing.PATIENCE, timedelta(minutes=15)
    write(100, 101, ago=quarter)
    write(102, provider=None, ago=quarter)
    sealing.seal_due()
    assert sizes() == []
    write(103, 104, ago=quarter)
    write(105)
    sealing.seal_due()
    assert [each for each in sizes() if each[0]] == [(1, 1, 3), (1, 2, 1)]
    write(106, provider=None, ago=hour)
    sealing.seal_due()
    assert (None, 1, 2) in sizes()
    assert db.session.scalar(select(func.count()).where(sealing.unsealed(), AuditEvent.id > 5)) == 1


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_of_two_workers_at_the_same_segment_one_goes_on_later(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(100, 101)
    restart: Callable[[], None] = sealing.restart_as_writer
    others: list[int] = []

    def overtaken() -> None:
        monkeypatch.setattr(sealing, "restart_as_writer", restart)
        db.session.rollback()
        others.append(sealing.seal_all())
        restart()

    monkeypatch.setattr(sealing, "restart_as_writer", overtaken)
    assert sealing.seal_all() == 0
    assert len(others) == 1
    assert others[0] > 2
    assert verified(app)[0] == 0
