"""Launches that must be accepted: nine of the certification, for an instructor and for a learner.

https://www.imsglobal.org/spec/lti/v1p3/cert/#valid-teacher-launches
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from demo_vle.browser import Visitor
from demo_vle.personality import LTI
from lti_tool.db import db
from lti_tool.launch import courses
from lti_tool.launch.models import Registration, ResourceLink
from lti_tool.people.models import Course, User
from lti_tool.people.users import find_user_by_identity
from tests.integration.launch.watching import (
    MEMBERSHIP,
    Claims,
    Tamper,
    another_platform,
    shifted,
    watch,
    with_claims,
    without,
)
from tests.world import COURSE_PATH, World, text_of

NAMES = ("name", "given_name", "family_name")
ROLES = {"tutor": "Instructor", "participant": "Learner"}
VARIANTS: dict[str, tuple[Tamper, ...]] = {
    "plain": (),
    "e-mail only": (without(*NAMES),),
    "names only": (without("email"),),
    "no personal data": (without(*NAMES, "email"),),
}


def both(*tampers: Tamper) -> Tamper:
    def tamper(claims: Claims, header: Claims) -> None:
        for each in tampers:
            each(claims, header)

    return tamper


def known_as(world: World, visitor: Visitor) -> User:
    """The user behind a visitor; inside an application context."""
    client_id = world.vle.registration()["client_id"]
    registration = db.session.scalars(
        select(Registration).where(Registration.client_id == client_id)
    ).one()
    user = find_user_by_identity(registration.id, visitor.person.id)
    assert user is not None
    return user


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tampers", VARIANTS.values(), ids=VARIANTS.keys())
def test_a_launch_lets_a_person_in_whatever_is_told_of_them(
    world: World, caplog: pytest.LogCaptureFixture, role: str, tampers: tuple[Tamper, ...]
) -> None:
    visitor = world.visitor("Amira Khan", role, email="amira@school.example")
    with watch(world, caplog) as seen:
        page = visitor.launch(world.placement("progress"), tamper=both(*tampers))
    assert page.status_code == 200
    assert seen.verdicts == ["ok"]
    assert f"/courses/{COURSE_PATH.findall(page.url)[0]}/" in page.url


@pytest.mark.parametrize("role", ROLES)
def test_several_roles_and_short_roles_are_understood(world: World, role: str) -> None:
    name = ROLES[role]
    strange = [MEMBERSHIP + name, "http://example.org/unknown", "urn:other"]
    for roles in ([name], strange, [MEMBERSHIP + name] * 100):
        visitor = world.visitor("Amira Khan", role)
        page = visitor.launch(world.placement("progress"), tamper=with_claims(roles=roles))
        assert page.status_code == 200
        assert COURSE_PATH.search(page.url)
        assert role in text_of(page)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("roles", [[], ["http://example.org/unknown"], ["urn:a", ""]])
def test_without_a_known_role_a_friendly_page_says_whom_to_ask(
    world: World, caplog: pytest.LogCaptureFixture, role: str, roles: list[str]
) -> None:
    visitor = world.visitor("Amira Khan", role)
    with watch(world, caplog) as seen:
        page = visitor.launch(world.placement("progress"), tamper=with_claims(roles=roles))
    assert (page.status_code, seen.verdicts, seen.added) == (200, ["role_unknown"], {})
    assert "Ask the person who runs the course" in text_of(page)
    assert "__Host-mtl" not in visitor.session.cookies


@pytest.mark.parametrize("role", ["participant", "coach"])
def test_without_a_course_one_chooses_among_those_one_was_met_in(world: World, role: str) -> None:
    visitor = world.visitor("Amira Khan", role)
    nowhere = both(without("context", *NAMES))
    page = visitor.launch(world.placement("progress"), tamper=nowhere)
    assert page.status_code == 200
    assert "Go to your course" in text_of(page)
    visitor.launch(world.placement("coach-evidence" if role == "coach" else "progress"))
    page = visitor.launch(world.placement("progress"), tamper=nowhere)
    assert "Choose a course" in text_of(page)
    inside = visitor.follow(page, world.course.title)
    assert inside.status_code == 200
    assert role in text_of(inside)


@pytest.mark.parametrize("says", ROLES.values())
def test_without_a_course_nobody_is_staff_of_any(world: World, says: str) -> None:
    visitor = world.visitor("Tessa Grant", "tutor")
    visitor.launch(world.placement("progress"))
    nowhere = both(without("context"), with_claims(roles=[MEMBERSHIP + says]))
    page = visitor.launch(world.placement("progress"), tamper=nowhere)
    assert "open a link to the tool there" in text_of(page)
    assert world.course.title not in text_of(page)


def test_a_tutor_who_left_a_course_does_not_get_back_in_by_a_launch_without_a_course(
    world: World,
) -> None:
    tessa, other = world.tutor(), World(world.tool, world.vle)
    world.vle.site.unenrol(tessa.visitor.person, world.course)  # type: ignore[arg-type]
    world.vle.site.enrol(tessa.visitor.person, other.course, "editingteacher")  # type: ignore[arg-type]
    tessa.visitor.session.cookies.clear()
    tessa.visitor.launch(other.placement("progress"), tamper=without("context"))
    assert tessa.get("participants").status_code == 401


def test_a_role_outside_the_course_gives_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    elsewhere = [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
    ]
    with watch(world, caplog) as seen:
        visitor.launch(world.placement("progress"), tamper=with_claims(roles=elsewhere))
    assert (seen.verdicts, seen.added) == (["role_unknown"], {})


@pytest.mark.canvas
def test_a_test_student_leaves_no_record(world: World, caplog: pytest.LogCaptureFixture) -> None:
    visitor = world.visitor("Test Student", "participant")
    test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
    roles = [MEMBERSHIP + "Learner", test_user]
    with watch(world, caplog) as seen:
        page = visitor.launch(world.placement("progress"), tamper=with_claims(roles=roles))
    assert (page.status_code, seen.verdicts, seen.added) == (200, ["test_user"], {})


@pytest.mark.canvas
def test_a_mentor_of_canvas_comes_as_a_coach(world: World) -> None:
    coach = world.visitor("Colin Hughes", "coach")
    page = coach.launch(world.placement("progress"))
    assert "coach" in text_of(page)


def test_the_link_for_coaches_lets_a_learner_of_moodle_in_as_a_coach(world: World) -> None:
    coach = world.visitor("Colin Hughes", "coach")
    page = coach.launch(world.placement("coach-evidence"))
    assert "Colin Hughes coach" in text_of(page)


@pytest.mark.parametrize("seconds", [-50, 50])
def test_a_clock_that_is_a_little_off_is_forgiven(world: World, seconds: int) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    drifted = shifted(iat=seconds, exp=seconds - 5 if seconds < 0 else seconds)
    assert visitor.launch(world.placement("progress"), tamper=drifted).status_code == 200


def test_our_own_address_may_stand_in_the_audience_when_azp_names_us(world: World) -> None:
    def tamper(claims: Claims, _header: Claims) -> None:
        claims["azp"] = claims["aud"]
        claims["aud"] = [world.tool.url, claims["aud"]]

    visitor = world.visitor("Amira Khan", "participant")
    assert visitor.launch(world.placement("progress"), tamper=tamper).status_code == 200


def test_login_may_begin_by_get_with_a_hint_of_odd_characters(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    page = visitor.launch(world.placement("progress"), method="GET")
    assert COURSE_PATH.search(page.url)
    odd = {"lti_message_hint": "a+b&c=d/é ü%2B"}
    initiated = visitor.initiate(world.placement("progress"), change=odd)
    assert "lti_message_hint=a%2Bb%26c%3Dd%2F%C3%A9%20%C3%BC%252B" in initiated.headers["Location"]


@pytest.mark.parametrize("link_id", ["a+b c/d&e=ü", "x" * 255])
def test_ids_are_opaque(world: World, link_id: str) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    link = {"id": link_id, "title": "$ResourceLink.title"}
    page = visitor.launch(world.placement("progress"), tamper=with_claims(resource_link=link))
    course_id = int(COURSE_PATH.findall(page.url)[0])
    with world.tool.app.app_context():
        kept = db.session.scalars(
            select(ResourceLink).where(ResourceLink.course_id == course_id)
        ).one()
        assert (kept.resource_link_id, kept.title) == (link_id, None)


def test_a_launch_keeps_course_link_column_and_services(world: World) -> None:
    amira = world.participant(opens="MTL1")
    assert "/modules/MTL1" in amira.page.url
    with world.tool.app.app_context():
        course = db.session.get_one(Course, amira.course_id)
        assert course.title == world.course.title
        link = courses.find_module_link(amira.course_id, "MTL1")
        assert link is not None
        assert "/lineitems/" in (link.lineitem_url or "")
        services = courses.get_services(amira.course_id)
        assert "/lineitems" in (services.lineitems_url or "")
        assert LTI.replace("lti/claim/", "lti-ags/scope/score") in services.scopes
        assert "memberships" in (services.memberships_url or "")
        assert courses.find_module_link(amira.course_id, "MTL2") is None


def test_a_later_launch_refreshes_names_and_makes_nothing_twice(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    visitor.launch(world.placement("MTL1"))
    with watch(world, caplog) as seen:
        visitor.launch(world.placement("MTL1"), tamper=with_claims(name="Amira Khan-Lee"))
    assert seen.added == {}
    with world.tool.app.app_context():
        assert known_as(world, visitor).name == "Amira Khan-Lee"


def test_what_a_person_is_called_never_reaches_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Zaphira Quill", "participant", email="zq@school.example")
    with watch(world, caplog) as seen:
        visitor.launch(world.placement("progress"))
    assert seen.verdicts == ["ok"]
    for private in ("Zaphira", "Quill", "zq@school", "eyJ"):
        assert private not in seen.text


def test_the_page_may_be_framed_by_its_platform_and_nobody_else(world: World) -> None:
    amira = world.participant()
    policy = amira.page.headers["Content-Security-Policy"]
    ancestors = policy.split("frame-ancestors ")[1].split(";")[0].split()
    assert ancestors == ["'self'", world.vle.url]


def test_a_new_place_of_a_known_platform_waits_until_it_is_approved(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with another_platform(world) as other:
        visitor = other.visitor("Amira Khan", "participant")
        elsewhere = with_claims(deployment_id="77:abc")
        with watch(other, caplog) as seen:
            page = visitor.launch(other.placement("progress"), tamper=elsewhere)
        assert (page.status_code, seen.verdicts) == (403, ["deployment_pending"])
        assert set(seen.added) == {"deployment", "audit_event"}
        assert "Waiting for approval" in text_of(page)
        again = visitor.launch(other.placement("progress"), tamper=elsewhere)
        assert again.status_code == 403
        listed = world.tool.app.test_cli_runner().invoke(args=["platforms", "list", "--json"])
        assert '"77:abc"' in listed.output
        number = str(seen.lines[0]["registration"])
        approved = world.tool.app.test_cli_runner().invoke(args=["platforms", "approve", number])
        assert approved.exit_code == 0, approved.output
        page = visitor.launch(other.placement("progress"), tamper=elsewhere)
        assert COURSE_PATH.search(page.url)
