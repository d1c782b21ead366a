"""What a platform says or fails to say: a sentence, nothing stored, the invitation still good."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from requests import Response
from sqlalchemy.exc import OperationalError

from demo_vle.browser import Visitor
from lti_tool.launch import platform_configuration, registration_request
from lti_tool.launch.http import Limits
from lti_tool.launch.tool_configuration import TOOL
from tests.integration.launch.registering import (
    Answer,
    FakePlatform,
    administrator,
    as_json,
    assert_told,
    invite,
    listed,
    nothing_stored,
)
from tests.tool_server import RunningTool

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CAPTURES = Path(__file__).parents[2] / "demo_vle" / "captures"
CONFIGURATION, REGISTRATION = "/configuration", "/registration"


def captured_configuration(url: str) -> dict[str, Any]:
    """What a real Moodle said, moved to another address."""
    text = (CAPTURES / "openid_configuration.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["openid_configuration"]
    return found | {
        "issuer": url,
        "registration_endpoint": url + REGISTRATION,
        "authorization_endpoint": url + "/auth",
        "token_endpoint": url + "/token",
        "jwks_uri": url + "/keys",
    }


def captured_answer() -> dict[str, Any]:
    """What a real Moodle answered to a registration."""
    steps = json.loads((CAPTURES / "dynamic_registration.json").read_text(encoding="utf-8"))
    body = next(each["data"]["body"] for each in steps if each["kind"] == "registration")
    found: dict[str, Any] = json.loads(body)
    return found


class Desk:
    """An invited administrator at a platform whose answers the test writes."""

    def __init__(self, tool: RunningTool, platform: FakePlatform) -> None:
        self.platform = platform
        self.address = invite(tool)
        self.browser = Visitor(platform, None)  # type: ignore[arg-type]  # only walks
        self.answers(CONFIGURATION, as_json(captured_configuration(platform.url)))
        self.answers(REGISTRATION, as_json(captured_answer() | {"client_id": self.address[-20:]}))

    def answers(self, path: str, answer: Callable[[], Answer]) -> None:
        self.platform.answers[path] = answer

    def opens(self, url: str | None = None, token: str = "the-token") -> Response:
        wanted = url or self.platform.url + CONFIGURATION
        return self.browser.get(
            f"{self.address}&openid_configuration={wanted}&registration_token={token}"
        )

    def registers(self) -> Response:
        return self.browser.submit(self.opens())


@pytest.fixture
def desk(tool: RunningTool) -> Iterator[Desk]:
    platform = FakePlatform()
    yield Desk(tool, platform)
    platform.close()


def test_what_a_real_moodle_said_is_taken(tool: RunningTool, desk: Desk) -> None:
    assert_told(desk.registers(), 200, "You can close this.")
    found = listed(tool, desk.address[-20:])
    assert (found["issuer"], found["deployments"]) == (desk.platform.url, ["1"])
    (method, _, headers, body) = desk.platform.requests[-1]
    assert (method, headers["Authorization"]) == ("POST", "Bearer the-token")
    assert json.loads(body)[TOOL]["target_link_uri"] == f"{tool.url}/lti/launch"


WRONG_ADDRESSES = {
    "private": "https://10.0.0.7/configuration",
    "link-local": "https://169.254.169.254/latest/meta-data",
    "mapped": "https://[::ffff:10.0.0.7]/configuration",
    "file": "file:///etc/passwd",
    "http": "http://vle.uni.ac.uk/configuration",
    "user": "https://vle.uni.ac.uk@10.0.0.7/",
    "nonsense": "https://[vle/",
    "long": "https://vle.uni.ac.uk/" + "x" * 5000,
}


@pytest.mark.parametrize("address", WRONG_ADDRESSES.values(), ids=WRONG_ADDRESSES.keys())
def test_an_address_that_is_not_to_be_called_is_not_called(
    tool: RunningTool, desk: Desk, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    with nothing_stored(tool, caplog) as verdicts:
        assert_told(desk.opens(address), 400, "Nothing was registered")
    assert verdicts == ["configuration_address"]
    assert not desk.platform.requests


@pytest.mark.parametrize("token", ["", "two words", "kö", "x" * 9000])
def test_a_token_that_cannot_be_sent_is_refused_before_anybody_is_asked(
    tool: RunningTool, desk: Desk, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    with nothing_stored(tool, caplog) as verdicts:
        assert_told(desk.opens(token=token), 400, "registration token")
    assert verdicts == ["token_absent"]
    assert not desk.platform.requests


def redirect_to(url: str) -> Callable[[], Answer]:
    return lambda: (302, {"Location": url}, b"")


UNREADABLE = {
    "not found": (as_json({}, 404), 502),
    "no json": (as_json(b"<html>"), 422),
    "deep json": (as_json(b"[" * 100_000), 422),
    "a list": (as_json([]), 422),
    "nothing": (as_json({}), 422),
    "huge": (as_json(b" " * 300_000), 502),
    "redirect": (redirect_to("http://127.0.0.1:1/"), 502),
    "binary": (as_json(b"\xff\xfe\x00"), 422),
}


@pytest.mark.parametrize(("answer", "status"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_configuration_that_cannot_be_read_registers_nothing(
    tool: RunningTool,
    desk: Desk,
    answer: Callable[[], Answer],
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk.answers(CONFIGURATION, answer)
    with nothing_stored(tool, caplog):
        assert_told(desk.opens(), status, "othing was registered")
    assert len(desk.platform.requests) == 1


def test_a_platform_that_keeps_us_waiting_is_given_up(
    tool: RunningTool,
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (platform_configuration, registration_request):
        monkeypatch.setattr(module, "LIMITS", Limits(wait=(1, 0.3), seconds=0.5))
    given_up = threading.Event()

    def held_back() -> Answer:
        given_up.wait(20)
        return 200, {}, b"{}"

    with nothing_stored(tool, caplog) as verdicts:
        page = desk.opens()
        desk.answers(REGISTRATION, held_back)
        assert_told(desk.browser.submit(page), 502, "took too long", "still good")
        desk.answers(CONFIGURATION, held_back)
        assert_told(desk.opens(), 502, "took too long", "Nothing was registered")
    given_up.set()
    assert verdicts == ["platform_unreachable", "configuration_unreachable"]


def test_no_answer_costs_more_than_ten_seconds() -> None:
    for limits in (platform_configuration.LIMITS, registration_request.LIMITS):
        assert sum(limits.wait) <= 10
        assert limits.seconds <= 10
        assert limits.size <= 256 * 1024


REFUSALS = {
    "used token": (as_json(b"token_already_used", 401), "registration_token_refused", "used or"),
    "bad domain": (
        as_json(b"domain_targetlinkuri_mismatch", 400),
        "registration_refused",
        "domain_targetlinkuri_mismatch",
    ),
    "unprocessable": (
        as_json({"errors": [{"message": "scope is invalid"}]}, 422),
        "registration_refused",
        "scope is invalid",
    ),
    "a page of html": (
        as_json(b"<h1>No</h1><script>alert(1)</script>", 403),
        "registration_refused",
        "No",
    ),
    "failure": (as_json(b"oops", 503), "platform_failed", "(503)"),
    "redirect": (redirect_to("https://10.0.0.7/"), "registration_refused", "(302)"),
    "huge": (as_json(b" " * 300_000), "platform_unreachable", "larger than"),
}


@pytest.mark.parametrize(("answer", "verdict", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_is_told_and_the_address_stays_good(
    tool: RunningTool,
    desk: Desk,
    answer: Callable[[], Answer],
    verdict: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = desk.platform.answers[REGISTRATION]
    desk.answers(REGISTRATION, answer)
    with nothing_stored(tool, caplog) as verdicts:
        page = desk.registers()
        assert_told(page, 502, words, "still good")
        assert "<script>alert" not in page.text
    assert verdicts == [verdict]
    desk.answers(REGISTRATION, good)
    assert_told(desk.registers(), 200, "You can close this.")


HALF = {
    "no json": as_json(b"{bad"),
    "no client id": as_json({}),
    "empty client id": as_json({"client_id": ""}),
    "client id of spaces": as_json({"client_id": "  "}),
    "long client id": as_json({"client_id": "x" * 300}),
    "nul": as_json({"client_id": "a\x00b"}),
    "long deployment": as_json({"client_id": "a", TOOL: {"deployment_id": "x" * 300}}),
}


@pytest.mark.parametrize("answer", HALF.values(), ids=HALF.keys())
def test_a_tool_that_only_the_vle_knows_is_told_as_that(
    tool: RunningTool, desk: Desk, answer: Callable[[], Answer], caplog: pytest.LogCaptureFixture
) -> None:
    desk.answers(REGISTRATION, answer)
    with nothing_stored(tool, caplog) as verdicts:
        assert_told(desk.registers(), 502, "by half", "Delete the tool in your VLE", "still good")
    assert verdicts == ["registered_there_only"]


def test_a_database_that_fails_after_the_vle_agreed_is_told_as_that(
    tool: RunningTool,
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    with monkeypatch.context() as patched, nothing_stored(tool, caplog):
        patched.setattr("lti_tool.launch.invitations.use_up", fail)
        assert_told(desk.registers(), 502, "Delete the tool in your VLE")
    assert_told(desk.registers(), 200, "You can close this.")


def test_a_platform_cannot_change_another_that_is_known(
    tool: RunningTool, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.registers()
    desk.address = invite(tool)
    desk.answers(
        CONFIGURATION,
        as_json(captured_configuration(desk.platform.url) | {"jwks_uri": desk.platform.url + "/x"}),
    )
    with nothing_stored(tool, caplog) as verdicts:
        assert_told(desk.registers(), 502, "by half")
    assert verdicts == ["registered_there_only"]


@pytest.mark.parametrize("product", ["moodle", "canvas"])
def test_a_vle_out_of_order_leaves_the_address_good(
    tool: RunningTool, product: str, caplog: pytest.LogCaptureFixture
) -> None:
    with administrator(tool, product) as admin:
        page = admin.pastes()
        with nothing_stored(tool, caplog):
            admin.vle.site.faults.add("registration", "drop_before")
            assert_told(admin.presses(page), 502, "still good")
            admin.vle.site.faults.add("configuration", "bad_json")
            assert admin.pastes().status_code == 422
        admin.vle.site.faults.clear()
        assert_told(admin.presses(page), 200, "You can close this.")


def test_a_canvas_tells_its_configuration_to_the_bearer_only(
    tool: RunningTool, caplog: pytest.LogCaptureFixture
) -> None:
    with administrator(tool, "canvas") as admin, nothing_stored(tool, caplog) as verdicts:
        assert_told(admin.pastes(registration_token="another"), 502, "begin again in your VLE")
    assert verdicts == ["configuration_refused"]


def test_two_presses_at_the_same_moment_register_once(tool: RunningTool, desk: Desk) -> None:
    page = desk.opens()
    inside, go_on = threading.Event(), threading.Event()
    good = desk.platform.answers[REGISTRATION]

    def slow() -> Answer:
        inside.set()
        assert go_on.wait(20)
        return good()

    desk.answers(REGISTRATION, slow)
    answers: list[Response] = []
    first = threading.Thread(target=lambda: answers.append(desk.browser.submit(page)))
    first.start()
    assert inside.wait(20)
    assert_told(desk.browser.submit(page), 409, "at this moment")
    go_on.set()
    first.join(20)
    assert_told(answers[0], 200, "You can close this.")
    assert [each[0] for each in desk.platform.requests].count("POST") == 1
