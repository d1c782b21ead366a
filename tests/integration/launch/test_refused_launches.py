"""Launches that must be refused: the twelve of the certification, and our own.

https://www.imsglobal.org/spec/lti/v1p3/cert/#known-bad-payloads
"""

from __future__ import annotations

from typing import Any

import pytest

from demo_vle.keys import SigningKey
from tests.integration.launch.watching import (
    Claims,
    Tamper,
    assert_refused,
    claim,
    shifted,
    watch,
    with_claims,
    with_header,
    without,
)
from tests.world import World, text_of

OLD = {"iat": 11111, "exp": 22222}
REQUIRED = ("aud", "iss", "sub", "deployment_id", "roles", "version", "message_type")


def only_strangers(claims: Claims, _header: Claims) -> None:
    claims["aud"] = [claims["aud"], "somebody-else"]
    claims["azp"] = claims["aud"][0]


def several_without_azp(claims: Claims, _header: Claims) -> None:
    claims["aud"] = [claims["aud"], claims["iss"]]


def slash_after_issuer(claims: Claims, _header: Claims) -> None:
    claims["iss"] += "/"


def another_target(claims: Claims, _header: Claims) -> None:
    claims[claim("target_link_uri")] += "?other=1"


CERTIFIED: dict[str, tuple[Tamper, str, int]] = {
    "no key id": (with_header(kid=None), "kid_absent", 401),
    "unknown key id": (with_header(kid="imstester_66067"), "kid_unknown", 401),
    "wrong version": (with_claims(version="11.3.0"), "version_unknown", 400),
    "no version": (without("version"), "version_absent", 400),
    "many claims missing": (without(*REQUIRED), "issuer_mismatch", 401),
    "times are nonsense": (with_claims(**OLD), "expired", 401),
    "no message type": (without("message_type"), "message_type_absent", 400),
    "no roles": (without("roles"), "roles_absent", 400),
    "no deployment": (without("deployment_id"), "deployment_id_absent", 400),
    "no resource link id": (with_claims(resource_link={}), "resource_link_absent", 400),
    "no subject": (without("sub"), "sub_absent", 400),
}

TIMES: dict[str, tuple[Tamper, str, int]] = {
    "no exp": (without("exp"), "exp_absent", 401),
    "no iat": (without("iat"), "iat_absent", 401),
    "exp is text": (with_claims(exp="soon"), "exp_invalid", 401),
    "iat is true": (with_claims(iat=True), "iat_invalid", 401),
    "iat far ahead": (shifted(iat=120, exp=120), "from_the_future", 401),
    "not yet valid": (with_claims(nbf=4102444800), "from_the_future", 401),
    "older than a login may take": (shifted(iat=-700, exp=3600), "expired", 401),
    "expired beyond leeway": (shifted(exp=-150), "expired", 401),
    "never expires": (with_claims(exp=float("nan")), "exp_invalid", 401),
    "endless exp": (with_claims(exp=float("inf")), "exp_invalid", 401),
    "exp with 400 digits": (with_claims(exp=10**400), "exp_invalid", 401),
    "iat with 400 digits": (with_claims(iat=-(10**400)), "iat_invalid", 401),
    "exp is true": (with_claims(exp=True), "exp_invalid", 401),
    "expired by its minute": (shifted(exp=-121), "expired", 401),
}

SENDERS: dict[str, tuple[Tamper, str, int]] = {
    "other audience": (with_claims(aud="somebody-else"), "audience_mismatch", 401),
    "strangers in the audience": (only_strangers, "audience_mismatch", 401),
    "several audiences and no azp": (several_without_azp, "azp_mismatch", 401),
    "azp is a stranger": (with_claims(azp="somebody-else"), "azp_mismatch", 401),
    "audience is no text": (with_claims(aud={"a": 1}), "audience_mismatch", 401),
    "issuer with a slash": (slash_after_issuer, "issuer_mismatch", 401),
    "no signature": (with_header(alg="none"), "algorithm_refused", 401),
    "public key as secret": (with_header(alg="HS256"), "algorithm_refused", 401),
    "nonce of nobody": (with_claims(nonce="another"), "nonce_mismatch", 401),
    "no nonce": (without("nonce"), "nonce_mismatch", 401),
}

SHAPES: dict[str, tuple[Tamper, str, int]] = {
    "unknown message": (
        with_claims(message_type="LtiStartProctoring"),
        "message_type_unknown",
        400,
    ),
    "roles as text": (with_claims(roles="Instructor"), "roles_invalid", 400),
    "a role that is a number": (with_claims(roles=[1]), "roles_0_invalid", 400),
    "course as list": (with_claims(context=["2"]), "context__schema_invalid", 400),
    "course without id": (with_claims(context={"title": "MTL"}), "context_id_absent", 400),
    "custom as text": (with_claims(custom="a=b"), "custom_invalid", 400),
    "link as text": (with_claims(resource_link="1"), "resource_link__schema_invalid", 400),
    "link id as number": (with_claims(resource_link={"id": 1}), "resource_link_id_invalid", 400),
    "subject as number": (with_claims(sub=5), "sub_invalid", 400),
    "subject is null": (with_claims(sub=None), "sub_absent", 400),
    "subject is empty": (with_claims(sub=""), "sub_absent", 400),
    "roles are null": (with_claims(roles=None), "roles_absent", 400),
    "id too long": (with_claims(sub="x" * 256), "sub_invalid", 400),
    "deployment as a variable": (
        with_claims(deployment_id="$Deployment.id"),
        "deployment_id_absent",
        400,
    ),
    "target elsewhere": (
        with_claims(target_link_uri="https://evil.example/lti/launch"),
        "target_elsewhere",
        400,
    ),
    "another page of ours than was asked for": (another_target, "target_mismatch", 400),
    "no target": (without("target_link_uri"), "target_link_uri_absent", 400),
}
ALL = CERTIFIED | TIMES | SENDERS | SHAPES


@pytest.mark.parametrize(("tamper", "verdict", "status"), ALL.values(), ids=ALL.keys())
def test_a_bad_launch_is_refused_and_leaves_one_log_line(
    world: World, caplog: pytest.LogCaptureFixture, tamper: Tamper, verdict: str, status: int
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    placement = world.placement("progress")
    with watch(world, caplog) as seen:
        page = visitor.launch(placement, tamper=tamper)
    assert_refused(seen, page, verdict, status)
    assert "Open the link" in text_of(page)


def test_a_token_signed_by_another_key_of_the_same_id_is_refused(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    forger = SigningKey.generate(world.vle.site.keys[0].key_id)
    visitor = world.visitor("Amira Khan", "participant")
    with watch(world, caplog) as seen:
        page = visitor.launch(world.placement("progress"), sign_with=forger)
    assert_refused(seen, page, "signature_wrong", 401)


def test_a_key_that_a_token_brings_along_is_never_looked_at(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    forger = SigningKey.generate("brought-along")
    brought = with_header(
        jwk=forger.as_jwk(), jku="https://evil.example/keys", x5u="https://evil.example/cert"
    )
    visitor = world.visitor("Amira Khan", "participant")
    with watch(world, caplog) as seen:
        page = visitor.launch(world.placement("progress"), tamper=brought, sign_with=forger)
    assert_refused(seen, page, "kid_unknown", 401)


BODIES: dict[str, tuple[dict[str, str], str, int]] = {
    "no launch at all": ({"name": "Fred"}, "not_a_launch", 400),
    "an LTI 1.1 launch": ({"oauth_consumer_key": "k", "lti_version": "LTI-1p0"}, "lti_1p1", 400),
    "a state of nobody": ({"state": "x" * 43, "id_token": "a.b.c"}, "state_unknown", 401),
    "an odd state": ({"state": "'; --", "id_token": "a.b.c"}, "state_unknown", 401),
    "an error without our state": ({"error": "access_denied", "state": "x"}, "state_unknown", 401),
}


@pytest.mark.parametrize(("body", "verdict", "status"), BODIES.values(), ids=BODIES.keys())
def test_a_post_that_answers_no_login_of_ours_is_refused(
    world: World,
    caplog: pytest.LogCaptureFixture,
    body: dict[str, str],
    verdict: str,
    status: int,
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    with watch(world, caplog) as seen:
        page = visitor.session.post(f"{world.tool.url}/lti/launch", data=body, timeout=20)
    assert_refused(seen, page, verdict, status)


def test_a_launch_cannot_be_opened_by_its_address(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    page = visitor.get(f"{world.tool.url}/lti/launch")
    assert page.status_code == 405
    assert "Open the tool again from your course" in text_of(page)


def test_a_very_large_post_is_refused(world: World) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    body = {"state": "x", "id_token": "y" * 3_000_000}
    page = visitor.session.post(f"{world.tool.url}/lti/launch", data=body, timeout=20)
    assert page.status_code == 413


LOGINS: dict[str, tuple[dict[str, Any], str, int]] = {
    "unknown client": ({"client_id": "nobody"}, "client_unknown", 400),
    "unknown issuer": ({"iss": "https://vle.example"}, "client_unknown", 400),
    "issuer with a slash": ({"iss": "https://vle.example/"}, "client_unknown", 400),
    "no issuer": ({"iss": None}, "login_iss_absent", 400),
    "no login hint": ({"login_hint": None}, "login_login_hint_absent", 400),
    "no target": ({"target_link_uri": None}, "login_target_link_uri_absent", 400),
    "target elsewhere": ({"target_link_uri": "https://evil.example/"}, "target_elsewhere", 400),
    "target at a name like ours": (
        {"target_link_uri": "http://localhost.evil.example/lti/launch"},
        "target_elsewhere",
        400,
    ),
}


@pytest.mark.parametrize(("change", "verdict", "status"), LOGINS.values(), ids=LOGINS.keys())
def test_a_bad_login_initiation_is_refused(
    world: World,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any],
    verdict: str,
    status: int,
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    with watch(world, caplog) as seen:
        page = visitor.initiate(world.placement("progress"), change=change)
    assert_refused(seen, page, verdict, status)


def test_a_login_parameter_that_comes_twice_is_refused(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    form = visitor.login_form(f"/launch/{world.placement('progress').id}")
    form.fields.append(("iss", "https://vle.example"))
    with watch(world, caplog) as seen:
        page = visitor.send(form)
    assert_refused(seen, page, "parameter_repeated", 400)


def test_a_platform_that_refuses_is_told_in_our_words(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    initiated = visitor.initiate(world.placement("progress"), change={"login_hint": "999999"})
    with watch(world, caplog) as seen:
        form = visitor.authorise(initiated.headers["Location"])
        assert "error" in form
        page = visitor.post_launch(form)
    assert_refused(seen, page, "platform_access_denied", 400)
    assert form["error"] not in text_of(page)
