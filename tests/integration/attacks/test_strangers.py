"""Whoever has no part in a participant's work learns nothing of it and changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from demo_vle.server import start_vle
from lti_tool.audit.models import AuditEvent
from lti_tool.db import db
from lti_tool.grades.models import Delivery
from lti_tool.people.models import Allocation
from tests.integration.attacks.hands import attempt_of, fetch, post, token
from tests.integration.evidence.steps import PDF, added, attest, submit
from tests.integration.grades.factories import release_mark
from tests.world import Person, World, soup

Ids = Mapping[str, Any]
# Every address that names something of Amira's, and every list that might.
ADDRESSES = (
    "evidence/{item}", "evidence/{item}?version=1", "evidence/{item}/edit",
    "evidence/{item}/withdraw", "{file}", "evidence/{draft}", "attempts/{attempt}/files/{sha256}",
    "receipts/{receipt}", "participants/{person}", "participants/{person}/allocations",
    "marking/{attempt}", "evidence?participant={person}", "evidence/new?participant={person}",
    "participants?q=Amira", "participants", "evidence", "marking", "deliveries", "release",
    "roster", "cohort", "progress", "modules/MTL1",
)  # fmt: skip
DEEDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("evidence/{item}/edit", {"title": "Mine now", "strands": "1.1", "version": "1"}),
    ("evidence/{item}/withdraw", {}),
    ("evidence/{item}/ask", {}),
    ("evidence/{item}/attest", {"version": "1", "content_hash": "x", "statement": "Seen."}),
    ("modules/MTL2/submit", {"items": "{item}", "own_work": "yes", "pupils_protected": "yes"}),
    ("marking/{attempt}", {"mark": "99", "feedback": "x", "revision": "1", "action": "save"}),
    ("marking/{attempt}", {"revision": "1", "action": "correct"}),
    ("release", {"attempt": "{attempt}"}),
    ("deliveries", {"delivery": "{delivery}"}),
    ("participants/{person}/allocations", {"user": "{user}", "kind": "coach"}),
    ("participants/{person}/allocations", {"allocation": "{allocation}", "action": "cancel"}),
)
SECRETS = ("Amira Khan", "A lesson on fractions", "Unshared thoughts", "Unmistakable feedback")


def work_of(amira: Person, colin: Person, tessa: Person) -> Ids:
    """Everything that can exist about a participant, by its ids."""
    item = added(amira, ("plan.pdf", PDF), button="submit")
    draft = added(amira, title="Unshared thoughts")
    link = soup(amira.get(f"evidence/{item}")).select_one(".app-files a")
    assert link is not None
    attest(colin, item)
    receipt = submit(amira, item).url.rsplit("/", 1)[1]
    person, attempt = amira.participant_id(), attempt_of(amira)
    release_mark(tessa, attempt, 64, "Unmistakable feedback")
    with amira.world.tool.app.app_context():
        deliveries = select(Delivery.id).where(Delivery.participant_id == person)
        allocations = select(Allocation.id).where(Allocation.participant_id == person)
        return {
            "item": item, "draft": draft, "receipt": receipt, "person": person, "attempt": attempt,
            "file": str(link["href"]).split(f"courses/{amira.course_id}/")[1],
            "sha256": hashlib.sha256(PDF).hexdigest(), "user": tessa.user().id,
            "delivery": db.session.scalars(deliveries).one(),
            "allocation": db.session.scalars(allocations).one(),
        }  # fmt: skip


def trail_of(amira: Person, ids: Ids) -> int:
    """How many events are on record about a participant."""
    with amira.world.tool.app.app_context():
        query = select(func.count()).where(AuditEvent.participant_id == ids["person"])
        return db.session.scalar(query) or 0


def attack(stranger: Person, page: str, ids: Ids) -> dict[str, Any]:
    """What got through: secrets that were read, and deeds that were not refused."""
    through: dict[str, Any] = {}
    for address in ADDRESSES:
        answer = fetch(stranger, address.format(**ids))
        seen = [secret for secret in SECRETS if secret in answer.text]
        if seen or answer.status_code >= 500:
            through[address] = (answer.status_code, seen)
    csrf = token(stranger, page.format(**ids))
    for path, fields in DEEDS:
        filled = {name: value.format(**ids) for name, value in fields.items()}
        answer = post(stranger, path.format(**ids), csrf_token=csrf, **filled)
        if answer.status_code not in {403, 404, 422}:
            through[f"POST {path} {fields}"] = answer.status_code
    return through


@pytest.mark.parametrize("who", ["participant", "coach", "tutor elsewhere", "tutor of another VLE"])
def test_a_stranger_reads_nothing_and_changes_nothing(world: World, who: str) -> None:
    amira, colin, tessa = world.participant(opens="MTL1"), world.coach(), world.tutor()
    world.allocate(colin, to=amira)
    ids = work_of(amira, colin, tessa)
    before = trail_of(amira, ids)
    other = World(world.tool, world.vle)
    if who == "tutor of another VLE":
        other = World(world.tool, start_vle(world.tool.url, "canvas"))
        world.tool.add_platform(other.vle.registration())
    ben = (world if who in {"participant", "coach"} else other).participant("Ben Osei")
    if who == "participant":
        through = attack(ben, "evidence/new", ids)
    elif who == "coach":
        dora = world.coach("Dora Lind")
        world.allocate(dora, to=ben)
        through = attack(dora, "evidence/new", ids)
    else:
        otto = other.tutor("Otto Vale")
        through = attack(otto, f"participants/{ben.participant_id()}/allocations", ids)
        # A grant holds for one course: the address of another one opens nothing.
        assert fetch(otto, "participants", course_id=amira.course_id).status_code == 401
    if other.vle is not world.vle:
        other.vle.close()
    assert through == {}
    assert trail_of(amira, ids) == before


def test_fields_that_no_form_has_are_overlooked(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    forged = {
        "participant": str(amira.participant_id()), "participant_id": str(amira.participant_id()),
        "author_id": "1", "provider_id": "1", "state": "attested", "duty": "a", "id": "1",
    }  # fmt: skip
    csrf = token(ben, "evidence/new")
    made = post(ben, "evidence/new", csrf_token=csrf, title="His own", strands="1.1", **forged)
    page = ben.visitor.get(world.tool.url + made.headers["Location"])
    state = soup(page).select_one("[data-state]")
    assert state is not None
    assert (page.status_code, state["data-state"]) == (200, "draft")
    assert "His own" not in amira.get("evidence").text


def test_the_note_of_another_persons_file_attaches_nothing(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    item = added(amira, ("plan.pdf", PDF))
    note = soup(amira.get(f"evidence/{item}/edit")).select_one("[name=kept]")
    assert note is not None
    fields = {"title": "x", "strands": "1.1", "kept": str(note["value"])}
    csrf = token(ben, "evidence/new")
    assert post(ben, "evidence/new", csrf_token=csrf, **fields).status_code == 422


def test_one_who_is_participant_and_coach_wears_one_hat_at_a_time(world: World) -> None:
    amira, eve = world.participant(), world.participant("Eve Marsh")
    world.allocate(eve, to=amira)
    item, own = added(amira, button="submit"), added(eve)
    assert eve.get(f"evidence/{item}").status_code == 404
    eve.launch("coach-evidence")
    assert eve.get(f"evidence/{item}").status_code == 200
    signed = {"version": "1", "content_hash": "x", "statement": "I saw me."}
    csrf = token(eve, f"evidence/{item}")
    assert post(eve, f"evidence/{own}/attest", csrf_token=csrf, **signed).status_code == 404
    handed = {"items": str(own), "own_work": "yes", "pupils_protected": "yes"}
    assert post(eve, "modules/MTL1/submit", csrf_token=csrf, **handed).status_code == 403


def test_a_participant_who_teaches_a_course_of_their_own_is_nobodys_tutor_there(
    world: World,
) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    colin = world.coach()
    for teacher in (amira, ben):
        world.allocate(colin, to=teacher)
    item, site = added(amira, button="submit"), world.vle.site
    club = World(world.tool, world.vle)
    for person, role in ((amira, "student"), (ben, "editingteacher")):
        site.enrol(person.visitor.person, club.course, role)
    with_amira = Person(club, amira.visitor, "progress")
    tutor = Person(club, ben.visitor, "progress")
    assert with_amira.course_id == tutor.course_id
    for path in (f"evidence/{item}", f"participants/{amira.participant_id()}"):
        assert tutor.get(path).status_code == 404, path
    real = club.tutor()
    assert real.get(f"evidence/{item}").status_code == 200
