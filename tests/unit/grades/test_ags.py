"""Scores and addresses exactly as they go over the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lti_tool.grades import ags
from lti_tool.launch.platform import Answer

STAMP = datetime(2026, 11, 22, 13, 0, 0, 123_000, tzinfo=timezone(timedelta(hours=1)))
SCORE = ags.Score("5", 0, STAMP, "Well done.")
BODY = {
    "userId": "5",
    "scoreGiven": 0,
    "scoreMaximum": 100,
    "activityProgress": "Completed",
    "gradingProgress": "FullyGraded",
    "timestamp": "2026-11-22T12:00:00.123Z",
}


def test_a_score_for_moodle() -> None:
    assert ags.as_json(SCORE, "moodle") == {**BODY, "comment": "Well done."}


def test_a_hand_in_says_no_score_and_leaves_the_one_that_is_there() -> None:
    url = "https://tool.example/lti/launch?hand_in=x"
    assert ags.hand_in_as_json(ags.HandedIn("5", url, STAMP - timedelta(hours=2), STAMP)) == {
        "userId": "5",
        "activityProgress": "Submitted",
        "gradingProgress": "PendingManual",
        "timestamp": "2026-11-22T12:00:00.123Z",
        "submission": {"submittedAt": "2026-11-22T10:00:00.123Z"},
        "https://canvas.instructure.com/lti/submission": {
            "new_submission": True,
            "preserve_score": True,
            "submission_type": "basic_lti_launch",
            "submission_data": url,
            "submitted_at": "2026-11-22T10:00:00.123Z",
        },
    }


def test_a_score_for_canvas_opens_no_new_attempt() -> None:
    extension = {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
    bare = ags.Score("5", 0, STAMP, None)
    assert ags.as_json(bare, "canvas") == {**BODY, **extension}


MOODLE = "https://vle.example/mod/lti/services.php/2/lineitems/3/lineitem?type_id=1"
CANVAS = "https://vle.example/api/lti/courses/2/line_items/3"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (MOODLE, MOODLE.replace("lineitem?", "lineitem/scores?")),
        (CANVAS, f"{CANVAS}/scores"),
    ],
)
def test_scores_go_before_the_query(url: str, found: str) -> None:
    assert ags.beside(url, "scores") == found


def test_a_query_is_added_to_the_one_that_is_there() -> None:
    assert ags.with_query(MOODLE, user_id="5") == f"{MOODLE}&user_id=5"
    assert ags.with_query(CANVAS, user_id="a b&c") == f"{CANVAS}?user_id=a+b%26c"


@pytest.mark.parametrize(
    ("body", "text", "said"),
    [
        ({"errors": {"type": "x", "message": "User not found"}}, "{…}", "User not found"),
        ({"errors": [{"message": "First"}, {"message": "Second"}]}, "{…}", "First"),
        ({"errors": "Plain"}, "{…}", "Plain"),
        ({"errors": []}, "as  it\nstands", "as it stands"),
        (None, "x" * 300, "x" * 200),
    ],
)
def test_the_platforms_own_words_are_found_and_kept_short(
    body: object, text: str, said: str
) -> None:
    assert ags.message_of(Answer(422, body, text, {}, None)) == said


def test_times_are_utc_with_milliseconds() -> None:
    assert ags.as_time(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000Z"
