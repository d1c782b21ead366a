"""Two people mark blind, and come to one mark: page by page, and at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from requests import Response
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.evidence.models import Attempt
from lti_tool.grades import chain, release
from lti_tool.grades.chain_models import Agreement, MarkerAllocation
from lti_tool.grades.models import Grade
from lti_tool.identity import Role
from tests.integration.attacks.hands import post, token
from tests.integration.grades.blind import FORM, BlindPair, blind_pair, double_blind
from tests.integration.grades.factories import hand_in
from tests.world import Person, World, soup, text_of

on_sqlite = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
SECRET = "Wanders from the question"


def test_two_markers_disagree_discuss_and_agree_and_the_mark_is_released(world: World) -> None:
    pair, lead = blind_pair(world), world.lead()
    pair.press(pair.tessa, 58, SECRET)
    pair.press(pair.norman, 66, "A sound enquiry")
    page = pair.tessa.get(f"marking/{pair.attempt_id}/agree")
    shown = text_of(page)
    for told in ("8 apart", "the line at 60", SECRET, "A sound enquiry", "Norman Lee", "58", "66"):
        assert told in shown, told
    offered = pair.agree(pair.tessa, "propose", mark="63", rationale="Weight on the method.")
    assert offered.status_code == 200
    assert soup(offered).select_one("[value=accept]") is None  # nobody accepts their own offer
    page = pair.norman.get(f"marking/{pair.attempt_id}/agree")
    pair.agree(pair.tessa, "propose", mark="64", rationale="Weight on the method.")
    stale = pair.norman.submit(page, button=("action", "accept"), form="form:has([value=accept])")
    assert stale.status_code == 422
    assert "newer proposal" in text_of(stale)
    assert "have not agreed" in (pair.ask(chain.why_not_settled) or "")
    accepted = pair.agree(pair.norman, "accept")
    assert "Agreed in a discussion: 64 out of 100" in text_of(accepted)
    outcome = pair.ask(chain.outcome_of)
    assert (outcome.mark, outcome.feedback) == (64, f"{SECRET}\n\nA sound enquiry")
    assert [(each.role, each.mark) for each in pair.ask(chain.trail)] == [
        ("first", 58),
        ("second", 66),
        ("agreed", 64),
    ]
    released = release_as(lead, pair)
    assert (released.mark, released.status) == (64, "provisional")


def test_a_second_marker_learns_nothing_before_both_are_final(world: World) -> None:
    pair = blind_pair(world)
    pair.press(pair.tessa, 37, SECRET)
    pair.press(pair.norman, 66, "Begun", "save")
    things = ("Tessa Grant", SECRET, ">37<", "37 out of", 'value="37"')
    paths = [
        "marking", f"marking/{pair.attempt_id}", f"marking/{pair.attempt_id}/agree",
        f"marking/{pair.attempt_id}/markers", "release", "deliveries",
        f"participants/{pair.amira.participant_id()}/history",
    ]  # fmt: skip
    for path in paths:
        page = pair.norman.get(path)
        assert page.status_code < 500, path
        found = [thing for thing in things if thing in page.text]
        assert not found, (path, found)
        if "history" not in path:
            assert "Amira Khan" not in page.text, path
    assert "Candidate C" in text_of(pair.norman.get(f"marking/{pair.attempt_id}"))
    link = soup(pair.norman.page).select_one("article a[href*='/files/']")
    file = pair.norman.visitor.get(world.tool.url + str(link["href"]))
    assert file.status_code == 200
    assert "Amira" not in file.headers["Content-Disposition"]
    own = pair.tessa.visitor.get(world.tool.url + str(link["href"]))
    assert "Amira Khan diary" in own.headers["Content-Disposition"]
    assert "2nd marker" in text_of(pair.norman.get("marking"))
    assert pair.ask(chain.trail) == []
    tessas = pair.tessa.get(f"participants/{pair.amira.participant_id()}/history")
    assert "made a mark final" in text_of(tessas)  # what the other is not told
    assert "Norman Lee" not in pair.tessa.get("marking").text
    pair.press(pair.norman, 66, "A sound enquiry")
    late = pair.norman.get(f"participants/{pair.amira.participant_id()}/history")
    assert "Tessa Grant" in text_of(late)


@pytest.mark.each_store
def test_two_who_make_their_marks_final_at_once_are_settled_once(world: World) -> None:
    pair = blind_pair(world)
    pair.press(pair.tessa, 60, "One", "save")
    pair.press(pair.norman, 65, "Two", "save")
    at_once(
        world,
        lambda: pair.final(pair.tessa, 62, "One"),
        lambda: pair.final(pair.norman, 65, "Two"),
    )
    outcome = pair.ask(chain.outcome_of)
    assert (outcome.mark, outcome.feedback) == (64, "One\n\nTwo")  # 63.5, rounded half up
    assert pair.ask(lambda attempt: count(Agreement, attempt)) == 1
    change = update(Agreement).where(Agreement.attempt_id == pair.attempt_id).values(mark=99)
    with world.tool.app.app_context(), pytest.raises(IntegrityError, match="never changed"):
        db.session.execute(change)


@pytest.mark.each_store
def test_of_two_who_would_be_second_at_once_one_is(world: World) -> None:
    pair, third = blind_pair(world), world.tutor("Olive Marsh")
    pair.final(pair.tessa, 62, "One")
    failed = at_once(
        world,
        lambda: pair.final(pair.norman, 40, "Two"),
        lambda: pair.final(third, 41, "Three"),
    )
    assert len(failed) == 1
    assert isinstance(failed[0], DomainError)
    assert pair.ask(lambda attempt: count(MarkerAllocation, attempt)) == 2
    assert pair.state() == "disagreed"


@on_sqlite
def test_a_third_marker_decides_with_a_reason(world: World) -> None:
    pair, lead = blind_pair(world), world.lead()
    olive = world.tutor("Olive Marsh")
    pair.final(pair.tessa, 48, SECRET)
    assert give(lead, pair, third=olive).status_code == 422  # not before both are done
    pair.final(pair.norman, 62, "A sound enquiry")
    assert "twice" in text_of(give(lead, pair, third=pair.norman))
    assert give(lead, pair, third=olive).status_code == 303
    discussing = pair.norman.get(f"marking/{pair.attempt_id}/agree")
    assert soup(discussing).select_one("[value=propose]") is None
    page = olive.get(f"marking/{pair.attempt_id}")
    assert "Candidate C" in text_of(page)
    assert "third marker" in text_of(page)
    pair.press(olive, 55, "Between the two")
    assert pair.state() == "third_marked"
    refused = pair.agree(olive, "decide", rationale=" ")
    assert refused.status_code == 422
    assert pair.agree(olive, "decide", rationale="The method carries it.").status_code == 200
    assert pair.ask(chain.outcome_of).mark == 55
    assert [each.method for each in pair.ask(chain.trail)][-1] == "third_marker"


@on_sqlite
def test_marks_that_both_know_stay_and_a_correction_is_agreed_anew(world: World) -> None:
    pair, lead = blind_pair(world), world.lead()
    pair.final(pair.tessa, 62, "One")
    early = pair.tessa.get(f"marking/{pair.attempt_id}")
    pair.final(pair.norman, 64, "Two")
    form = "form:has([value=correct])"
    refused = pair.tessa.submit(early, button=("action", "correct"), form=form)
    assert refused.status_code == 422
    assert "Take up what was agreed" in text_of(refused)
    assert release_as(lead, pair).mark == 63
    pair.agree(pair.norman, "take_up", reason="An appendix was overlooked.")
    assert pair.state() == "disagreed"
    assert pair.ask(chain.outcome_of) is None
    pair.agree(pair.norman, "propose", mark="66", rationale="With the appendix.")
    pair.agree(pair.tessa, "accept")
    assert release_as(lead, pair, "An appendix was overlooked.").mark == 66
    agreed = [each for each in pair.ask(chain.trail) if each.role == "agreed"]
    assert [(each.mark, each.method) for each in agreed] == [(63, "rule"), (66, "discussion")]


@on_sqlite
def test_the_lead_gives_the_work_to_those_who_have_no_part_in_it(world: World) -> None:
    pair, lead = blind_pair(world), world.lead()
    world.allocate(pair.norman, to=pair.amira)  # as her coach
    refused = give(lead, pair, second=pair.norman)
    assert refused.status_code == 422
    assert "has a part in this work" in text_of(refused)
    olive = world.tutor("Olive Marsh")
    assert give(lead, pair, first=olive, second=pair.tessa).status_code == 303
    assert "Candidate C" in text_of(pair.tessa.get(f"marking/{pair.attempt_id}"))
    assert pair.tessa.get(f"marking/{pair.attempt_id}/markers").status_code == 403
    nobody = world.tutor("Paul Reed").get(f"marking/{pair.attempt_id}")
    assert "This work has its two markers." in text_of(nobody)
    assert soup(nobody).select_one(FORM) is None
    pair.press(pair.tessa, 50, "Mine", "save")
    assert "has begun" in text_of(give(lead, pair, first=pair.tessa))


@on_sqlite
def test_a_tutor_of_the_participant_is_no_second_marker(world: World) -> None:
    pair, lead, olive = blind_pair(world), world.lead(), world.tutor("Olive Marsh")
    world.allocate(olive, to=pair.amira, kind="tutor")
    refused = text_of(give(lead, pair, first=pair.tessa, second=olive))
    assert "Olive Marsh is this participant’s tutor and knows whose work it is" in refused
    assert give(lead, pair, first=pair.tessa).status_code == 303
    page = olive.get(f"marking/{pair.attempt_id}")  # and takes no free part by herself
    assert "know whose work it is" in text_of(page)
    assert soup(page).select_one(FORM) is None
    assert give(lead, pair, second=pair.norman).status_code == 303
    assert "data-knows-the-work" not in lead.get(f"marking/{pair.attempt_id}/markers").text
    world.allocate(pair.norman, to=pair.amira, kind="tutor")
    assert "Norman Lee has become" in text_of(lead.get(f"marking/{pair.attempt_id}/markers"))
    assert soup(pair.norman.get(f"marking/{pair.attempt_id}")).select_one(
        FORM
    )  # a part given stays


def test_a_marker_who_fell_ill_is_replaced_and_the_new_one_begins_anew(world: World) -> None:
    pair, lead, olive = blind_pair(world), world.lead(), world.tutor("Olive Marsh")
    path = f"marking/{pair.attempt_id}/markers"
    pair.press(pair.tessa, 37, SECRET, "save")
    old = pair.tessa.get(f"marking/{pair.attempt_id}")
    pair.press(pair.norman, 64, "A sound enquiry")
    assert "Say why" in text_of(give(lead, pair, first=olive))
    with world.tool.app.app_context():
        chosen = {"first": str(olive.user().id), "reason": "Ill since Monday."}
    told = text_of(lead.submit(lead.get(path), chosen))
    assert "Tessa Grant, until" in told
    assert "Ill since Monday." in told
    assert SECRET not in lead.page.text  # a lead may yet be asked to mark
    for path_of_olive in (f"marking/{pair.attempt_id}", "marking"):
        page = olive.get(path_of_olive).text
        assert not [each for each in (SECRET, "Tessa Grant", "Ill since", ">37<") if each in page]
    late = pair.tessa.submit(old, {"mark": "90"}, button=("action", "final"), form=FORM)
    assert "in your place" in text_of(late)
    assert soup(pair.tessa.get(f"marking/{pair.attempt_id}")).select_one(FORM) is None
    history = f"participants/{pair.amira.participant_id()}/history"
    assert "Tessa Grant" not in pair.norman.get(history).text
    pair.press(olive, 62, "Clear")
    outcome = pair.ask(chain.outcome_of)
    assert (outcome.mark, outcome.feedback) == (63, "Clear\n\nA sound enquiry")
    assert SECRET not in str(pair.ask(chain.trail))
    assert SECRET in lead.get(path).text  # kept, and readable once nobody can be swayed
    assert "is final" in text_of(give(lead, pair, first=pair.tessa))


@on_sqlite
def test_the_lead_gives_out_a_module_and_is_told_what_could_not_be(world: World) -> None:
    pair, lead = blind_pair(world), world.lead()
    ben = world.participant("Ben Osei", opens="MTL1")
    other = hand_in(ben, module=double_blind(world))
    world.allocate(pair.norman, to=ben)  # as his coach
    page = lead.get(f"marking/give-out?module={double_blind(world)}")
    with world.tool.app.app_context():
        chosen = {"first": str(pair.tessa.user().id), "second": str(pair.norman.user().id)}
    nothing = lead.submit(page, chosen)
    assert nothing.status_code == 422
    both = {**chosen, "attempt": [str(pair.attempt_id), str(other)]}
    told = text_of(lead.submit(page, both))
    assert "Ben Osei: Norman Lee has a part in this work" in told
    assert "1 given out." in told
    assert "1st marker: Tessa Grant. 2nd marker: Norman Lee." in told
    assert "1st marker: nobody. 2nd marker: nobody." in told  # of a refused one nothing is kept
    assert "2nd marker" in text_of(pair.norman.get("marking"))


def give(lead: Person, pair: BlindPair, **markers: Person) -> Response:
    """Choose markers, also where the page offers no choice."""
    path = f"marking/{pair.attempt_id}/markers"
    csrf = token(lead, path)
    with lead.world.tool.app.app_context():
        values = {role: str(person.user().id) for role, person in markers.items()}
    return post(lead, path, csrf_token=csrf, **values)


def release_as(lead: Person, pair: BlindPair, reason: str = "") -> Grade:
    with lead.world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, pair.attempt_id)
        grade = release.release(lead.viewer(Role.LEAD), attempt, reason=reason)
        db.session.commit()
        db.session.refresh(grade)
        db.session.expunge(grade)
        return grade


def count(model: type[Agreement] | type[MarkerAllocation], attempt: Attempt) -> int:
    rows = select(func.count()).select_from(model).where(model.attempt_id == attempt.id)
    return db.session.scalar(rows) or 0


def at_once(world: World, *deeds: Callable[[], None]) -> list[Exception]:
    """Do these at the same moment; what went wrong."""
    failed: list[Exception] = []
    barrier = threading.Barrier(len(deeds), timeout=20)

    def run(deed: Callable[[], None]) -> None:
        barrier.wait()
        try:
            deed()
        except Exception as error:  # told to the test
            failed.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return failed
