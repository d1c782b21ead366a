"""Calls to a platform: tokens are kept, renewed once, asked for with the scopes that are needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from demo_vle.personality import LINE_ITEM_READONLY, SCORE
from demo_vle.server import QuietHandler
from lti_tool.db import db
from lti_tool.launch import courses, platform
from lti_tool.launch.http import Limits
from lti_tool.launch.models import Registration
from lti_tool.launch.platform import Peer, PlatformUnreachable, TokenRefused, call
from lti_tool.people.models import Course
from tests.integration.launch.watching import another_platform
from tests.world import World

LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"


@pytest.fixture
def apart(world: World) -> Iterator[World]:
    """A platform of its own, so that no other test has asked it for tokens."""
    with another_platform(world) as other:
        yield other


def peer_and_items(world: World) -> tuple[Peer, str]:
    """Whom to call, and the address of the course's line items."""
    tutor = world.tutor()
    with world.tool.app.app_context():
        course = db.session.get_one(Course, tutor.course_id)
        registration = db.session.get_one(Registration, course.registration_id)
        url = courses.get_services(course.id).lineitems_url
        assert url is not None
        return platform.peer_of(registration), url


def asked(world: World, service: str) -> int:
    return sum(each.service == service for each in world.vle.site.requests)


def test_a_token_is_asked_for_once_and_kept(apart: World) -> None:
    peer, url = peer_and_items(apart)
    with apart.tool.app.app_context():
        for _ in range(3):
            answer = call(peer, "GET", url, [LINE_ITEM_READONLY], accept=LINE_ITEMS)
            assert (answer.status, answer.body, answer.next_url) == (200, [], None)
    assert asked(apart, "token") == 1


def test_each_set_of_scopes_has_a_token_of_its_own(apart: World) -> None:
    peer, _ = peer_and_items(apart)
    with apart.tool.app.app_context():
        reading = platform.get_token(peer, [LINE_ITEM_READONLY])
        writing = platform.get_token(peer, [SCORE, LINE_ITEM_READONLY])
        assert platform.get_token(peer, (LINE_ITEM_READONLY, SCORE)) == writing
    assert apart.vle.site.tokens[reading].scopes == [LINE_ITEM_READONLY]
    assert set(apart.vle.site.tokens[writing].scopes) == {SCORE, LINE_ITEM_READONLY}


def test_a_token_that_the_platform_forgot_is_renewed_once(apart: World) -> None:
    peer, url = peer_and_items(apart)
    with apart.tool.app.app_context():
        call(peer, "GET", url, [LINE_ITEM_READONLY], accept=LINE_ITEMS)
        apart.vle.site.tokens.clear()
        answer = call(peer, "GET", url, [LINE_ITEM_READONLY], accept=LINE_ITEMS)
    assert answer.status == 200
    assert asked(apart, "token") == 2


def test_a_service_that_always_says_401_is_an_answer(apart: World) -> None:
    peer, url = peer_and_items(apart)
    apart.vle.site.faults.add("lineitems", "expired_token")
    with apart.tool.app.app_context():
        answer = call(peer, "GET", url, [LINE_ITEM_READONLY], accept=LINE_ITEMS)
    assert answer.status == 401
    assert asked(apart, "token") == 2


def test_a_refused_scope_is_told_and_is_final(apart: World) -> None:
    peer, url = peer_and_items(apart)
    with apart.tool.app.app_context(), pytest.raises(TokenRefused) as refusal:
        call(peer, "GET", url, ["https://example.org/scope/none"])
    assert refusal.value.permanent
    assert "administrator" in refusal.value.sentence


def test_a_token_endpoint_that_is_down_may_be_asked_again(apart: World) -> None:
    peer, url = peer_and_items(apart)
    apart.vle.site.faults.add("token", "status", status=503)
    with apart.tool.app.app_context(), pytest.raises(TokenRefused) as refusal:
        call(peer, "GET", url, [LINE_ITEM_READONLY])
    assert not refusal.value.permanent


def test_a_hung_up_connection_is_told_in_a_sentence(apart: World) -> None:
    peer, url = peer_and_items(apart)
    apart.vle.site.faults.add("lineitems", "drop_before")
    with apart.tool.app.app_context(), pytest.raises(PlatformUnreachable) as error:
        call(peer, "GET", url, [LINE_ITEM_READONLY], accept=LINE_ITEMS)
    assert error.value.sentence == "The platform does not answer."


def test_a_body_that_is_no_json_is_none(apart: World) -> None:
    peer, url = peer_and_items(apart)
    apart.vle.site.faults.add("lineitems", "bad_json")
    with apart.tool.app.app_context():
        answer = call(peer, "GET", url, [LINE_ITEM_READONLY], accept=LINE_ITEMS)
    assert (answer.status, answer.body, answer.text) == (200, None, "{bad")


class Echo:
    """A service that notes what it is sent, and answers what it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, str], bytes]] = []
        self.answer = Response("{}", 200, content_type="application/json")
        app = Flask("echo")
        app.add_url_rule("/<path:path>", "any", self._take, methods=["GET", "POST", "PUT"])
        self._server = make_server("127.0.0.1", 0, app, request_handler=QuietHandler)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def _take(self, path: str) -> Response:
        self.sent.append((dict(request.headers), request.get_data()))
        return self.answer

    @contextmanager
    def running(self) -> Iterator[Echo]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo().running() as service:
        yield service


def test_a_payload_is_sent_on_one_line_with_exactly_the_media_type_given(
    apart: World, echo: Echo
) -> None:
    peer, _ = peer_and_items(apart)
    kind = "application/vnd.ims.lis.v1.score+json"
    with apart.tool.app.app_context():
        call(
            peer, "POST", f"{echo.url}/scores", [SCORE],
            content_type=kind, payload={"scoreGiven": 0, "comment": "ü\n"},
        )  # fmt: skip
    headers, body = echo.sent[0]
    assert headers["Content-Type"] == kind
    assert body == b'{"scoreGiven":0,"comment":"\\u00fc\\n"}'
    assert headers["User-Agent"].startswith("MTL-Tool")
    assert headers["Authorization"].startswith("Bearer ")


def test_a_redirect_is_an_answer_and_is_not_followed(apart: World, echo: Echo) -> None:
    peer, _ = peer_and_items(apart)
    echo.answer = Response("", 302, {"Location": "http://127.0.0.1:1/"})
    with apart.tool.app.app_context():
        assert call(peer, "GET", f"{echo.url}/x", [SCORE]).status == 302
    assert len(echo.sent) == 1


def test_an_endless_answer_is_cut_off(
    apart: World, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lti_tool.launch.http.USUAL", Limits(size=1000))
    peer, _ = peer_and_items(apart)
    echo.answer = Response("x" * 2000)
    with (
        apart.tool.app.app_context(),
        pytest.raises(PlatformUnreachable, match="larger than the tool takes"),
    ):
        call(peer, "GET", f"{echo.url}/x", [SCORE])


def test_a_cookie_of_a_platform_is_not_kept(apart: World, echo: Echo) -> None:
    peer, _ = peer_and_items(apart)
    echo.answer = Response("{}", headers={"Set-Cookie": "a=b"})
    with apart.tool.app.app_context():
        for _ in range(2):
            call(peer, "GET", f"{echo.url}/x", [SCORE])
    assert "Cookie" not in echo.sent[1][0]


def test_many_threads_may_call_at_once(apart: World) -> None:
    peer, url = peer_and_items(apart)

    def ask(_: int) -> int:
        with apart.tool.app.app_context():
            return call(peer, "GET", url, [LINE_ITEM_READONLY], accept=LINE_ITEMS).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(24))) == {200}
