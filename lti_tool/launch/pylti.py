"""The one door to pylti1p3 2.0.0.

What is sound in it is used: conversion of keys, message validators, the deep linking response, the
signing of assertions. What is not is done by us, and never reached from here: nonces that are not
consumed, states that are not bound, optional times, key sets and tokens without expiry, requests
without time limits, lower-cased `Link` headers, HTML forms with inline script.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from jwt.utils import base64url_decode
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.exception import LtiException
from pylti1p3.lineitem import LineItem
from pylti1p3.message_validators import get_validators
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector

from lti_tool.launch.claims import REOPEN
from lti_tool.launch.keys import SigningKey
from lti_tool.launch.schemas import DEEP_LINKING
from lti_tool.launch.verdicts import BadLaunch, unproved

SIGNATURES = jwt.PyJWS()
VALIDATORS = get_validators()
LOOKS_FORGED = "The launch is not signed by your VLE. " + REOPEN


@dataclass(frozen=True)
class Item:
    """One thing to place in a course."""

    title: str
    custom: str
    url: str
    line_item: Mapping[str, Any] | None = None
    window: Mapping[str, Any] = field(default_factory=dict)


def unverified(id_token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that proves nothing yet. Raises BadLaunch."""
    try:
        read = jwt.decode_complete(id_token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise unreadable() from error
    return read["header"], read["payload"]


def key_id(id_token: str) -> str:
    """Which of the platform's keys is said to have signed. RS256 and nothing else.

    Only the header is read, as little else may be believed before the signature is checked.
    https://www.imsglobal.org/spec/security/v1p0/#fixing-a-signing-algorithm
    """
    try:
        first = base64url_decode(id_token.partition(".")[0])
    except ValueError as error:
        raise unreadable() from error
    header = _json_object(first)
    if header.get("alg") != "RS256":
        raise unproved("algorithm_refused", LOOKS_FORGED)
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise unproved("kid_absent", LOOKS_FORGED)
    return kid


def signed_claims(id_token: str, jwk: Mapping[str, Any]) -> dict[str, Any]:
    """What a token says that was signed with this key. Raises BadLaunch.

    Times, issuer, audience and nonce are checked in `claims`, where each has a code of its own.
    """
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", "RS256") != "RS256":
        raise unproved("key_not_for_signing", LOOKS_FORGED)
    try:
        key = _public_key(json.dumps(jwk))
        signed = SIGNATURES.decode(id_token, key, algorithms=["RS256"])
    except jwt.InvalidSignatureError as error:
        raise unproved("signature_wrong", LOOKS_FORGED) from error
    except jwt.DecodeError as error:
        raise unreadable() from error
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise unproved("signature_wrong", LOOKS_FORGED) from error
    return _json_object(signed)


def unreadable() -> BadLaunch:
    """What was posted is no token at all."""
    return BadLaunch("token_unreadable", "The launch cannot be read. " + REOPEN)


def _json_object(text: bytes) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise unreadable() from error
    if not isinstance(read, dict):
        raise unreadable()
    return read


def check_message(claims: Mapping[str, Any]) -> None:
    """The library's own rules for each kind of message, after ours have looked at the types."""
    try:
        for validator in VALIDATORS:
            if validator.can_validate(claims):
                validator.validate(claims)
    except LtiException as error:
        raise BadLaunch(
            "message_incomplete", "Your VLE left out something that the tool needs. " + REOPEN
        ) from error


def sign_assertion(peer: Any, key: SigningKey) -> str:
    """Who we are, for a token endpoint.

    https://www.imsglobal.org/spec/security/v1p0/#using-json-web-tokens-with-oauth-2-0-client-credentials-grant
    """
    moment = int(time.time())
    claims: dict[str, str | int] = {
        "iss": peer.client_id,
        "sub": peer.client_id,
        "aud": peer.auth_token_url,
        "iat": moment - 5,  # Moodle refuses a clock that is ahead of its own
        "exp": moment + 240,
        "jti": str(uuid.uuid4()),
    }
    connector = ServiceConnector(Registration())
    signed: str = connector.encode_jwt(claims, _private_key(key.private_pem), {"kid": key.kid})
    return signed


def deep_linking_response(
    registration: Any,
    deployment_id: str,
    settings: Mapping[str, Any],
    items: Sequence[Item],
    key: SigningKey,
) -> str:
    """The signed answer that the browser carries back.

    https://www.imsglobal.org/spec/lti-dl/v2p0#deep-linking-response-message
    """
    link = DeepLink(_registration(registration, key), deployment_id, dict(settings))  # type: ignore[arg-type]
    message = link.get_message_jwt([_resource(item) for item in items])
    message["aud"] = registration.issuer
    content: Any = message[DEEP_LINKING + "content_items"]
    for item, written in zip(items, content, strict=True):
        written.update(item.window)  # the library does not know them
    if settings.get("data") is None:
        del message[DEEP_LINKING + "data"]
    signed: str = link.encode_jwt(message)
    return signed


def _registration(registration: Any, key: SigningKey) -> Registration:
    return (
        Registration()
        .set_issuer(registration.issuer)
        .set_client_id(registration.client_id)
        .set_tool_private_key(_private_key(key.private_pem))
        .set_tool_public_key(_public_pem(key.private_pem))
    )


def _resource(item: Item) -> DeepLinkResource:
    # Never without a custom value: Moodle 4.5 crashes on an empty `custom`.
    resource = (
        DeepLinkResource()
        .set_title(item.title)
        .set_url(item.url)
        .set_custom_params({"mtl": item.custom})
    )
    if item.line_item is not None:
        resource.set_lineitem(LineItem(dict(item.line_item)))  # type: ignore[arg-type]
    return resource


@lru_cache(maxsize=64)
def _public_key(jwk: str) -> Any:
    return jwt.PyJWK(json.loads(jwk), algorithm="RS256").key


@lru_cache(maxsize=4)
def _private_key(private_pem: str) -> Any:
    """Read once: checking its numbers takes twenty times as long as signing with it."""
    return load_pem_private_key(private_pem.encode(), password=None)


@lru_cache(maxsize=4)
def _public_pem(private_pem: str) -> str:
    public = _private_key(private_pem).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
