"""Talks are noted by one and confirmed by the others; a mistake is corrected by a new entry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DatabaseError

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.learning import plans
from tests.integration.attacks.hands import at_once, fetch, post, token
from tests.integration.learning.planning import (
    coached,
    confirm,
    diagnose,
    entries,
    has_form,
    note_talk,
    path,
    problems,
    set_target,
)
from tests.pages import check_page
from tests.world import Person, World, soup, text_of


def duty(person: Person, amira: Person, letter: str) -> str:
    """What the table says of a duty."""
    page = check_page(person.get(path(amira, "dialogue")), 200)
    row = page.select_one(f'[data-duty="{letter}"]')
    assert row is not None
    return " ".join(cell.get_text(" ", strip=True) for cell in row.select("td"))


def last(world: World, amira: Person) -> object:
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        return plans.last_dialogue([participant_id]).get(participant_id)


def user_id(person: Person) -> str:
    with person.world.tool.app.app_context():
        return str(person.user().id)


@pytest.mark.parametrize("writer", ["participant", "coach", "tutor"])
def test_each_of_them_may_note_a_talk_and_another_confirms_it(world: World, writer: str) -> None:
    amira, colin = coached(world)
    tessa = world.tutor()
    world.allocate(tessa, to=amira, kind="tutor")
    one = {"participant": amira, "coach": colin, "tutor": tessa}[writer]
    other = colin if writer == "participant" else amira
    people = [user_id(colin)] if writer == "participant" else None
    check_page(note_talk(one, amira, people=people), 200)
    assert entries(one, amira) == ["waiting"]
    assert not has_form(one.page, "/confirm"), "writing it down is no confirmation by another"
    assert duty(one, amira, "d") == "None yet 0"
    assert last(world, amira) is None
    check_page(confirm(other, amira), 200)
    assert entries(one, amira) == ["confirmed"]
    assert duty(one, amira, "d") == "1 1"
    assert last(world, amira) == today()


def test_all_who_are_named_are_asked(world: World) -> None:
    amira, colin = coached(world)
    tessa = world.tutor()
    world.allocate(tessa, to=amira, kind="tutor")
    note_talk(colin, amira, people=[user_id(tessa)])
    confirm(amira, amira)
    assert entries(colin, amira) == ["waiting"]
    assert "by Tessa Grant" in text_of(colin.page)
    confirm(tessa, amira)
    assert entries(colin, amira) == ["confirmed"]


def test_a_correction_takes_the_place_of_an_entry_that_stays_as_it_was(world: World) -> None:
    amira, colin = coached(world)
    note_talk(colin, amira, minutes="30")
    confirm(amira, amira)
    page = amira.get(path(amira, "dialogue"))
    link = soup(page).select_one('a[href*="corrects="]')
    assert link is not None
    form = amira.visitor.get(world.tool.url + str(link["href"]))
    answer = amira.submit(form, {"minutes": "45"}, button=("action", "save"), form="#form")
    check_page(answer, 200)
    assert entries(colin, amira) == ["waiting"]
    assert last(world, amira) is None, "what was corrected counts no more"
    confirm(colin, amira)
    assert "45 minutes" in text_of(amira.get(path(amira, "dialogue")))
    earlier = amira.visitor.follow(amira.page, "an earlier entry")
    told = check_page(earlier, 200)
    assert "30 minutes" in told.get_text(" ")
    assert told.select_one("[data-dialogue=corrected]")
    again = amira.submit(form, {"minutes": "50"}, button=("action", "save"), form="#form")
    assert "corrected already" in problems(again)[0]


def test_what_was_corrected_cannot_be_confirmed_any_more(world: World) -> None:
    amira, colin = coached(world)
    note_talk(colin, amira)
    page = amira.get(path(amira, "dialogue"))
    link = soup(colin.get(path(amira, "dialogue"))).select_one('a[href*="corrects="]')
    assert link is not None
    form = colin.visitor.get(world.tool.url + str(link["href"]))
    colin.submit(form, {"minutes": "45"}, button=("action", "save"), form="#form")
    late = amira.submit(page, form='form[action$="/confirm"]')
    assert "has been corrected since" in check_page(late, 409).get_text()


def test_confirming_many_times_at_once_confirms_once(world: World) -> None:
    amira, colin = coached(world)
    note_talk(colin, amira)
    where = soup(amira.get(path(amira, "dialogue"))).select_one('form[action$="/confirm"]')
    assert where is not None
    address = str(where["action"]).partition(f"/courses/{amira.course_id}/")[2]
    fields = {"csrf_token": token(amira, path(amira, "dialogue"))}
    assert at_once(*[lambda: post(amira, address, **fields)] * 4) == [303] * 4
    assert entries(amira, amira) == ["confirmed"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"summary": " "}, "Say in a sentence what you talked about."),
        ({"minutes": "half an hour"}, "Give the length in whole minutes, such as 30."),
        ({"minutes": "0"}, "Give the length in minutes, from 1 to 1440."),
        ({"duties": "z"}, "Choose duties from the list."),
        ({"held_on-year": "2999"}, "Note a talk once it has taken place."),
        ({"held_on-month": "13"}, "Give a real date, such as 12 11 2026."),
        ({"held_on-year": "1999"}, "The date must be later than 1999."),
        ({"people": []}, "Choose who you talked with."),
        ({"people": ["2147483647"]}, "Choose people who were coach or tutor on that day."),
    ],
)
def test_a_wrong_entry_is_shown_again(world: World, values: dict[str, str], told: str) -> None:
    amira, _colin = coached(world)
    answer = note_talk(amira, amira, actions="Read chapter 3", **values)
    assert problems(answer) == [told]
    assert "Read chapter 3" in answer.text
    assert entries(amira, amira) == []


def test_nobody_is_named_for_a_day_on_which_they_were_not_there(world: World) -> None:
    amira, colin = coached(world)
    before = today() - timedelta(days=1)
    parts = {f"held_on-{part}": str(getattr(before, part)) for part in ("day", "month", "year")}
    assert problems(note_talk(colin, amira, **parts)) == ["You were not the coach on that day."]
    assert problems(note_talk(amira, amira, people=[user_id(colin)], **parts)) == [
        "Choose people who were coach or tutor on that day."
    ]


def test_an_entry_stays_with_the_coach_who_was_there(world: World) -> None:
    amira, colin = coached(world)
    note_talk(colin, amira)
    nora = world.coach("Nora Blake")
    world.allocate(nora, to=amira)
    assert "Colin Hughes (coach)" in text_of(nora.get(path(amira, "dialogue")))
    assert not has_form(nora.page, "/confirm")
    assert colin.get(path(amira, "dialogue")).status_code == 404


def test_only_those_named_confirm_and_correct(world: World) -> None:
    amira, colin = coached(world)
    tessa, ben = world.tutor(), world.participant("Ben Osei")
    note_talk(colin, amira)
    entry = soup(amira.get(path(amira, "dialogue"))).select_one("[data-dialogue]")
    assert entry is not None
    number = str(entry["id"]).removeprefix("entry-")
    confirming = path(amira, f"dialogue/{number}/confirm")
    for person, page, status in ((tessa, "roster", 403), (ben, "evidence/new", 404)):
        assert post(person, confirming, csrf_token=token(person, page)).status_code == status
    form = tessa.get(path(amira, f"dialogue/new?corrects={number}"))
    answer = tessa.submit(form, button=("action", "save"), form="#form")
    check_page(answer, 403)
    for page in ("dialogue", f"dialogue/{number}", "dialogue/new"):
        assert fetch(ben, path(amira, page)).status_code == 404
    assert fetch(ben, path(ben, f"dialogue/{number}")).status_code == 404
    assert fetch(world.lead(), path(amira, "dialogue/new")).status_code == 403


@pytest.mark.parametrize(
    "table", ["dialogue", "dialogue_person", "dialogue_duty", "dialogue_action"]
)
@pytest.mark.each_store
def test_the_database_refuses_to_change_an_entry(world: World, table: str) -> None:
    amira, colin = coached(world)
    note_talk(colin, amira, actions="Read chapter 3")
    for change in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with world.tool.app.app_context():
            with pytest.raises(DatabaseError, match="is never changed"):
                db.session.execute(text(change))
            db.session.rollback()


def test_what_waits_for_whom_costs_the_same_queries_for_one_and_for_many(world: World) -> None:
    amira, colin = coached(world)
    ben = world.participant("Ben Osei")
    world.allocate(colin, to=ben)
    for person in (amira, ben):
        diagnose(person, person)
        set_target(person, person)
        note_talk(person, person, people=[user_id(colin)])
    ids = [amira.participant_id(), ben.participant_id()]
    counts = []
    for asked in (ids[:1], ids):
        asked_for: list[str] = []
        with world.tool.app.app_context():
            viewer = colin.viewer(Role.COACH)

            def note(*said: Any, seen: list[str] = asked_for) -> None:
                seen.append(said[2])

            event.listen(db.engine, "before_cursor_execute", note)
            found = plans.waiting_for(viewer, asked)
            event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(asked_for))
        assert found == dict.fromkeys(asked, plans.Waiting(diagnosis=True, targets=1, dialogues=1))
    assert counts[0] == counts[1]
