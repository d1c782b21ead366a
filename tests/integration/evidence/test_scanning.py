"""With a scanner, nothing is handed out, attested or submitted before it was found clean."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence import previews, scanning
from lti_tool.evidence.models import EvidenceItem
from lti_tool.evidence.scanning import Clamd
from lti_tool.storage import Storage
from tests.clam import EICAR, Daemon
from tests.integration.evidence.steps import (
    add,
    added,
    attest,
    id_of,
    problems,
    stored_items,
    submit,
    words,
)
from tests.world import Person, World, soup


class Scanned:
    """A world whose tool asks a scanner."""

    def __init__(self, world: World, daemon: Daemon) -> None:
        self.world, self.daemon, self.app = world, daemon, world.tool.app
        self.scanner = Clamd(daemon.url)

    def work(self) -> None:
        """What the worker does for what is due."""
        with self.app.app_context():
            previews.work_off(self.app.extensions["storage"], self.scanner)

    def later(self) -> None:
        """The same when every pause is over."""
        with time_machine.travel(now() + timedelta(hours=2), tick=True):
            self.work()

    def stored(self, digest: str) -> bool:
        return bool(self.app.extensions["storage"].matches(digest))


@pytest.fixture
def scanned(world: World, clamd: Daemon) -> Iterator[Scanned]:
    made = Scanned(world, clamd)
    app = world.tool.app
    app.extensions["scanner"] = made.scanner
    with app.app_context():
        sessions: Any = db.sessionmaker
        scanning.attach(sessions, made.scanner)
    yield made
    app.extensions["scanner"] = None
    with app.app_context():
        scanning.attach(sessions, None)


def note(text: str = "What happened in the lesson.") -> tuple[str, bytes]:
    return ("notes.txt", f"{text} {now()}".encode())


def link(person: Person, item_id: int) -> str | None:
    found = soup(person.get(f"evidence/{item_id}")).select_one(".app-files a")
    return str(found["href"]) if found else None


def hidden_in_a_document() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("[Content_Types].xml", "<Types/>")
        container.writestr("word/document.xml", EICAR)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content"), [("notes.txt", EICAR), ("plan.docx", hidden_in_a_document())]
)
def test_malware_is_refused_by_name_and_nothing_of_it_is_stored(
    scanned: Scanned, name: str, content: bytes
) -> None:
    amira = scanned.world.participant()
    page = add(amira, (name, content))
    assert page.status_code == 422
    assert f"“{name}” holds malware" in problems(page)["files"]
    assert stored_items(amira) == 0
    assert not scanned.stored(hashlib.sha256(content).hexdigest())


def test_a_clean_file_is_there_at_once(scanned: Scanned) -> None:
    amira = scanned.world.participant()
    item_id = added(amira, note())
    href = link(amira, item_id)
    assert href
    assert amira.visitor.get(scanned.world.tool.url + href).status_code == 200


def test_while_the_scanner_is_away_a_file_waits_and_comes_through_later(scanned: Scanned) -> None:
    world = scanned.world
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    item_id = added(amira, note(), ("board.txt", b"Groups of four"))
    kept = link(amira, item_id)
    scanned.daemon.stop()
    page = add(amira, note("The next lesson."), button="submit")
    waiting = id_of(page)
    assert "It is being checked for malware" in words(page)
    assert link(amira, waiting) is None
    assert link(amira, item_id) == kept
    upload = f"evidence/{waiting}/files/{_upload_id(scanned, waiting)}"
    for person in (amira, coach):
        assert person.get(upload).status_code == 409
    assert attest(coach, waiting).status_code == 409
    assert submit(amira, waiting).status_code == 409
    scanned.later()
    assert link(amira, waiting) is None
    assert "does not answer just now" in words(amira.get(f"evidence/{waiting}"))
    scanned.daemon.start()
    with time_machine.travel(now() + timedelta(hours=3), tick=True):
        scanned.work()
    assert link(coach, waiting)
    assert coach.get(upload).status_code == 200
    assert attest(coach, waiting).status_code == 200


def test_malware_that_came_while_the_scanner_was_away_is_removed(scanned: Scanned) -> None:
    world = scanned.world
    amira = world.participant()
    scanned.daemon.stop()
    item_id = added(amira, ("notes.txt", EICAR))
    digest = _digest(scanned, item_id)
    assert scanned.stored(digest)
    scanned.daemon.start()
    scanned.later()
    assert not scanned.stored(digest)
    page = amira.get(f"evidence/{item_id}")
    assert "Malware was found in it (Eicar-Test" in words(page)
    assert link(amira, item_id) is None
    assert submit(amira, item_id).status_code == 409
    scanned.daemon.stop()
    again = add(amira, ("notes.txt", EICAR))
    assert again.status_code == 422, "what is known once stays known"
    assert "Malware was found in it" in problems(again)["files"]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_who_is_killed_while_removing_malware_is_followed_by_another(
    scanned: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = scanned.world.participant()
    scanned.daemon.stop()
    item_id = added(amira, ("notes.txt", EICAR + f" {now()}".encode()))
    scanned.daemon.start()
    storage = scanned.app.extensions["storage"]

    def remove_and_die(digest: str) -> None:
        Storage.remove(storage, digest)
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "remove", remove_and_die)
    with pytest.raises(KeyboardInterrupt):
        scanned.later()
    monkeypatch.undo()
    with time_machine.travel(now() + timedelta(hours=5), tick=True):
        scanned.work()
    assert "Malware was found in it" in words(amira.get(f"evidence/{item_id}"))


def test_files_from_before_there_was_a_scanner_are_looked_at_too(
    world: World, clamd: Daemon
) -> None:
    amira = world.participant()
    item_id = added(amira, note("Before."))
    assert link(amira, item_id)
    counted = world.tool.app.test_cli_runner().invoke(args=["files", "status"])
    assert "not scanned" in counted.output
    assert "CLAMD_URL is not set" in counted.output
    scanned = Scanned(world, clamd)
    scanned.work()
    with world.tool.app.app_context():
        state = scanning.known([_digest(scanned, item_id)])
    assert {one.state for one in state.values()} == {"clean"}


def _upload_id(scanned: Scanned, item_id: int) -> int:
    return int(_upload(scanned, item_id).id)


def _digest(scanned: Scanned, item_id: int) -> str:
    return str(_upload(scanned, item_id).sha256)


def _upload(scanned: Scanned, item_id: int) -> Any:
    with scanned.app.app_context():
        return db.session.get_one(EvidenceItem, item_id).current.files[0]
