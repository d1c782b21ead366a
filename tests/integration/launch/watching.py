"""What a launch left behind: the log line, the rows, the page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from requests import Response
from sqlalchemy import func, select

from demo_vle.personality import LTI
from demo_vle.server import start_vle
from lti_tool.db import Base, db
from tests.tool_server import RunningTool
from tests.world import World, soup, text_of

Claims = dict[str, Any]
Tamper = Callable[[Claims, Claims], None]
PLAIN = frozenset(
    [
        "iss",
        "sub",
        "aud",
        "azp",
        "exp",
        "iat",
        "nbf",
        "nonce",
        "name",
        "given_name",
        "family_name",
        "email",
    ]
)
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def claim(name: str) -> str:
    """A claim's whole name."""
    return name if name in PLAIN else LTI + name


def without(*names: str) -> Tamper:
    """The same token with claims left out."""

    def tamper(claims: Claims, _header: Claims) -> None:
        for name in names:
            claims.pop(claim(name), None)

    return tamper


def with_claims(**changed: Any) -> Tamper:
    """The same token with other claims."""

    def tamper(claims: Claims, _header: Claims) -> None:
        claims.update({claim(name): value for name, value in changed.items()})

    return tamper


def with_header(**changed: Any) -> Tamper:
    """The same token with another header; None leaves a field out."""

    def tamper(_claims: Claims, header: Claims) -> None:
        header.update(changed)
        for name in [name for name, value in header.items() if value is None]:
            del header[name]

    return tamper


def shifted(**seconds: float) -> Tamper:
    """The same token with its times moved."""

    def tamper(claims: Claims, _header: Claims) -> None:
        for name, moved in seconds.items():
            claims[name] += moved

    return tamper


def rows(tool: RunningTool) -> dict[str, int]:
    """How many rows each table holds, leaving out what may be lost anyway."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "ephemeral"]
    with tool.app.app_context():
        counted = {
            table.name: db.session.scalar(select(func.count()).select_from(table))
            for table in tables
        }
        db.session.rollback()
    return {name: int(count or 0) for name, count in counted.items()}


@dataclass
class Watched:
    """What was seen; complete when the `with` block is left."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""
    added: dict[str, int] = field(default_factory=dict)

    @property
    def verdicts(self) -> list[str]:
        return [line["verdict"] for line in self.lines]


@contextmanager
def watch(world: World, caplog: pytest.LogCaptureFixture) -> Iterator[Watched]:
    """Note the launch lines of the log, all that was logged, and the rows that were added."""
    seen, before = Watched(), rows(world.tool)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        yield seen
    after = rows(world.tool)
    events: list[Any] = [record.msg for record in caplog.records]
    seen.lines = [msg for msg in events if isinstance(msg, dict) and msg["event"] == "launch"]
    seen.text = "\n".join(map(str, events))
    seen.added = {name: after[name] - before[name] for name in after if after[name] != before[name]}


def assert_refused(seen: Watched, page: Response, verdict: str, status: int) -> None:
    """A page that a teacher can act on, one line in the log, and nothing else."""
    assert (page.status_code, seen.verdicts) == (status, [verdict]), text_of(page)[:300]
    assert len(soup(page).select("h1")) == 1
    assert seen.lines[0]["request"] in text_of(page)
    assert seen.added == {}
    assert "__Host-mtl" not in page.headers.get("Set-Cookie", "")


@contextmanager
def another_platform(world: World, product: str = "moodle") -> Iterator[World]:
    """A world of its own on the same tool: another VLE with other keys."""
    with start_vle(world.tool.url, product) as vle:
        world.tool.add_platform(vle.registration())
        yield World(world.tool, vle)
