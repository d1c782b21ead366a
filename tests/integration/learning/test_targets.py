"""Targets grow from needs and talks, are agreed, live on, and are met by evidence or dropped."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from lti_tool.db import db
from lti_tool.learning import plans
from tests.integration.attacks.hands import at_once, fetch, post, token
from tests.integration.evidence.steps import added
from tests.integration.learning.planning import (
    NEED,
    agreed,
    coached,
    diagnose,
    has_form,
    note_talk,
    on,
    path,
    problems,
    set_target,
    target_ids,
)
from tests.pages import check_page
from tests.world import Person, World, soup, text_of


def only_target(person: Person, amira: Person) -> str:
    """The path of the one open target."""
    (found,) = target_ids(person, amira)
    return path(amira, f"plan/targets/{found}")


def test_a_need_becomes_a_target_with_one_press(world: World) -> None:
    amira, colin = agreed(world)
    page = amira.submit(amira.get(path(amira)), form='form[action$="/targets/grow"]')
    assert "The need is now a target." in check_page(page, 200).get_text(" ")
    assert NEED in text_of(page)
    assert len(target_ids(colin, amira)) == 1
    assert not has_form(amira.get(path(amira)), "/targets/grow")


def test_a_need_that_is_pressed_by_two_at_once_becomes_one_target(world: World) -> None:
    amira, colin = agreed(world)
    line = soup(amira.get(path(amira))).select_one("input[name=line]")
    assert line is not None
    growing = path(amira, "plan/targets/grow")
    calls = [
        (person, {"csrf_token": token(person, path(amira)), "line": str(line["value"])})
        for person in (amira, colin)
    ]
    statuses = at_once(*[lambda p=p, f=f: post(p, growing, **f) for p, f in calls * 2])
    assert statuses == [303] * 4
    assert len(target_ids(amira, amira)) == 1


def test_needs_of_what_is_not_agreed_are_no_targets_yet(world: World) -> None:
    amira, _colin = coached(world)
    diagnose(amira, amira)
    assert not has_form(amira.get(path(amira)), "/targets/grow")


def test_who_set_a_target_and_who_agreed_can_be_read(world: World) -> None:
    amira, colin = coached(world)
    check_page(set_target(colin, amira), 200)
    assert "Waits for you" in text_of(amira.get(path(amira)))
    where = only_target(amira, amira)
    answer = amira.submit(amira.get(where), form='form[action$="/agree"]')
    told = text_of(answer)
    assert "Set by Colin Hughes, coach" in told
    assert "Amira Khan, participant" in told
    assert "By both" in text_of(colin.get(path(amira)))
    assert not has_form(colin.get(where), "/agree")


def test_a_new_wording_is_asked_about_anew(world: World) -> None:
    amira, colin = coached(world)
    set_target(amira, amira)
    where = only_target(amira, amira)
    colin.submit(colin.get(where), form='form[action$="/agree"]')
    page, stale = colin.get(where), amira.get(where)
    check_page(colin.submit(page, {"target": "Try them twice"}, form="#change"), 200)
    assert "Not yet" in text_of(colin.get(path(amira)))
    late = amira.submit(stale, {"target": "Try them once"}, form="#change")
    assert "has changed since you opened it" in problems(late)[0]
    assert "Try them once" in late.text
    amira.submit(amira.get(where), form='form[action$="/agree"]')
    assert "By both" in text_of(amira.get(path(amira)))


def test_a_target_is_met_by_evidence_and_leads_to_it(world: World) -> None:
    amira, colin = coached(world)
    item = added(amira, title="Exit tickets in year 8", strands=["1.2"])
    set_target(amira, amira)
    where = only_target(amira, amira)
    assert problems(amira.submit(amira.get(where), form="#meet")) == [
        "Choose the evidence by which it is met."
    ]
    check_page(amira.submit(amira.get(where), {"items": str(item)}, form="#meet"), 200)
    assert target_ids(amira, amira) == []
    page = amira.visitor.follow(amira.get(where), "Exit tickets in year 8")
    check_page(page, 200)
    hidden = text_of(colin.get(where))
    assert "1 item of evidence not shared with you" in hidden
    assert "Exit tickets in year 8" not in hidden


def test_a_target_is_not_met_by_what_one_may_not_see(world: World) -> None:
    amira, colin = coached(world)
    draft = added(amira, title="My own draft", strands=["1.2"])
    other = added(world.participant("Ben Osei"), title="Of somebody else")
    added(colin, title="What I saw", strands=["1.2"], duty="d")
    set_target(amira, amira)
    where = only_target(colin, amira)
    for item in (draft, other, 2**31 - 1):
        answer = colin.submit(colin.get(where), {"items": str(item)}, form="#meet")
        assert problems(answer) == ["Choose evidence from the list only."]


def test_a_target_is_dropped_with_a_reason_and_stays_to_be_read(world: World) -> None:
    amira, _colin = coached(world)
    set_target(amira, amira)
    where = only_target(amira, amira)
    page = amira.get(where)
    assert problems(amira.submit(page, {"reason": " "}, form="#drop")) == [
        "Say why it is dropped: a sentence is enough."
    ]
    check_page(amira.submit(page, {"reason": "The class is gone."}, form="#drop"), 200)
    assert target_ids(amira, amira) == []
    assert "1 met or dropped" in text_of(amira.page)
    assert "The class is gone." in text_of(amira.get(where))
    again = amira.submit(page, {"reason": "Twice"}, form="#drop")
    assert problems(again) == ["This target is dropped already, so nothing was changed."]


def test_what_is_past_its_day_is_shown_first_and_counted(world: World) -> None:
    amira, _colin = coached(world)
    set_target(amira, amira, "Later", **on("2026-12-31"))
    set_target(amira, amira, "Soon", **on("2026-11-30"))
    participant_id = amira.participant_id()
    page = soup(amira.get(path(amira)))
    assert [row.get_text(strip=True) for row in page.select("[data-target] th")] == [
        "Soon",
        "Later",
    ]
    assert not page.select("[data-state=overdue]")
    with world.tool.app.app_context(), time_machine.travel("2026-12-01T12:00:00Z"):
        assert plans.overdue_targets([participant_id]) == {participant_id: 1}
        db.session.rollback()


def test_an_overdue_target_says_so_in_words(world: World) -> None:
    amira, _colin = coached(world)
    set_target(amira, amira, **on("2026-01-31"))
    found = check_page(amira.get(path(amira)), 200).select_one("[data-state=overdue]")
    assert found is not None
    assert found.get_text(strip=True) == "Overdue"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"target": ""}, "Say what will be done."),
        ({"strand": "9.9"}, "Choose the strand that the target is for."),
        (on("2026-02-30"), "Give a real date, such as 12 11 2026."),
        (on("2126-02-20"), "The date must be within ten years."),
        ({"target": "x" * 2_001}, "Use 2,000 characters or fewer here."),
    ],
)
def test_a_wrong_target_is_shown_again(world: World, values: dict[str, str], told: str) -> None:
    amira, _colin = coached(world)
    answer = set_target(amira, amira, **{"evidence": "Two lesson plans", **values})  # type: ignore[arg-type]  # a text is passed by name too
    assert problems(answer) == [told]
    assert "Two lesson plans" in answer.text
    assert target_ids(amira, amira) == []


def test_an_agreed_action_becomes_a_target(world: World) -> None:
    amira, colin = coached(world)
    note_talk(colin, amira, actions="Watch Nora teach\nRead chapter 3\n")
    page = amira.get(path(amira, "dialogue"))
    form = amira.visitor.follow(page, "Make it a target: Read chapter 3")
    answer = amira.submit(form, {"strand": "3.1"}, button=("action", "save"), form="#form")
    check_page(answer, 200)
    assert "from a talk" in text_of(amira.get(only_target(amira, amira)))


def test_a_lead_reads_targets_and_strangers_do_not(world: World) -> None:
    amira, _colin = coached(world)
    ben, nora, lead = world.participant("Ben Osei"), world.coach("Nora Blake"), world.lead()
    set_target(amira, amira)
    where = only_target(lead, amira)
    page = lead.get(where)
    check_page(page, 200)
    assert soup(page).select_one("#meet, #change, #drop") is None
    fields = {"csrf_token": token(lead, "roster"), "reason": "No", "revision": "1"}
    assert post(lead, f"{where}/drop", **fields).status_code == 403
    own = path(ben, where.rpartition("/plan/")[0] and "plan/targets/" + where.rpartition("/")[2])
    assert fetch(ben, own).status_code == 404
    for stranger in (ben, nora):
        assert fetch(stranger, where).status_code == 404


@pytest.mark.parametrize(
    "change",
    ["UPDATE target SET reason = 'x' WHERE state = 'dropped'", "DELETE FROM target"],
)
@pytest.mark.each_store
def test_the_database_keeps_a_target_that_is_closed(world: World, change: str) -> None:
    amira, _colin = coached(world)
    set_target(amira, amira)
    amira.submit(amira.get(only_target(amira, amira)), {"reason": "Gone"}, form="#drop")
    with world.tool.app.app_context():
        with pytest.raises(DatabaseError, match="is never changed"):
            db.session.execute(text(change))
        db.session.rollback()
