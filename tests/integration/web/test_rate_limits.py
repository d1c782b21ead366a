"""Whoever hammers has to wait; nobody else notices, not even a school behind one address."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from flask import Flask
from limits import parse
from redis import ConnectionError
from werkzeug.test import TestResponse

from lti_tool.app import create_app
from lti_tool.clock import now
from lti_tool.settings import load_settings
from lti_tool.web.access import public
from lti_tool.web.rate_limits import (
    LETTERS,
    LONG_WORK,
    ONE_ADMINISTRATOR,
    READING,
    SCHOOL_AT_ONCE,
    WRITING,
    RateLimits,
    address,
    limited,
)
from tests.tool_server import RunningTool
from tests.world import Person, World

HERE = "http://localhost"
SCHOOL_VIEWS = (
    ("launch.begin_login", "/lti/login"),
    ("launch.take_launch", "/lti/launch"),
    ("launch.bind", "/lti/bind"),
    ("launch.continue_elsewhere", "/lti/continue"),
)
# Besides files that are made when they are asked for: what reads all bytes of files again, keeps
# whole tables, or asks a platform.
LONG = {
    "cohort.take_headcount", "evidence.attestation", "evidence.receipt", "evidence.submit_now",
    "grades.sheet_upload", "launch.sync_roster", "people.upload_import",
}  # fmt: skip
MAILS = {
    "board.appoint_examiner", "board.change_examiner", "people.change_coach_link",
    "people.change_head_link", "people.settle_coach_address",
}  # fmt: skip


def started(tool: RunningTool, **changed: str) -> Flask:
    """The tool as a process of its own, with limits and a view that can be asked three times."""
    app = create_app(load_settings({**tool.environ, "RATE_LIMITS": "on", **changed}))
    view = public()(limited("3 per minute", by=address)(lambda: "answered"))
    app.add_url_rule("/often", "often", view)
    counts = app.extensions["rate_limits"]
    if counts is not None and counts.shared is not None:
        counts.shared.storage.reset()
    return app


@pytest.fixture
def app(tool: RunningTool) -> Flask:
    return started(tool)


def ask(app: Flask, path: str = "/often", source: str = "192.0.2.1", **named: Any) -> TestResponse:
    environ = {"REMOTE_ADDR": source}
    return app.test_client().open(path, base_url=HERE, environ_base=environ, **named)


def statuses(app: Flask, count: int, source: str = "192.0.2.1", **headers: str) -> list[int]:
    return [ask(app, source=source, headers=headers).status_code for _ in range(count)]


def test_the_fourth_in_a_minute_waits_and_is_told_how_long(app: Flask) -> None:
    assert statuses(app, 3) == [200] * 3
    page = ask(app)
    assert page.status_code == 429
    assert 1 <= int(page.headers["Retry-After"]) <= 60
    assert "Too many requests at once" in page.text
    assert "Wait a minute, then try again" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' *")  # it can be read inside any VLE's page
    assert statuses(app, 1, "192.0.2.2") == [200]


def test_after_the_wait_it_answers_again(tool: RunningTool) -> None:
    app = started(tool, REDIS_URL="")  # Redis keeps a time of its own
    assert statuses(app, 4)[-1] == 429
    with time_machine.travel(now().timestamp() + 61, tick=True):
        assert statuses(app, 1) == [200]


def test_switched_off_it_counts_nothing(tool: RunningTool) -> None:
    assert statuses(started(tool, RATE_LIMITS="off"), 10) == [200] * 10


@pytest.mark.parametrize(("view", "path"), SCHOOL_VIEWS)
def test_launches_of_a_whole_school_pass_and_then_the_address_waits(
    app: Flask, view: str, path: str
) -> None:
    counts: RateLimits = app.extensions["rate_limits"]
    for _ in range(1199):
        assert counts.seconds_to_wait(parse(SCHOOL_AT_ONCE), view, "192.0.2.1") == 0
    assert ask(app, path, method="POST").status_code in {400, 401}
    assert ask(app, path, method="POST").status_code == 429
    elsewhere = ask(app, path, "198.51.100.7", method="POST")
    assert elsewhere.status_code in {400, 401}


@pytest.mark.parametrize(
    ("view", "method"), [("launch.show_registration", "GET"), ("launch.register", "POST")]
)
def test_registering_is_for_one_administrator(app: Flask, view: str, method: str) -> None:
    counts: RateLimits = app.extensions["rate_limits"]
    for _ in range(60):
        assert counts.seconds_to_wait(parse(ONE_ADMINISTRATOR), view, "192.0.2.1") == 0
    page = ask(app, "/lti/register", method=method)
    assert page.status_code == 429


def test_one_person_does_not_keep_the_tool_busy_alone(world: World) -> None:
    app, amira, ben = started(world.tool), world.participant(), world.participant("Ben Osei")
    who = used_up(app, amira, {"pages": READING, "forms": WRITING})
    assert as_person(app, amira, "here").status_code == 204
    assert as_person(app, amira, "here").status_code == 429
    # A form is refused before it waits for the one who writes; this one has no token.
    assert as_person(app, amira, "weekly-mail", method="POST").status_code == 400
    assert as_person(app, amira, "weekly-mail", method="POST").status_code == 429
    assert as_person(app, ben, "here").status_code == 204
    assert who != used_up(app, ben, {})


def used_up(app: Flask, person: Person, spent: dict[str, str]) -> str:
    """Ask as often as may be in somebody's name, but for once."""
    with app.app_context():
        who = f"user {person.user().id}"
    for what, text in spent.items():
        for _ in range(parse(text).amount - 1):
            assert app.extensions["rate_limits"].seconds_to_wait(parse(text), what, who) == 0
    return who


def as_person(app: Flask, person: Person, path: str, **named: Any) -> TestResponse:
    headers = {"Cookie": f"__Host-mtl={person.visitor.session.cookies['__Host-mtl']}"}
    client, path = app.test_client(use_cookies=False), f"/courses/{person.course_id}/{path}"
    return client.open(path, base_url=HERE, headers=headers, **named)


def test_whatever_goes_through_everything_or_writes_to_strangers_has_a_limit(app: Flask) -> None:
    limits = {
        rule.endpoint: getattr(app.view_functions[rule.endpoint], "limited_to", None)
        for rule in app.url_map.iter_rules()
        if rule.endpoint in LONG | MAILS or rule.rule.endswith((".csv", ".zip"))
    }
    wanted = {endpoint: LETTERS if endpoint in MAILS else LONG_WORK for endpoint in limits}
    assert limits == wanted
    assert limits.keys() >= LONG | MAILS


def test_a_header_that_anybody_can_send_makes_no_other_address(app: Flask) -> None:
    sent = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(4)]
    found = [ask(app, headers=each).status_code for each in sent]
    assert found == [200, 200, 200, 429]


def test_behind_a_proxy_of_ours_the_address_is_the_one_that_the_proxy_saw(
    tool: RunningTool,
) -> None:
    app = started(tool, TRUSTED_PROXIES="1")
    own = {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"}  # the first is only claimed
    assert statuses(app, 4, "10.0.0.1", **own) == [200, 200, 200, 429]
    other = {"X-Forwarded-For": "203.0.113.9, 198.51.100.2"}
    assert statuses(app, 1, "10.0.0.1", **other) == [200]


def test_a_network_of_ipv6_counts_as_one_address(app: Flask) -> None:
    sources = [f"2001:db8:1:2::{number}" for number in range(1, 5)]
    found = [ask(app, source=each).status_code for each in sources]
    assert found == [200, 200, 200, 429]
    assert statuses(app, 1, "2001:db8:1:3::1") == [200]


def test_processes_count_together_where_there_is_redis_and_apart_where_not(
    tool: RunningTool,
) -> None:
    first = started(tool)
    second = started(tool)
    assert statuses(first, 3) == [200] * 3
    together = "REDIS_URL" in tool.environ
    assert statuses(second, 1) == [429 if together else 200]


def test_while_redis_is_away_each_process_counts_for_itself(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: RateLimits = app.extensions["rate_limits"]
    if counts.shared is not None:

        def away(*_: object) -> bool:
            raise ConnectionError

        monkeypatch.setattr(counts.shared, "hit", away)
    assert statuses(app, 4) == [200, 200, 200, 429]
