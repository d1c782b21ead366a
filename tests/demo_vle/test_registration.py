"""Tools that register themselves, as Moodle (recorded) and Canvas (documented) take them in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from demo_vle.registration import TOOL
from demo_vle.server import RunningVle, start_vle

RECORDED = Path(__file__).parent / "captures" / "dynamic_registration.json"


def recorded(kind: str) -> dict[str, Any]:
    steps = json.loads(RECORDED.read_text(encoding="utf-8"))
    found: dict[str, Any] = next(each["data"] for each in steps if each["kind"] == kind)
    return found


@pytest.fixture
def new_moodle() -> Iterator[RunningVle]:
    with start_vle(None, "moodle") as vle:
        yield vle


@pytest.fixture
def new_canvas() -> Iterator[RunningVle]:
    with start_vle(None, "canvas") as vle:
        yield vle


def fetch(url: str, token: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(url, headers=headers, timeout=10)


def register(vle: RunningVle, token: str, body: dict[str, Any]) -> requests.Response:
    url = vle.url + vle.site.personality.registration_path
    return requests.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_moodle_says_the_same_of_itself_as_the_recorded_one(new_moodle: RunningVle) -> None:
    url, _ = new_moodle.site.begin_registration()
    said = fetch(url).json()
    real = recorded("openid_configuration")["body"]
    assert list(said) == list(real)
    assert said["scopes_supported"] == real["scopes_supported"]
    platform = "https://purl.imsglobal.org/spec/lti-platform-configuration"
    assert said[platform]["messages_supported"] == real[platform]["messages_supported"]


def test_moodle_answers_a_registration_in_the_recorded_shape(new_moodle: RunningVle) -> None:
    _, token = new_moodle.site.begin_registration()
    real = recorded("registration")
    answer = register(new_moodle, token, real["request"])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == real["headers"]["Content-Type"]
    expected = json.loads(real["body"])
    assert answer.json() == expected | {"client_id": answer.json()["client_id"]}
    assert list(answer.json()) == list(expected)


def test_moodle_takes_a_token_once(new_moodle: RunningVle) -> None:
    _, token = new_moodle.site.begin_registration()
    request = recorded("registration")["request"]
    register(new_moodle, token, request)
    again = register(new_moodle, token, request)
    real = recorded("registration_replayed_token")
    assert (again.status_code, again.text) == (real["status"], real["body"])
    assert len(new_moodle.site.pending) == 1


def test_moodle_wants_the_domain_of_the_link(new_moodle: RunningVle) -> None:
    _, token = new_moodle.site.begin_registration()
    request = recorded("registration")["request"]
    request[TOOL] = request[TOOL] | {"domain": "elsewhere.example"}
    answer = register(new_moodle, token, request)
    assert (answer.status_code, answer.text) == (400, "domain_targetlinkuri_mismatch")
    assert not new_moodle.site.pending


def test_a_tool_is_pending_until_it_is_activated(new_moodle: RunningVle, tmp_path: Path) -> None:
    new_moodle.site.data = tmp_path / "vle.json"
    _, token = new_moodle.site.begin_registration()
    register(new_moodle, token, recorded("registration")["request"])
    (tool,) = new_moodle.site.pending
    assert new_moodle.site.tool is None
    with start_vle(None, "moodle", data=tmp_path / "vle.json") as restarted:
        assert restarted.site.pending == [tool]
    page = f"{new_moodle.url}/tools/activate"
    requests.post(page, data={"client_id": tool.client_id}, timeout=10)
    assert new_moodle.site.the_tool().login_url == "http://127.0.0.1:9001/login"
    assert not new_moodle.site.pending
    assert requests.post(page, data={"client_id": "x"}, timeout=10).status_code == 404


def test_canvas_tells_its_configuration_to_the_bearer_only(new_canvas: RunningVle) -> None:
    url, token = new_canvas.site.begin_registration()
    assert fetch(url).status_code == 401
    assert fetch(url, token).json()["issuer"] == new_canvas.url


def test_canvas_names_no_deployment(new_canvas: RunningVle) -> None:
    _, token = new_canvas.site.begin_registration()
    answer = register(new_canvas, token, recorded("registration")["request"]).json()
    assert answer["client_id"].isdigit()
    assert "deployment_id" not in answer[TOOL]


def test_canvas_lists_what_it_does_not_take(new_canvas: RunningVle) -> None:
    _, token = new_canvas.site.begin_registration()
    request = recorded("registration")["request"]
    message = {"type": "LtiResourceLinkRequest", "placements": ["the_moon"]}
    request[TOOL] = request[TOOL] | {"messages": [message], "custom_parameters": {"a": 1}}
    answer = register(new_canvas, token, request)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["the_moon", "custom_parameters"]


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "no address"])
def test_only_a_web_address_is_opened_in_the_frame(new_moodle: RunningVle, url: str) -> None:
    page = requests.post(f"{new_moodle.url}/tools/add", data={"url": url}, timeout=10)
    assert page.status_code == 400
