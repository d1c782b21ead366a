"""Messages that a running Moodle 4.5 was seen to send, signed afresh and sent to the tool."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
import requests

from lti_tool.db import db
from lti_tool.launch.models import CourseServices
from lti_tool.launch.schemas import AGS, DEEP_LINKING
from lti_tool.people.models import Course, CourseMember
from lti_tool.people.users import find_user_by_identity
from tests.integration.launch.watching import Claims, Tamper, another_platform, claim, watch
from tests.world import COURSE_PATH, World, soup, text_of

CAPTURES = Path(__file__).parents[2] / "demo_vle" / "captures"
CAPTURED_SITE = "http://127.0.0.1:8800"
# What belongs to one launch, one login and one installation; all else stays as it was captured.
FRESH = ("nonce", "iat", "exp", "iss", "aud", "deployment_id", "target_link_uri")
PEOPLE = {
    "student1": ("Sam Teacher", "participant"),
    "student2": ("Zoë O'Brien-Núñez", "participant"),
    "coach1": ("Carol Coach", "participant"),  # Moodle has no word for a coach
    "tutor1": ("Tessa Tutor", "tutor"),
    "tutor2": ("Norman Marker", "tutor"),
    "admin": ("Admin User", "tutor"),
}


def captured(name: str) -> Claims:
    found: Claims = json.loads((CAPTURES / f"{name}.json").read_text("utf-8"))
    return found


def launch_of(username: str) -> Claims:
    claims: Claims = captured(f"launch_resource_link_{username}")["launch_post"]["claims"]
    return claims


def as_captured(captured_claims: Claims, site: str) -> Tamper:
    """The captured claims in place of the platform's own."""
    here = json.loads(json.dumps(captured_claims).replace(CAPTURED_SITE, site))

    def tamper(claims: Claims, _header: Claims) -> None:
        fresh = {claim(name): claims[claim(name)] for name in FRESH}
        claims.clear()
        claims.update(here | fresh)

    return tamper


@pytest.fixture
def moodle(world: World) -> Iterator[World]:
    """A Moodle of its own, in which the captured ids belong to nobody else."""
    with another_platform(world) as found:
        yield found


def launch_as(moodle: World, username: str, role: str = "participant") -> requests.Response:
    """Launch as somebody of the captures, whoever clicked."""
    tamper = as_captured(launch_of(username), moodle.vle.url)
    return moodle.visitor("Somebody", role).launch(moodle.placement("progress"), tamper=tamper)


def course_id_of(page: requests.Response) -> int:
    found = COURSE_PATH.search(page.url)
    assert found, f"{page.url}: {text_of(page)[:300]}"
    return int(found[1])


def check_course(course_id: int, site: str) -> Course:
    """The captured course, with the services that the captured claims name."""
    course = db.session.get_one(Course, course_id)
    services = db.session.get_one(CourseServices, course_id)
    said = launch_of("student1")[AGS]
    assert course.title == "Masters in Teaching and Learning: Module 1"
    assert course.context == "2"
    assert services.lineitems_url == said["lineitems"].replace(CAPTURED_SITE, site)
    assert services.scopes == said["scope"]
    assert services.memberships_url is not None
    assert services.memberships_url.endswith("/CourseSection/2/bindings/1/memberships")
    return course


@pytest.mark.parametrize("username", PEOPLE)
def test_each_person_of_the_captured_course_is_let_in_as_what_moodle_said(
    moodle: World, caplog: pytest.LogCaptureFixture, username: str
) -> None:
    name, role = PEOPLE[username]
    with watch(moodle, caplog) as seen:
        page = launch_as(moodle, username)
    assert (page.status_code, seen.verdicts) == (200, ["ok"]), text_of(page)[:300]
    assert name in text_of(page)
    with moodle.tool.app.app_context():
        course = check_course(course_id_of(page), moodle.vle.url)
        user = find_user_by_identity(course.registration_id, launch_of(username)["sub"])
        assert user is not None
        member = db.session.query(CourseMember).filter_by(user_id=user.id).one()
        assert (user.name, user.email) == (name, launch_of(username)["email"])
        assert (member.course_id, member.role) == (course.id, role)


def test_the_captured_people_meet_in_one_course(moodle: World) -> None:
    assert len({course_id_of(launch_as(moodle, username)) for username in PEOPLE}) == 1


def test_the_captured_question_for_content_is_answered_as_moodle_takes_it(moodle: World) -> None:
    claims = captured("deep_linking")["launch_post"]["claims"]
    tutor = moodle.visitor("Somebody", "tutor")
    tamper = as_captured(claims, moodle.vle.url)
    page = tutor.deep_link(moodle.course, tamper=tamper)
    assert "Choose what to add to your course" in text_of(page)
    chosen = ["progress", "coach-evidence"]
    sent = tutor.submit(page, values={"items": chosen}, button=("action", "submit"))
    form = tutor.form_of(sent, "form[data-auto-submit]")
    asked = claims[DEEP_LINKING + "deep_linking_settings"]
    assert form.action == asked["deep_link_return_url"].replace(CAPTURED_SITE, moodle.vle.url)
    answer = jwt.decode(form["JWT"], options={"verify_signature": False})
    items = answer[DEEP_LINKING + "content_items"]
    assert [each["title"] for each in items] == ["My progress", "Coach evidence"]
    assert all(list(each["custom"]) == ["mtl"] for each in items)
    assert DEEP_LINKING + "data" not in answer  # Moodle gave none


def test_the_captured_review_opens_the_person_whom_moodle_names(moodle: World) -> None:
    launch_as(moodle, "student1")
    claims = captured("auth_endpoint_and_submission_review")["submission_review"]["claims"]
    tamper = as_captured(claims, moodle.vle.url)
    page = moodle.visitor("Somebody", "tutor").launch(moodle.placement("progress"), tamper=tamper)
    assert "/participants/" in page.url
    assert soup(page).select_one("h1").get_text(strip=True) == "Sam Teacher"  # type: ignore[union-attr]


def test_the_captured_review_of_somebody_who_never_came_says_so(moodle: World) -> None:
    claims = captured("auth_endpoint_and_submission_review")["submission_review"]["claims"]
    tamper = as_captured(claims, moodle.vle.url)
    page = moodle.visitor("Somebody", "tutor").launch(moodle.placement("progress"), tamper=tamper)
    assert page.status_code == 404
    assert "has not opened the tool yet" in text_of(page)
