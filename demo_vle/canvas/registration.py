"""What Canvas says of itself, and how it answers a tool that registers.

https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.registration
"""

from typing import Any

from flask import Response, jsonify, make_response

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

PREFIX = "https://canvas.instructure.com/lti/"
SCOPES = (LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE, MEMBERSHIP_READONLY)
LINKS = ("account_navigation", "course_navigation", "user_navigation")
SELECTIONS = ("assignment_selection", "link_selection", "module_index_menu_modal", "editor_button")
REQUIRED = ("client_name", "initiate_login_uri", "redirect_uris", "jwks_uri", "scope")
PRIVACY_LEVELS = ("anonymous", "name_only", "email_only", "public")


def configuration(site: Site) -> dict[str, Any]:
    personality = site.personality
    return {
        "issuer": site.base_url,
        "authorization_endpoint": site.base_url + personality.auth_path,
        "registration_endpoint": site.base_url + personality.registration_path,
        "jwks_uri": site.base_url + personality.jwks_path,
        "token_endpoint": site.base_url + personality.token_path,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "picture", "email", "name", "given_name", "family_name"],
        "subject_types_supported": ["public"],
        "authorization_server": site.base_url,
        PLATFORM: {
            "product_family_code": "canvas",
            "version": "OpenSource",
            "messages_supported": [
                {
                    "type": "LtiResourceLinkRequest",
                    "placements": [PREFIX + each for each in LINKS],
                },
                {
                    "type": "LtiDeepLinkingRequest",
                    "placements": ["ContentArea", *(PREFIX + each for each in SELECTIONS)],
                },
            ],
            "variables": ["Context.id", "Context.id.history", "Canvas.course.id"],
            PREFIX + "account_name": site.name,
            PREFIX + "account_lti_guid": site.guid,
        },
    }


def error(status: int, message: str) -> Response:
    return make_response(jsonify(errors=[{"message": message}]), status)


def check(body: dict[str, Any]) -> None:
    asked = body[TOOL]
    wrong = [name for name in REQUIRED if not body.get(name)]
    wrong += [name for name in ("domain", "messages", "claims") if not asked.get(name)]
    known = {PREFIX + each for each in (*LINKS, *SELECTIONS)} | {"ContentArea", "RichTextEditor"}
    for message in asked.get("messages", []):
        wrong += [each for each in message.get("placements", []) if each not in known]
    if asked.get(PREFIX + "privacy_level", "anonymous") not in PRIVACY_LEVELS:
        wrong.append("privacy_level")
    if any(not isinstance(each, str) for each in asked.get("custom_parameters", {}).values()):
        wrong.append("custom_parameters")
    if wrong:
        named = [{"field": each, "message": f"{each} is invalid"} for each in wrong]
        raise RegistrationRefused(make_response(jsonify(errors=named), 422))


def registered(site: Site, tool: Tool) -> dict[str, Any]:
    """No deployment: Canvas makes one when the administrator installs the app."""
    return {
        **tool.registered,
        "client_id": tool.client_id,
        "registration_client_uri": f"{site.base_url}/api/lti/registrations/{tool.client_id}",
        PREFIX + "registration_config_url": f"{site.base_url}/tools",
    }
