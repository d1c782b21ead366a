"""A coach's word holds for one version, and for no other."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from lti_tool.db import db
from lti_tool.evidence.facts import claim_facts
from lti_tool.evidence.models import Attestation
from lti_tool.people.models import Allocation
from tests.integration.evidence.steps import added, attest, fill_in, problems, submit, words
from tests.integration.learning import planning
from tests.pages import check_page
from tests.world import Person, World, soup


def a_pair(world: World) -> tuple[Person, Person]:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    return amira, colin


def is_attested(person: Person) -> list[bool]:
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        return [fact.attested for fact in claim_facts([participant_id])[participant_id]]


def test_a_coach_attests_the_version_that_was_read(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    assert is_attested(amira) == [False]
    page = attest(colin, item, "I sat in the lesson.")
    check_page(page, 200)
    shown = words(amira.get(f"evidence/{item}"))
    assert "attested version 1." in shown
    assert "I sat in the lesson." in shown
    assert is_attested(amira) == [True]


def test_an_attestation_keeps_what_it_rests_on(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    attest(colin, item)
    with world.tool.app.app_context():
        found = db.session.scalars(
            select(Attestation).where(Attestation.coach_id == colin.user().id)
        ).one()
        allocation = db.session.get_one(Allocation, found.allocation_id)
        assert found.content_hash == found.version.content_hash
        assert (found.version.item_id, found.version.number) == (item, 1)
        assert (allocation.user_id, allocation.kind) == (found.coach_id, "coach")
        assert found.authenticated_by == "lti"


def test_what_changed_while_it_was_read_is_not_signed(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    opened = colin.get(f"evidence/{item}")
    fill_in(amira, amira.get(f"evidence/{item}/edit"), {"title": "Changed meanwhile"})
    page = attest(colin, item, "I saw it all.", page=opened)
    check_page(page, 409)
    assert "This evidence has changed since you opened it" in problems(page)["form"]
    assert "Changed meanwhile" in words(page)
    kept = soup(page).select_one("#statement")
    assert kept is not None
    assert kept.get_text(strip=True) == "I saw it all."
    assert is_attested(amira) == [False]
    assert attest(colin, item, page=page).status_code == 200
    assert is_attested(amira) == [True]


def test_a_digest_that_is_not_the_versions_is_not_signed(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    page = colin.get(f"evidence/{item}")
    values = {"statement": "I saw it.", "content_hash": "0" * 64}
    assert fill_in(colin, page, values, button="attest").status_code == 409
    assert is_attested(amira) == [False]


def test_an_edit_makes_the_attestation_stale(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    attest(colin, item)
    page = fill_in(amira, amira.get(f"evidence/{item}/edit"), {"narrative": "One more thing."})
    vouch = soup(page).select_one("[data-attestation]")
    assert vouch is not None
    assert vouch["data-attestation"] == "stale"
    assert "It does not hold for version 2." in words(page)
    assert is_attested(amira) == [False]


def test_a_coach_sends_evidence_back_with_the_reason(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    attest(colin, item, "Which class was it?", button="return")
    shown = words(amira.get(f"evidence/{item}"))
    assert "Sent back" in shown
    assert "Which class was it?" in shown
    assert is_attested(amira) == [False]
    edit = amira.get(f"evidence/{item}/edit")
    page = fill_in(amira, edit, {"narrative": "It was 9C."}, button="submit")
    assert "your coach has been asked" in words(page)


def test_words_are_needed_to_sign_and_to_send_back(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    for button, asked in (("attest", "Say what you saw"), ("return", "Say what is missing")):
        page = attest(colin, item, "  ", button=button)
        check_page(page, 422)
        assert asked in problems(page)["statement"]
    assert is_attested(amira) == [False]


def test_a_version_is_signed_once(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(amira, button="submit")
    opened = colin.get(f"evidence/{item}")
    attest(colin, item)
    page = attest(colin, item, page=opened)
    assert page.status_code == 409
    assert "attested already" in problems(page)["form"]


def test_only_a_coach_can_sign(world: World) -> None:
    amira, colin = a_pair(world)
    tessa = world.tutor()
    item = added(amira, button="submit")
    for person in (amira, tessa):
        assert not soup(person.get(f"evidence/{item}")).select("#statement")
    signed = colin.visitor.form_of(colin.get(f"evidence/{item}"), "#form")
    form = amira.visitor.form_of(amira.get(f"evidence/{item}/withdraw"))
    form = form.with_fields(
        version="1", content_hash=signed["content_hash"], statement="I did it.", action="attest"
    )
    form.action = signed.action
    assert amira.visitor.send(form).status_code == 403
    assert is_attested(amira) == [False]


def test_a_coachs_own_record_says_that_writer_and_signer_are_one(world: World) -> None:
    amira, colin = a_pair(world)
    item = added(colin, title="A visit", duty="d")
    assert is_attested(amira) == [False]
    assert "You wrote this record yourself" in words(colin.get(f"evidence/{item}"))
    attest(colin, item)
    assert "The same coach wrote this record." in words(amira.get(f"evidence/{item}"))
    assert is_attested(amira) == [True]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_target_that_changed_after_the_signature_says_so_in_the_submission(world: World) -> None:
    amira, colin = planning.coached(world)
    planning.set_target(amira, amira, "Try exit tickets")
    (target,) = planning.target_ids(amira, amira)
    signed = added(amira, target=target, button="submit", module="MTL1")
    attest(colin, signed)
    page = amira.get(planning.path(amira, f"plan/targets/{target}"))
    amira.submit(page, {"target": "Lead the whole school"}, form='form[action$="/change"]')
    later = added(amira, target=target, module="MTL1")
    handed_in = words(submit(amira, signed, later))
    assert handed_in.count("1.2: Lead the whole school") == 2
    assert handed_in.count("after this was attested)") == 1
    assert "after this was attested)" in words(colin.get(f"evidence/{signed}"))
    assert "after this was" not in words(amira.get(f"evidence/{later}"))
