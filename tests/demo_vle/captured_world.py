"""A platform as it was when the captures were made: the same course, people and links."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from a_tool import ATool

from demo_vle.personality import (
    LINE_ITEM,
    LINE_ITEM_READONLY,
    MEMBERSHIP_READONLY,
    RESULT_READONLY,
    SCORE,
)
from demo_vle.server import RunningVle
from demo_vle.state import Course, Person, Placement

CAPTURES = Path(__file__).with_name("captures")
ALL_SCOPES = (LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE, MEMBERSHIP_READONLY)
TOOL_CUSTOM = {
    "ctx_history": "$Context.id.history",
    "rl_title": "$ResourceLink.title",
    "user_id": "$User.id",
    "person_sourcedid": "$Person.sourcedId",
    "username": "$User.username",
    "membership_role": "$Membership.role",
    "mentor": "$Membership.role.scopeMentor",
    "course_idnumber": "$CourseSection.sourcedId",
    "rl_history": "$ResourceLink.id.history",
    "avail_end": "$ResourceLink.available.endDateTime",
    "groups": "$Moodle.Person.userGroupIds",
    "tz": "$Person.address.timezone",
    "static": "hello",
}


def read_capture(name: str) -> Any:
    return json.loads((CAPTURES / f"{name}.json").read_text("utf-8"))


@dataclass
class World:
    """A tool, a platform, a course with everybody in it."""

    vle: RunningVle
    tool: ATool
    course: Course
    people: dict[str, Person]
    placement: Placement


def place_module(vle: RunningVle, course: Course) -> Placement:
    return vle.site.place(course, "Module 1 summative", line_item={"scoreMaximum": 100})


def captured_people(vle: RunningVle, course: Course) -> dict[str, Person]:
    """In the order of their captured ids, which begin at 3."""
    people: dict[str, Person] = {}
    for username, name, sourcedid, role in (
        ("tutor1", "Tessa Tutor", "STAFF001", "editingteacher"),
        ("tutor2", "Norman Marker", "STAFF002", "teacher"),
        ("student1", "Sam Teacher", "MTL0001", "student"),
        ("student2", "Zoë O'Brien-Núñez", "MTL0002", "student"),
        ("student3", "Left Already", "MTL0003", "student"),
        ("coach1", "Carol Coach", "SCH0001", "coach"),
        ("outsider", "Olive Outsider", "", ""),
    ):
        person = vle.site.add_person(
            name, f"{username}@school.example", username=username, sourcedid=sourcedid
        )
        people[username] = person
        if role:
            vle.site.enrol(person, course, role, suspended=username == "student3")
    people["admin"] = vle.site.add_person(
        "Admin User", "admin@moodle.invalid", username="admin", site_admin=True
    )
    return people


def canvas_people(vle: RunningVle, course: Course) -> dict[str, Person]:
    people = {
        username: vle.site.add_person(name, f"{username}@school.example", username=username)
        for username, name in (
            ("student1", "Sam Teacher"),
            ("student2", "Zoë O'Brien-Núñez"),
            ("tutor1", "Tessa Tutor"),
            ("coach1", "Carol Coach"),
        )
    }
    for username, role in (("student1", "student"), ("student2", "student"), ("tutor1", "teacher")):
        vle.site.enrol(people[username], course, role)
    vle.site.enrol(people["coach1"], course, "observer", observees=[people["student1"]])
    return people
