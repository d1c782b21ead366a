"""The token endpoint: a signed assertion becomes a bearer token.

https://www.imsglobal.org/spec/security/v1p0/#using-json-web-tokens-with-oauth-2-0-client-credentials-grant
"""

import datetime
import secrets
import time
from typing import Any

import jwt
import requests
from flask import Response, jsonify, make_response, request

from demo_vle.services.access import serve, site
from demo_vle.state import AccessToken

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_SECONDS = 3600


class BadAssertion(Exception):
    """The assertion is no proof of who asks."""


def token() -> Response:
    return serve("token", give_token)


def give_token() -> Response:
    here, form = site(), request.form
    personality = here.personality
    if not form.get("client_assertion") or not form.get("grant_type") or not form.get("scope"):
        return personality.token_error("invalid_request")
    if form["grant_type"] != "client_credentials":
        return personality.token_error("unsupported_grant_type")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return personality.token_error("invalid_request")
    try:
        read_tool_token(form["client_assertion"])
    except BadAssertion as refusal:
        return personality.token_error(str(refusal))
    allowed = personality.granted_scopes()
    granted = [each for each in allowed if each in form["scope"].split()]
    if not granted:
        return personality.token_error("invalid_scope")
    given = AccessToken(secrets.token_hex(16), granted, time.time() + TOKEN_SECONDS)
    with here.change():
        here.tokens[given.value] = given
    return make_response(
        jsonify(
            access_token=given.value,
            token_type="Bearer",
            expires_in=TOKEN_SECONDS,
            scope=" ".join(granted),
        ),
        200,
        {"Content-Type": personality.token_content_type},
    )


def read_tool_token(token: str, *, owner: str = "sub") -> dict[str, Any]:
    """The claims of something the tool signed, checked with the tool's published keys."""
    try:
        unverified = jwt.decode(token, options={"verify_signature": False})
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as problem:
        raise BadAssertion("invalid_request") from problem
    if unverified.get(owner) != site().the_tool().client_id:
        raise BadAssertion("invalid_client")
    if "kid" not in header:
        raise BadAssertion("error/Error: kid must be provided in JWT header.")
    key = tool_key(header["kid"])
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            options={"verify_aud": False, "verify_iss": False, "verify_jti": False},
        )
    except jwt.ExpiredSignatureError as problem:
        raise BadAssertion("Expired token") from problem
    except jwt.ImmatureSignatureError as problem:
        raise BadAssertion(too_early(unverified)) from problem
    except jwt.PyJWTError as problem:
        raise BadAssertion("Signature verification failed") from problem
    return claims


def too_early(claims: dict[str, Any]) -> str:
    moment = datetime.datetime.fromtimestamp(int(claims.get("iat", 0)), datetime.UTC)
    return f"Cannot handle token with iat prior to {moment:%Y-%m-%dT%H:%M:%S%z}"


def tool_key(key_id: str) -> jwt.PyJWK:
    """The tool's public key, fetched anew each time: rotation is then never a surprise."""
    answer = requests.get(
        site().the_tool().jwks_url,
        timeout=10,
        headers={"User-Agent": f"{site().personality.title}Bot/1.0 (+{site().base_url})"},
    )
    try:
        found = [each for each in answer.json()["keys"] if each.get("kid") == key_id]
        return jwt.PyJWK(found[0], algorithm="RS256")
    except (ValueError, KeyError, IndexError, jwt.PyJWTError) as problem:
        raise BadAssertion('"kid" invalid, unable to lookup correct key') from problem
