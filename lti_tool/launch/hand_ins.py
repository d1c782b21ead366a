"""The address by which a gradebook opens handed-in work: it names the work and lets nobody in.

Canvas sends this address as the signed target of an ordinary link launch. What it says of a link
beside it is the course's, or another link's. https://canvas.instructure.com/doc/api/score.html
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from urllib.parse import unquote

from lti_tool.launch.claims import RESOURCE_LINK, Launch

REFERENCE = re.compile(r"[?&]hand_in=([A-Za-z0-9_-]{1,64})(?=[&#]|$)")


def new_reference() -> str:
    """A name for a hand-in that nobody can guess."""
    return secrets.token_urlsafe(24)


def url_of(base: str, reference: str) -> str:
    """The address that the gradebook is given."""
    return f"{base}/lti/launch?hand_in={reference}"


def reference_in(launch: Launch) -> str | None:
    """The hand-in that a launch is about, or None where it is about a link."""
    if launch.message_type != RESOURCE_LINK:
        return None
    found = REFERENCE.search(unquote(launch.target_link_uri))
    return found[1] if found else None


def without_link(launch: Launch) -> Launch:
    """The launch without what it says of a link, so that no link is made or changed by it."""
    return replace(launch, link=None, opens=None, lineitem_url=None)
