"""Anything at all sent to the addresses of a launch: a page, and nothing else comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from demo_vle.browser import Visitor
from lti_tool.launch import binding
from lti_tool.launch.binding import Waiting
from lti_tool.launch.claims import Launch
from lti_tool.launch.state import LoginState, digest, remember
from tests.integration.launch.watching import Claims, claim, rows
from tests.world import World, soup, text_of

ADDRESSES = ("/lti/login", "/lti/launch", "/lti/bind", "/lti/continue")
NAMES = [
    "iss", "login_hint", "target_link_uri", "client_id", "lti_message_hint", "lti_deployment_id",
    "lti_storage_target", "state", "id_token", "error", "oauth_consumer_key", "ticket", "value",
    "code",
]  # fmt: skip
TYPES = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "application/json",
    "text/plain; charset=nonsense",
    "",
]
# The examples share one world on purpose: what one of them leaves behind is what is looked for.
fuzzed = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Seen:
    """The tool from outside, and what was in its database before."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client: FlaskClient = world.tool.app.test_client()
        self.before = rows(world.tool)
        registration = world.vle.registration()
        self.known = ["", "x", "é\x00ü", "a" * 4000, *registration.values(), world.tool.url]
        self.known += [f"{world.tool.url}/lti/launch", "http://[", "1.3.0", "e30.e30.e30"]

    def check(self, answer: TestResponse) -> None:
        """No fault of ours, a page with a heading, no session; rows are looked at in the end."""
        told = f"{answer.status_code}: {answer.text[:300]}"
        assert answer.status_code < 500, told
        assert answer.status_code in (302, 400, 401, 403, 404, 405, 413) or is_onward(answer), told
        if answer.status_code != 302:
            assert answer.text.count("<h1") == 1, told
        assert not [each for each in answer.headers.getlist("Set-Cookie") if "__Host-mtl" in each]

    def text(self) -> st.SearchStrategy[str]:
        return st.sampled_from(self.known) | st.text(max_size=40)


def is_onward(answer: TestResponse) -> bool:
    """The page that stands in for the redirect to the platform."""
    return answer.status_code == 200 and 'data-storage="put"' in answer.text


@pytest.fixture
def seen(world: World) -> Iterator[Seen]:
    tool = Seen(world)
    yield tool
    assert rows(world.tool) == tool.before


@fuzzed
@given(data=st.data())
def test_any_fields_are_answered_with_a_page(seen: Seen, data: st.DataObject) -> None:
    address = data.draw(st.sampled_from(ADDRESSES))
    names = st.sampled_from(NAMES) | st.text(max_size=8)
    fields = data.draw(st.lists(st.tuples(names, seen.text()), max_size=8))
    method = data.draw(st.sampled_from(["POST", "POST", "GET"]))
    # Half a character cannot be sent, so it is not.
    sent = [(name, value.encode("utf-8", "replace")) for name, value in fields]
    given: dict[str, Any] = {"query_string" if method == "GET" else "data": multi(sent)}
    seen.check(seen.client.open(address, method=method, **given))


def multi(pairs: list[tuple[str, bytes]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value.decode("utf-8"))
    return found


@fuzzed
@given(
    address=st.sampled_from(ADDRESSES),
    kind=st.sampled_from(TYPES),
    body=st.binary(max_size=300),
    method=st.sampled_from(["POST", "PUT", "DELETE", "PATCH", "GET", "HEAD", "QUERY"]),
)
@example(address="/lti/launch", kind=TYPES[0], body=b"state=" + b"%ff" * 1000, method="POST")
@example(address="/lti/login", kind=TYPES[0], body=b"iss=%00&iss=%ed%a0%80", method="POST")
@example(address="/lti/launch", kind=TYPES[2], body=b"--b\r\nX: y\r\n\r\nz\r\n--b--", method="POST")
@example(address="/lti/bind", kind=TYPES[0], body=b"&=&" * 1200, method="POST")
@example(address="/lti/launch", kind=TYPES[0], body=b"a=" + b"b" * 3_000_000, method="POST")
def test_any_body_of_any_kind_is_answered_with_a_page(
    seen: Seen, address: str, kind: str, body: bytes, method: str
) -> None:
    answer = seen.client.open(address, method=method, data=body, content_type=kind)
    if method == "HEAD":
        assert answer.status_code < 500
    else:
        seen.check(answer)


TOKENS = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=60).map(lambda content: content.hex()),
    st.lists(
        st.sampled_from(["", "e30", "bnVsbA", "W10", "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ", "!"])
    ).map(".".join),
)


@fuzzed
@given(token=TOKENS, error=st.none() | st.text(max_size=30))
def test_any_token_under_a_state_of_ours_is_refused(
    seen: Seen, token: str, error: str | None
) -> None:
    fields = {"state": new_state(seen.world), "id_token": token}
    if error is not None:
        fields["error"] = error
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    answer = seen.client.post("/lti/launch", data=clean)
    seen.check(answer)
    assert answer.status_code in (400, 401)


@fuzzed
@given(value=st.text(min_size=1, max_size=60))
def test_any_value_but_the_right_one_is_refused_by_the_platforms_storage(
    seen: Seen, value: str
) -> None:
    world = seen.world
    launch = Launch("i", "c", "1", "LtiResourceLinkRequest", "5", (), f"{world.tool.url}/")
    with world.tool.app.app_context():
        waiting = Waiting(registration_of(world), new_login(world), launch)
        ticket = binding.keep(world.tool.app.extensions["ephemeral"], waiting)
    clean = value.encode("utf-8", "replace").decode()
    answer = seen.client.post("/lti/bind", data={"ticket": ticket, "value": clean})
    seen.check(answer)
    assert answer.status_code in (400, 401)
    if "\x00" not in clean:
        assert "another browser" in answer.text


def registration_of(world: World) -> int:
    from lti_tool.launch.registrations import find_registration

    given = world.vle.registration()
    found = find_registration(given["issuer"], given["client_id"])
    assert found is not None
    return found.id


def new_login(world: World) -> LoginState:
    given, ours = world.vle.registration(), f"{world.tool.url}/lti/launch"
    number = registration_of(world)
    return LoginState(
        "n",
        number,
        given["issuer"],
        given["client_id"],
        given["jwks_url"],
        ours,
        ours,
        digest("the right one"),
    )


def new_state(world: World) -> str:
    with world.tool.app.app_context():
        return remember(world.tool.app.extensions["ephemeral"], new_login(world))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@pytest.fixture
def visitor(world: World) -> Visitor:
    visitor = world.visitor("Amira Khan", "participant")
    visitor.launch(world.placement("progress"))
    return visitor


CLAIMS = ["sub", "name", "email", "aud", "azp", "iat", "exp", "nonce", "custom", "context", "roles"]
CLAIMS += ["message_type", "resource_link", "launch_presentation", "lis", "for_user", "version"]
CLAIMS += ["deployment_id", "target_link_uri"]


@settings(fuzzed, max_examples=25)
@given(changed=st.dictionaries(st.sampled_from(CLAIMS).map(claim), JSON, min_size=1, max_size=2))
def test_any_claims_that_the_platform_has_signed_lead_to_a_page(
    world: World, visitor: Visitor, changed: dict[str, Any]
) -> None:
    def tamper(claims: Claims, _header: Claims) -> None:
        claims.update(changed)

    page = visitor.launch(world.placement("progress"), tamper=tamper)
    assert page.status_code in (200, 400, 401, 403), text_of(page)[:300]
    assert len(soup(page).select("h1")) == 1
