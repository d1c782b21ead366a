"""Moodle's services, by sending recorded requests again, in their order."""

import datetime
from typing import Any

import pytest
import requests
import time_machine
from captured_world import ALL_SCOPES, World, read_capture
from replay import Replay, expected

from demo_vle.keys import SigningKey
from demo_vle.personality import SCORE
from demo_vle.state import Cell, Comment


@pytest.fixture
def gradebook_of_captures(moodle: World) -> World:
    """The columns that were there, under their recorded numbers, when recording began."""
    site, course = moodle.vle.site, moodle.course
    site.add_course("Another course", "OTHER")
    for title in ("DL Assignment 1", "DL A", "Second item", "Module 1 summative (B)", "Throwaway"):
        site.place(course, title)
    site.columns.clear()
    for number, label, maximum, details in (
        ("3", "DL Assignment 1", 40, {"resource_id": "assign-m1", "tag": "summative", "link": "2"}),
        ("4", "DL A", 10, {"resource_id": "assign-m1", "tag": "summative", "link": "3"}),
        ("6", "Tool-made column", 100, {"resource_id": "rid-1", "tag": "viva"}),
        ("7", "Linked column", 100, {"resource_id": "rid-1", "tag": "viva", "link": "1"}),
        ("8", "zero max", 0, {}),
        ("9", "with dates", 10, {}),
        ("10", "Module 1 summative (B)", 100, {"link": "5", "own": "5"}),
        ("11", "Throwaway", 100, {"link": "6", "own": "6"}),
    ):
        site.counters["column"] = int(number) - 1
        site.add_column(course, label, maximum, **details)
    return moodle


def test_every_recorded_gradebook_call_gets_its_recorded_answer(
    gradebook_of_captures: World,
) -> None:
    """Proves captures/ags.json, 103 calls in a row."""
    replay = Replay(gradebook_of_captures)
    for recorded in read_capture("ags"):
        if "request" in recorded:
            seen = replay.seen(replay.send(recorded))
            assert seen == expected(recorded), recorded["label"]


def test_overrides_locks_and_resends_go_as_recorded(gradebook_of_captures: World) -> None:
    """Proves captures/ags_more.json from the first result on."""
    world = gradebook_of_captures
    site, student = world.vle.site, world.people["student1"]
    for number in ("17", "18"):
        site.counters["column"] = int(number) - 1
        site.add_column(world.course, "Activity", 100, link="1", own="1")
    first = datetime.datetime(2026, 11, 22, 10, 31, 1, tzinfo=datetime.UTC).timestamp()
    cell = Cell(61, 100, "via pylti1p3", [Comment("via pylti1p3", first)], first)
    site.columns["17"].cells[student.id] = cell
    steps = {
        "results after tutor overrides to 40 in gradebook": lambda: site.override(
            "17", student, 40, "override by tutor"
        ),
        "score: grade item locked": lambda: site.set_locked(site.columns["18"], True),
        "score: grade item hidden": lambda: site.set_locked(site.columns["18"], False),
    }
    with time_machine.travel("2026-11-22T11:37:44Z"):
        replay = Replay(world)
        for recorded in read_capture("ags_more")[2:]:
            steps.get(recorded["label"], lambda: None)()
            seen, wanted = replay.seen(replay.send(recorded)), expected(recorded)
            if "non-Latin" in recorded["label"]:
                # The recording lost the bytes of this reason twice over.
                seen["reason"], wanted["reason"] = seen["reason"][:24], wanted["reason"][:24]
            assert seen == wanted, recorded["label"]


def test_every_recorded_roster_call_gets_its_recorded_answer(
    gradebook_of_captures: World,
) -> None:
    """Proves captures/nrps.json."""
    replay = Replay(gradebook_of_captures)
    for recorded in read_capture("nrps"):
        assert replay.seen(replay.send(recorded)) == expected(recorded), recorded["label"]


def token_request(world: World, label: str) -> requests.Response:
    """One token request, wrong in the way its label says."""
    tool, now = world.tool, int(datetime.datetime.now(datetime.UTC).timestamp())
    stranger = SigningKey.generate("tool-key")
    assertions: dict[str, dict[str, Any]] = {
        "token: aud = issuer instead of token endpoint": {"aud": world.vle.url},
        "token: aud = something else entirely": {"aud": "https://else.example"},
        "token: no jti": {"jti": ""},
        "token: expired assertion": {"iat": now - 120, "exp": now - 60},
        "token: iat 30 s in future": {"iat": now + 30, "exp": now + 90},
        "token: iss differs from sub": {"iss": "someone"},
        "token: unknown sub/client": {"sub": "someone"},
        "token: signed with wrong key": {"key": stranger},
        "token: unknown kid": {"header": {"alg": "RS256", "kid": "unknown"}},
        "token: no kid header": {"header": {"alg": "RS256"}},
    }
    scopes = {
        "token: all scopes": " ".join(ALL_SCOPES),
        "token: unknown scope only": "https://x.example/none",
        "token: one known + one unknown": f"{SCORE} https://x.example/none",
    }
    form = {"grant_type": "password"} if label == "token: wrong grant_type" else {}
    if label == "token: JSON body (not form)":
        return requests.post(tool.registration["auth_token_url"], json={"scope": SCORE}, timeout=10)
    assertion = tool.assertion(**assertions.get(label, {}))
    return tool.ask_token(scopes.get(label, SCORE), assertion, **form)


@pytest.mark.parametrize("recorded", read_capture("token"), ids=lambda each: each["label"])
def test_the_token_endpoint_answers_as_recorded(moodle: World, recorded: dict[str, Any]) -> None:
    """Proves captures/token.json, by its labels."""
    answer, wanted = token_request(moodle, recorded["label"]), recorded["response"]
    assert (answer.status_code, answer.reason) == (wanted["status"], wanted["reason"])
    assert answer.headers["Content-Type"] == wanted["headers"]["Content-Type"]
    if wanted["json"] is None:
        assert answer.text == wanted["text"]
    elif "iat prior to" in str(wanted["json"].get("error")):
        assert answer.json()["error"].startswith("Cannot handle token with iat prior to 20")
        assert answer.json()["error"].endswith("+0000")
    else:
        given = answer.json()
        if "access_token" in given:
            given["access_token"] = "<token>"
        assert given == wanted["json"]
