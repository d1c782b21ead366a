"""A submission is frozen: what happens to the evidence afterwards does not touch it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from lti_tool.db import db
from lti_tool.evidence.models import Attempt, EvidenceItem
from lti_tool.evidence.snapshot import check_receipt, read_bundle
from tests.integration.attacks.hands import post, token
from tests.integration.evidence.steps import (
    PDF,
    added,
    attest,
    fill_in,
    problems,
    submit,
    words,
)
from tests.pages import check_page
from tests.world import Person, World, soup


def attempts_of(person: Person) -> int:
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        query = select(func.count()).where(Attempt.participant_id == participant_id)
        return db.session.scalar(query) or 0


def receipt_in(page: Any) -> str:
    found = re.search(r"/receipts/([A-Z0-9-]+)$", page.url)
    assert found, f"{page.status_code} {page.url}: {problems(page)}"
    return found[1]


def the_attempt(receipt: str) -> Attempt:
    return db.session.scalars(select(Attempt).where(Attempt.receipt == receipt)).one()


def stored_file(world: World, receipt: str) -> Path:
    """Where the bytes of a submission's first file lie."""
    with world.tool.app.app_context():
        digest = read_bundle(the_attempt(receipt)).items[0].files[0].sha256
    return Path(world.tool.environ["STORAGE_URL"]) / "sha256" / digest[:2] / digest


def check_shown(page: Any) -> str:
    cell = soup(page).select_one("[data-receipt-check]")
    assert cell is not None
    return str(cell["data-receipt-check"])


def test_a_module_is_submitted_with_a_receipt_that_can_be_checked(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    item = added(amira, ("plan.pdf", PDF), button="submit")
    attest(colin, item, "I sat in the lesson.")
    page = submit(amira)
    check_page(page, 200)
    shown = words(page)
    assert re.search(r"Receipt MTL1-\w{4}-\w{2} ", shown)
    assert check_shown(page) == "ok"
    assert "I sat in the lesson." in shown
    assert "attested" in shown
    with world.tool.app.app_context():
        bundle = read_bundle(the_attempt(receipt_in(page)))
    (frozen,) = bundle.items
    assert frozen.title == "A lesson on fractions"
    assert frozen.strands == ("1.1",)
    assert frozen.is_attested
    assert [file.filename for file in frozen.files] == ["plan.pdf"]
    assert "Amira" not in repr(bundle)


def test_nothing_done_to_the_evidence_afterwards_touches_the_submission(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    item = added(amira, ("plan.pdf", PDF), button="submit")
    attest(colin, item)
    receipt = receipt_in(submit(amira))
    before = words(amira.get(f"receipts/{receipt}"))
    edit = amira.get(f"evidence/{item}/edit")
    fill_in(amira, edit, {"title": "Another", "kept": None, "strands": ["4.2"]})
    amira.submit(amira.get(f"evidence/{item}/withdraw"), button=("action", "withdraw"))
    page = amira.get(f"receipts/{receipt}")
    assert words(page) == before
    assert check_shown(page) == "ok"
    assert amira.visitor.follow(page, "plan.pdf").content == PDF


def test_a_receipt_holds_after_a_restart(world: World) -> None:
    amira = world.participant()
    item = added(amira, ("plan.pdf", PDF))
    receipt = receipt_in(submit(amira))
    amira.submit(amira.get(f"evidence/{item}/withdraw"), button=("action", "withdraw"))
    again = world.tool.restarted()
    with again.app_context():
        check = check_receipt(the_attempt(receipt), again.extensions["storage"])
    assert check.ok
    assert check.problems == ()


def test_a_changed_byte_is_found_and_the_file_named(world: World) -> None:
    amira = world.participant()
    content = PDF + amira.visitor.person.id.encode()
    added(amira, ("plan.pdf", content))
    receipt = receipt_in(submit(amira))
    stored = stored_file(world, receipt)
    stored.write_bytes(b"X" + content[1:])
    page = amira.get(f"receipts/{receipt}")
    assert check_shown(page) == "problem"
    assert "The stored bytes of “plan.pdf” in “A lesson on fractions” are not those" in words(page)
    stored.write_bytes(content)
    assert check_shown(amira.get(f"receipts/{receipt}")) == "ok"


def test_damaged_bytes_are_not_submitted(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    content = PDF + amira.visitor.person.id.encode()
    added(ben, ("plan.pdf", content))
    stored = stored_file(world, receipt_in(submit(ben)))
    added(amira, ("plan.pdf", content))
    stored.write_bytes(b"X" + content[1:])
    page = submit(amira)
    assert page.status_code == 409
    assert "“plan.pdf” in “A lesson on fractions” are damaged" in problems(page)["form"]
    assert attempts_of(amira) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE attempt SET manifest = '{{}}' WHERE id = {id}",
        "UPDATE attempt SET root_hash = 'x' WHERE id = {id}",
        "DELETE FROM attempt_item WHERE attempt_id = {id}",
        "DELETE FROM attempt WHERE id = {id}",
        "UPDATE evidence_version SET title = 'x'",
        "UPDATE upload SET sha256 = 'x'",
        "DELETE FROM strand_claim",
    ],
)
@pytest.mark.each_store
def test_the_database_refuses_to_change_what_was_submitted(world: World, statement: str) -> None:
    amira = world.participant()
    added(amira, ("plan.pdf", PDF))
    receipt = receipt_in(submit(amira))
    with world.tool.app.app_context():
        attempt_id = the_attempt(receipt).id
        with pytest.raises(DatabaseError, match="is never changed"):
            db.session.execute(text(statement.format(id=attempt_id)))
        db.session.rollback()
    assert check_shown(amira.get(f"receipts/{receipt}")) == "ok"


def test_of_two_submissions_at_once_one_is_taken(world: World) -> None:
    amira = world.participant()
    added(amira, ("plan.pdf", PDF))
    other = Person(world, type(amira.visitor)(world.vle, amira.visitor.person), "progress")
    together = Barrier(2)
    forms = []
    for person in (amira, other):
        form = person.visitor.form_of(person.get("modules/MTL1/submit"), "#form")
        form.fields += [("own_work", "yes"), ("pupils_protected", "yes"), ("action", "submit")]
        forms.append((person, form))

    def send(person: Person, form: Any) -> int:
        together.wait(timeout=20)
        return int(person.visitor.send(form).status_code)

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda one: send(*one), forms))
    assert statuses == [200, 409]
    assert attempts_of(amira) == 1


def test_a_module_is_submitted_once(world: World) -> None:
    amira = world.participant()
    item = added(amira)
    opened = amira.get("modules/MTL1/submit")
    receipt = receipt_in(submit(amira, item))
    values = {"own_work": "yes", "pupils_protected": "yes"}
    page = fill_in(amira, opened, values, button="submit")
    assert page.status_code == 409
    assert f"its receipt is {receipt}" in words(page)
    assert "See receipt" in words(amira.get("modules/MTL1/submit"))


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"items": []}, "items", "Choose at least one piece of evidence."),
        ({"own_work": None}, "own_work", "Tick the declaration if it is true"),
        ({"pupils_protected": None}, "pupils_protected", "Tick the declaration if it is true"),
        ({"items": ["x", "9" * 5000]}, "items", "Choose evidence from the list only."),
    ],
)
def test_a_submission_with_something_missing_says_what(
    world: World, values: dict[str, Any], field: str, sentence: str
) -> None:
    amira = world.participant()
    added(amira)
    page = submit(amira, **values)
    check_page(page, 422)
    assert sentence in problems(page)[field]
    assert attempts_of(amira) == 0


def test_a_module_that_is_not_open_is_not_submitted(world: World) -> None:
    amira = world.participant()
    item = added(amira, module="MTL8")
    page = amira.get("modules/MTL8/submit")
    check_page(page, 200)
    reason = "MTL8 is not open to you yet."
    assert reason in words(page)
    assert reason in words(amira.get("modules/MTL8"))
    assert soup(page).select_one("#form [type=checkbox]") is None
    sent = {"own_work": "yes", "pupils_protected": "yes", "items": str(item)}
    answer = post(amira, "modules/MTL8/submit", csrf_token=token(amira, "evidence/new"), **sent)
    check_page(answer, 409)
    assert problems(answer)["form"] == reason
    assert attempts_of(amira) == 0


def test_a_module_needs_evidence_of_its_own(world: World) -> None:
    amira = world.participant()
    item = added(amira, module="MTL1")
    assert "Add at least one item of evidence to MTL2" in words(amira.get("modules/MTL2/submit"))
    sent = {"own_work": "yes", "pupils_protected": "yes", "items": str(item)}
    answer = post(amira, "modules/MTL2/submit", csrf_token=token(amira, "evidence/new"), **sent)
    check_page(answer, 409)
    assert "Add at least one item of evidence to MTL2" in problems(answer)["form"]


def test_what_is_unusual_about_a_submission_is_said_before_it(world: World) -> None:
    amira = world.participant()
    added(amira)
    page = amira.get("modules/MTL1/submit")
    check_page(page, 200)
    assert "You can hand it in, but look at this first:" in words(page)
    assert soup(page).select_one("#form [type=checkbox]") is not None


def test_nobody_submits_somebody_elses_evidence(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    item, own = added(amira), added(ben)
    page = submit(ben, own, item)
    assert page.status_code == 404
    assert attempts_of(ben) == 0


def test_withdrawn_evidence_is_not_submitted(world: World) -> None:
    amira = world.participant()
    item, other = added(amira), added(amira, title="Another")
    amira.submit(amira.get(f"evidence/{item}/withdraw"), button=("action", "withdraw"))
    page = submit(amira, item, other)
    assert page.status_code == 422
    assert "withdrawn cannot be submitted" in problems(page)["items"]


def test_a_module_that_the_programme_does_not_have_is_not_found(world: World) -> None:
    amira = world.participant()
    assert amira.get("modules/MTL99/submit").status_code == 404


def test_an_attestation_of_an_earlier_version_is_frozen_as_stale(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    item = added(amira, button="submit")
    attest(colin, item)
    fill_in(amira, amira.get(f"evidence/{item}/edit"), {"narrative": "More."})
    page = submit(amira)
    assert "Changed since attested" in words(page)
    with world.tool.app.app_context():
        (frozen,) = read_bundle(the_attempt(receipt_in(page))).items
    assert [(one.version, one.valid) for one in frozen.attestations] == [(1, False)]
    assert not frozen.is_attested


def test_who_may_read_a_submission(world: World) -> None:
    amira, ben, colin, dora, tessa = (
        world.participant(),
        world.participant("Ben Osei"),
        world.coach(),
        world.coach("Dora Lind"),
        world.tutor(),
    )
    world.allocate(colin, to=amira)
    added(amira, ("plan.pdf", PDF), narrative="Between me and my tutor.")
    page = submit(amira)
    receipt = f"receipts/{receipt_in(page)}"
    file = soup(page).select_one(".app-files a")
    assert file is not None
    address = str(file["href"]).split(f"/courses/{amira.course_id}/")[1]
    for person, sees, reads in (
        (ben, False, False),
        (dora, False, False),
        (colin, True, False),
        (tessa, True, True),
    ):
        shown = person.get(receipt)
        assert shown.status_code == (200 if sees else 404), person.name
        assert ("Between me and my tutor." in shown.text) == reads, person.name
        assert (person.get(address).status_code == 200) == reads, person.name


def test_submitting_shares_a_draft(world: World) -> None:
    amira, tessa = world.participant(), world.tutor()
    item = added(amira)
    submit(amira)
    with world.tool.app.app_context():
        assert db.session.get_one(EvidenceItem, item).state == "shared_with_coach"
    assert tessa.get(f"evidence/{item}").status_code == 200


def test_evidence_leads_to_the_submission_that_holds_it(world: World) -> None:
    amira, tessa = world.participant(), world.tutor()
    item = added(amira, strands=["2.2"])
    receipt = receipt_in(submit(amira))
    assert f"handed in with MTL1, receipt {receipt}" in words(tessa.get(f"evidence/{item}"))
    amira.submit(amira.get(f"evidence/{item}/withdraw"), button=("action", "withdraw"))
    about = f"evidence?participant={amira.participant_id()}"
    page = tessa.get(f"{about}&strand=2.2&phase=1")
    assert "0 items" in words(page)
    assert f"MTL1, receipt {receipt}" in words(page)
    assert receipt not in words(tessa.get(f"{about}&strand=1.1"))
