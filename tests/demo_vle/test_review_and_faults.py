"""Submission review, faults on demand, state that outlives a restart, and lies on request."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from captured_world import World, read_capture

from demo_vle.browser import BrowserError, Visitor
from demo_vle.keys import SigningKey
from demo_vle.personality import SCORE
from demo_vle.server import start_vle
from demo_vle.state import Column

LTI = "https://purl.imsglobal.org/spec/lti/claim/"


def own_column(world: World) -> Column:
    column = world.vle.site.column_of(world.placement)
    assert column is not None
    return column


def post_score(world: World, second: int = 0) -> requests.Response:
    column = own_column(world)
    address = (
        f"{world.vle.url}/mod/lti/services.php/{world.course.id}/lineitems/{column.id}"
        "/lineitem/scores?type_id=1"
    )
    score = {
        "userId": world.people["student1"].id,
        "scoreGiven": 61,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": f"2026-11-22T10:00:{second:02d}Z",
    }
    kind = {"Content-Type": "application/vnd.ims.lis.v1.score+json"}
    headers = {**world.tool.bearer(SCORE), **kind}
    return requests.post(address, data=json.dumps(score), headers=headers, timeout=10)


def test_a_tutor_opens_one_persons_submission_as_moodle_does(moodle: World) -> None:
    """Proves captures/auth_endpoint_and_submission_review.json: submission_review."""
    captured = read_capture("auth_endpoint_and_submission_review")["submission_review"]["claims"]
    visitor = Visitor(moodle.vle, moodle.people["tutor1"])
    visitor.review(moodle.placement, moodle.people["student1"])
    claims = moodle.tool.claims()
    assert set(claims) == set(captured)
    assert claims[LTI + "message_type"] == captured[LTI + "message_type"]
    assert claims[LTI + "for_user"] == captured[LTI + "for_user"]


def test_there_is_no_review_once_a_second_column_hangs_on_the_link(moodle: World) -> None:
    """Proves captures/ags_more.json: the claim of an activity with a second line item."""
    captured = read_capture("ags_more")[0]["claim"]
    moodle.vle.site.add_column(moodle.course, "Second", 100, link=moodle.placement.id)
    visitor = Visitor(moodle.vle, moodle.people["tutor1"])
    visitor.launch(moodle.placement)
    claim = moodle.tool.claims()["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert set(claim) == set(captured)
    with pytest.raises(BrowserError):
        visitor.review(moodle.placement, moodle.people["student1"])


def test_a_student_cannot_open_another_persons_submission(moodle: World) -> None:
    visitor = Visitor(moodle.vle, moodle.people["student2"])
    with pytest.raises(BrowserError):
        visitor.review(moodle.placement, moodle.people["student1"])


def test_a_dropped_answer_leaves_the_score_stored_once(moodle: World) -> None:
    moodle.vle.site.faults.add("scores", "drop_after", times=1)
    with pytest.raises(requests.ConnectionError):
        post_score(moodle)
    student = moodle.people["student1"].id
    assert own_column(moodle).cells[student].score == 61
    assert post_score(moodle).status_code == 409
    sent = [tuple(each) for each in moodle.vle.site.requests if each.service == "scores"]
    assert sent == [("scores", "POST", student, None), ("scores", "POST", student, 409)]


def test_a_connection_dropped_before_leaves_nothing(moodle: World) -> None:
    moodle.vle.site.faults.add("scores", "drop_before", times=1)
    with pytest.raises(requests.ConnectionError):
        post_score(moodle)
    assert own_column(moodle).cells == {}


def test_a_fault_is_used_up_and_can_be_cleared(moodle: World) -> None:
    faults = moodle.vle.site.faults
    faults.add("scores", "status", status=503, headers={"Retry-After": "7"}, times=1)
    first, second = post_score(moodle), post_score(moodle, second=1)
    assert (first.status_code, first.headers["Retry-After"]) == (503, "7")
    assert second.status_code == 200
    faults.add("scores", "status", status=500)
    faults.clear()
    assert post_score(moodle, second=2).status_code == 200


def test_a_gradebook_that_is_off_answers_503_until_it_is_on(moodle: World) -> None:
    headers = moodle.tool.bearer(SCORE)
    assert headers
    moodle.vle.site.gradebook_off()
    assert moodle.tool.ask_token(SCORE).status_code == 503
    moodle.vle.site.gradebook_on()
    assert post_score(moodle).status_code == 200


@pytest.mark.parametrize("personality", ["moodle", "canvas"])
def test_a_restarted_platform_goes_on_where_it_was(tmp_path: Path, personality: str) -> None:
    data = tmp_path / "vle.json"
    with start_vle("http://localhost:1", personality, data=data) as vle:
        course = vle.site.add_course("MTL", "MTL")
        person = vle.site.add_person("Sam Teacher", "sam@school.example")
        vle.site.enrol(person, course, "student")
        placement = vle.site.place(course, "Module 1", line_item={"scoreMaximum": 100})
        vle.site.override(vle.site.columns_of(course)[0], person, 61, "Well argued")
        before, keys = vle.registration(), vle.site.keys
        book = vle.site.gradebook(course)
    with start_vle("http://localhost:2", personality, data=data) as vle:
        after = vle.registration()
        assert (after["client_id"], after["deployment_id"]) == (
            before["client_id"],
            before["deployment_id"],
        )
        assert vle.site.keys == keys
        assert vle.site.the_tool().url == "http://localhost:2"
        assert vle.site.gradebook(vle.site.courses[course.id]) == book
        assert vle.site.placements[placement.id] == placement
        assert vle.site.add_person("Another One", "a@school.example").number != person.number


def test_a_data_file_of_another_personality_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "vle.json"
    start_vle("http://localhost:1", "moodle", data=data).close()
    with pytest.raises(ValueError, match="belongs to a moodle platform"):
        start_vle("http://localhost:1", "canvas", data=data)


def test_a_message_can_be_tampered_with_and_is_still_signed(moodle: World) -> None:
    def two_audiences(claims: dict[str, Any], header: dict[str, Any]) -> None:
        claims["aud"] = [claims["aud"], "someone-else"]
        del claims[LTI + "roles"]

    Visitor(moodle.vle, moodle.people["student1"]).launch(moodle.placement, tamper=two_audiences)
    claims = moodle.tool.claims()
    assert claims["aud"][1] == "someone-else"
    assert LTI + "roles" not in claims


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_message_can_bear_a_wrong_algorithm(moodle: World, algorithm: str) -> None:
    visitor = Visitor(moodle.vle, moodle.people["student1"])
    visitor.launch(moodle.placement, tamper=lambda _, header: header.update(alg=algorithm))
    header = moodle.tool.posts[-1]["id_token"].partition(".")[0]
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == algorithm


def test_a_message_can_be_signed_by_a_stranger(moodle: World) -> None:
    stranger = SigningKey.generate(moodle.vle.site.keys[0].key_id)
    visitor = Visitor(moodle.vle, moodle.people["student1"])
    visitor.launch(moodle.placement, sign_with=stranger)
    with pytest.raises(Exception, match="Signature verification failed"):
        moodle.tool.claims()
