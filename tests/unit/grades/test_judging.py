"""Who may mark, read and release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lti_tool.grades.rules.judging import (
    Judge,
    why_not_finalise,
    why_not_mark,
    why_not_release,
)
from lti_tool.identity import Role

TUTOR = Judge(Role.TUTOR)
MARKER = Judge(Role.TUTOR, is_marker=True)
LEAD = Judge(Role.LEAD)


@pytest.mark.parametrize("judge", [TUTOR, LEAD, MARKER])
def test_staff_who_had_no_part_in_the_work_may_mark(judge: Judge) -> None:
    assert why_not_mark(judge) is None


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        (Judge(Role.COACH), "Only tutors and programme leads mark."),
        (Judge(Role.PARTICIPANT), "Only tutors and programme leads mark."),
        (Judge(Role.TUTOR, is_participant=True), "Nobody marks their own work."),
        (
            Judge(Role.LEAD, is_coach=True),
            "You coach this participant, so another tutor has to mark this work.",
        ),
        (
            Judge(Role.TUTOR, has_attested=True),
            "You attested evidence in this work, so another tutor has to mark it.",
        ),
        (
            Judge(Role.LEAD, has_written=True),
            "You wrote evidence in this work, so another tutor has to mark it.",
        ),
    ],
)
def test_nobody_marks_who_has_a_part_in_the_work(judge: Judge, reason: str) -> None:
    assert why_not_mark(judge) == reason


def test_work_that_somebody_is_marking_is_theirs() -> None:
    assert why_not_mark(TUTOR, other_marker="Tessa Grant") == "Tessa Grant is marking this work."
    assert why_not_mark(MARKER, other_marker="Tessa Grant") is None


@pytest.mark.parametrize(
    ("mark", "feedback", "lacking"),
    [
        (0, "Well done.", {}),
        (None, "Well done.", {"mark": "Enter a mark from 0 to 100."}),
        (
            64,
            " \n",
            {"feedback": "Write feedback to the participant before you make the mark final."},
        ),
        (
            None,
            "",
            {
                "mark": "Enter a mark from 0 to 100.",
                "feedback": "Write feedback to the participant before you make the mark final.",
            },
        ),
    ],
)
def test_a_final_mark_has_a_number_and_feedback(
    mark: int | None, feedback: str, lacking: dict[str, str]
) -> None:
    assert why_not_finalise(mark, feedback) == lacking


@pytest.mark.parametrize("judge", [MARKER, LEAD])
def test_the_marker_or_a_lead_releases(judge: Judge) -> None:
    assert why_not_release(judge) is None


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        (TUTOR, "Only the tutor who marked this work, or a programme lead, may release it."),
        (Judge(Role.COACH, is_marker=True), "Only tutors and programme leads release marks."),
        (Judge(Role.LEAD, is_participant=True), "Nobody releases their own mark."),
    ],
)
def test_a_release_is_refused_with_the_reason(judge: Judge, reason: str) -> None:
    assert why_not_release(judge) == reason


@pytest.mark.parametrize("part", ["is_coach", "has_attested", "has_written"])
@pytest.mark.parametrize("judge", [MARKER, LEAD])
def test_nobody_releases_who_has_a_part_in_the_work(judge: Judge, part: str) -> None:
    reason = why_not_release(replace(judge, **{part: True}))  # type: ignore[arg-type]  # parts are bools
    assert reason == (
        "You have a part in this work, so a programme lead who has none releases its mark."
    )
