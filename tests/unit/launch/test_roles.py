"""Which role of the platform is which role of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from lti_tool.errors import Invalid
from lti_tool.identity import Role
from lti_tool.launch.roles import TEST_USER, load_roles

M = "http://purl.imsglobal.org/vocab/lis/v2/membership"


@pytest.mark.parametrize(
    ("sent", "role"),
    [
        ([f"{M}#Instructor"], Role.TUTOR),
        ([f"{M}#Learner"], Role.PARTICIPANT),
        ([f"{M}#Mentor"], Role.COACH),
        (["Instructor"], Role.TUTOR),
        (["Learner"], Role.PARTICIPANT),
        ([f"{M}#Learner", f"{M}#Instructor"], Role.TUTOR),
        ([f"{M}#Learner", f"{M}#Mentor"], Role.COACH),
        ([f"{M}/Instructor#TeachingAssistant"], Role.TUTOR),
        ([f"{M}/Instructor#GuestInstructor"], Role.COACH),
        ([f"{M}/Learner#Learner"], Role.PARTICIPANT),
        ([f"{M}#Learner", TEST_USER], Role.PARTICIPANT),
        ([], None),
        ([""], None),
        ([f"{M}#Administrator"], None),
        ([f"{M}#Manager"], None),
        ([f"{M}/Unknown#Instructor"], None),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"], None),
        (["http://purl.imsglobal.org/vocab/lis/v2/person#Administrator"], None),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#User"], None),
        (["http://evil.example/membership#Instructor"], None),
        (["instructor"], None),
    ],
)
def test_only_roles_in_the_course_count(sent: list[str], role: Role | None) -> None:
    assert load_roles().role_of(sent) is role


@pytest.mark.parametrize(
    "text",
    [
        "roles: {Learner: participant}",
        "strongest_first: [lead, tutor, coach, participant]\nroles: {Learner: student}",
        "strongest_first: [lead, tutor, coach, participant]\nroles: {}\nrole: {}",
        "strongest_first: [",
        "- a",
    ],
)
def test_a_mistake_in_the_file_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "roles.yaml"
    file.write_text(text)
    with pytest.raises(Invalid, match=r"roles\.yaml"):
        load_roles(file)
