"""The developer key configuration that Canvas reads.

https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_dev_key_config
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

TITLE = "MTL Tool"
DESCRIPTION = "Progress, evidence, coaching and marks in the Masters in Teaching and Learning."
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

# Where a teacher places links: as an assignment, as a module item, or several at once.
SELECTIONS = ("assignment_selection", "link_selection", "module_index_menu_modal")


def developer_key(ours: str) -> dict[str, Any]:
    """Everything Canvas needs to know of a tool at this address."""
    launch = f"{ours}/lti/launch"
    selections = [
        {
            "placement": placement,
            "message_type": "LtiDeepLinkingRequest",
            "target_link_uri": launch,
            "text": TITLE,
            "selection_width": 800,
            "selection_height": 700,
        }
        for placement in SELECTIONS
    ]
    navigation = {
        "placement": "course_navigation",
        "message_type": "LtiResourceLinkRequest",
        "target_link_uri": launch,
        "text": TITLE,
    }
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "oidc_initiation_url": f"{ours}/lti/login",
        "target_link_uri": launch,
        "public_jwk_url": f"{ours}/lti/jwks.json",
        "scopes": [
            AGS + "lineitem",
            AGS + "lineitem.readonly",
            AGS + "result.readonly",
            AGS + "score",
            NRPS,
        ],
        "custom_fields": {"context_history": "$Context.id.history"},
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": urlsplit(ours).hostname,
                "tool_id": "mtl-tool",
                "privacy_level": "public",
                "settings": {"text": TITLE, "placements": [navigation, *selections]},
            }
        ],
    }
