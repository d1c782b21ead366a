"""Whoever judges work by candidate number meets no name behind any address of that work."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from requests import Response

from lti_tool.db import db
from lti_tool.evidence.models import Attempt, AttemptItem, EvidenceItem, Upload
from lti_tool.grades.allocating_markers import add_marker
from lti_tool.grades.release import release
from lti_tool.grades.rules.moderating import Action, Choice
from lti_tool.identity import Role
from tests.integration.attacks.hands import fetch
from tests.integration.attacks.test_colleagues import PLAIN, doors, path_of
from tests.integration.evidence.steps import PDF, added
from tests.integration.grades.blind import BlindPair, double_blind
from tests.integration.grades.factories import an_item, hand_in
from tests.integration.grades.moderated import MODULE, Module
from tests.world import Person, World, soup, text_of

on_sqlite = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
NAME = "Quentin Zauberstab"
# What names a thing of the work, and so may stand in an address that such a person knows.
OF_THE_WORK = {"attempt_id", "item_id", "receipt", "sha256", "upload_id"}


def work_of(author: Person, module: str, title: str = f"{NAME}’s lesson") -> dict[str, Any]:
    """Evidence with a file, both named after their author, handed in for a module."""
    author.world.allocate(author.world.coach(), to=author)
    item_id = added(author, (f"{NAME}.pdf", PDF), title=title, button="submit")
    sha256 = hashlib.sha256(PDF).hexdigest()
    file = {"sha256": sha256, "size": len(PDF), "media_type": "application/pdf",
            "filename": f"{NAME}.pdf"}  # fmt: skip
    told = an_item(title, item=item_id, narrative=f"{NAME} tried.", files=[file])
    told["attestations"][0]["content_hash"] = told["content_hash"]
    attempt_id = hand_in(author, module, items=[told])
    with author.world.tool.app.app_context():
        item = db.session.get_one(EvidenceItem, item_id)
        db.session.add(AttemptItem(attempt_id=attempt_id, version_id=item.current.id))
        upload = db.session.query(Upload.id).order_by(Upload.id.desc()).limit(1).scalar()
        receipt = db.session.get_one(Attempt, attempt_id).receipt
        db.session.commit()
    return {**PLAIN, "attempt_id": attempt_id, "item_id": item_id, "receipt": receipt,
            "sha256": sha256, "upload_id": upload}  # fmt: skip


def answers(person: Person, things: dict[str, Any]) -> Iterator[tuple[str, Response]]:
    """Every page and file about the work that a tutor may try to open."""
    for method, rule in doors(person.world, Role.TUTOR):
        named = rule.arguments - {"course_id"}
        if method == "GET" and named & OF_THE_WORK and named <= things.keys():
            path = path_of(rule, things)
            yield path, fetch(person, path)


def named_at(person: Person, things: dict[str, Any]) -> list[str]:
    """The addresses at which a name is met; none may break."""
    found = []
    for path, answer in answers(person, things):
        assert answer.status_code < 500, path
        if any(part in answer.text + str(answer.headers) for part in NAME.split()):
            found.append(path)
    return found


@on_sqlite
def test_a_second_marker_meets_no_name_at_any_address_of_the_work(world: World) -> None:
    author, tessa, norman = world.participant(NAME), world.tutor(), world.tutor("Norman Lee")
    things = work_of(author, double_blind(world))
    pair = BlindPair(world, author, tessa, norman, things["attempt_id"])
    pair.press(tessa, 58, "A start", "save")
    pair.press(norman, 66, "A sound enquiry", "save")
    assert named_at(norman, things) == []
    receipt = text_of(norman.get(f"receipts/{things['receipt']}"))
    assert "Candidate C" in receipt
    with world.tool.app.app_context():
        number = author.candidate_number()
    path = f"receipts/{things['receipt']}"
    assert number in text_of(author.get(path))
    assert number not in text_of(tessa.get(path))  # it is the same number in every module
    report = norman.get(f"evidence/{things['item_id']}/report")
    assert soup(report).select_one("form#report")  # a problem can be told of all the same
    assert named_at(tessa, things), "Whoever supervises knows the name, so it could be missed."


def titles(person: Person, path: str = "evidence") -> set[str]:
    """The evidence that a list names."""
    links = soup(person.get(path)).select("th a[href*='/evidence/']")
    return {link.get_text(strip=True) for link in links}


@on_sqlite
def test_no_list_by_name_shows_what_a_second_marker_could_match_to_the_work(world: World) -> None:
    module, lead = double_blind(world), world.lead()
    author, other = world.participant("Quentin Ash"), world.participant("Ruth Birch")
    tessa, norman = world.tutor(), world.tutor("Norman Lee")
    things, others = work_of(author, module, "One lesson"), work_of(other, module, "Two lessons")
    added(author, title="Not handed in", button="submit")
    everything = {"One lesson", "Two lessons", "Not handed in"}
    pair = BlindPair(world, author, tessa, norman, things["attempt_id"])
    pair.press(tessa, 58, "A start")
    assert everything <= titles(norman)
    pair.press(norman, 66, "A sound enquiry", "save")
    for path in ("evidence", f"participants/{author.participant_id()}"):
        assert titles(norman, path) & everything == {"Not handed in"}
    assert f"judge work of {module} by candidate number" in text_of(norman.page)
    handed_in = f"evidence?participant={author.participant_id()}&module={module}"
    assert things["receipt"] not in norman.get(handed_in).text
    assert things["receipt"] in tessa.get(handed_in).text
    cell = norman.get(f"participants/{author.participant_id()}/coverage/1.1/1")
    assert "One lesson" not in cell.text
    for each, person in ((things, author), (others, other)):  # else one refusal would tell
        assert norman.get(f"evidence/{each['item_id']}").status_code == 403
        by_name = f"marking?participant={person.participant_id()}&module={module}"
        assert norman.get(by_name).status_code == 403
    assert everything <= titles(tessa) & titles(lead)
    assert "Ruth Birch" in text_of(lead.get("marking"))
    pair.press(norman, 59, "A sound enquiry")
    assert everything <= titles(norman), "The mark is agreed, so nothing is left to judge."


@on_sqlite
def test_a_lead_who_marks_second_reads_the_whole_module_by_number(world: World) -> None:
    module, lead = double_blind(world), world.lead()
    author, other = world.participant("Sybil Thorne"), world.participant("Rufus Vane")
    pair = BlindPair(world, author, world.tutor(), lead, hand_in(author, module))
    hand_in(other, module)
    pair.press(pair.tessa, 58, "A start", "save")
    assert {"Sybil Thorne", "Rufus Vane"} <= names_in_queue(lead)
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, pair.attempt_id)
        add_marker(lead.viewer(Role.LEAD), attempt, "second", lead.user().id)
        db.session.commit()
    # The names of all the others would tell whose the work without a name is.
    assert not {"Sybil Thorne", "Rufus Vane"} & names_in_queue(lead)


def names_in_queue(person: Person) -> set[str]:
    links = soup(person.get("marking")).select("tr[data-attempt] th a")
    return {link.get_text(strip=True).partition(",")[0] for link in links}


@on_sqlite
def test_a_moderator_meets_no_name_at_any_address_of_the_work(world: World) -> None:
    author = world.participant(NAME)
    things = work_of(author, MODULE)
    made = Module(world, [])
    made.mark(things["attempt_id"], 64)
    made.draw()
    assert named_at(made.mona, things) == []
    assert named_at(made.tessa, things)
    assert f"{NAME}’s lesson" not in titles(made.mona)
    assert "’s lesson" not in text_of(made.mona.get("search?q=Zauberstab&in=evidence"))
    assert "’s lesson" in text_of(made.tessa.get("search?q=Zauberstab&in=evidence"))
    made.look_at_all()
    made.decide(Choice(Action.CONFIRM))
    assert f"{NAME}’s lesson" in titles(made.mona)


@on_sqlite
def test_in_the_list_of_deliveries_nobody_learns_whose_a_candidate_number_is(world: World) -> None:
    author = world.participant(NAME, opens="MTL1")
    made = Module(world, [])
    single, sampled = hand_in(author), hand_in(author, MODULE)
    for attempt_id in (single, sampled):
        made.mark(attempt_id, 64)
    made.draw()
    made.look_at_all()
    made.decide(Choice(Action.CONFIRM))
    with world.tool.app.app_context():
        for attempt_id in (single, sampled):
            release(made.tessa.viewer(Role.TUTOR), db.session.get_one(Attempt, attempt_id))
        number = author.candidate_number()
        db.session.commit()

    def called(person: Person, asked: str) -> set[str]:
        found = soup(person.get(f"deliveries?q={asked}")).select("tr[data-delivery] th a")
        return {link.get_text(strip=True) for link in found}

    candidate = f"Candidate {number}"
    assert called(made.mona, number) == {candidate}
    assert called(made.mona, "zauberstab") == {NAME}
    assert f'data-participant="{author.participant_id()}"' not in made.mona.page.text
    assert called(made.tessa, number) == set()
    assert called(made.lead, number) == {NAME}
