"""What a platform says of itself before it is registered, fetched and checked.

https://www.imsglobal.org/spec/lti-dr/v1p0#platform-configuration
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validate

from lti_tool.launch.http import (
    SOMEBODY_WAITS,
    PlatformUnreachable,
    Reply,
    origin_of,
    send,
    url_problem,
)
from lti_tool.launch.registrations import PRODUCTS
from lti_tool.launch.runtime import runtime
from lti_tool.launch.schemas import ClaimSchema
from lti_tool.launch.tool_configuration import NEEDED
from lti_tool.launch.verdicts import BadRegistration

LIMITS = SOMEBODY_WAITS
# Every university at Instructure has one issuer, which answers at other names than its own.
CANVAS_CLOUD = re.compile(r"canvas(|\.beta|\.test)\.instructure\.com")
CANVAS_HOSTS = (".instructure.com", ".canvaslms.com")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
BY_HAND = "The operator of the tool can add it by hand instead."

_names = fields.List(fields.String(), load_default=list)


class MessageSchema(ClaimSchema):
    type = fields.String(required=True)
    placements = _names


class ProductSchema(ClaimSchema):
    product_family_code = fields.String(required=True)
    messages_supported = fields.List(fields.Nested(MessageSchema), required=True)
    account_name = fields.String(data_key="https://canvas.instructure.com/lti/account_name")


class ConfigurationSchema(ClaimSchema):
    """The parts that we read; the other fields of OpenID are overlooked."""

    issuer = fields.String(required=True, validate=validate.Length(max=500))
    authorization_endpoint = fields.String(required=True, validate=validate.Length(max=500))
    token_endpoint = fields.String(required=True, validate=validate.Length(max=500))
    jwks_uri = fields.String(required=True, validate=validate.Length(max=500))
    registration_endpoint = fields.String(required=True, validate=validate.Length(max=500))
    methods = fields.List(
        fields.String(), required=True, data_key="token_endpoint_auth_methods_supported"
    )
    assertion_algorithms = fields.List(
        fields.String(), required=True, data_key="token_endpoint_auth_signing_alg_values_supported"
    )
    token_algorithms = fields.List(
        fields.String(), required=True, data_key="id_token_signing_alg_values_supported"
    )
    scopes_supported = fields.List(fields.String(), required=True)
    claims_supported = _names
    platform = fields.Nested(
        ProductSchema,
        required=True,
        data_key="https://purl.imsglobal.org/spec/lti-platform-configuration",
    )


@dataclass(frozen=True)
class PlatformConfiguration:
    """A platform that could be registered."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    registration_endpoint: str
    scopes: list[str]
    product: str
    account_name: str | None
    messages: dict[str, list[str]]  # message type: placements
    # Whether the issuer itself has said so. A university's own address of a hosted Canvas can name
    # Instructure's keys, but not prove which of Instructure's customers it is.
    is_vouched: bool = True


def fetch_configuration(url: str, token: str | None) -> PlatformConfiguration:
    """Ask the platform. Raises BadRegistration; no transaction may be writing meanwhile."""
    # Canvas tells it to the bearer of the token only; Moodle does not look.
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    current = runtime()
    try:
        reply = send(current.http, current.settings, "GET", url, headers=headers, limits=LIMITS)
    except PlatformUnreachable as error:
        raise BadRegistration(
            "configuration_unreachable",
            "The tool cannot fetch the configuration of your VLE. "
            f"{error.sentence} Nothing was registered; try again from your VLE.",
            status=502,
        ) from error
    return read_configuration(_body_of(reply), url)


def read_configuration(body: Any, url: str) -> PlatformConfiguration:
    """Check what was fetched from this address."""
    try:
        read = ConfigurationSchema().load(body)
    except ValidationError as error:
        named = ", ".join(sorted(map(str, error.normalized_messages())))
        raise _unfit(
            "configuration_invalid", f"The configuration of your VLE misses or spoils: {named}."
        ) from error
    if "\\u0000" in json.dumps(read):
        raise _unfit("configuration_invalid", "The configuration of your VLE cannot be read.")
    is_vouched = _check_issuer(read, url)
    _check_endpoints(read)
    _check_abilities(read)
    platform = read["platform"]
    messages: dict[str, list[str]] = {}
    for each in platform["messages_supported"]:
        messages.setdefault(each["type"], []).extend(each["placements"])
    return PlatformConfiguration(
        issuer=read["issuer"],
        authorization_endpoint=read["authorization_endpoint"],
        token_endpoint=read["token_endpoint"],
        jwks_uri=read["jwks_uri"],
        registration_endpoint=read["registration_endpoint"],
        scopes=read["scopes_supported"],
        product=platform["product_family_code"].lower(),
        account_name=(platform.get("account_name") or "").strip()[:200] or None,
        messages=messages,
        is_vouched=is_vouched,
    )


def _body_of(reply: Reply) -> Any:
    if reply.status != 200:
        raise BadRegistration(
            "configuration_refused",
            f"Your VLE did not give its configuration (it answered {reply.status}). Nothing was "
            "registered. Its registration address may have expired: begin again in your VLE.",
            status=502,
        )
    try:
        return json.loads(reply.text)
    except (ValueError, RecursionError) as error:
        raise _unfit(
            "configuration_unreadable", "What your VLE gives as its configuration is no JSON."
        ) from error


def _check_issuer(read: dict[str, Any], url: str) -> bool:
    """Whether the issuer vouches for what came from this address.

    https://www.imsglobal.org/spec/lti-dr/v1p0#issuer-and-openid-configuration-url-match
    """
    issuer = read["issuer"]
    problem = url_problem(issuer, runtime().settings)
    here, there = origin_of(url), origin_of(issuer)
    if problem or here is None or there is None:
        raise _unfit("issuer_invalid", f"The issuer of your VLE cannot be used. {problem or ''}")
    host = urlsplit(url).hostname or ""
    cloud = CANVAS_CLOUD.fullmatch(urlsplit(issuer).hostname or "")
    if here == there or (cloud and host.endswith(CANVAS_HOSTS)):
        return True
    if cloud and _is_hosted(read, here, cloud[1]):
        return False
    raise _unfit(
        "issuer_elsewhere",
        f"The configuration came from {here} but names {there} as its issuer. The two should "
        "be the same site.",
    )


def _is_hosted(read: dict[str, Any], here: str, copy: str) -> bool:
    """Whether a hosted Canvas speaks at a university's own address: Instructure alone can sign.

    https://github.com/instructure/canvas-lms/blob/master/app/controllers/security_controller.rb
    """
    theirs = {f"https://sso{copy}.canvaslms.com", f"https://canvas{copy}.instructure.com"}
    proving = [read[name] for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    return (
        read["issuer"] == f"https://canvas{copy}.instructure.com"
        and read["platform"]["product_family_code"].lower() == "canvas"
        and all(origin_of(each) in theirs for each in proving)
        and origin_of(read["registration_endpoint"]) == here
    )


def _check_endpoints(read: dict[str, Any]) -> None:
    for name in ENDPOINTS:
        problem = url_problem(read[name], runtime().settings)
        if problem:
            raise _unfit("endpoint_invalid", f"The {name} of your VLE cannot be used: {problem}")


def _check_abilities(read: dict[str, Any]) -> None:
    platform = read["platform"]
    if platform["product_family_code"].lower() not in PRODUCTS:
        raise _unfit(
            "product_unknown", "The tool knows how to work with Moodle and Canvas, and no other."
        )
    if "private_key_jwt" not in read["methods"]:
        raise _unfit("method_unsupported", "Your VLE does not take private_key_jwt.")
    if not {"RS256"} <= set(read["assertion_algorithms"]) & set(read["token_algorithms"]):
        raise _unfit("algorithm_unsupported", "Your VLE does not sign and check with RS256.")
    if "LtiResourceLinkRequest" not in {each["type"] for each in platform["messages_supported"]}:
        raise _unfit(
            "message_unsupported", "Your VLE does not open links (LtiResourceLinkRequest)."
        )
    missing = [scope for scope in NEEDED if scope not in read["scopes_supported"]]
    if missing:
        raise _unfit(
            "scope_unsupported", f"Your VLE does not offer what marks need: {', '.join(missing)}."
        )


def _unfit(code: str, sentence: str) -> BadRegistration:
    return BadRegistration(code, f"{sentence} Nothing was registered. {BY_HAND}", status=422)
