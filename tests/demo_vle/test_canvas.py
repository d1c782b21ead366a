"""Canvas's launches and services, against lti.md part 4."""

import datetime
import json
import re
from typing import Any

import pytest
import requests
from captured_world import ALL_SCOPES, World

from demo_vle.browser import Visitor

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
SUBMISSION = "https://canvas.instructure.com/lti/submission"
MEMBER = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def launch(world: World, username: str) -> dict[str, Any]:
    Visitor(world.vle, world.people[username]).launch(world.placement)
    return world.tool.claims()


def post_score(world: World, **changed: Any) -> requests.Response:
    score = {
        "userId": world.people["student1"].id,
        "scoreGiven": 61,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-22T10:00:00.500Z",
        SUBMISSION: {"new_submission": False},
        **changed,
    }
    body = json.dumps({key: val for key, val in score.items() if val is not None})
    kind = {"Content-Type": "application/vnd.ims.lis.v1.score+json"}
    address = f"{line_item_of(world)}/scores"
    return requests.post(
        address, data=body, headers={**world.tool.bearer(*ALL_SCOPES), **kind}, timeout=10
    )


def line_item_of(world: World) -> str:
    column = world.vle.site.column_of(world.placement)
    assert column is not None
    return f"{world.vle.url}/api/lti/courses/{world.course.id}/line_items/{column.id}"


def cell_of(world: World) -> Any:
    column = world.vle.site.column_of(world.placement)
    assert column is not None
    return column.cells[world.people["student1"].id]


def test_a_student_launches_with_opaque_ids_and_an_hour(canvas: World) -> None:
    claims = launch(canvas, "student1")
    assert re.fullmatch(r"[0-9a-f-]{36}", claims["sub"])
    assert claims["azp"] == claims["aud"]
    assert claims["exp"] - claims["iat"] == 3600
    assert re.fullmatch(r"[0-9a-f]{40}", claims[LTI + "context"]["id"])
    assert re.fullmatch(r"\d+:[0-9a-f]{40}", claims[LTI + "deployment_id"])
    assert claims[LTI + "tool_platform"]["product_family_code"] == "canvas"
    assert MEMBER + "Learner" in claims[LTI + "roles"]
    assert "http://purl.imsglobal.org/vocab/lis/v2/system/person#User" in claims[LTI + "roles"]


def test_an_observer_is_a_mentor_and_names_whom_they_observe(canvas: World) -> None:
    claims = launch(canvas, "coach1")
    assert MEMBER + "Mentor" in claims[LTI + "roles"]
    assert claims[LTI + "role_scope_mentor"] == [canvas.people["student1"].id]


def test_login_and_launch_both_name_the_storage_target(canvas: World) -> None:
    launch(canvas, "student1")
    assert canvas.tool.logins[-1]["lti_storage_target"] == "_parent"
    assert canvas.tool.posts[-1]["lti_storage_target"] == "_parent"


def test_a_launch_is_given_out_once(canvas: World) -> None:
    visitor = Visitor(canvas.vle, canvas.people["student1"])
    address = visitor.initiate(canvas.placement).headers["Location"]
    assert "id_token" in visitor.authorise(address)
    assert visitor.authorise(address)["error"] == "launch_no_longer_valid"


def test_a_browser_without_a_session_is_told_to_log_in(canvas: World) -> None:
    address = Visitor(canvas.vle, canvas.people["student1"]).initiate(canvas.placement)
    stranger = Visitor(canvas.vle, canvas.people["student1"])
    assert stranger.authorise(address.headers["Location"])["error"] == "login_required"


@pytest.mark.parametrize(
    ("stamp", "status"),
    [
        ("2026-11-22T10:00:00.500Z", 200),
        ("2026-11-22T10:00:00.499Z", 400),
        ("2026-11-22T10:00:01Z", 200),
        ("yesterday", 400),
    ],
)
def test_a_stamp_may_be_equal_but_not_older(canvas: World, stamp: str, status: int) -> None:
    assert post_score(canvas).status_code == 200
    assert post_score(canvas, timestamp=stamp).status_code == status


@pytest.mark.parametrize(
    "changed", [{"scoreMaximum": 0}, {"scoreMaximum": None}, {"userId": "nobody"}]
)
def test_what_cannot_be_graded_is_422(canvas: World, changed: dict[str, Any]) -> None:
    assert post_score(canvas, **changed).status_code == 422


def test_a_tutor_cannot_be_graded(canvas: World) -> None:
    assert post_score(canvas, userId=canvas.people["tutor1"].id).status_code == 422


def test_each_post_adds_its_comment(canvas: World) -> None:
    post_score(canvas, comment="Good")
    post_score(canvas, comment="Good")
    post_score(canvas)
    assert [each.text for each in cell_of(canvas).comments] == ["Good", "Good"]


def test_attempts_multiply_unless_told_otherwise(canvas: World) -> None:
    post_score(canvas, **{SUBMISSION: None})
    post_score(canvas, **{SUBMISSION: None})
    post_score(canvas)
    assert len(cell_of(canvas).submissions) == 2


def test_pending_manual_keeps_its_score_and_other_progress_clears_it(canvas: World) -> None:
    post_score(canvas, gradingProgress="PendingManual")
    assert cell_of(canvas).score == 61
    kept = {SUBMISSION: {"new_submission": False, "preserve_score": True}}
    post_score(canvas, gradingProgress="Pending", scoreGiven=None, **kept)
    assert cell_of(canvas).score == 61
    post_score(canvas, gradingProgress="Pending", scoreGiven=None)
    assert cell_of(canvas).score is None


def test_a_persons_mark_is_overwritten_unless_it_is_given_priority(canvas: World) -> None:
    column = canvas.vle.site.column_of(canvas.placement)
    assert column is not None
    canvas.vle.site.override(column, canvas.people["student1"], 40)
    # A post may not be older than what a person did just now.
    stamp = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)).isoformat()
    first = {SUBMISSION: {"new_submission": False, "prioritize_non_tool_grade": True}}
    post_score(canvas, timestamp=stamp, **first)
    assert cell_of(canvas).score == 40
    post_score(canvas, timestamp=stamp)
    assert cell_of(canvas).score == 61


def test_results_tell_neither_time_nor_comment(canvas: World) -> None:
    post_score(canvas, comment="Good")
    answer = requests.get(
        f"{line_item_of(canvas)}/results", headers=canvas.tool.bearer(*ALL_SCOPES), timeout=10
    )
    (result,) = answer.json()
    assert set(result) == {"id", "scoreOf", "userId", "resultScore", "resultMaximum"}


def test_the_roster_comes_in_pages_of_fifty(canvas: World) -> None:
    site, address = canvas.vle.site, f"{canvas.vle.url}/api/lti/courses/{canvas.course.id}"
    for number in range(60):
        person = site.add_person(f"Person {number}", f"p{number}@school.example")
        site.enrol(person, canvas.course, "student")
    headers = canvas.tool.bearer(*ALL_SCOPES)
    first = requests.get(f"{address}/names_and_roles", headers=headers, timeout=10)
    second = requests.get(first.links["next"]["url"], headers=headers, timeout=10)
    spoiled = requests.get(first.links["next"]["url"].lower(), headers=headers, timeout=10)
    assert [len(first.json()["members"]), len(second.json()["members"])] == [50, 14]
    assert "next" not in second.links
    assert spoiled.status_code == 400


def test_a_caller_without_a_user_agent_is_turned_away(canvas: World) -> None:
    headers = {**canvas.tool.bearer(*ALL_SCOPES), "User-Agent": ""}
    answer = requests.get(line_item_of(canvas), headers=headers, timeout=10)
    assert answer.status_code == 403


def test_an_unpaid_rate_is_a_403_on_demand(canvas: World) -> None:
    canvas.vle.site.faults.add(
        "scores", "status", status=403, body="403 Forbidden (Rate Limit Exceeded)", times=1
    )
    refused, accepted = post_score(canvas), post_score(canvas)
    assert (refused.status_code, accepted.status_code) == (403, 200)
    assert "Rate Limit Exceeded" in refused.text


def test_speed_grader_opens_what_was_handed_in_without_naming_the_link(canvas: World) -> None:
    """lti.md 4.9: the launch has the handed-in address, and the course in the link's place."""
    handed_in = f"{canvas.tool.url}/lti/launch?attempt=abc"
    extension = {"submission_type": "basic_lti_launch", "submission_data": handed_in}
    progress = {"activityProgress": "Submitted", "gradingProgress": "PendingManual"}
    post_score(canvas, scoreGiven=None, **progress, **{SUBMISSION: extension})
    column = canvas.vle.site.column_of(canvas.placement)
    assert column is not None
    visitor = Visitor(canvas.vle, canvas.people["tutor1"])
    visitor.speed_grade(canvas.course, column, canvas.people["student1"])
    claims = canvas.tool.claims()
    assert claims[LTI + "target_link_uri"] == handed_in
    assert claims[LTI + "message_type"] == "LtiResourceLinkRequest"
    assert claims[LTI + "resource_link"]["id"] == claims[LTI + "context"]["id"]
