"""Moodle's launches, against what a running Moodle 4.5 was seen to send."""

import re
from typing import Any

import pytest
from captured_world import World, read_capture

from demo_vle.browser import Visitor

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
PEOPLE = ("tutor1", "tutor2", "student1", "student2", "coach1", "admin")
# What differs in each launch and each platform; only its presence and form can be compared.
FREE = {
    "nonce",
    "iat",
    "exp",
    "iss",
    "aud",
    "sub",
    "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome",
}


def shape(value: Any) -> Any:
    """A value with everything that belongs to one installation taken out."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    if isinstance(value, str):
        value = re.sub(r"http://127\.0\.0\.1:\d+", "http://here", value)
        value = re.sub(r"sesskey=[^&]*", "sesskey=…", value)
        value = value.replace("/lti/launch", "/launch")
        value = re.sub(r"^[0-9a-f]{32}$", "<guid>", value)
        return re.sub(r"lineitems/\d+/", "lineitems/N/", value)
    return value


def comparable(claims: dict[str, Any]) -> dict[str, Any]:
    kept = {key: shape(each) for key, each in claims.items() if key not in FREE}
    kept[LTI + "tool_platform"].pop("description")
    custom = kept[LTI + "custom"]
    if custom.get("user_id"):
        custom["user_id"] = "N"
    return kept


@pytest.mark.parametrize("username", PEOPLE)
def test_each_person_launches_with_the_claims_that_moodle_sent(
    moodle: World, username: str
) -> None:
    """Proves captures/launch_resource_link_<username>.json."""
    captured = read_capture(f"launch_resource_link_{username}")["launch_post"]
    Visitor(moodle.vle, moodle.people[username]).launch(moodle.placement)
    claims = moodle.tool.claims()
    assert sorted(moodle.tool.posts[-1]) == captured["form_keys"]
    assert set(claims) == set(captured["claims"])
    assert comparable(claims) == comparable(captured["claims"])
    assert claims["exp"] - claims["iat"] == 60
    assert claims["sub"] == moodle.people[username].id
    assert isinstance(claims["aud"], str)


def test_login_initiation_carries_the_fields_that_moodle_posted(moodle: World) -> None:
    """Proves captures/launch_resource_link_student1.json: oidc_login_initiation."""
    captured = read_capture("launch_resource_link_student1")["oidc_login_initiation"]["params"]
    Visitor(moodle.vle, moodle.people["student1"]).launch(moodle.placement)
    seen = moodle.tool.logins[-1]
    assert set(seen) == set(captured)
    assert re.fullmatch(r'\{"cmid":\d+,"launchid":"ltilaunch1_\d+"\}', seen["lti_message_hint"])
    assert seen["login_hint"] == captured["login_hint"] == "5"
    assert re.fullmatch(r"[A-Za-z0-9]{15}", seen["client_id"])


@pytest.mark.parametrize("username", ["student3", "outsider"])
def test_who_is_suspended_or_not_enrolled_never_reaches_the_tool(
    moodle: World, username: str
) -> None:
    """Proves captures/launch_resource_link_student3.json and …_outsider.json."""
    captured = read_capture(f"launch_resource_link_{username}")
    visitor = Visitor(moodle.vle, moodle.people[username])
    page = visitor.get(f"{moodle.vle.url}/launch/{moodle.placement.id}?as={visitor.person.id}")
    assert page.status_code == captured["final_status"]
    assert re.sub(r":\d+/", ":N/", page.url) == re.sub(r":\d+/", ":N/", captured["final_url"])
    assert moodle.tool.logins == []


AUTH_CASES = {
    "auth: good GET": {},
    "auth: wrong redirect_uri": {"redirect_uri": "http://127.0.0.1:1/other"},
    "auth: redirect_uri with extra query": {"redirect_uri": "{launch}?x=1"},
    "auth: wrong client_id": {"client_id": "someone-else"},
    "auth: wrong login_hint": {"login_hint": "4"},
    "auth: no nonce": {"nonce": None},
    "auth: no response_mode": {"response_mode": None},
    "auth: prompt=login": {"prompt": "login"},
    "auth: no lti_message_hint": {"lti_message_hint": None},
    "auth: scope openid email": {"scope": "openid email"},
    "auth: no prompt": {"prompt": None},
    "auth: no state": {"state": None},
}


@pytest.mark.parametrize("label", AUTH_CASES)
def test_the_authorisation_endpoint_answers_as_moodle_did(moodle: World, label: str) -> None:
    """Proves captures/auth_endpoint_and_submission_review.json, by its labels."""
    captured = read_capture("auth_endpoint_and_submission_review")[label]
    moodle.tool.asks = {
        name: value and value.replace("{launch}", f"{moodle.tool.url}/lti/launch")
        for name, value in AUTH_CASES[label].items()
    }
    visitor = Visitor(moodle.vle, moodle.people["student1"])
    redirect = visitor.initiate(moodle.placement)
    page = visitor.session.get(redirect.headers["Location"], timeout=10)
    assert page.status_code == captured["status"]
    if page.status_code == 200:
        form = visitor.form_of(page)
        assert form.action == f"{moodle.tool.url}/lti/launch"
        seen = {name: "<jwt>" if name == "id_token" else val for name, val in form.fields}
        assert seen == captured["form"]


def test_a_launch_is_given_out_once(moodle: World) -> None:
    """Proves captures/auth_endpoint_and_submission_review.json: replayed."""
    captured = read_capture("auth_endpoint_and_submission_review")
    visitor = Visitor(moodle.vle, moodle.people["student1"])
    address = visitor.initiate(moodle.placement).headers["Location"]
    assert "id_token" in visitor.authorise(address)
    again = visitor.session.get(address, timeout=10)
    assert again.status_code == captured["auth: replayed (same login twice)"]["status"] == 404


def test_a_browser_whose_cookie_was_withheld_is_asked_to_post_again(moodle: World) -> None:
    """Proves captures/auth_endpoint_and_submission_review.json: not logged in (cookie lost)."""
    captured = read_capture("auth_endpoint_and_submission_review")
    visitor = Visitor(moodle.vle, moodle.people["student1"])
    address = visitor.initiate(moodle.placement).headers["Location"]
    stranger = Visitor(moodle.vle, moodle.people["student1"])
    page = stranger.session.get(address, timeout=10)
    form = stranger.form_of(page)
    assert dict(form.fields) == captured["auth: not logged in (cookie lost)"]["form"]
    assert form.action == address
    assert "id_token" in visitor.form_of(visitor.send(form))
