"""Nothing is disposed of in silence, and nothing is kept past its time without a reason."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from lti_tool.clock import today
from lti_tool.cohort import proposing
from lti_tool.cohort.privacy_models import (
    DisposalProposal,
    DisposalRecord,
    LegalHold,
    RetainedWork,
)
from lti_tool.db import db
from lti_tool.evidence.models import Attempt, EvidenceItem
from lti_tool.evidence.snapshot import check_receipt
from lti_tool.people.models import Participant, User
from tests.integration.cohort.story import add_evidence
from tests.integration.cohort.test_erasing import leave
from tests.integration.grades.factories import an_item, hand_in
from tests.pages import check_page
from tests.world import Person, World, text_of

LONG_AGO = date(2015, 7, 31)
ALL = {"unsubmitted_evidence", "assessed_work", "audit"}


@pytest.fixture(autouse=True)
def unconfirmed_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A board is another test's story."""
    monkeypatch.setattr("lti_tool.cohort.erasure_facts._unconfirmed", lambda _: ())


def left_long_ago(person: Person) -> int:
    """Their number, now that everything about them is due."""
    leave(person)
    number = person.participant_id()
    with person.world.tool.app.app_context():
        early = {"enrolled_on": LONG_AGO, "left_on": LONG_AGO}
        db.session.execute(update(Participant).where(Participant.id == number).values(**early))
        db.session.commit()
        proposing.propose()
        db.session.commit()
    return number


def hold_of(person: Person) -> int:
    with person.world.tool.app.app_context():
        query = select(LegalHold.id).where(LegalHold.user_id == person.user().id)
        return db.session.scalars(query).one()


def proposals(number: int) -> dict[str, DisposalProposal]:
    query = select(DisposalProposal).where(DisposalProposal.participant_id == number)
    return {one.kept_as: one for one in db.session.scalars(query)}


def test_what_is_due_waits_for_a_lead_and_goes_when_they_say_so(world: World) -> None:
    amira, lead, app = world.participant("Isolde Marchbanks"), world.lead(), world.tool.app
    add_evidence(amira, "Never handed in")
    attempt = hand_in(amira, items=[an_item()])
    number = left_long_ago(amira)
    with app.app_context():
        found = {name: one.id for name, one in proposals(number).items()}
        assert found.keys() == ALL
        proposing.propose()
        assert {name: one.id for name, one in proposals(number).items()} == found
        db.session.rollback()
    words = text_of(lead.get("retention"))
    check_page(lead.page, 200)
    assert "Isolde Marchbanks" in words
    page = lead.get(f"retention/{found['unsubmitted_evidence']}")
    check_page(page, 200)
    assert "Versions of evidence: 1" in text_of(page)
    assert "rows and 0 files" in text_of(lead.submit(page, button=("action", "dispose")))
    again = lead.submit(page, button=("action", "dispose"))
    assert again.status_code == 422
    assert "decided about this already" in text_of(again)
    page = lead.get(f"retention/{found['assessed_work']}")
    lead.submit(page, button=("action", "dispose"))
    lead.submit(lead.get(f"retention/{found['audit']}"), button=("action", "dispose"))
    assert lead.page.status_code == 200
    with app.app_context():
        mine = EvidenceItem.participant_id == number
        assert db.session.scalars(select(EvidenceItem.id).where(mine)).all() == []
        one = db.session.get_one(Attempt, attempt)
        assert '"items":[]' in one.manifest.replace(" ", "")
        assert "disposed of" in check_receipt(one, app.extensions["storage"]).problems[0]
        records = select(DisposalRecord.kept_as).where(DisposalRecord.participant_id == number)
        assert set(db.session.scalars(records)) == ALL
        named = select(User.id).where(User.name == "Isolde Marchbanks")
        assert db.session.scalars(named).all() == []


def test_something_is_kept_for_longer_with_a_reason_until_a_day(world: World) -> None:
    amira, lead = world.participant("Leopold Ashgrove"), world.lead()
    number = left_long_ago(amira)
    with world.tool.app.app_context():
        proposal = proposals(number)["unsubmitted_evidence"].id
    page = lead.get(f"retention/{proposal}")
    refused = lead.submit(page, {"why": ""}, button=("action", "keep"), form="#form")
    assert refused.status_code == 422
    assert "Say why." in text_of(refused)
    later = today() + timedelta(days=40)
    values = {"why": "A research project asked.", "until-day": str(later.day),
              "until-month": str(later.month), "until-year": str(later.year)}  # fmt: skip
    kept = lead.submit(page, values, button=("action", "keep"), form="#form")
    assert kept.status_code == 200, text_of(kept)
    with world.tool.app.app_context():
        assert proposals(number)["unsubmitted_evidence"].kept_until == later


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_the_sample_and_a_legal_hold_stay_out_of_disposal(world: World) -> None:
    amira, lead, app = world.participant("Rosamund Tuffnell"), world.lead(), world.tool.app
    attempt = hand_in(amira, items=[an_item()])
    with app.app_context():
        receipt = db.session.get_one(Attempt, attempt).receipt
    page = lead.get("retention")
    unknown = lead.submit(page, {"receipt": "MTL1-NONE"}, form="form[action$='/sample']")
    assert unknown.status_code == 422
    answer = lead.submit(page, {"receipt": receipt.lower()}, form="form[action$='/sample']")
    assert receipt in text_of(answer)
    number = left_long_ago(amira)
    values = {"person": amira.visitor.person.email, "reason": "An appeal is open."}
    held = lead.submit(lead.get("retention"), values, form="form[action$='/holds']")
    assert "Nothing about Rosamund Tuffnell goes" in text_of(held)
    with app.app_context():
        found = {name: one.id for name, one in proposals(number).items()}
        assert found.keys() == ALL | {"regulator_sample"}
        assert db.session.scalars(
            select(RetainedWork.id).where(RetainedWork.attempt_id == attempt)
        ).one()
    page = lead.get(f"retention/{found['assessed_work']}")
    assert "A legal hold stands" in text_of(lead.submit(page, button=("action", "dispose")))
    page = lead.get("retention")
    lifted = lead.submit(page, form=f"form[action$='/{hold_of(amira)}/lift']")
    assert "The legal hold is lifted." in text_of(lifted)
    page = lead.get(f"retention/{found['assessed_work']}")
    assert "Disposed of:" in text_of(lead.submit(page, button=("action", "dispose")))
    with app.app_context():
        kept = db.session.get_one(Attempt, attempt).manifest
        assert "Lesson study" in kept, "The sample stays for its years."


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["privacy", "accessibility"])
def test_everybody_reads_the_notices_without_signing_in(world: World, path: str) -> None:
    answer = world.visitor("Passer By", "participant").get(f"{world.tool.url}/{path}")
    check_page(answer, 200)
    assert f'href="/{path}"' in answer.text
