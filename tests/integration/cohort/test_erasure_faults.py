"""An erasure that is killed, that meets a file on its way, and an export on a full disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import select, update

from lti_tool.clock import now
from lti_tool.cohort import erasing
from lti_tool.cohort.privacy_models import DisposalPass
from lti_tool.db import db
from lti_tool.evidence import previews, removal, resumable_finish
from lti_tool.evidence.archive import Archive
from lti_tool.evidence.models import EvidenceVersion, Upload
from lti_tool.evidence.removal_models import FileRemoval
from lti_tool.evidence.resumable_models import ArrivingFile
from lti_tool.storage import Storage
from tests.integration.cohort.test_erasing import leave, rows_with, run
from tests.integration.evidence.resumable_steps import Sender
from tests.integration.evidence.steps import PDF, add
from tests.world import Person, World

NAME = "Theodosia Merrythought"
# An erasure whose process is killed when all is emptied and nothing is committed.
DYING = """
import os, signal, sys
from lti_tool.app import create_app
from lti_tool.evidence import removal
from lti_tool.settings import load_settings
removal.let_go = lambda digests: os.kill(os.getpid(), signal.SIGKILL)
runner = create_app(load_settings(os.environ)).test_cli_runner()
runner.invoke(args=["people", "erase", sys.argv[1], "--reason", "asked"])
"""
HALF_WRITTEN = """
import os, pathlib, signal, sys
from lti_tool.cli.speaking import private_file
with private_file(pathlib.Path(sys.argv[1])) as target:
    target.write(b"half of it")
    target.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(script: str, *words: str, **environ: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script, *words], env={**os.environ, **environ}, timeout=120,
        check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def gone_with(person: Person) -> int:
    """The account's number, once everything about them is settled."""
    leave(person)
    with person.world.tool.app.app_context():
        return person.user().id


def work_off(world: World, storage: Storage) -> None:
    resumable_finish.work_off(storage, None, 10**9)
    db.session.execute(
        update(FileRemoval).where(FileRemoval.state == "waiting").values(due_at=now())
    )
    db.session.commit()
    removal.remove_due(storage)


@pytest.mark.usefixtures("unconfirmed_is_fine")
def test_an_erasure_that_is_killed_has_done_nothing_and_can_be_done_again(world: World) -> None:
    amira, app = world.participant(NAME), world.tool.app
    add(amira, ("plan.pdf", PDF + NAME.encode()), title=f"{NAME} teaches")
    user_id = gone_with(amira)
    with app.app_context():
        before = rows_with(NAME)
        digests = set(db.session.scalars(select(Upload.sha256).join(EvidenceVersion).where(
            EvidenceVersion.author_id == user_id)))  # fmt: skip
    killed(DYING, str(user_id), **world.tool.environ)
    with app.app_context():
        assert rows_with(NAME) == before != set()
        assert db.session.scalars(select(DisposalPass)).all() == []
        db.session.rollback()
    assert run(world, "erase", str(user_id), "--reason", "asked").exit_code == 0
    assert "to be removed from the store. The worker does it." in run(world, "erasures").stderr
    with app.app_context():
        storage = app.extensions["storage"]
        # The worker is killed after it took the bytes up: whoever comes next goes on.
        assert all(removal._claim(one) for one in digests)
        assert rows_with(NAME) == set()
        db.session.execute(update(FileRemoval).values(due_at=now()))
        db.session.commit()
        removal.remove_due(storage)
        assert not any(storage.matches(one) for one in digests)


@pytest.mark.usefixtures("unconfirmed_is_fine")
def test_a_file_on_its_way_does_not_outlive_its_sender(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira, app = world.participant(NAME), world.tool.app
    sender = Sender(amira)
    monkeypatch.setattr(resumable_finish, "AT_ONCE", 0)  # a worker finishes it
    monkeypatch.setattr("lti_tool.evidence.views.uploading.AT_ONCE", 0, raising=False)
    half = sender.begun(f"{NAME} half.txt", 2000)
    assert sender.send(half, 0, NAME.encode() * 10).status_code == 204
    content = NAME.encode() * 50
    sender.sent(f"{NAME} whole.txt", content)
    user_id = gone_with(amira)
    stored: list[str] = []
    accept = resumable_finish.accept_stream

    def erased_meanwhile(storage: Storage, stream: IO[bytes], *words: Any, **named: Any) -> Any:
        accepted = accept(storage, stream, *words, **named)
        stored.append(accepted.sha256)
        assert run(world, "erase", str(user_id), "--reason", "asked").exit_code == 0
        return accepted

    monkeypatch.setattr(resumable_finish, "accept_stream", erased_meanwhile)
    with app.app_context():
        storage = app.extensions["storage"]
        db.session.execute(update(ArrivingFile).where(ArrivingFile.user_id == user_id).values(
            state="received", received=ArrivingFile.size
        ).where(ArrivingFile.filename.contains("whole")))  # fmt: skip
        db.session.commit()
        for _ in range(2):
            work_off(world, storage)
        assert len(stored) == 1
        assert not storage.matches(stored[0])
        mine = select(ArrivingFile.id).where(ArrivingFile.user_id == user_id)
        assert db.session.scalars(mine).all() == []
        assert rows_with(NAME) == set()
        assert list(storage._listed("uploads")) == []
    assert sender.send(half, len(NAME) * 10, b"more").status_code in {401, 403, 404}


@pytest.mark.usefixtures("unconfirmed_is_fine")
@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_preview_that_is_just_drawn_goes_with_its_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira, app = world.participant(NAME), world.tool.app
    add(amira, ("plan.pdf", PDF + b"% of hers alone"), title="Plan")
    user_id = gone_with(amira)
    drawn: list[str] = []
    with app.app_context():
        digest = db.session.scalars(
            select(Upload.sha256).join(EvidenceVersion).where(EvidenceVersion.author_id == user_id)
        ).one()
    draw = previews.draw

    def removed_meanwhile(storage: Storage, asked: str, media_type: str) -> int:
        if asked != digest:  # of another test
            return draw(storage, asked, media_type)
        drawn.append(asked)
        erasing.erase(None, amira.user(), "asked")
        db.session.commit()
        removal.remove_due(storage)
        storage.put_derived(digest, "1.webp", b"a page")
        return 1

    monkeypatch.setattr(previews, "draw", removed_meanwhile)
    with app.app_context():
        storage = app.extensions["storage"]
        previews.draw_due(storage, scans=False)
        assert drawn == [digest]
        assert not storage.matches(digest)
        assert digest not in storage.with_derived(digest[:2])


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_there_is_never_half_an_export_under_its_name(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira, file = world.participant(NAME), tmp_path / "all.zip"
    with world.tool.app.app_context():
        user_id = str(amira.user().id)
    killed(HALF_WRITTEN, str(file))
    assert [one.name for one in tmp_path.iterdir()] == [".all.zip.part"]

    def full(self: Archive, chunks: Any) -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Archive, "send", full)
        told = run(world, "export", user_id, str(file))
    assert told.exit_code == 1
    assert "could not be written (No space left on device). Nothing is left of it." in told.output
    assert list(tmp_path.iterdir()) == []
    nowhere = run(world, "export", user_id, str(tmp_path / "none" / "all.zip"))
    assert "could not be written (No such file or directory)" in nowhere.output
    assert run(world, "export", user_id, str(file)).exit_code == 0
    assert [one.name for one in tmp_path.iterdir()] == ["all.zip"]
    assert file.stat().st_mode & 0o077 == 0
