"""A participant reads what is final and what is not, and shows a mark to whom they choose."""

from __future__ import annotations

import pytest

from lti_tool.board import deciding
from tests.integration.board.conftest import BoardRoom
from tests.integration.people.test_head_teachers import (
    a_school,
    school_page,
    signed_in_head,
    teaches_at,
)
from tests.pages import check_page
from tests.world import Person, soup, text_of

ON_SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def results_of(reader: Person, participant_id: int) -> str:
    page = reader.get(f"participants/{participant_id}/results")
    check_page(page)
    return text_of(page)


def switch(person: Person, audience: str) -> None:
    """Press the one button about this audience."""
    page = person.get(f"participants/{person.participant_id()}/results")
    answer = person.submit(page, form=f"form[data-audience={audience}]")
    assert answer.status_code == 200


@ON_SQLITE
def test_every_number_says_how_firm_it_is_and_where_it_came_from(room: BoardRoom) -> None:
    nia = room.participant("Nia N")
    first, second = room.graded(nia, 45, "MTL1"), room.graded(nia, 58, "MTL2")
    participant_id = nia.participant_id()
    before = results_of(nia, participant_id)
    assert "45 out of 100: Fail (marginal) Provisional" in before
    assert "Credit is entered when the board has confirmed a pass." in before
    board_id = room.sitting("chairs_action", ((nia, "MTL1"), (nia, "MTL2")))
    change = {"saying": deciding.Saying.CHANGE, "mark": 52, "rationale": "A page was overlooked."}
    room.say(board_id, first, **change)
    room.say(
        board_id, second, saying=deciding.Saying.DEFER, rationale="A question about the annex."
    )
    assert results_of(nia, participant_id) == before, "What is not in force is told to nobody"
    room.lock(board_id)
    after = results_of(nia, participant_id)
    assert "52 out of 100: Pass Final" in after
    assert "The board changed the mark from 45 to 52." in after
    assert "Why the board changed it: A page was overlooked." in after
    assert "58 out of 100: Pass Provisional" in after
    assert "Together of 180 30" in after
    assert "as a whole mark 52. At the end this would be: Pass" in after
    assert "52 out of 100: Pass Final" in results_of(room.lena, participant_id)


@ON_SQLITE
def test_a_mark_is_seen_at_school_only_while_it_is_shown(room: BoardRoom) -> None:
    oda, colin = room.participant("Oda O"), room.world.coach()
    room.world.allocate(colin, to=oda)
    attempt_id = room.graded(oda, 64)
    participant_id = oda.participant_id()
    assert "64" not in results_of(colin, participant_id)
    switch(oda, "head")
    assert "64" not in results_of(colin, participant_id), "Shown to the head is not to the coach"
    switch(oda, "coach")
    shown = results_of(colin, participant_id)
    assert "64 out of 100" in shown
    assert "A clear account." not in shown, "The feedback stays with the participant"
    board_id = room.sitting("chairs_action", ((oda, "MTL1"),))
    room.say(board_id, attempt_id, saying=deciding.Saying.CHANGE, mark=61, rationale="Added up.")
    room.lock(board_id)
    hidden = results_of(colin, participant_id)
    assert "64" not in hidden
    assert "61" not in hidden, "A mark that took the place of it is shown only when they say so"
    switch(oda, "coach")
    assert "61 out of 100" in results_of(colin, participant_id)
    switch(oda, "coach")
    assert "61" not in results_of(colin, participant_id)


@ON_SQLITE
def test_nobody_shows_the_mark_of_another(room: BoardRoom) -> None:
    pia, quinn = room.participant("Pia P"), room.participant("Quinn Q")
    room.graded(pia, 64)
    room.graded(quinn, 71)
    theirs = soup(pia.get(f"participants/{pia.participant_id()}/results"))
    grade_id = str(theirs.select_one("input[name=grade]")["value"])
    page = quinn.get(f"participants/{quinn.participant_id()}/results")
    values = {"grade": grade_id, "audience": "coach", "shown": "yes"}
    answer = quinn.submit(page, values, form="form[data-audience=coach]")
    assert answer.status_code == 404
    assert quinn.get(f"participants/{pia.participant_id()}/results").status_code == 404


@ON_SQLITE
def test_a_head_teacher_sees_a_mark_only_while_it_is_shown(room: BoardRoom) -> None:
    rosa = room.participant("Rosa R")
    school_id = a_school(room.lena, "Elm Street")
    teaches_at(room.lena, school_id, rosa)
    room.graded(rosa, 64)
    head = signed_in_head(room.lena, school_id)
    address = school_page(head).replace("/school", "/marks")
    assert "Nobody shows you a mark" in text_of(head.browser.get(address))
    switch(rosa, "coach")
    assert "64 out of 100" not in text_of(head.browser.get(address))
    switch(rosa, "head")
    page = head.browser.get(address)
    check_page(page)
    assert "64 out of 100, provisional" in text_of(page)
    switch(rosa, "head")
    assert "64 out of 100" not in text_of(head.browser.get(address))
