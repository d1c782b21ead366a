"""What we ask of a platform when we register, and why: shown to its administrator, then sent.

https://www.imsglobal.org/spec/lti-dr/v1p0#tool-configuration
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool.launch.canvas import AGS, DESCRIPTION, NRPS, SELECTIONS, TITLE

LINK = "LtiResourceLinkRequest"
DEEP_LINK = "LtiDeepLinkingRequest"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CANVAS = "https://canvas.instructure.com/lti/"

# Without these no mark can be sent and found again; the others are done without where they lack.
NEEDED = (AGS + "lineitem", AGS + "score", AGS + "result.readonly")


@dataclass(frozen=True)
class Wish:
    """Something asked for, the reason, and what is lost without it."""

    what: str
    why: str
    without: str = ""


SCOPES = {
    AGS + "lineitem": Wish(
        "Make and change the tool's own gradebook columns", "Each module has one column."
    ),
    AGS + "lineitem.readonly": Wish(
        "See the gradebook columns",
        "The tool looks for a module's column before it makes one.",
        "Columns are found all the same.",
    ),
    AGS + "score": Wish("Write marks and feedback", "Only those that a tutor has released."),
    AGS + "result.readonly": Wish(
        "Read marks in those columns", "To see that a mark arrived and was not changed since."
    ),
    NRPS: Wish(
        "Read who is in a course, and in which role",
        "So that tutors see every participant, also those who have not opened the tool yet.",
        "People appear in the tool only once they have opened it.",
    ),
}
CLAIMS = (
    Wish("A person's number in your VLE", "To know the same person again."),
    Wish("Name", "It stands beside evidence and marks, for the tutors and coaches of a person."),
    Wish(
        "Role in the course", "It decides what they may do; of observers, also whom they observe."
    ),
    Wish("E-mail address", "To tell two people of one name apart."),
)
CLAIM_NAMES = ("iss", "sub", "name", "given_name", "family_name", "email")
CHOOSER = "Choosing what a link opens"
CHOOSER_LOST = "Links open “My progress” until a tutor says what else they are for."
CANVAS_NAMES = {
    "course_navigation": "In the menu of each course",
    "assignment_selection": "As an assignment",
    "link_selection": "As an item of a module",
    "module_index_menu_modal": "As several items of a module at once",
}


@dataclass(frozen=True)
class Plan:
    """What is asked of one platform, as far as it offers it."""

    scopes: list[Wish]
    links: list[str]
    lost: list[Wish]


def plan_for(product: str, supported: Sequence[str], messages: dict[str, list[str]]) -> Plan:
    """The same that `tool_configuration` asks, in words."""
    lost = [wish for scope, wish in SCOPES.items() if scope not in supported]
    links = ["As an activity in a course"]
    if product == "canvas":
        links = [CANVAS_NAMES[name] for name in CANVAS_NAMES if _spelt(name, messages)]
    if DEEP_LINK in messages:
        links.append("With a page on which a teacher chooses what the link opens")
    else:
        lost.append(Wish(CHOOSER, "", CHOOSER_LOST))
    asked = [wish for scope, wish in SCOPES.items() if scope in supported]
    return Plan(asked, links, lost)


def tool_configuration(
    ours: str, product: str, supported: Sequence[str], messages: dict[str, list[str]]
) -> dict[str, Any]:
    """The body of the registration request."""
    launch = f"{ours}/lti/launch"
    # Moodle compares the domain with the link's host and drops "www." from one of the two only.
    domain = urlsplit(ours).netloc.removeprefix("www.")
    asked: dict[str, Any] = {
        "domain": domain,
        "description": DESCRIPTION,
        "target_link_uri": launch,
        "custom_parameters": {"context_history": "$Context.id.history"},
        "claims": list(CLAIM_NAMES),
        "messages": _moodle_messages(launch, messages),
    }
    if product == "canvas":
        asked |= {
            "domain": urlsplit(ours).netloc,
            "messages": _canvas_messages(launch, messages),
            CANVAS + "privacy_level": "public",
            CANVAS + "tool_id": "mtl-tool",
            CANVAS + "vendor": TITLE,
        }
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{ours}/lti/login",
        "redirect_uris": [launch],
        "client_name": TITLE,
        "jwks_uri": f"{ours}/lti/jwks.json",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(scope for scope in SCOPES if scope in supported),
        TOOL: asked,
    }


def _moodle_messages(launch: str, messages: dict[str, list[str]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"type": LINK}]
    if DEEP_LINK in messages:
        found.append({"type": DEEP_LINK, "target_link_uri": launch, "label": TITLE})
    return found


def _canvas_messages(launch: str, messages: dict[str, list[str]]) -> list[dict[str, Any]]:
    common = {"target_link_uri": launch, "label": TITLE}
    found: list[dict[str, Any]] = []
    navigation = _spelt("course_navigation", messages)
    if navigation:
        found.append(
            {
                "type": LINK,
                **common,
                "placements": [navigation],
                CANVAS + "visibility": "members",
                CANVAS + "course_navigation/default_enabled": True,
            }
        )
    else:
        found.append({"type": LINK, **common})
    selections = [spelt for name in SELECTIONS if (spelt := _spelt(name, messages))]
    if selections:
        found.append({"type": DEEP_LINK, **common, "placements": selections})
    return found


def _spelt(name: str, messages: dict[str, list[str]]) -> str | None:
    """A placement as this Canvas writes it: with its prefix, without, or not offered at all."""
    wanted = LINK if name == "course_navigation" else DEEP_LINK
    offered = messages.get(wanted, [])
    return next((each for each in (CANVAS + name, name) if each in offered), None)
