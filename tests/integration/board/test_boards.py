"""A board confirms, changes, defers; with its minutes marks are final, and stay so."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from lti_tool.board import boards, deciding
from lti_tool.board.board_models import CreditEntry, ResultDecision
from lti_tool.db import db
from lti_tool.errors import Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import holds, release
from lti_tool.grades.models import Delivery, Grade
from lti_tool.people.models import Participant
from tests.integration.board.conftest import BoardRoom
from tests.integration.cohort.story import add_evidence
from tests.integration.grades.factories import hand_in, release_mark
from tests.pages import check_page
from tests.world import Person, soup, text_of

ON_SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def path(page_url: str) -> str:
    return page_url.split("/courses/", 1)[1].split("/", 1)[1]


def ledger(room: BoardRoom, person: Person) -> list[tuple[str, str, int]]:
    with room.world.tool.app.app_context():
        mine = CreditEntry.participant_id == person.participant_id()
        rows = db.session.scalars(select(CreditEntry).where(mine).order_by(CreditEntry.id))
        return [(row.module_code, row.kind, row.credits) for row in rows]


def test_from_the_papers_to_final_marks_in_the_gradebook(room: BoardRoom) -> None:
    amira, ben, cara = (room.participant(name) for name in ("Amira A", "Ben B", "Cara C"))
    first, second, third = (
        room.graded(person, mark) for person, mark in ((amira, 64), (ben, 45), (cara, 58))
    )
    page = room.lena.get("boards")
    values = {"kind": "meeting", "title": "Summer board", "quorum": "2"}
    values |= {"held_on-day": "1", "held_on-month": "7", "held_on-year": "2026"}
    assert page.text.count('value="2"') == 1  # as the programme has it
    low = room.post(page, "#form", {**values, "quorum": "1"})
    assert "The programme asks for 2, with the chair." in check_page(low, 422).get_text()
    page = room.post(page, "#form", values)
    page = room.post(page, "form[action$=papers]")
    check_page(page)
    assert "Amira" not in page.text, "A board speaks of candidate numbers"
    board = path(page.url)

    short = {"chair": str(_id(room, room.chair)), "examiner": "present"}
    refused = room.post(room.lena.get(board), "#sitting", short)
    assert refused.status_code == 422
    assert "The quorum is 2, and 1 is present with the chair." in text_of(refused)
    page = room.post(refused, "#sitting", {**short, "others": "Edna Outside"})
    assert "Charles Chair in the chair" in text_of(page)
    assert "Edna Outside" in text_of(page)

    page = room.lena.get(f"{board}/results/{second}")
    check_page(page)
    assert "The markers judged the work at 45." in text_of(page)
    change = {"decision": "change", "mark": "52", "rationale": "A page was overlooked."}
    check_page(room.post(page, "#form", change))
    deferral = {"decision": "defer", "rationale": "A question is open."}
    room.post(room.lena.get(f"{board}/results/{third}"), "#form", deferral)
    room.post(room.lena.get(board), "form[action$=rest]")
    assert room.newest(first) == (64, "provisional", 1), "Nothing is in force before the lock"
    page = room.post(room.lena.get(board), "#minutes-form", {"minutes": "All agreed."})
    assert "Minutes locked" in text_of(page)

    assert room.newest(first) == (64, "ratified", 2)
    assert room.newest(second) == (52, "ratified", 2)
    assert room.newest(third) == (58, "provisional", 1)
    assert ledger(room, amira) == [("MTL1", "earned", 30)]
    assert ledger(room, ben) == [("MTL1", "earned", 30)]
    assert ledger(room, cara) == []
    room.world.deliver()
    with room.world.tool.app.app_context():
        delivery = db.session.scalars(
            select(Delivery).join(Grade).where(Grade.attempt_id == second, Grade.revision == 2)
        ).one()
        assert delivery.state == "confirmed"
        assert delivery.comment.endswith("Final: confirmed by the board.")
        grade = db.session.get_one(Grade, delivery.grade_id)
        assert [step["mark"] for step in grade.steps] == [45, 52]
    columns = room.world.vle.site.columns_of(room.world.vle.site.courses[room.world.course.id])
    cells = {one.id: columns[0].cells[one.id].score for one in (amira.visitor.person,
                                                               ben.visitor.person)}  # fmt: skip
    assert list(cells.values()) == [64, 52]


def _id(room: BoardRoom, person: Person) -> int:
    with room.world.tool.app.app_context():
        return person.user().id


def test_what_is_locked_changes_by_nothing_but_a_later_decision(room: BoardRoom) -> None:
    dora = room.participant("Dora D")
    attempt_id = room.graded(dora, 64, "MTL2")
    board_id = room.sitting("chairs_action", ((dora, "MTL2"),))
    room.say(board_id, attempt_id)
    room.lock(board_id)
    with room.world.tool.app.app_context():
        viewer, attempt = room.viewer(), db.session.get_one(Attempt, attempt_id)
        with pytest.raises(Refused):
            deciding.decide(
                viewer, board_id, attempt_id, deciding.Said(deciding.Saying.RATIFY, number=1)
            )
        db.session.rollback()
        with pytest.raises(Refused):
            release.release(viewer, attempt)
        db.session.rollback()
        for statement in (
            f"UPDATE board SET minutes = 'Other' WHERE id = {board_id}",
            f"DELETE FROM board WHERE id = {board_id}",
            f"UPDATE result_decision SET mark = 99 WHERE board_id = {board_id}",
            f"DELETE FROM credit_entry WHERE participant_id = {attempt.participant_id}",
            f"UPDATE credit_entry SET credits = 60 WHERE participant_id = {attempt.participant_id}",
            "INSERT INTO result_decision (board_id, attempt_id, participant_id, number, decision, "
            "grade_id, old_mark, mark, rationale, decided_by_id, decided_at) SELECT board_id, "
            "attempt_id, participant_id, number + 1, decision, grade_id, old_mark, mark, "
            "rationale, decided_by_id, decided_at FROM result_decision "
            f"WHERE board_id = {board_id}",
            "INSERT INTO grade (provider_id, attempt_id, revision, judged, mark, steps, feedback, "
            "criteria, status, released_by_id, released_at) SELECT provider_id, attempt_id, 9, "
            "judged, mark, steps, feedback, criteria, 'provisional', released_by_id, released_at "
            f"FROM grade WHERE attempt_id = {attempt_id} AND revision = 1",
        ):
            with pytest.raises(DBAPIError):
                db.session.execute(text(statement))
            db.session.rollback()
    later = room.sitting("chairs_action", ((dora, "MTL2"),))
    room.say(later, attempt_id, saying=deciding.Saying.CHANGE, mark=45, rationale="Copied marks.")
    room.lock(later)
    assert room.newest(attempt_id) == (45, "ratified", 3)
    assert ledger(room, dora) == [("MTL2", "earned", 30), ("MTL2", "reversed", -30)]
    with room.world.tool.app.app_context():
        rows = db.session.scalars(
            select(ResultDecision)
            .where(ResultDecision.attempt_id == attempt_id)
            .order_by(ResultDecision.id)
        )
        assert [(row.old_mark, row.mark) for row in rows] == [(64, 64), (64, 45)]
    meeting = room.sitting()
    with room.world.tool.app.app_context():
        told = boards.unreported_actions(boards.get_board(room.viewer(), meeting))
        assert {board_id, later} <= {each.id for each in told}


def test_what_is_held_or_released_anew_is_deferred_or_the_lock_is_refused(room: BoardRoom) -> None:
    emil = room.participant("Emil E")
    attempt_id = room.graded(emil, 64, "MTL3")
    board_id = room.sitting("chairs_action", ((emil, "MTL3"),))
    room.say(board_id, attempt_id)
    participant_id = emil.participant_id()
    with room.world.tool.app.app_context():
        holds.open_hold(room.viewer(), participant_id, "suspected")
        db.session.commit()
    with pytest.raises(Refused, match="Defer these results first"):
        room.lock(board_id)
    assert room.newest(attempt_id) == (64, "provisional", 1)
    with pytest.raises(deciding.Invalid, match="only defer"):
        room.say(board_id, attempt_id, number=1)
    room.say(board_id, attempt_id, saying=deciding.Saying.DEFER, rationale="It is open.", number=1)
    room.lock(board_id)
    assert room.newest(attempt_id) == (64, "provisional", 1)


def test_of_two_secretaries_the_second_is_told(room: BoardRoom) -> None:
    fay = room.participant("Fay F")
    attempt_id = room.graded(fay, 64, "MTL4")
    board_id = room.sitting("chairs_action", ((fay, "MTL4"),))
    page = room.lena.get(f"boards/{board_id}/results/{attempt_id}")
    whole = room.lena.get(f"boards/{board_id}")
    room.say(board_id, attempt_id, saying=deciding.Saying.DEFER, rationale="Not yet.")
    late = room.post(page, "#form", {"decision": "ratify"})
    assert late.status_code == 422
    assert "Somebody else has entered a decision" in text_of(late)
    room.lock(board_id)
    again = room.post(whole, "#minutes-form", {"minutes": "Written twice."})
    assert again.status_code == 422
    assert "The minutes are locked." in text_of(again)


@ON_SQLITE
def test_whoever_marked_may_not_chair(room: BoardRoom) -> None:
    gus = room.participant("Gus G")
    attempt_id = room.graded(gus, 64, "MTL5")
    marked = room.world.participant("Hal H", opens="MTL1")
    release_mark(room.chair, hand_in(marked, "MTL5"), 60)
    with pytest.raises(deciding.Invalid, match="may not chair"):
        room.sitting("chairs_action", ((gus, "MTL5"), (marked, "MTL5")))
    assert room.newest(attempt_id) == (64, "provisional", 1)


def test_the_last_module_brings_the_award_with_its_class(room: BoardRoom) -> None:
    """69.5 exactly: 30·70 + 30·70 + 15·70·2 + 15·69·2 + 20·69 + 40·69 over 180."""
    ida = room.participant("Ida I")
    room.world.allocate(room.world.coach(), to=ida)
    add_evidence(ida, "In all areas", ("1.1", "2.1", "3.1", "4.1"), ask=True)
    marks = [70, 70, 70, 70, 69, 69, 69, 69]
    codes = [f"MTL{number}" for number in range(1, 9)]
    attempts = [room.graded(ida, mark, code) for mark, code in zip(marks, codes, strict=True)]
    board_id = room.sitting("chairs_action", tuple((ida, code) for code in codes))
    for attempt_id in attempts[:-1]:
        room.say(board_id, attempt_id)
    assert room.number_of(ida) not in _award_list(room, board_id)
    room.say(board_id, attempts[-1])
    assert "Masters in Teaching and Learning with Distinction" in _award_list(room, board_id)
    page = room.lena.get(f"boards/{board_id}/awards/{ida.participant_id()}")
    check_page(page)
    assert "mean 69.50, as a whole mark 70" in text_of(page)
    room.post(page, "#form", {"decision": "agree"})
    room.lock(board_id)
    with room.world.tool.app.app_context():
        participant = db.session.get_one(Participant, ida.participant_id())
        assert participant.state == "awarded"
    assert sum(credits for _, _, credits in ledger(room, ida)) == 180


def _award_list(room: BoardRoom, board_id: int) -> str:
    page = soup(room.lena.get(f"boards/{board_id}"))
    return " ".join(row.get_text(" ", strip=True) for row in page.select("tr[data-participant]"))


def test_a_near_miss_is_compensated_within_the_limits(room: BoardRoom) -> None:
    jo = room.participant("Jo J")
    codes = ("MTL3", "MTL4", "MTL5")
    attempts = [room.graded(jo, 45, code) for code in codes]
    board_id = room.sitting("chairs_action", tuple((jo, code) for code in codes))
    given = {"saying": deciding.Saying.COMPENSATE, "rationale": "Strong elsewhere."}
    room.say(board_id, attempts[0], **given)
    room.say(board_id, attempts[1], **given)
    with pytest.raises(deciding.Invalid, match="At most 30 credits"):
        room.say(board_id, attempts[2], **given)
    room.say(board_id, attempts[2])
    room.lock(board_id)
    results = text_of(room.lena.get(f"boards/{board_id}/modules/MTL3"))
    assert "45, provisional before this board" in results
    assert ledger(room, jo) == [("MTL3", "compensated", 15), ("MTL4", "compensated", 15)]
    assert room.newest(attempts[0]) == (45, "ratified", 2)
    listed = csv.DictReader(io.StringIO(room.lena.get("results.csv").text))
    mine = [row for row in listed if row["candidate_number"] == room.number_of(jo)]
    outcomes = {row["module"]: row["outcome"] for row in mine}
    assert outcomes == {"MTL3": "compensated", "MTL4": "compensated", "MTL5": "fail"}
    for reader in (room.lena, jo):  # and the same word where people look
        page = reader.get(f"participants/{jo.participant_id()}/results")
        shown = soup(page).select("section[data-attempt]")
        told = ["Compensated by the board" in each.get_text() for each in shown]
        assert told == [True, True, False]
    assert "confirmed and compensated by the board" in text_of(jo.get("modules/MTL3"))
    assert "compensated" not in text_of(jo.get("modules/MTL5"))
