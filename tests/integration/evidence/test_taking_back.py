"""Who signed can take it back; then it counts nowhere, and its receipt says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from requests import Response
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.evidence.models import EvidenceItem
from tests.integration.evidence.steps import PDF, added, attest, fill_in, problems, submit, words
from tests.integration.evidence.test_attesting import a_pair, is_attested
from tests.integration.evidence.test_pupils_protected import report_on
from tests.integration.evidence.test_submitting import check_shown, receipt_in
from tests.pages import check_page
from tests.world import Person, World, soup

ON_ONE_STORE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def receipt_of(person: Person, item: int) -> str:
    """The number of the newest attestation on the page of an item."""
    found = re.search(r"/attestations/(ATT[0-9A-Z-]+)", person.get(f"evidence/{item}").text)
    assert found
    return found[1]


def takes_back(coach: Person, number: str, **typed: Any) -> Response:
    page = coach.get(f"attestations/{number}/take-back")
    return fill_in(coach, page, {"reason": "not_seen", **typed}, button="take_back")


def worth(person: Person, number: str) -> str:
    cell = soup(person.get(f"attestations/{number}")).select_one("[data-standing]")
    assert cell is not None
    return str(cell["data-standing"])


def state_of(world: World, item: int) -> str:
    with world.tool.app.app_context():
        return db.session.get_one(EvidenceItem, item).state


def test_what_is_taken_back_counts_nowhere_and_what_was_handed_in_says_so(world: World) -> None:
    amira, colin = a_pair(world)
    tessa = world.tutor()
    item = added(amira, ("plan.pdf", PDF), button="submit")
    attest(colin, item, "I sat in the lesson.")
    number = receipt_of(colin, item)
    handed_in = receipt_in(submit(amira))
    assert (is_attested(amira), worth(amira, number)) == ([True], "valid")
    refused = takes_back(colin, number, reason=None)
    check_page(refused, 422)
    assert problems(refused) == {"reason": "Choose why you take your attestation back."}
    check_page(takes_back(colin, number, words="I was in the other class."), 200)
    assert (is_attested(amira), worth(tessa, number)) == ([False], "taken_back")
    assert state_of(world, item) == "shared_with_coach"
    shown = words(tessa.get(f"evidence/{item}"))
    assert "“I did not see this myself”. It counts nowhere." in shown
    assert "On taking it back: I was in the other class." in shown
    page = amira.get(f"receipts/{handed_in}")
    assert check_shown(page) == "ok"
    assert "attested when it was handed in, and taken back since" in words(page)
    with world.tool.app.app_context():
        for change in ("UPDATE attestation_revocation SET reason = 'x'",
                       "DELETE FROM attestation_revocation"):  # fmt: skip
            with pytest.raises(DatabaseError, match="is never changed"):
                db.session.execute(text(change))
            db.session.rollback()
    attest(colin, item, "Now I have seen it.")
    assert is_attested(amira) == [True]
    assert worth(colin, f"{number}/take-back") == "taken_back"  # it asks nothing any more


@ON_ONE_STORE
def test_only_the_signer_takes_back_and_only_once(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    attest(colin, item)
    number = receipt_of(amira, item)
    path = f"attestations/{number}/take-back"
    opened = colin.get(path)
    assert "Take back what you attested" not in words(amira.get(f"evidence/{item}"))
    assert [person.get(path).status_code for person in (amira, world.tutor())] == [403, 403]
    other, stranger = world.coach("Dana Price"), world.participant("Ben Osei")
    world.allocate(other, to=stranger)
    for person in (other, stranger):
        assert person.get(f"attestations/{number}").status_code == 404
        assert "There is no such attestation" in words(person.get(f"attestations?number={number}"))
    assert fill_in(colin, opened, {"reason": "other"}, button="take_back").status_code == 422
    assert fill_in(colin, opened, {"reason": "pupils"}, button="take_back").status_code == 200
    again = fill_in(colin, opened, {"reason": "pupils"}, button="take_back")
    assert again.status_code == 409
    assert "taken this attestation back already" in problems(again)["form"]


@ON_ONE_STORE
def test_neither_withdrawing_nor_another_coach_keeps_a_wrong_word_standing(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    attest(colin, item, "Seen in room 7.")
    number = receipt_of(colin, item)
    handed_in = receipt_in(submit(amira))
    amira.submit(amira.get(f"evidence/{item}/withdraw"), button=("action", "withdraw"))
    with world.tool.app.app_context():
        db.session.execute(
            text("UPDATE allocation SET ended_on = :day WHERE user_id = :coach"),
            {"day": today().isoformat(), "coach": colin.user().id},
        )
        db.session.commit()
    assert colin.get(f"evidence/{item}").status_code == 404
    page = colin.get(f"attestations/{number}")
    check_page(page, 200)
    assert "A lesson on fractions" not in page.text
    assert "Seen in room 7." in words(page)
    assert number in words(colin.get("attestations"))
    assert takes_back(colin, number, reason="wrong_evidence").status_code == 200
    assert state_of(world, item) == "withdrawn"
    assert is_attested(amira) == [False]
    assert "I signed the wrong evidence" in words(world.tutor().get(f"receipts/{handed_in}"))


@ON_ONE_STORE
def test_what_is_taken_back_while_out_of_sight_does_not_come_back_attested(world: World) -> None:
    amira, colin = a_pair(world)
    lena = world.lead()
    item = added(amira, button="submit")
    attest(colin, item)
    number = receipt_of(colin, item)
    reported = {"reason": "recognised"}
    colin.submit(
        colin.get(f"evidence/{item}"), reported, button=("action", "report"), form="#report"
    )
    assert worth(colin, number) == "valid"
    assert amira.get(f"attestations/{number}").status_code == 404
    takes_back(colin, number, reason="pupils")
    lena.submit(report_on(lena, item), {}, button=("action", "restored"))
    assert state_of(world, item) == "shared_with_coach"
    assert is_attested(amira) == [False]


@ON_ONE_STORE
def test_a_receipt_is_checked_against_number_record_and_bytes(world: World) -> None:
    amira, colin = a_pair(world)
    content = PDF + amira.visitor.person.id.encode()
    item = added(amira, ("plan.pdf", content), button="submit")
    attest(colin, item)
    number = receipt_of(amira, item)
    assert check_shown(amira.get(f"attestations/{number.lower()}")) == "ok"
    altered = number[:-1] + ("2" if number[-1] != "2" else "3")
    page = amira.get(f"attestations/{altered}")
    assert check_shown(page) == "problem"
    assert "This number was not given for the attestation" in words(page)
    stored = stored_file_of(world, item)
    stored.write_bytes(b"X" + content[1:])
    page = amira.get(f"attestations/{number}")
    assert check_shown(page) == "problem"
    assert "The stored bytes of “plan.pdf” are not those that were signed." in words(page)
    stored.write_bytes(content)
    fill_in(amira, amira.get(f"evidence/{item}/edit"), {"narrative": "One more thing."})
    assert worth(amira, number) == "stale"
    assert check_shown(amira.get(f"attestations/{number}")) == "ok"
    assert amira.get("attestations?number=ATT0-XXXX-XXXX").status_code == 422


@ON_ONE_STORE
def test_a_coach_sees_what_changed_since_they_saw_it_and_what_a_strand_means(
    world: World,
) -> None:
    amira, colin = a_pair(world)
    item = added(amira, narrative="We tried groups.", button="submit")
    colin.get(f"evidence/{item}")
    edit = amira.get(f"evidence/{item}/edit")
    fill_in(amira, edit, {"narrative": "We tried groups in 9C."}, button="submit")
    page = colin.get(f"evidence/{item}")
    check_page(page, 200)
    assert "What changed since version 1, which you saw before" in words(page)
    assert [mark.get_text() for mark in soup(page).select("ins, del")] == [
        "groups.",
        "groups in 9C.",
    ]
    assert "For example: Watching which pupils could start a task alone" in words(page)
    assert "For example: Two studies that disagree" in words(page)
    assert not soup(amira.get(f"evidence/{item}")).select("ins, del")


def stored_file_of(world: World, item: int) -> Path:
    with world.tool.app.app_context():
        sha256 = db.session.get_one(EvidenceItem, item).current.files[0].sha256
    return Path(world.tool.environ["STORAGE_URL"]) / "sha256" / sha256[:2] / sha256
