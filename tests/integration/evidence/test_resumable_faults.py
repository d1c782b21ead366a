"""Uploads while something is missing: the process, the room, the bucket. What arrived stays."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
import pytest
import requests
from obstore.store import LocalStore

from lti_tool.clock import now
from lti_tool.evidence import resumable_pieces
from lti_tool.evidence.resumable_finish import HOLD
from lti_tool.storage import Storage
from tests.buckets import free_port
from tests.integration.evidence.resumable_steps import Sender
from tests.integration.evidence.test_resumable_uploads import film, saved, work_off
from tests.integration.evidence.test_verifying import nobody_there
from tests.world import World

PIECE = resumable_pieces.PIECE
GUNICORN = ("lti_tool.wsgi:app", "--worker-class", "gthread", "--threads", "4")


@contextmanager
def another_process(world: World) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A web process of its own on the same store; its children go with it."""
    port = free_port()
    words = [sys.executable, "-m", "gunicorn", *GUNICORN, "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*words, "--no-control-socket"],
        env={**os.environ, **world.tool.environ}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not answers(f"http://localhost:{port}/health/live"):
            assert time.monotonic() < deadline, "The web process does not answer."
            time.sleep(0.05)
        yield process, f"http://localhost:{port}"
    finally:
        if process.poll() is None:
            kill(process)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, 9)
    process.wait(timeout=10)


def test_another_process_goes_on_where_one_was_killed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    sender, content = Sender(amira), film(amira, PIECE * 2 + 1000)
    address = sender.begun("lesson.pdf", len(content))
    with another_process(world) as (process, url):
        there = url + urlsplit(address).path
        line = sender.break_off(there, 0, content[: PIECE + 100_000], len(content))
        arrived = sender.wait_for_offset(address, PIECE)
        kill(process)
        line.close()
    assert arrived == sender.offset(address) == PIECE
    monkeypatch.setattr(resumable_pieces, "now", lambda: now() + resumable_pieces.HOLD)
    assert sender.send(address, arrived, content[arrived:]).status_code == 204
    page = amira.get(f"evidence/{saved(sender, address)}")
    assert amira.visitor.follow(page, "lesson.pdf").content == content


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_without_room_what_arrived_stays_and_goes_on_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    sender, content = Sender(amira), film(amira, PIECE + 1000)
    address = sender.begun("lesson.pdf", len(content))
    assert sender.send(address, 0, content[:PIECE]).status_code == 204
    with monkeypatch.context() as full:
        full.setattr(obstore, "put", no_room)
        answer = sender.send(address, PIECE, content[PIECE:])
    assert answer.status_code == 507
    assert answer.text.startswith("There is no room left in the file store. What has arrived is")
    assert sender.offset(address) == PIECE
    assert sender.send(address, PIECE, content[PIECE:]).status_code == 204
    assert sender.state(address)["state"] == "accepted"


def no_room(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device (os error 28)")


def test_a_disk_that_is_full_is_told_from_a_store_that_is_away(tmp_path: Path) -> None:
    """obstore passes on what the operating system says, in words."""
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)],
        check=False, capture_output=True,
    ).returncode:  # fmt: skip
        pytest.skip("No small disk can be mounted here: a full one was not tried.")
    try:
        with pytest.raises(Exception, match="There is no room left in the file store"):
            Storage(LocalStore(tmp_path)).put_piece("ab" * 16, 0, "w", bytes(2 * 1024 * 1024))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_while_the_bucket_is_away_a_sentence_says_so_and_nothing_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    sender, content = Sender(amira), film(amira, 3000)
    address = sender.begun("lesson.pdf", len(content))
    assert sender.send(address, 0, content[:1000]).status_code == 204
    extensions = world.tool.app.extensions
    with monkeypatch.context() as away:
        away.setitem(extensions, "storage", nobody_there(world.tool))
        answer = sender.send(address, 1000, content[1000:])
        assert answer.status_code == 503
        assert answer.text.startswith("The file store does not answer just now. Nothing was lost")
    assert sender.offset(address) == 1000
    # It goes away when everything has arrived and is to be looked at: that is done later.
    with monkeypatch.context() as away:
        away.setattr(Storage, "read_piece", nobody_there(world.tool).read_piece)
        assert sender.send(address, 1000, content[1000:]).status_code == 204
    assert sender.state(address)["state"] == "received"
    work_off(world)
    assert sender.state(address)["state"] == "accepted"


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_who_is_killed_while_looking_at_a_file_is_followed_by_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    sender = Sender(amira)
    with monkeypatch.context() as killed:
        killed.setattr("lti_tool.evidence.resumable_finish._settle", lambda *_, **__: False)
        address = sender.sent("plan.pdf", film(amira, 3000))
    work_off(world)
    assert sender.state(address)["state"] == "received", "It is held by the one that was killed."
    monkeypatch.setattr(resumable_pieces, "now", lambda: now() + HOLD)
    work_off(world)
    monkeypatch.undo()
    assert sender.state(address)["state"] == "accepted"
