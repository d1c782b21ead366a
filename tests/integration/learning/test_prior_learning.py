"""Earlier study is claimed by the participant, assessed by a tutor, decided by the lead."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.learning.models import ImpactRecord, PriorLearningClaim
from tests.integration.attacks.hands import at_once, post, token
from tests.integration.evidence.steps import added, problems
from tests.integration.grades.factories import hand_in
from tests.integration.learning.claiming import (
    assess,
    claimed,
    decide,
    good_claim,
    list_of,
    page_of,
    recognised_of,
    state_of,
    states_of_modules,
    write,
)
from tests.pages import check_page
from tests.world import Person, World, text_of


def test_a_claim_goes_from_draft_to_recognised_credit(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim = claimed(amira, "MTL3", "MTL4", button="save")
    assert "Nobody but you sees it" in text_of(amira.page)
    check_page(tutor.get(page_of(amira, claim)), 404)
    amira.submit(amira.get(page_of(amira, claim)), button=("action", "submit"))
    assert "Waiting for a tutor" in text_of(amira.page)
    assert "Amira Khan" in check_page(tutor.get("prior-learning"), 200).get_text()
    assert "The assessment is recorded" in text_of(assess(tutor, amira, claim))
    waiting = check_page(lead.get("prior-learning"), 200).get_text(" ", strip=True)
    assert "Waiting for the programme lead" in waiting
    assert "decision is recorded" in text_of(decide(lead, amira, claim, "all"))
    page = check_page(amira.get(page_of(amira, claim)), 200).get_text(" ", strip=True)
    assert "Decided by Lena Okafor" in page
    assert "About sufficiency." in page
    assert recognised_of(amira) == {"MTL3", "MTL4"}
    listed = text_of(amira.get(list_of(amira)))
    assert "0 credits can still be claimed" in listed


def test_a_part_is_recognised_and_the_rest_can_be_claimed_again(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim = claimed(amira, "MTL3", "MTL4")
    assess(tutor, amira, claim, "sufficiency")
    refused = decide(lead, amira, claim, "all")
    assert refused.status_code == 422
    assert "at most a part" in text_of(refused)
    refused = decide(lead, amira, claim, "part", recognised=["MTL3"])
    assert problems(refused) == {"reason": "Give the participant the reason."}
    answer = decide(lead, amira, claim, "part", recognised=["MTL3"], reason="Too little for two.")
    check_page(answer, 200)
    assert state_of(amira, claim) == "part_approved"
    assert recognised_of(amira) == {"MTL3"}
    assert "Too little for two." in text_of(amira.get(page_of(amira, claim)))
    claimed(amira, "MTL4")


def test_a_rejected_claim_counts_for_nothing(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim = claimed(amira)
    assess(tutor, amira, claim, "authenticity")
    assert decide(lead, amira, claim, "all").status_code == 422
    check_page(decide(lead, amira, claim, "none", reason="Not shown to be yours."), 200)
    assert state_of(amira, claim) == "rejected"
    assert recognised_of(amira) == set()


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"modules": []}, "modules", "Choose at least one module"),
        ({"modules": ["MTL2", "MTL3"]}, "modules", "30 credits at most"),
        ({"credits": "10"}, "credits", "more than the 10 you earned"),
        ({"level": "6"}, "level", "master’s level"),
        ({"used_elsewhere": "yes"}, "used_elsewhere", "cannot count here as well"),
        ({"impact-explanations": ""}, "impact-baseline", "every part of the impact record"),
        ({"awarded_on-year": str(today().year - 6)}, "awarded_on", "for 5 years"),
        ({"awarded_on-day": "31", "awarded_on-month": "2"}, "awarded_on", "a real date"),
        ({"credits": "many"}, "credits", "whole number"),
        ({"award": ""}, "award", "what the earlier study was"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_stored(
    world: World, change: dict[str, Any], field: str, told: str
) -> None:
    amira = world.participant()
    answer = write(amira, **change)
    page = check_page(answer, 422)
    assert told in problems(answer)[field]
    shown = page.select_one("#statement")
    assert shown is not None
    assert "what these modules are about" in shown.get_text()
    assert "not claimed any prior learning" in text_of(amira.get(list_of(amira)))


def test_an_unfinished_draft_is_kept_and_told_what_it_lacks_when_submitted(world: World) -> None:
    amira = world.participant()
    empty = dict.fromkeys(good_claim(), "") | {"modules": ["MTL2"]}
    claim = claimed(amira, button="save", **empty)
    answer = amira.submit(amira.get(page_of(amira, claim)), button=("action", "submit"))
    check_page(answer, 422)
    assert {"award", "level", "credits", "awarded_on", "impact-baseline"} <= set(problems(answer))
    assert state_of(amira, claim) == "draft"


@pytest.mark.parametrize("code", ["MTL1", "MTL7", "MTL99"])
def test_modules_that_are_not_offered_cannot_be_slipped_in(world: World, code: str) -> None:
    amira = world.participant()
    path = f"{list_of(amira)}/new"
    fields = {**good_claim(), "modules": code, "csrf_token": token(amira, path), "action": "save"}
    answer = post(amira, path, **fields)
    assert answer.status_code == 422
    assert f"Earlier study cannot count for {code}." in answer.text


def test_a_module_that_was_submitted_cannot_be_claimed(world: World) -> None:
    amira = world.participant()
    hand_in(amira, "MTL3")
    answer = write(amira)
    assert "submitted MTL3 already" in problems(answer)["modules"]


def test_a_module_submitted_while_the_claim_waits_is_not_recognised(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim = claimed(amira, "MTL3", "MTL4")
    hand_in(amira, "MTL3")
    assess(tutor, amira, claim)
    assert "submitted since" in text_of(decide(lead, amira, claim, "all"))
    decide(lead, amira, claim, "part", recognised=["MTL4"], reason="MTL3 was submitted.")
    assert recognised_of(amira) == {"MTL4"}


def test_a_recognised_module_cannot_be_submitted(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim = claimed(amira)
    assess(tutor, amira, claim)
    decide(lead, amira, claim, "all")
    with pytest.raises(DatabaseError, match="a module counts once"):
        hand_in(amira, "MTL3")


def test_a_claim_is_withdrawn_until_it_is_decided(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    first, second = claimed(amira), claimed(amira, "MTL4")
    form = 'form:has([value="withdraw"])'
    page = amira.get(page_of(amira, first))
    answer = amira.submit(page, button=("action", "withdraw"), form=form)
    assert "The claim is withdrawn." in text_of(answer)
    claimed(amira, "MTL3")
    assess(tutor, amira, second)
    page = amira.get(page_of(amira, second))
    decide(lead, amira, second, "all")
    answer = amira.submit(page, button=("action", "withdraw"), form=form)
    assert answer.status_code == 409
    assert "the decision stands" in text_of(answer)
    assert recognised_of(amira) == {"MTL4"}


def test_a_draft_changed_in_another_window_is_not_overwritten(world: World) -> None:
    amira = world.participant()
    claim = claimed(amira, button="save")
    path = f"{page_of(amira, claim)}/edit"
    first, second = amira.get(path), amira.get(path)
    amira.submit(first, {"award": "The first"}, button=("action", "save"), form="#form")
    answer = amira.submit(second, {"award": "The second"}, button=("action", "save"), form="#form")
    page = check_page(answer, 409)
    assert "saved from another window" in page.get_text()
    assert 'value="The second"' in answer.text
    assert "The first" in text_of(amira.get(page_of(amira, claim)))


def test_each_change_of_the_impact_record_is_a_further_version(world: World) -> None:
    amira = world.participant()
    claim = claimed(amira, button="save")
    for baseline in ("Another start.", "Another start.", "A third start."):
        page = amira.get(f"{page_of(amira, claim)}/edit")
        values = {"impact-baseline": baseline}
        check_page(amira.submit(page, values, button=("action", "save"), form="#form"), 200)
    with world.tool.app.app_context():
        kept = db.session.scalars(
            select(ImpactRecord)
            .where(
                ImpactRecord.participant_id
                == db.session.get_one(PriorLearningClaim, claim).participant_id
            )
            .order_by(ImpactRecord.number)
        ).all()
        assert [each.number for each in kept] == [1, 2, 3]
        assert {each.first_id for each in kept[1:]} == {kept[0].id}
        assert len({each.content_hash for each in kept}) == 3


def test_evidence_can_be_named_and_is_opened_from_the_claim(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    shared = added(amira, title="My transcript", button="submit")
    private = added(amira, title="Not shared")
    page = check_page(amira.get(f"{list_of(amira)}/new"), 200).get_text()
    assert "My transcript" in page
    assert "Not shared" not in page
    claim = claimed(amira, items=[str(shared)])
    assert "My transcript" in text_of(tutor.get(page_of(amira, claim)))
    path = f"{list_of(amira)}/new"
    fields = {**good_claim("MTL4"), "modules": "MTL4", "items": str(private)}
    answer = post(amira, path, **fields, csrf_token=token(amira, path), action="save")
    assert answer.status_code == 422


def test_who_may_not_see_or_answer_a_claim(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    coach, tutor, lead = world.coach(), world.tutor(), world.lead()
    world.allocate(coach, to=amira)
    claim = claimed(amira)
    path = page_of(amira, claim)
    check_page(ben.get(path), 404)
    check_page(ben.get(list_of(amira)), 404)
    check_page(coach.get(path), 403)
    check_page(coach.get(list_of(amira)), 403)
    check_page(ben.get("prior-learning"), 403)
    check_page(tutor.get(page_of(ben, claim)), 404)
    assert soup_forms(tutor.get(path)) == 1
    assert soup_forms(lead.get(path)) == 0
    csrf = token(lead, path) if soup_forms(lead.page) else token(lead, "cohort")
    assert post(lead, f"{path}/assessment", csrf_token=csrf).status_code == 403
    assert post(lead, f"{path}/decision", csrf_token=csrf, decision="all").status_code == 409
    assert post(tutor, f"{path}/decision", csrf_token=token(tutor, path)).status_code == 403
    assert state_of(amira, claim) == "submitted"


def soup_forms(page: Any) -> int:
    return len(check_page(page, 200).select("main form#form"))


def test_a_tutor_who_coaches_the_participant_does_not_assess(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    claim = claimed(amira)
    world.allocate(tutor, to=amira)
    assert soup_forms(tutor.get(page_of(amira, claim))) == 0


def test_who_assessed_a_claim_does_not_decide_it(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim = claimed(amira)
    assess(tutor, amira, claim)
    with world.tool.app.app_context():
        user = lead.user().id
        db.session.execute(
            update(PriorLearningClaim)
            .where(PriorLearningClaim.id == claim)
            .values(assessed_by_id=user)
        )
        db.session.commit()
    assert soup_forms(lead.get(page_of(amira, claim))) == 0


def test_staff_find_the_claims_that_wait_beside_the_marking(world: World) -> None:
    tutor = world.tutor()
    page = tutor.visitor.follow(tutor.get("marking"), "Claims for prior learning")
    lit = check_page(page, 200).select_one(".app-nav [aria-current=page]")
    assert lit is not None
    assert lit.get_text() == "Marking"
    assert "No claim waits for you." in text_of(page)


# --- at the same moment


def drafts(amira: Person, *modules: str) -> list[int]:
    return [claimed(amira, code, button="save") for code in modules]


def submit_at_once(amira: Person, *claims: int) -> list[int]:
    csrf = token(amira, page_of(amira, claims[0]))
    paths = [page_of(amira, claim) for claim in claims]
    return at_once(
        *[partial(post, amira, path, csrf_token=csrf, action="submit") for path in paths]
    )


def test_claims_submitted_at_once_never_pass_the_limit_together(world: World) -> None:
    amira = world.participant()
    first, second = drafts(amira, "MTL2", "MTL3")
    assert submit_at_once(amira, first, second) == [303, 422]
    assert sorted(state for _, state in states_of_modules(amira)) == ["chosen", "claimed"]


def test_a_module_is_claimed_once_by_claims_submitted_at_once(world: World) -> None:
    amira = world.participant()
    claims = drafts(amira, "MTL3", "MTL3", "MTL3")
    assert submit_at_once(amira, *claims) == [303, 422, 422]


def test_a_claim_is_decided_once_and_not_withdrawn_at_the_same_moment(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim = claimed(amira)
    assess(tutor, amira, claim)
    path = page_of(amira, claim)
    own, leads = token(amira, path), token(lead, path)
    asked = {"csrf_token": leads, "action": "decide", "decision": "all"}
    statuses = at_once(
        lambda: post(lead, f"{path}/decision", **asked),
        lambda: post(lead, f"{path}/decision", **asked),
        lambda: post(amira, path, csrf_token=own, action="withdraw"),
    )
    assert statuses == [303, 409, 409]
    assert state_of(amira, claim) in {"approved", "withdrawn"}


def test_a_module_is_not_both_submitted_and_recognised_at_the_same_moment(world: World) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim, item = claimed(amira), added(amira, module="MTL3")
    assess(tutor, amira, claim)
    path = page_of(amira, claim)
    own, leads = token(amira, "evidence/new"), token(lead, path)
    at_once(
        lambda: post(lead, f"{path}/decision", csrf_token=leads, action="decide", decision="all"),
        lambda: post(
            amira, "modules/MTL3/submit", csrf_token=own, items=str(item),
            own_work="yes", pupils_protected="yes", action="submit",
        ),
    )  # fmt: skip
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        query = select(Attempt.module_code).where(Attempt.participant_id == participant_id)
        submitted = set(db.session.scalars(query))
    assert not submitted & recognised_of(amira)


# --- the database itself


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE prior_learning_claim SET award = 'x' WHERE id = :claim",
        "DELETE FROM prior_learning_claim WHERE id = :claim",
        "UPDATE prior_learning_module SET state = 'claimed' WHERE claim_id = :claim",
        "DELETE FROM prior_learning_module WHERE claim_id = :claim",
        "UPDATE prior_learning_judgement SET is_met = (1 = 0) WHERE claim_id = :claim",
        "DELETE FROM prior_learning_judgement WHERE claim_id = :claim",
        "UPDATE impact_record SET outcome = 'x'",
        "DELETE FROM impact_record",
    ],
)
@pytest.mark.each_store
def test_the_database_refuses_to_change_what_was_decided(world: World, statement: str) -> None:
    amira, tutor, lead = world.participant(), world.tutor(), world.lead()
    claim = claimed(amira)
    assess(tutor, amira, claim)
    decide(lead, amira, claim, "all")
    with world.tool.app.app_context():
        asked = {"claim": claim} if ":claim" in statement else {}
        with pytest.raises(DatabaseError, match="is never changed"):
            db.session.execute(text(statement), asked)
        db.session.rollback()


@pytest.mark.each_store
def test_the_database_refuses_a_submitted_claim_whose_credits_count_elsewhere(
    world: World,
) -> None:
    amira = world.participant()
    claim = claimed(amira, button="save", used_elsewhere="yes")
    with world.tool.app.app_context():
        with pytest.raises(DatabaseError):
            db.session.execute(
                update(PriorLearningClaim)
                .where(PriorLearningClaim.id == claim)
                .values(state="submitted", submitted_at=now())
            )
        db.session.rollback()
