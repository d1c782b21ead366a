"""Which platforms may be registered, judged by what they say of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.launch.platform_configuration import read_configuration
from lti_tool.launch.verdicts import BadRegistration
from tests.integration.launch.test_refused_registrations import PLATFORM, captured_configuration
from tests.tool_server import RunningTool

MOODLE = "https://vle.uni.ac.uk"
ON_SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
pytestmark = ON_SQLITE  # nothing here touches a store


def read(tool: RunningTool, url: str = MOODLE + "/configuration", **changed: Any) -> Any:
    with tool.app.app_context():
        body = captured_configuration(MOODLE) | changed
        return read_configuration({k: v for k, v in body.items() if v is not None}, url)


def platform(**changed: Any) -> dict[str, Any]:
    return {PLATFORM: captured_configuration(MOODLE)[PLATFORM] | changed}


def test_a_real_moodle_can_be_registered(tool: RunningTool) -> None:
    found = read(tool)
    assert (found.issuer, found.product) == (MOODLE, "moodle")
    assert found.messages == {
        "LtiResourceLinkRequest": [],
        "LtiDeepLinkingRequest": ["ContentArea"],
    }


def test_a_moodle_below_a_path_has_the_same_host(tool: RunningTool) -> None:
    assert read(tool, MOODLE + "/moodle/mod/lti/c.php", issuer=MOODLE + "/moodle")


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://canvas.instructure.com", "https://school.instructure.com/api/lti/c"),
        ("https://canvas.instructure.com", "https://sso.canvaslms.com/api/lti/c"),
        ("https://canvas.beta.instructure.com", "https://sso.beta.canvaslms.com/api/lti/c"),
    ],
)
def test_the_canvas_cloud_has_one_issuer_for_all(tool: RunningTool, issuer: str, url: str) -> None:
    assert read(tool, url, issuer=issuer).issuer == issuer


HOSTED = {
    "issuer": "https://canvas.instructure.com",
    "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
    "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
    "registration_endpoint": "https://canvas.uni.ac.uk/api/lti/registrations",
}
OWN_ADDRESS = "https://canvas.uni.ac.uk/api/lti/security/openid-configuration"


def hosted(tool: RunningTool, **changed: Any) -> Any:
    """A hosted Canvas that answers at the university's own address."""
    return read(tool, OWN_ADDRESS, **HOSTED | platform(product_family_code="canvas") | changed)


def test_a_hosted_canvas_may_answer_at_the_universitys_address_but_nobody_vouches_for_it(
    tool: RunningTool,
) -> None:
    found = hosted(tool)
    assert (found.issuer, found.jwks_uri) == (HOSTED["issuer"], HOSTED["jwks_uri"])
    assert not found.is_vouched
    assert read(tool).is_vouched
    assert read(tool, "https://school.instructure.com/c", issuer=HOSTED["issuer"]).is_vouched


def test_its_beta_copy_may_with_the_addresses_of_the_beta_copy(tool: RunningTool) -> None:
    beta = {name: url.replace("//sso.", "//sso.beta.") for name, url in HOSTED.items()}
    beta["issuer"] = "https://canvas.beta.instructure.com"
    assert not hosted(tool, **beta).is_vouched


NOT_HOSTED: dict[str, dict[str, Any]] = {
    "keys of its own": {"jwks_uri": "https://canvas.uni.ac.uk/api/lti/security/jwks"},
    "keys of a customer": {"jwks_uri": "https://evil.instructure.com/files/jwks"},
    "keys on another port": {"jwks_uri": "https://sso.canvaslms.com:8443/jwks"},
    "keys that look alike": {"jwks_uri": "https://sso.canvaslms.com.evil.example/jwks"},
    "keys of the beta copy": {"jwks_uri": "https://sso.beta.canvaslms.com/jwks"},
    "token elsewhere": {"token_endpoint": "https://canvas.uni.ac.uk/login/oauth2/token"},
    "login elsewhere": {"authorization_endpoint": "https://canvas.uni.ac.uk/authorize"},
    "registers elsewhere": {"registration_endpoint": "https://third.example/registrations"},
    "issuer below a path": {"issuer": "https://canvas.instructure.com/x"},
    "issuer of another product": platform(product_family_code="moodle"),
}


@pytest.mark.parametrize("changed", NOT_HOSTED.values(), ids=NOT_HOSTED.keys())
def test_what_instructure_does_not_sign_is_no_hosted_canvas(
    tool: RunningTool, changed: dict[str, Any]
) -> None:
    with pytest.raises(BadRegistration) as refused:
        hosted(tool, **changed)
    assert refused.value.code == "issuer_elsewhere"


SPOILT: dict[str, tuple[dict[str, Any], str]] = {
    "no issuer": ({"issuer": None}, "configuration_invalid"),
    "issuer no text": ({"issuer": 7}, "configuration_invalid"),
    "issuer elsewhere": ({"issuer": "https://vle.other.ac.uk"}, "issuer_elsewhere"),
    "issuer of a subdomain": ({"issuer": "https://a.vle.uni.ac.uk"}, "issuer_elsewhere"),
    "issuer on another port": ({"issuer": MOODLE + ":8443"}, "issuer_elsewhere"),
    "cloud from elsewhere": ({"issuer": "https://canvas.instructure.com"}, "issuer_elsewhere"),
    "issuer http": ({"issuer": "http://vle.uni.ac.uk"}, "issuer_invalid"),
    "keys over http": ({"jwks_uri": "http://vle.uni.ac.uk/k"}, "endpoint_invalid"),
    "token in private": ({"token_endpoint": "https://10.1.1.1/t"}, "endpoint_invalid"),
    "file to post to": ({"registration_endpoint": "file:///tmp/x"}, "endpoint_invalid"),
    "login is script": ({"authorization_endpoint": "javascript:alert(1)"}, "endpoint_invalid"),
    "no keys": ({"jwks_uri": None}, "configuration_invalid"),
    "long": ({"token_endpoint": MOODLE + "/" + "x" * 600}, "configuration_invalid"),
    "nul": ({"token_endpoint": MOODLE + "/\x00"}, "configuration_invalid"),
    "secrets only": (
        {"token_endpoint_auth_methods_supported": ["client_secret_post"]},
        "method_unsupported",
    ),
    "another signature": (
        {"id_token_signing_alg_values_supported": ["ES256"]},
        "algorithm_unsupported",
    ),
    "no scores": ({"scopes_supported": ["openid"]}, "scope_unsupported"),
    "scopes no list": ({"scopes_supported": "openid"}, "configuration_invalid"),
    "no platform": ({PLATFORM: None}, "configuration_invalid"),
    "another product": (platform(product_family_code="sakai"), "product_unknown"),
    "no links": (platform(messages_supported=[]), "message_unsupported"),
    "placements no list": (
        platform(messages_supported=[{"type": "LtiResourceLinkRequest", "placements": 1}]),
        "configuration_invalid",
    ),
}


@pytest.mark.parametrize(("changed", "code"), SPOILT.values(), ids=SPOILT.keys())
def test_a_platform_that_does_not_fit_is_refused(
    tool: RunningTool, changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(BadRegistration) as refused:
        read(tool, **changed)
    assert refused.value.code == code
    assert "Nothing was registered" in refused.value.sentence


@pytest.mark.parametrize("body", [None, [], "text", 7, {"issuer": {}}])
def test_anything_else_is_no_configuration(tool: RunningTool, body: Any) -> None:
    with tool.app.app_context(), pytest.raises(BadRegistration):
        read_configuration(body, MOODLE)
