"""The tool's own keys: platforms can check what they sign, and `health/ready` says whether so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from sqlalchemy import update

from lti_tool.db import begin_as_writer, db
from lti_tool.launch import keys
from lti_tool.launch.models import ToolKey
from tests.tool_server import RunningTool


def published(tool: RunningTool) -> list[str]:
    answer = requests.get(f"{tool.url}/lti/jwks.json", timeout=10)
    return [each["kid"] for each in answer.json()["keys"]]


def readiness(tool: RunningTool) -> tuple[int, bool]:
    answer = requests.get(f"{tool.url}/health/ready", timeout=10)
    return answer.status_code, answer.json()["keys"]


def rotate(tool: RunningTool) -> None:
    done = tool.app.test_cli_runner().invoke(args=["keys", "rotate", "--at-once"])
    assert done.exit_code == 0, done.output


def test_next_current_and_retiring_keys_are_all_published(tool: RunningTool) -> None:
    before = published(tool)
    for _ in range(2):
        rotate(tool)
    after = published(tool)
    assert set(before) < set(after)
    listed = json.loads(tool.app.test_cli_runner().invoke(args=["keys", "list", "--json"]).output)
    assert [each["kid"] for each in listed] == after
    assert {each["state"] for each in listed} == {"next", "current", "retiring"}
    assert readiness(tool) == (200, True)


@contextmanager
def changed(tool: RunningTool, state: str, column: str, value: str | bytes) -> Iterator[None]:
    """One key with something else stored, for a while."""
    with tool.app.app_context():
        kid = next(each.kid for each in keys.list_keys() if each.state == state)
        before = db.session.query(getattr(ToolKey, column)).filter_by(kid=kid).scalar()
        db.session.rollback()

    def store(what: str | bytes) -> None:
        with tool.app.app_context():
            begin_as_writer()
            db.session.execute(update(ToolKey).where(ToolKey.kid == kid).values({column: what}))
            db.session.commit()

    store(value)
    try:
        yield
    finally:
        store(before)


@pytest.mark.parametrize("state", ["next", "current", "retiring"])
def test_a_key_that_platforms_could_not_check_makes_the_tool_not_ready(
    tool: RunningTool, state: str
) -> None:
    rotate(tool)
    stranger = json.dumps({"kty": "RSA", "kid": "another", "n": "AQAB", "e": "AQAB"})
    with changed(tool, state, "public_jwk", stranger):
        assert readiness(tool) == (503, False)
    assert readiness(tool) == (200, True)


def test_a_key_that_cannot_be_opened_makes_the_tool_not_ready(tool: RunningTool) -> None:
    rotate(tool)
    with changed(tool, "next", "private_pem", b"sealed with a lost key"):
        assert readiness(tool) == (503, False)
    assert readiness(tool) == (200, True)
