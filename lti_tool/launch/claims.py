"""What a verified id_token says, as one frozen `Launch`; everything else in it is left aside.

https://www.imsglobal.org/spec/lti/v1p3/#required-message-claims
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError

from lti_tool.launch.roles import is_mentor
from lti_tool.launch.schemas import DEEP_LINKING, LaunchSchema, is_nothing, verdict_of
from lti_tool.launch.verdicts import BadLaunch, unproved

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"

LEEWAY = 60  # clocks of VLEs drift, and Moodle's tokens live 60 seconds
OLDEST = 600
LAST_MOMENT = 2**53

SCHEMA = LaunchSchema()  # once: building it and its parts takes longer than reading

REOPEN = "Open the link again from your course."
CANNOT_READ = "Your VLE sent something that the tool cannot read. " + REOPEN
# A public course of Canvas may be opened by anybody, signed in or not.
NOBODY = "Your VLE did not say who you are. Sign in to your VLE first. " + REOPEN


@dataclass(frozen=True)
class Named:
    """A course or a link: the platform's id, and a title where it sent one."""

    id: str
    title: str | None = None


@dataclass(frozen=True)
class DeepLinking:
    """What the platform would take, and where it goes."""

    return_url: str
    accept_multiple: bool
    accept_lineitem: bool
    settings: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Launch:
    """The facts of one verified message."""

    issuer: str
    client_id: str
    deployment_id: str
    message_type: str
    subject: str
    roles: tuple[str, ...]
    target_link_uri: str
    name: str | None = None
    email: str | None = None
    context: Named | None = None
    link: Named | None = None
    opens: str | None = None
    copied_from: tuple[str, ...] = ()  # the courses that this one is a copy of, as far as told
    lineitem_url: str | None = None
    lineitems_url: str | None = None
    scopes: tuple[str, ...] = ()
    memberships_url: str | None = None
    return_url: str | None = None
    deep_linking: DeepLinking | None = None
    for_user: str | None = None
    mentor_scope: tuple[str, ...] | None = None  # the platform's ids; None: it does not say


def check_sender(claims: Mapping[str, Any], *, issuer: str, client_id: str, ours: str) -> None:
    """The token comes from the platform we asked, and is for us.

    https://www.imsglobal.org/spec/security/v1p0/#authentication-response-validation
    """
    if claims.get("iss") != issuer:
        raise unproved("issuer_mismatch", "Another platform answered than was asked. " + REOPEN)
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    # Beside us, nobody is trusted but the platform itself and our own address.
    if client_id not in several or not set(map(str, several)) <= {client_id, issuer, ours}:
        raise unproved("audience_mismatch", "This launch was meant for another tool. " + REOPEN)
    azp = claims.get("azp")
    if (azp is None and len(several) > 1) or (azp is not None and azp != client_id):
        raise unproved("azp_mismatch", "This launch was meant for another tool. " + REOPEN)


def check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """Neither expired nor from the future, and not older than a login may take."""
    moment = now.timestamp()
    for name in ("exp", "iat"):
        if not _is_time(claims.get(name)):
            code = f"{name}_absent" if claims.get(name) is None else f"{name}_invalid"
            raise unproved(code, "The launch does not say how long it is good for. " + REOPEN)
    too_late = moment >= claims["exp"] + LEEWAY or moment > claims["iat"] + OLDEST + LEEWAY
    if too_late:
        raise unproved("expired", "This launch is too old. " + REOPEN)
    begins = max(claims["iat"], claims["nbf"] if _is_time(claims.get("nbf")) else claims["iat"])
    if begins > moment + LEEWAY:
        raise unproved(
            "from_the_future",
            "The clock of your VLE is ahead of the tool's. Tell the person who runs your VLE.",
        )


def parse_launch(claims: Mapping[str, Any], *, issuer: str, client_id: str, ours: str) -> Launch:
    """The facts of a token whose sender is proved. Raises BadLaunch with a code for the log."""
    try:
        read = SCHEMA.load(dict(claims))
    except ValidationError as error:
        code = verdict_of(error)
        raise BadLaunch(code, NOBODY if code == "sub_absent" else CANNOT_READ) from error
    except RecursionError as error:
        raise BadLaunch("nested_too_deeply", CANNOT_READ) from error
    if read["version"] != "1.3.0":
        raise BadLaunch("version_unknown", "Your VLE launched with another LTI version than 1.3.")
    if not is_within(read["target_link_uri"], ours):
        raise BadLaunch("target_elsewhere", "The link leads to another address than this tool's.")
    message_type = read["message_type"]
    if message_type not in {RESOURCE_LINK, DEEP_LINKING_REQUEST, SUBMISSION_REVIEW}:
        raise BadLaunch("message_type_unknown", "The tool cannot do what your VLE asks of it here.")
    link, context = _named(read.get("resource_link")), _named(read.get("context"))
    if message_type == RESOURCE_LINK and link is None:
        raise BadLaunch("resource_link_absent", CANNOT_READ)
    custom = read["custom"].get("mtl")
    endpoint = read.get("endpoint", {})
    return Launch(
        issuer=issuer,
        client_id=client_id,
        deployment_id=read["deployment_id"],
        message_type=message_type,
        subject=read["sub"],
        roles=tuple(read["roles"]),
        target_link_uri=read["target_link_uri"],
        name=_name(read),
        email=_short(read.get("email"), 320),
        context=context,
        link=link,
        opens=custom if isinstance(custom, str) else None,
        copied_from=_ancestors(read["custom"].get("context_history")),
        lineitem_url=endpoint.get("lineitem"),
        lineitems_url=endpoint.get("lineitems"),
        scopes=tuple(endpoint.get("scope", ())),
        memberships_url=read.get("memberships", {}).get("context_memberships_url"),
        return_url=read.get("presentation", {}).get("return_url"),
        deep_linking=_deep_linking(claims, read.get("deep_linking")),
        for_user=read.get("for_user", {}).get("user_id"),
        mentor_scope=_mentor_scope(read),
    )


def is_within(url: str, ours: str) -> bool:
    """Whether a URL is one of our own pages."""
    try:
        parts, base = urlsplit(url), urlsplit(ours)
        same_place = (parts.scheme, parts.netloc) == (base.scheme, base.netloc)
    except ValueError:
        return False
    folder = base.path.rstrip("/")
    return same_place and (parts.path == folder or parts.path.startswith(folder + "/"))


def _is_time(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Neither endless nor longer than a clock can show: a whole number in JSON may have any length.
    return is_number and abs(value) < LAST_MOMENT


def _named(read: dict[str, str] | None) -> Named | None:
    if read is None:
        return None
    return Named(read["id"], _short(read.get("title") or read.get("label"), 500))


def _name(read: dict[str, Any]) -> str | None:
    parts = [read.get("given_name"), read.get("family_name")]
    return _short(read.get("name") or " ".join(filter(None, parts)) or None, 300)


def _short(text: str | None, length: int) -> str | None:
    return text[:length] if text else None


def _ancestors(history: Any) -> tuple[str, ...]:
    """The ids in `$Context.id.history`, which our registrations ask for."""
    names = history.split(",") if isinstance(history, str) else []
    return tuple(name.strip() for name in names if 0 < len(name.strip()) <= 255)[:50]


def _mentor_scope(read: dict[str, Any]) -> tuple[str, ...] | None:
    """Whom a mentor mentors; the claim means something beside that role only.

    https://www.imsglobal.org/spec/lti/v1p3/#role-scope-mentor-claims
    """
    said = read.get("mentor_scope")
    if said is None or not is_mentor(read["roles"]):
        return None
    return tuple(dict.fromkeys(one for one in said if not is_nothing(one)))


def _deep_linking(claims: Mapping[str, Any], read: dict[str, Any] | None) -> DeepLinking | None:
    if read is None:
        return None
    return DeepLinking(
        return_url=read["deep_link_return_url"],
        accept_multiple=read["accept_multiple"],
        accept_lineitem=read["accept_lineitem"],
        # As sent: `data` goes back exactly as it came, also where it is empty.
        settings=claims[DEEP_LINKING + "deep_linking_settings"],
    )
