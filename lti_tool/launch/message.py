"""A posted launch becomes a verified `Launch`, or a BadLaunch that says why not.

https://www.imsglobal.org/spec/security/v1p0/#authentication-response-validation
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.clock import now
from lti_tool.launch import key_sets, pylti, state
from lti_tool.launch.claims import REOPEN, Launch, check_sender, check_times, parse_launch
from lti_tool.launch.http import PlatformUnreachable
from lti_tool.launch.runtime import runtime
from lti_tool.launch.state import LoginState
from lti_tool.launch.verdicts import BadLaunch, unproved

USED = "This launch was used before, or it was begun too long ago. " + REOPEN


@dataclass(frozen=True)
class Answer:
    """What the platform posted, and the login it belongs to, which is used up by now."""

    id_token: str
    login: LoginState
    state: str


def take_login(posted: Mapping[str, str]) -> LoginState:
    """Find the login that this post answers, and use it up: a race cannot win twice."""
    if "oauth_consumer_key" in posted:
        raise BadLaunch(
            "lti_1p1",
            "The link was set up for LTI 1.1. Ask the person who runs your VLE to add the tool "
            "as an LTI 1.3 tool.",
        )
    key = posted.get("state", "")
    if not key:
        raise BadLaunch("not_a_launch", "This is no launch from a VLE. " + REOPEN)
    login = state.take(runtime().store, key)
    if login is None:
        raise unproved("state_unknown", USED)
    return login


def read_answer(posted: Mapping[str, str], login: LoginState) -> Answer:
    """What the platform answers to a login; it may be that there will be no launch."""
    if "error" in posted:
        raise platform_refusal(posted["error"])
    if not posted.get("id_token"):
        raise BadLaunch("token_absent", "This is no launch from a VLE. " + REOPEN)
    return Answer(posted["id_token"], login, posted["state"])


def platform_refusal(error: str) -> BadLaunch:
    """The platform says itself that there will be no launch; its own words are not shown."""
    sentences = {
        "login_required": "You are signed out of your VLE. Sign in there. " + REOPEN,
        "launch_no_longer_valid": "Your VLE has forgotten this launch. " + REOPEN,
    }
    known = error if error.replace("_", "").isalnum() and len(error) < 60 else "other"
    sentence = sentences.get(error, "Your VLE did not allow this launch. " + REOPEN)
    return BadLaunch(f"platform_{known}", sentence)


def verify(answer: Answer, ours: str) -> Launch:
    """Check the token against the platform's keys and against the login it answers.

    Asks the database nothing: no transaction is open while it waits for the platform.
    """
    login = answer.login
    kid = pylti.key_id(answer.id_token)
    try:
        jwk = key_sets.find_key(login.jwks_url, kid)
    except PlatformUnreachable as error:
        raise BadLaunch(
            "key_set_unreachable",
            "Your VLE does not answer the tool just now. Wait a minute. " + REOPEN,
            status=503,
        ) from error
    if jwk is None:
        raise unproved("kid_unknown", pylti.LOOKS_FORGED)
    claims = pylti.signed_claims(answer.id_token, jwk)
    check_sender(claims, issuer=login.issuer, client_id=login.client_id, ours=ours)
    if claims.get("nonce") != login.nonce:
        raise unproved("nonce_mismatch", USED)
    check_times(claims, now())
    if not state.mark_nonce_used(runtime().store, login):
        raise unproved("nonce_used", USED)
    launch = parse_launch(claims, issuer=login.issuer, client_id=login.client_id, ours=ours)
    pylti.check_message(claims)
    # The two must agree. https://www.imsglobal.org/spec/lti/v1p3/#target-link-uri
    if launch.target_link_uri != login.target_link_uri:
        raise BadLaunch("target_mismatch", "The link changed on its way. " + REOPEN)
    return launch
