"""Marks go out together exactly as they were shown, and come back only by an act with a reason."""

from __future__ import annotations

import pytest
from requests import Response
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import marking, recalls
from lti_tool.grades.marking import Draft
from lti_tool.grades.models import Delivery, Grade
from lti_tool.grades.release_models import BatchGrade, Recall
from lti_tool.identity import Role
from tests.integration.grades.factories import FEEDBACK, Released, hand_in, released
from tests.world import Person, World, soup, text_of

ONE_STORE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
BOTH = pytest.mark.parametrize(
    "product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)]
)


def final_mark(tessa: Person, attempt_id: int, mark: int) -> None:
    """The marker's own, first or once more."""
    with tessa.world.tool.app.app_context():
        viewer = tessa.viewer(Role.TUTOR)
        attempt = db.session.get_one(Attempt, attempt_id)
        before = marking.find_mark(attempt)
        if before is not None and before.state == "final":
            marking.reopen(viewer, attempt)
        revision = before.revision if before else 0
        marking.finalise(viewer, attempt, Draft(mark, FEEDBACK, {}, revision))
        db.session.commit()


def show(tessa: Person, *attempt_ids: int) -> Response:
    chosen = {"attempt": [str(number) for number in attempt_ids]}
    return tessa.submit(tessa.get("release"), chosen, form="form:has([name=attempt])")


def confirm(tessa: Person, page: Response) -> Response:
    return tessa.submit(page, button=("action", "release"), form="form:has([name=seen])")


def grades_of(world: World, *attempt_ids: int) -> list[tuple[int, int]]:
    with world.tool.app.app_context():
        query = select(Grade.attempt_id, Grade.mark).where(Grade.attempt_id.in_(attempt_ids))
        return [(row[0], row[1]) for row in db.session.execute(query.order_by(Grade.id))]


def take_back(one: Released, reason: str = "It belongs to somebody else.") -> Response:
    page = one.tessa.get(f"marking/{one.attempt_id}/recall")
    form = "form:has([value=recall])"
    return one.tessa.submit(page, {"reason": reason}, button=("action", "recall"), form=form)


def test_a_batch_goes_out_as_shown_and_what_changed_meanwhile_stays(world: World) -> None:
    tessa = world.tutor()
    first, second, third = (
        hand_in(world.participant(name, opens="MTL1")) for name in ("Ada A", "Ben B", "Cleo C")
    )
    for number, mark in ((first, 61), (second, 62)):
        final_mark(tessa, number, mark)
    page = show(tessa, first, second)
    assert {"61 out of 100", "62 out of 100"} <= {
        line.get_text() for line in soup(page).select("[data-release-preview] dd")
    }
    final_mark(tessa, second, 70)
    final_mark(tessa, third, 63)
    after = confirm(tessa, page)
    assert grades_of(world, first, second, third) == [(first, 61)]
    assert "Not released – Ben B: It has changed since it was shown." in text_of(after)
    assert "Cleo C" in text_of(after)
    again = confirm(tessa, show(tessa, second, third))
    assert "2 marks are released." in text_of(again)
    rows = soup(tessa.get("release/batches")).select("tr[data-batch]")
    assert "2 of MTL1" in rows[0].get_text()
    link = rows[0].select_one("a")
    both = text_of(tessa.visitor.get(f"{world.tool.url}{link['href']}"))
    assert "Release of 2 marks" in both
    assert both.index("Ben B") < both.index("Cleo C")
    assert "Ada A" not in both
    stranger = world.coach("Cora Field")
    assert stranger.get("release/batches").status_code == 403
    with world.tool.app.app_context():
        batches = db.session.scalars(
            select(BatchGrade.batch_id)
            .join(Grade, Grade.id == BatchGrade.grade_id)
            .where(Grade.attempt_id.in_([first, second, third]))
            .order_by(Grade.id)
        ).all()
        assert len(batches) == 3
        assert len(set(batches)) == 2
        with pytest.raises(DBAPIError, match="never changed"):
            db.session.query(BatchGrade).filter_by(batch_id=batches[0]).update({"reason": "no"})
        db.session.rollback()


@ONE_STORE
def test_a_module_marked_without_names_is_released_without_names(world: World) -> None:
    from tests.integration.grades.test_marking_pages import double_blind

    tessa = world.tutor()
    name = "Philippa Unmistakable"
    attempt_id = hand_in(world.participant(name, opens="MTL1"), module=double_blind(world))
    final_mark(tessa, attempt_id, 61)
    for path in ("release", f"release/preview?attempt={attempt_id}"):
        page = tessa.get(path)
        assert "Candidate " in text_of(page)
        assert name not in page.text


@ONE_STORE
def test_nothing_chosen_and_nothing_as_shown_release_nothing(world: World) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"))
    final_mark(tessa, attempt_id, 61)
    empty = tessa.get("release/preview")
    assert (empty.status_code, "Choose at least one mark" in text_of(empty)) == (422, True)
    page = show(tessa, attempt_id)
    confirm(tessa, page)
    late = confirm(tessa, page)
    assert late.status_code == 422
    assert "Nothing was released." in text_of(late)
    assert grades_of(world, attempt_id) == [(attempt_id, 61)]


@BOTH
def test_a_recall_takes_the_mark_from_participant_and_gradebook(world: World, product: str) -> None:
    one = released(world, 64)
    one.settle()
    refused = take_back(one, reason=" ")
    assert "Say why the mark is taken back." in text_of(refused)
    assert one.cell().score == 64
    assert "taken back" in text_of(take_back(one))
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score is None
    page = text_of(one.amira.get("modules/MTL1"))
    assert "64" not in page
    assert FEEDBACK not in page
    assert "Taken out of the gradebook" in text_of(one.tessa.get("deliveries?state=confirmed"))
    with world.tool.app.app_context():
        (kept,) = db.session.scalars(select(Recall).where(Recall.attempt_id == one.attempt_id))
        assert kept.reason == "It belongs to somebody else."
    assert world.product == product


@BOTH
def test_a_recalled_mark_can_be_released_again(world: World, product: str) -> None:
    one = released(world, 64)
    one.settle()
    take_back(one)
    one.settle()
    confirm(one.tessa, show(one.tessa, one.attempt_id))
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score == 64
    assert world.product == product


@ONE_STORE
def test_a_recall_leaves_alone_what_somebody_else_put_into_the_gradebook(world: World) -> None:
    one = released(world, 64)
    one.settle()
    world.vle.site.override(one.column(), one.amira.visitor.person, 71)
    take_back(one)
    conflict = one.settle()
    assert conflict["state"] == "conflict"
    assert "71 out of 100" in conflict["reason"]
    assert one.cell().score == 71


@ONE_STORE
def test_a_recall_before_anything_was_sent_sends_nothing(world: World) -> None:
    one = released(world, 64)
    assert "was not sent this mark" in text_of(one.tessa.get(f"marking/{one.attempt_id}/recall"))
    take_back(one)
    world.deliver()
    assert one.posts() == []
    with world.tool.app.app_context():
        states = select(Delivery.state).join(Grade).where(Grade.attempt_id == one.attempt_id)
        assert db.session.scalars(states).all() == ["superseded"]


@BOTH
def test_a_recall_cut_short_ends_with_an_empty_cell(world: World, product: str) -> None:
    one = released(world, 64)
    one.settle()
    take_back(one)
    world.vle.site.faults.add("scores", "drop_after", times=1)
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score is None
    assert world.product == product


@ONE_STORE
def test_only_a_released_mark_is_taken_back_and_only_by_who_may(world: World) -> None:
    one = released(world, 64)
    stranger = World(world.tool, world.vle).tutor()
    assert stranger.get(f"marking/{one.attempt_id}/recall").status_code == 404
    norman = world.tutor("Norman Lee")
    refused = text_of(norman.get(f"marking/{one.attempt_id}/recall"))
    assert "Only the tutor who marked this work" in refused
    take_back(one)
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, one.attempt_id)
        with pytest.raises(recalls.Refused, match="no released mark"):
            recalls.recall(one.tessa.viewer(Role.TUTOR), attempt, "Twice.")
        db.session.rollback()
