"""What Moodle says of itself, and how it answers a tool that registers.

Moodle: mod/lti/openid-configuration.php, openid-registration.php, registration_helper.php
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response

from demo_vle.personality import (
    LINE_ITEM,
    LINE_ITEM_READONLY,
    MEMBERSHIP_READONLY,
    RESULT_READONLY,
    SCORE,
)
from demo_vle.registration import PLATFORM, TOOL, RegistrationRefused
from demo_vle.site import Site
from demo_vle.state import Tool

SCOPES = (
    "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome",
    LINE_ITEM_READONLY,
    RESULT_READONLY,
    SCORE,
    LINE_ITEM,
    MEMBERSHIP_READONLY,
    "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting",
    "openid",
)
GRANTED = (SCORE, RESULT_READONLY, LINE_ITEM_READONLY, LINE_ITEM, MEMBERSHIP_READONLY)
CLAIMS = ("sub", "iss", "name", "family_name", "given_name", "email")
REQUIRED = ("client_name", "initiate_login_uri", "redirect_uris", "jwks_uri")


def configuration(site: Site) -> dict[str, Any]:
    personality = site.personality
    return {
        "issuer": site.base_url,
        "token_endpoint": site.base_url + personality.token_path,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": site.base_url + personality.jwks_path,
        "authorization_endpoint": site.base_url + personality.auth_path,
        "registration_endpoint": site.base_url + personality.registration_path,
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM: {
            "product_family_code": "moodle",
            "version": "4.5.6 (Build: 20250811)",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
            ],
            "variables": ["Context.id", "Context.id.history", "User.id", "Membership.role"],
        },
    }


def error(status: int, message: str) -> Response:
    return make_response(message, status, {"Content-Type": "text/html; charset=utf-8"})


def check(body: dict[str, Any]) -> None:
    asked = body[TOOL]
    if any(not body.get(name) for name in REQUIRED) or not asked.get("target_link_uri"):
        raise RegistrationRefused(error(400, "missing_required_parameters"))
    host = urlsplit(asked["target_link_uri"]).netloc.removeprefix("www.")
    if asked.get("domain") != host:
        raise RegistrationRefused(error(400, "domain_targetlinkuri_mismatch"))


def registered(tool: Tool) -> dict[str, Any]:
    """In the order of the recorded answer; only deep linking is named among the messages."""
    body, asked = tool.registered, tool.registered[TOOL]
    wanted = body.get("scope", "").split()
    return {
        "client_id": tool.client_id,
        "response_types": ["id_token"],
        "jwks_uri": body["jwks_uri"],
        "initiate_login_uri": body["initiate_login_uri"],
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": body["redirect_uris"],
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": body["client_name"],
        "logo_uri": body.get("logo_uri", ""),
        "scope": " ".join(each for each in GRANTED if each in wanted),
        TOOL: {
            "version": "1.3.0",
            "deployment_id": tool.deployment_id,
            "target_link_uri": asked["target_link_uri"],
            "domain": asked["domain"],
            "description": asked.get("description", ""),
            "messages": [
                {"type": each["type"], "target_link_uri": each["target_link_uri"]}
                for each in asked.get("messages", [])
                if each["type"] == "LtiDeepLinkingRequest"
            ],
            "custom_parameters": asked.get("custom_parameters", {}),
            "claims": [each for each in CLAIMS if each in asked.get("claims", [])],
        },
    }
