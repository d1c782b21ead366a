"""Files sent in pieces: what has arrived stays, and only its sender can go on with it."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from requests import Response

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence import resumable, resumable_finish, resumable_pieces
from lti_tool.evidence.resumable_models import ArrivingFile
from tests.integration.evidence.resumable_steps import Sender
from tests.integration.evidence.steps import PDF, fill_in, id_of, problems
from tests.world import Person, World

GOOD = {"title": "A lesson on fractions", "strands": ["1.1"], "pupils": "none"}


def film(person: Person, size: int) -> bytes:
    """A file that nobody else has."""
    start = PDF + person.visitor.person.id.encode()
    return start + os.urandom(size - len(start))


def saved(sender: Sender, *addresses: str) -> int:
    """The id of evidence that is saved with these uploads."""
    return id_of(save(sender, *addresses))


def save(sender: Sender, *addresses: str) -> Response:
    ids = [address.rsplit("/", 1)[1] for address in addresses]
    return fill_in(sender.person, sender.page, {**GOOD, "uploads": ids})


def pieces_left(world: World, file_id: str) -> list[str]:
    storage = world.tool.app.extensions["storage"]
    found = storage._listed(f"uploads/{file_id[:2]}")
    return [name[-1] for name, _ in found if name[-1].startswith(file_id)]


def test_a_file_whose_connection_is_cut_at_every_tenth_arrives_whole(world: World) -> None:
    amira = world.participant()
    sender, content = Sender(amira), film(amira, 500_000)
    address = sender.begun("lesson.pdf", len(content))
    offset = 0
    for tenth in range(1, 10):
        until = len(content) * tenth // 10
        line = sender.break_off(address, offset, content[offset:until], len(content) - offset)
        line.close()
        offset = sender.wait_for_offset(address, until)
        assert offset == until
        sender.wait_until_free(address, offset)
    answer = sender.send(address, offset, content[offset:])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(content)))
    assert sender.state(address)["state"] == "accepted"
    item_id = saved(sender, address)
    page = amira.get(f"evidence/{item_id}")
    assert amira.visitor.follow(page, "lesson.pdf").content == content
    assert pieces_left(world, address.rsplit("/", 1)[1]) == []
    assert sender.ask("HEAD", address).status_code == 404, "It was used and is offered still."


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_the_protocol_is_kept_to(world: World) -> None:
    amira = world.participant()
    sender, content = Sender(amira), film(amira, 3000)
    options = sender.ask("OPTIONS", sender.uploads)
    assert options.headers["Tus-Extension"] == "creation,termination,expiration"
    assert options.headers["Tus-Max-Size"] == str(100 * 1024 * 1024)
    address = sender.begun("lesson.pdf", len(content), fingerprint="1-2-lesson.pdf")
    head = sender.ask("HEAD", address)
    assert head.headers["Upload-Length"] == "3000"
    assert head.headers["Cache-Control"] == "no-store"
    assert head.headers["Upload-Expires"].endswith("GMT")
    assert sender.ask("HEAD", address, Tus_Resumable="0.2.2").status_code == 412
    wrong = sender.ask("PATCH", address, b"x", Upload_Offset="0", Content_Type="text/plain")
    assert wrong.status_code == 415
    assert sender.send(address, 7, content[7:]).status_code == 409
    long = sender.send(address, 0, content + b"x")
    assert (long.status_code, long.text) == (
        413, "More came than the 3000 bytes that were announced."
    )  # fmt: skip
    assert sender.offset(address) == 0
    assert sender.send(address, 0, content[:1000]).status_code == 204
    (offered,) = sender.ask("GET", sender.uploads).json()
    assert (offered["received"], offered["fingerprint"]) == (1000, "1-2-lesson.pdf")
    assert sender.ask("DELETE", address).status_code == 204
    assert sender.send(address, 1000, content[1000:]).status_code == 404
    assert sender.ask("GET", sender.uploads).json() == []


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_what_is_too_large_empty_or_beyond_the_quota_is_refused_before_it_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    sender = Sender(amira)
    refused = sender.begin("film.mp4", 101 * 1024 * 1024)
    assert refused.status_code == 413
    assert refused.text.startswith("“film.mp4” is 101.0 MB. A file can have 100 MB.")
    assert sender.begin("film.mp4", 0).text == "“film.mp4” is empty: there is nothing in the file."
    saved(sender, sender.sent("plan.pdf", film(amira, 1024 * 1024)))
    settings = world.tool.app.config["SETTINGS"]
    small = replace(settings, upload_quota_bytes=2 * 1024 * 1024)
    monkeypatch.setitem(world.tool.app.config, "SETTINGS", small)
    assert sender.begin("b.pdf", 1024 * 1024).status_code == 201
    full = sender.begin("c.pdf", 1)
    assert (full.status_code, "Your files take 2.0 MB of the 2.0 MB" in full.text) == (413, True)
    content = film(amira, 3000)
    page = fill_in(amira, sender.page, GOOD, [("d.pdf", content)])
    assert "no room for “d.pdf”" in problems(page)["files"]
    digest = hashlib.sha256(content).hexdigest()
    stored = world.tool.app.extensions["storage"].stored(digest[:2])
    assert digest not in {one.digest for one in stored}, "it was stored before it was refused"


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_forms_that_are_refused_again_and_again_do_not_fill_the_store(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    settings = world.tool.app.config["SETTINGS"]
    small = replace(settings, upload_quota_bytes=2 * 1024 * 1024)
    monkeypatch.setitem(world.tool.app.config, "SETTINGS", small)
    for name in ("a.pdf", "b.pdf"):
        page = amira.get("evidence/new")
        one = (name, film(amira, 1024 * 1024))
        told = problems(fill_in(amira, page, {**GOOD, "title": ""}, [one]))
        assert told.keys() == {"title"}
    page = fill_in(amira, amira.get("evidence/new"), GOOD, [("c.pdf", PDF)])
    assert "no room for “c.pdf”" in problems(page)["files"]
    monkeypatch.setattr(resumable, "MOST_AT_ONCE", 2)
    page = fill_in(amira, amira.get("evidence/new"), GOOD, [("c.pdf", PDF)])
    assert "2 files are waiting to be used" in problems(page)["files"]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_an_upload_of_somebody_else_does_not_exist(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    tess = world.tutor()
    hers, his = Sender(amira), Sender(ben)
    address = hers.begun("lesson.pdf", 3000)
    for answer in (
        his.ask("HEAD", address), his.ask("GET", address), his.send(address, 0, b"x"),
        his.ask("DELETE", address),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert hers.offset(address) == 0
    arrived = hers.sent("plan.pdf", film(amira, 3000))
    page = save(his, arrived)
    assert page.status_code == 422
    assert "not known any more" in problems(page)["files"]
    staff = tess.visitor.session.get(address, timeout=20)
    assert staff.status_code == 403
    foreign = hers.ask("POST", hers.uploads, X_CSRFToken="made up", Upload_Length="3")
    assert foreign.status_code == 400


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_form_is_refused_while_its_upload_has_not_arrived_or_is_not_taken(world: World) -> None:
    amira = world.participant()
    sender = Sender(amira)
    half = sender.begun("lesson.pdf", 3000)
    sender.send(half, 0, film(amira, 1500))
    page = save(sender, half)
    assert "Of “lesson.pdf” 50% has arrived" in problems(page)["files"]
    bad = sender.sent("notes.pdf", b"<html><script>alert(1)</script></html>")
    found = sender.state(bad)
    assert found["state"] == "refused"
    assert found["sentence"] in problems(save(sender, bad))["files"]
    assert pieces_left(world, found["id"]) == []


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_what_a_refused_form_brought_is_there_once_and_offered_no_more_when_saved(
    world: World,
) -> None:
    amira = world.participant()
    sender = Sender(amira)
    address = sender.sent("plan.pdf", film(amira, 3000))
    file_id = address.rsplit("/", 1)[1]
    page = fill_in(amira, sender.page, {**GOOD, "title": "", "uploads": [file_id]})
    assert page.status_code == 422
    assert f'data-posted="{file_id}"' in page.text
    item_id = id_of(fill_in(amira, page, {"title": "Now with one", "uploads": [file_id]}))
    assert amira.get(f"evidence/{item_id}").text.count(">plan.pdf</a>") == 1
    assert sender.ask("GET", sender.uploads).json() == []


def test_two_windows_do_not_write_into_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    sender, content = Sender(amira), film(amira, 3000)
    address = sender.begun("lesson.pdf", len(content))
    line = sender.break_off(address, 0, content[:1000], len(content))
    wait_until_held(world, address)
    second = sender.send(address, 0, content)
    assert second.status_code == 409
    assert "another window" in second.text
    # The first has gone without a word (a phone that left the network): its right ends by itself.
    monkeypatch.setattr(resumable_pieces, "now", lambda: now() + timedelta(seconds=31))
    assert sender.send(address, 0, content).status_code == 204
    monkeypatch.undo()
    line.close()
    assert sender.state(address)["received"] == len(content)
    page = amira.get(f"evidence/{saved(sender, address)}")
    assert amira.visitor.follow(page, "lesson.pdf").content == content


def wait_until_held(world: World, address: str) -> None:
    file_id, deadline = address.rsplit("/", 1)[1], time.monotonic() + 20
    held = None
    while held is None:
        assert time.monotonic() < deadline, "Nobody took the bytes."
        with world.tool.app.app_context():
            held = db.session.get_one(ArrivingFile, file_id).held_by


def test_what_nobody_goes_on_with_is_gone_after_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    sender = Sender(amira)
    address = sender.begun("lesson.pdf", 3000)
    sender.send(address, 0, film(amira, 1000))
    file_id = address.rsplit("/", 1)[1]
    assert len(pieces_left(world, file_id)) == 1
    late = now() + timedelta(days=1, minutes=1)
    for module in (resumable, resumable_pieces, resumable_finish):
        monkeypatch.setattr(module, "now", lambda: late)
    assert sender.ask("HEAD", address).status_code == 404
    work_off(world)
    assert pieces_left(world, file_id) == []
    with world.tool.app.app_context():
        assert db.session.get(ArrivingFile, file_id) is None


def work_off(world: World) -> None:
    app = world.tool.app
    with app.app_context():
        resumable_finish.work_off(app.extensions["storage"], None, 100 * 1024 * 1024)


def test_the_worker_finishes_what_a_request_did_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    sender = Sender(amira)
    with monkeypatch.context() as small:
        small.setattr("lti_tool.evidence.views.uploading.AT_ONCE", 10)
        address = sender.sent("plan.pdf", film(amira, 3000))
    assert sender.state(address)["state"] == "received"
    work_off(world)
    assert sender.state(address)["state"] == "accepted"


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_coach_uploads_in_pieces_too(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    sender = Sender(colin)
    address = sender.sent("board.pdf", film(colin, 3000))
    values = {**GOOD, "duty": "a", "uploads": [address.rsplit("/", 1)[1]]}
    assert id_of(fill_in(colin, sender.page, values))
