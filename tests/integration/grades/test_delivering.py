"""A released mark on its way: believed only when the gradebook shows it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from lti_tool.clock import now
from lti_tool.grades import tries
from tests.integration.grades.factories import (
    FEEDBACK,
    Released,
    hand_in,
    release_mark,
    released,
)
from tests.world import World

LABEL = "Provisional until confirmed by the board."


def test_a_mark_is_confirmed_once_the_gradebook_shows_it(world: World) -> None:
    one = released(world, 64)
    assert one.state == "queued"
    assert one.send()["state"] == "confirmed"
    assert one.cell().score == 64
    assert one.cell().comment == f"{FEEDBACK}\n\n{LABEL}"
    assert one.posts() == [200]
    assert one.delivery()["seen"]["score"] == 64


@pytest.mark.canvas
def test_on_canvas_a_mark_is_confirmed_with_one_comment_and_no_new_attempt(world: World) -> None:
    one = released(world, 64)
    assert one.send()["state"] == "confirmed"
    assert one.cell().score == 64
    assert [comment.text for comment in one.cell().comments] == [f"{FEEDBACK}\n\n{LABEL}"]
    assert one.cell().submissions == []


def test_nought_is_a_mark_like_any_other(world: World) -> None:
    one = released(world, 0)
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score == 0


def test_a_column_with_another_maximum_is_compared_by_proportion(world: World) -> None:
    one = released(world, 64)
    one.column().maximum = 10
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score == pytest.approx(6.4)


def test_while_the_gradebook_is_off_the_mark_waits_and_arrives_once(world: World) -> None:
    one = released(world)
    world.vle.site.gradebook_off(600)
    waiting = one.send()
    assert waiting["state"] == "queued"
    assert waiting["reason"]
    assert waiting["due_at"] > now()
    world.vle.site.gradebook_on()
    assert one.settle()["state"] == "confirmed"
    assert one.posts().count(200) == 1
    assert one.cell().score == 64


def test_a_mark_is_not_confirmed_by_a_good_answer_alone(world: World) -> None:
    one = released(world)
    world.vle.site.faults.add("results", "status", status=503)
    waiting = one.send()
    assert (waiting["state"], one.posts()) == ("queued", [200])
    world.vle.site.faults.clear()
    assert one.settle()["state"] == "confirmed"
    assert one.posts() == [200], "It had arrived, so it was not sent a second time."


@pytest.mark.parametrize("product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)])
def test_a_connection_lost_after_the_mark_was_stored_sends_nothing_twice(
    world: World, product: str
) -> None:
    one = released(world)
    world.vle.site.faults.add("scores", "drop_after", times=1)
    assert one.send()["state"] == "queued"
    assert one.settle()["state"] == "confirmed"
    assert 200 not in one.posts()
    assert len(one.cell().comments) == 1
    assert world.product == product


@pytest.mark.parametrize("product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)])
def test_a_connection_lost_before_the_mark_was_stored_sends_it_again(
    world: World, product: str
) -> None:
    one = released(world)
    world.vle.site.faults.add("scores", "drop_before", times=2)
    assert one.settle()["state"] == "confirmed"
    assert one.posts().count(200) == 1
    assert one.delivery()["tries"] == 3
    assert len(one.cell().comments) == 1
    assert world.product == product


def test_an_unreadable_answer_is_tried_again(world: World) -> None:
    one = released(world)
    world.vle.site.faults.add("results", "bad_json", times=1)
    assert one.send()["state"] == "queued"
    assert one.settle()["state"] == "confirmed"
    assert one.posts() == [200]


def test_a_grade_that_somebody_entered_by_hand_is_kept_by_moodle_and_we_say_so(
    world: World,
) -> None:
    one = released(world, 64)
    world.vle.site.override(one.column(), one.amira.visitor.person, 71)
    # Ours is later than the override, as it is when a tutor marks after it.
    one.column().cells[one.amira.visitor.person.id].time = time.time() - 60
    kept = one.settle()
    assert kept["state"] == "kept"
    assert kept["reason"].startswith("The gradebook kept 71 out of 100")
    assert one.cell().score == 71


@pytest.mark.canvas
def test_on_canvas_our_mark_takes_the_place_of_an_earlier_entry_by_hand(world: World) -> None:
    one = released(world, 64)
    world.vle.site.override(one.column(), one.amira.visitor.person, 71)
    one.column().cells[one.amira.visitor.person.id].time = time.time() - 60
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score == 64


@pytest.mark.parametrize("product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)])
def test_a_later_mark_in_the_gradebook_is_a_conflict_for_a_person_to_decide(
    world: World, product: str
) -> None:
    one = released(world, 64)
    world.vle.site.override(one.column(), one.amira.visitor.person, 80)
    one.column().cells[one.amira.visitor.person.id].time = time.time() + 3600
    conflict = one.settle()
    assert conflict["state"] == "conflict"
    assert "80 out of 100" in conflict["reason"]
    assert one.cell().score == 80
    assert world.product == product


@pytest.mark.parametrize("product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)])
def test_a_person_who_left_the_course_fails_with_words(world: World, product: str) -> None:
    one = released(world)
    world.vle.site.unenrol(one.amira.visitor.person, world.course)
    failed = one.settle()
    assert failed["state"] == "failed"
    assert "enrolled" in failed["reason"]
    assert one.amira.name not in failed["reason"]
    assert world.product == product


def test_a_locked_column_is_tried_again_with_words(world: World) -> None:
    one = released(world)
    world.vle.site.set_locked(one.column(), True)
    assert "locked" in one.send()["reason"]
    world.vle.site.set_locked(one.column(), False)
    assert one.settle()["state"] == "confirmed"


@pytest.mark.parametrize("status", [429, 503])
def test_the_gradebook_says_how_long_to_wait(world: World, status: int) -> None:
    one = released(world)
    asked = {"Retry-After": "120"}
    world.vle.site.faults.add("scores", "status", status=status, headers=asked, times=1)
    before = now()
    waiting = one.send()
    assert waiting["state"] == "queued"
    assert timedelta(seconds=119) < waiting["due_at"] - before < timedelta(seconds=130)
    assert one.settle()["state"] == "confirmed"


@pytest.mark.canvas
def test_canvas_asking_to_slow_down_is_no_lack_of_permission(world: World) -> None:
    one = released(world)
    body = "403 Forbidden (Rate Limit Exceeded)"
    world.vle.site.faults.add("scores", "status", status=403, body=body, times=1)
    assert one.send()["state"] == "queued"
    assert one.settle()["state"] == "confirmed"
    assert len(one.cell().comments) == 1


def test_a_missing_permission_fails_with_words(world: World) -> None:
    one = released(world)
    world.vle.site.faults.add("scores", "status", status=403, times=1)
    failed = one.send()
    assert failed["state"] == "failed"
    assert "administrator" in failed["reason"]


def test_a_platform_that_cannot_fetch_the_key_set_is_asked_again(world: World) -> None:
    one = released(world)
    refusal = '{"error": "\\"kid\\" invalid, unable to lookup correct key"}'
    world.vle.site.tokens.clear()
    world.vle.site.faults.add("token", "status", status=400, body=refusal, times=2)
    waiting = one.send()
    assert waiting["state"] == "queued"
    assert "refuses" in waiting["reason"]
    assert one.settle()["state"] == "confirmed"
    assert one.posts().count(200) == 1


def test_access_that_stays_refused_fails_with_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "TOKEN_TRIES", 3)
    one = released(world)
    world.vle.site.tokens.clear()
    refusal = '{"error": "invalid_client"}'
    world.vle.site.faults.add("token", "status", status=400, body=refusal)
    failed = one.settle()
    world.vle.site.faults.clear("token")
    assert failed["state"] == "failed"
    assert failed["tries"] == 3
    assert "keyset" in failed["reason"]


def test_an_expired_token_is_replaced_within_the_same_try(world: World) -> None:
    one = released(world)
    world.vle.site.faults.add("scores", "expired_token", times=1)
    assert one.send()["state"] == "confirmed"
    assert one.posts() == [401, 200]


def test_a_correction_takes_the_place_of_the_mark_before_it(world: World) -> None:
    one = released(world, 64)
    first = one.settle()
    one.change(67)
    second = one.delivery()
    assert second["id"] != first["id"]
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score == 67
    assert second["stamp"] is None
    assert one.delivery()["stamp"] >= first["stamp"] + timedelta(seconds=1)


def test_a_correction_before_the_first_was_sent_sends_only_the_correction(world: World) -> None:
    one = released(world, 64)
    one.change(67)
    assert one.settle()["state"] == "confirmed"
    assert one.posts() == [200]
    assert one.cell().score == 67


def test_a_score_is_never_stamped_ahead_of_now(world: World) -> None:
    one = released(world, 64)
    one.settle()
    one.change(67)
    waiting = one.send()
    if waiting["state"] == "queued":  # the two came within a second
        assert waiting["due_at"] > now() - timedelta(seconds=1)
        assert one.posts() == [200]
    settled = one.settle()
    assert settled["stamp"] <= settled["posted_at"]


def test_a_second_attempt_has_a_column_of_its_own(world: World) -> None:
    one = released(world, 30)
    one.settle()
    again = hand_in(one.amira, number=2)
    release_mark(one.tessa, again, 50)
    second = Released(world, one.amira, one.tessa, again)
    assert second.settle()["state"] == "confirmed"
    assert one.columns()[-1].label.endswith("(attempt 2)")
    assert [cell.score for column in one.columns() for cell in column.cells.values()] == [30, 50]


def test_a_course_without_a_module_link_gets_a_column_once(world: World) -> None:
    one = released(world, 64, opens="progress")
    world.vle.site.faults.add("lineitems", "drop_after", times=1)
    assert one.settle()["state"] == "confirmed"
    assert len(one.columns()) == 1
    assert one.column().resource_id == "MTL1"


def test_a_column_that_is_gone_is_looked_for_again(world: World) -> None:
    one = released(world, 64)
    del world.vle.site.columns[one.column().id]
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score == 64


def test_no_column_is_ever_deleted_and_none_renamed(world: World) -> None:
    one = released(world, 64)
    label = one.column().label
    one.settle()
    one.change(10)
    one.settle()
    methods = {request.method for request in world.vle.site.requests}
    assert methods <= {"GET", "POST"}
    assert one.column().label == label
