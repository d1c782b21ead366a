"""Keys of platforms, and our own: rotation is never an outage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from pylti1p3.registration import Registration as LibraryRegistration
from sqlalchemy import delete

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Refused
from lti_tool.launch import key_sets, keys, pylti
from lti_tool.launch.http import Limits
from lti_tool.launch.models import ToolKey
from tests.integration.launch.watching import another_platform, assert_refused, watch, with_header
from tests.tool_server import RunningTool
from tests.world import World, text_of


@pytest.fixture
def apart(world: World) -> Iterator[World]:
    """A platform of its own, whose keys nobody has asked for yet."""
    with another_platform(world) as other:
        yield other


def fetches(world: World) -> int:
    return sum(each.service == "jwks" for each in world.vle.site.requests)


def test_a_key_set_is_fetched_once_for_many_launches(apart: World) -> None:
    for name in ("Amira Khan", "Ben Ode", "Cara Ives"):
        apart.participant(name)
    assert fetches(apart) == 1


def test_a_platforms_new_key_is_found_by_one_fetch(apart: World) -> None:
    apart.participant("Amira Khan")
    apart.vle.site.rotate_key(keep_old=False)
    apart.participant("Ben Ode")
    apart.participant("Cara Ives")
    assert fetches(apart) == 2


def test_unknown_keys_do_not_make_us_ask_again_and_again(
    apart: World, caplog: pytest.LogCaptureFixture
) -> None:
    apart.participant("Amira Khan")
    visitor = apart.visitor("Ben Ode", "participant")
    for _ in range(3):
        with watch(apart, caplog) as seen:
            page = visitor.launch(apart.placement("progress"), tamper=with_header(kid="none"))
        assert_refused(seen, page, "kid_unknown", 401)
    assert fetches(apart) == 2


def test_an_old_key_set_serves_while_the_platform_does_not_answer(apart: World) -> None:
    apart.participant("Amira Khan")
    apart.vle.site.faults.add("jwks", "status", status=503)
    with time_machine.travel(now() + timedelta(hours=2)):
        apart.participant("Ben Ode")
    assert fetches(apart) == 2


def test_without_any_key_set_the_person_is_asked_to_wait(
    apart: World, caplog: pytest.LogCaptureFixture
) -> None:
    apart.vle.site.faults.add("jwks", "bad_json")
    visitor = apart.visitor("Amira Khan", "participant")
    with watch(apart, caplog) as seen:
        page = visitor.launch(apart.placement("progress"))
    assert_refused(seen, page, "key_set_unreachable", 503)


def test_a_platform_that_is_silent_keeps_one_person_waiting_and_not_each(apart: World) -> None:
    apart.participant("Amira Khan")
    apart.vle.site.faults.add("jwks", "drop_before")
    with time_machine.travel(now() + timedelta(hours=2)):
        for name in ("Ben Ode", "Cara Ives", "Dev Rao"):
            apart.participant(name)
    assert fetches(apart) == 2


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("public, max-age=600", 10),
        ("MAX-AGE = 0", 5),
        ("max-age=99999999", 24 * 60),
        ("no-store", 60),
        ("max-age=soon", 60),
    ],
)
def test_a_key_set_is_good_for_as_long_as_its_platform_says(
    apart: World, said: str, minutes: int
) -> None:
    published = json.dumps({"keys": [key.as_jwk() for key in apart.vle.site.keys]})
    apart.vle.site.faults.add(
        "jwks", "status", status=200, headers={"Cache-Control": said}, body=published
    )
    apart.participant("Amira Khan")
    until = now() + timedelta(minutes=minutes)
    with time_machine.travel(until - timedelta(seconds=10)):
        apart.participant("Ben Ode")
        assert fetches(apart) == 1
    with time_machine.travel(until + timedelta(seconds=10)):
        apart.participant("Cara Ives")
        assert fetches(apart) == 2


@pytest.mark.parametrize("kind", ["slow", "drop_before", "drop_after", "status"])
def test_a_platform_that_is_slow_or_down_costs_seconds_and_ends_on_a_page(
    apart: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(key_sets, "SOMEBODY_WAITS", Limits(wait=(1, 0.3), seconds=0.5))
    apart.vle.site.faults.add("jwks", kind, seconds=60)
    visitor = apart.visitor("Amira Khan", "participant")
    with watch(apart, caplog) as seen:
        page = visitor.launch(apart.placement("progress"))
    assert_refused(seen, page, "key_set_unreachable", 503)
    assert "Wait a minute" in text_of(page)
    assert "Traceback" not in page.text
    apart.vle.site.faults.clear()
    assert visitor.launch(apart.placement("progress")).status_code == 200


def test_a_new_key_of_a_platform_that_does_not_answer_is_no_forgery(
    apart: World, caplog: pytest.LogCaptureFixture
) -> None:
    apart.participant("Amira Khan")
    apart.vle.site.rotate_key(keep_old=False)
    apart.vle.site.faults.add("jwks", "drop_before")
    visitor = apart.visitor("Ben Ode", "participant")
    with watch(apart, caplog) as seen:
        page = visitor.launch(apart.placement("progress"))
    assert_refused(seen, page, "key_set_unreachable", 503)


def test_a_session_outlives_the_key_that_its_launch_was_signed_with(apart: World) -> None:
    amira = apart.participant("Amira Khan")
    apart.vle.site.rotate_key(keep_old=False)
    assert amira.get("").status_code == 200
    assert amira.launch("progress").status_code == 200


@pytest.mark.parametrize("wrong", [{"use": "enc"}, {"alg": "RS512"}, {"n": "AQAB"}, {"kty": "x"}])
def test_a_key_that_is_not_for_signatures_signs_nothing(
    apart: World,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
) -> None:
    (key,) = apart.vle.site.keys
    published = {**key.as_jwk(), **wrong}
    monkeypatch.setattr(key, "as_jwk", lambda: published)
    visitor = apart.visitor("Amira Khan", "participant")
    with watch(apart, caplog) as seen:
        page = visitor.launch(apart.placement("progress"))
    verdict = "signature_wrong" if wrong.keys() & {"n", "kty"} else "key_not_for_signing"
    assert_refused(seen, page, verdict, 401)


# --- our own keys


def published(tool: RunningTool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{tool.url}/lti/jwks.json", timeout=10).json()[
        "keys"
    ]
    return found


def test_the_published_set_holds_public_halves_only(tool: RunningTool) -> None:
    first, following, *_ = published(tool)
    for key in (first, following):
        assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
        assert (key["alg"], key["use"]) == ("RS256", "sig")
    with tool.app.app_context():
        key = keys.signing_key()
        assert key.kid == first["kid"]
        # The key id is the one that the library will write into what it signs.
        public = LibraryRegistration.get_jwk(pylti._public_pem(key.private_pem))
        assert public["kid"] == first["kid"]
        assert b"PRIVATE KEY" not in db.session.query(ToolKey.private_pem).limit(1).scalar()


def test_the_first_key_is_made_once_however_many_need_it(tool: RunningTool) -> None:
    with tool.app.app_context():
        db.session.execute(delete(ToolKey))
        db.session.commit()

    def ask(_: int) -> str:
        with tool.app.app_context():
            return keys.signing_key().kid

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) == 1
    assert len(published(tool)) == 2


def test_a_rotation_signs_with_a_key_that_was_published_before(tool: RunningTool) -> None:
    current, following, *_ = published(tool)
    with tool.app.app_context():
        with pytest.raises(Refused, match="less than a day"):
            keys.rotate()
        with time_machine.travel(now() + timedelta(hours=25)):
            assert keys.rotate() == following["kid"]
            states = {each.kid: each.state for each in keys.list_keys()}
    assert states[current["kid"]] == "retiring"
    after = [each["kid"] for each in published(tool)]
    assert after[0] == following["kid"]
    assert current["kid"] in after
    with tool.app.app_context(), time_machine.travel(now() + timedelta(hours=60)):
        keys.rotate()
        assert current["kid"] not in {each.kid for each in keys.list_keys()}


def test_a_key_that_leaked_is_replaced_at_once_and_the_platform_follows(world: World) -> None:
    tutor = world.tutor()
    runner = world.tool.app.test_cli_runner()
    rotated = runner.invoke(args=["keys", "rotate", "--at-once"])
    assert rotated.exit_code == 0, rotated.output
    kid = rotated.output.split()[-1]
    listed = json.loads(runner.invoke(args=["keys", "list", "--json"]).output)
    assert (listed[0]["kid"], listed[0]["state"]) == (kid, "current")
    with world.tool.app.app_context():
        from lti_tool.launch.health import check_platform
        from lti_tool.people.models import Course

        registration_id = db.session.get_one(Course, tutor.course_id).registration_id
        findings = check_platform(registration_id)
    assert [each for each in findings if not each.ok] == []
