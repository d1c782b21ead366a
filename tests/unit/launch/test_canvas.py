"""What an administrator of Canvas pastes: the names are Canvas's, the addresses ours."""

from __future__ import annotations

from lti_tool.launch.canvas import developer_key
from lti_tool.launch.tool_configuration import CANVAS_NAMES, SCOPES

OURS = "https://mtl.uni.ac.uk/tool"


def test_the_developer_key_says_what_canvas_wants_to_know() -> None:
    key = developer_key(OURS)
    assert {name: value for name, value in key.items() if str(value).startswith("http")} == {
        "oidc_initiation_url": f"{OURS}/lti/login",
        "target_link_uri": f"{OURS}/lti/launch",
        "public_jwk_url": f"{OURS}/lti/jwks.json",
    }
    assert set(key["scopes"]) == set(SCOPES)
    assert key["custom_fields"] == {"context_history": "$Context.id.history"}
    (extension,) = key["extensions"]
    assert extension["platform"] == "canvas.instructure.com"
    assert (extension["domain"], extension["privacy_level"]) == ("mtl.uni.ac.uk", "public")


def test_a_pasted_canvas_offers_the_places_that_a_registered_one_does() -> None:
    placements = developer_key(OURS)["extensions"][0]["settings"]["placements"]
    assert {each["placement"] for each in placements} == set(CANVAS_NAMES)
    for each in placements:
        links = each["placement"] != "course_navigation"
        message = "LtiDeepLinkingRequest" if links else "LtiResourceLinkRequest"
        assert each["message_type"] == message
        assert each["target_link_uri"] == f"{OURS}/lti/launch"
