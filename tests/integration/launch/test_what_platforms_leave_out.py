"""At every level of privacy, and whatever else a platform leaves out or as it was written."""

from __future__ import annotations

import pytest

from demo_vle.browser import Visitor
from tests.integration.launch.test_accepted_launches import NAMES, both
from tests.integration.launch.watching import (
    Claims,
    Tamper,
    assert_refused,
    claim,
    watch,
    with_claims,
    without,
)
from tests.world import COURSE_PATH, World, text_of

PRODUCTS = ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)]
VARIABLES = with_claims(
    name="$Person.name.full",
    given_name="$Person.name.given",
    family_name="$Person.name.family",
    email="$Person.email.primary",
    lis={"person_sourcedid": "$Person.sourcedId"},
)
NOBODY_KNOWN: dict[str, Tamper] = {
    "nothing": without(*NAMES, "email"),
    "nulls": with_claims(name=None, given_name=None, family_name=None, email=None),
    "empty texts": with_claims(name="", given_name=" ", family_name="", email=""),
    "variables": VARIABLES,
}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("tamper", NOBODY_KNOWN.values(), ids=NOBODY_KNOWN.keys())
def test_somebody_of_whom_nothing_is_told_works_under_a_name_of_their_own(
    world: World, product: str, tamper: Tamper
) -> None:
    assert world.product == product
    amira, ben = (world.visitor(name, "participant") for name in ("Amira Khan", "Ben Ode"))
    seen = {who_is_signed_in(visitor, world, tamper) for visitor in (amira, ben)}
    assert len(seen) == 2, seen
    assert all("Person " in name and "$" not in name for name in seen), seen
    evidence = amira.get(f"{world.tool.url}/courses/{course_of(amira, world, tamper)}/evidence/new")
    assert evidence.status_code == 200


def who_is_signed_in(visitor: Visitor, world: World, tamper: Tamper) -> str:
    page = visitor.launch(world.placement("progress"), tamper=tamper)
    assert page.status_code == 200, text_of(page)
    return text_of(page).split(" participant ")[0][-24:]


def course_of(visitor: Visitor, world: World, tamper: Tamper) -> str:
    page = visitor.launch(world.placement("progress"), tamper=tamper)
    return str(COURSE_PATH.findall(page.url)[0])


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_course_and_a_link_without_titles_open_all_the_same(world: World, product: str) -> None:
    assert world.product == product

    def tamper(claims: Claims, _header: Claims) -> None:
        claims[claim("context")] = {"id": claims[claim("context")]["id"], "title": "$Context.title"}
        claims[claim("resource_link")] = {"id": claims[claim("resource_link")]["id"]}
        claims.pop(claim("launch_presentation"), None)
        claims.pop(claim("tool_platform"), None)
        claims.pop(claim("lis"), None)

    amira = world.visitor("Amira Khan", "participant")
    page = amira.launch(world.placement("MTL1"), tamper=tamper)
    assert page.status_code == 200
    assert "/modules/MTL1" in page.url
    assert "$Context" not in page.text


@pytest.mark.canvas
def test_a_visitor_of_a_public_course_is_asked_to_sign_in_there(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    with watch(world, caplog) as seen:
        page = visitor.launch(world.placement("progress"), tamper=without("sub", *NAMES, "email"))
    assert_refused(seen, page, "sub_absent", 400)
    assert "did not say who you are" in text_of(page)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize(
    "message",
    ["LtiStartProctoring", "DataPrivacyLaunchRequest", "LtiEulaRequest", "LtiReportReviewRequest"],
)
def test_a_message_that_the_tool_does_not_know_gets_a_page(
    world: World, caplog: pytest.LogCaptureFixture, product: str, message: str
) -> None:
    assert world.product == product
    visitor = world.visitor("Tessa Grant", "tutor")
    unknown = both(with_claims(message_type=message), without("resource_link", "context"))
    with watch(world, caplog) as seen:
        page = visitor.launch(world.placement("progress"), tamper=unknown)
    assert_refused(seen, page, "message_type_unknown", 400)
    assert "cannot do what your VLE asks" in text_of(page)


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_audience_may_be_a_list_that_azp_explains(world: World, product: str) -> None:
    assert world.product == product

    def only_us(claims: Claims, _header: Claims) -> None:
        claims["azp"], claims["aud"] = claims["aud"], [claims["aud"]]

    def with_the_platform(claims: Claims, _header: Claims) -> None:
        claims["azp"], claims["aud"] = claims["aud"], [claims["iss"], claims["aud"]]

    for tamper in (only_us, with_the_platform):
        visitor = world.visitor("Amira Khan", "participant")
        page = visitor.launch(world.placement("progress"), tamper=tamper)
        assert COURSE_PATH.search(page.url), text_of(page)


def test_two_courses_in_one_browser_are_kept_apart(world: World) -> None:
    """Somebody who learns in one course and teaches in another has both open in two tabs."""
    other = World(world.tool, world.vle)
    amira = world.participant("Amira Khan")
    world.vle.site.enrol(amira.visitor.person, other.course, "editingteacher")  # type: ignore[arg-type]
    theirs = amira.visitor.launch(other.placement("progress"))
    other_id = COURSE_PATH.findall(theirs.url)[0]
    taught = f"{world.tool.url}/courses/{other_id}/participants"
    learned = f"{world.tool.url}/courses/{amira.course_id}/participants"
    assert amira.visitor.get(taught).status_code == 200
    assert amira.visitor.get(learned).status_code == 403
    assert "participant" in text_of(amira.get(""))
    ben = world.participant("Ben Ode")
    ben.visitor.session = amira.visitor.session
    ben.launch("progress")
    assert amira.visitor.get(taught).status_code == 401
