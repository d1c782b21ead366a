"""What an operator does on the command line, with a sentence for every wrong value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from lti_tool.app import create_app
from lti_tool.settings import load_settings
from tests.integration.launch.test_one_use import launch_form
from tests.integration.launch.watching import another_platform, assert_refused, watch
from tests.tool_server import RunningTool
from tests.world import COURSE_PATH, World

GOOD = {
    "--issuer": "https://vle.uni.ac.uk",
    "--client-id": "abc",
    "--auth-login-url": "https://vle.uni.ac.uk/mod/lti/auth.php",
    "--auth-token-url": "https://vle.uni.ac.uk/mod/lti/token.php",
    "--jwks-url": "https://vle.uni.ac.uk/mod/lti/certs.php",
    "--deployment-id": "1",
}


def run(tool: RunningTool, *words: str) -> Result:
    return tool.app.test_cli_runner().invoke(args=["platforms", *words])


def add(tool: RunningTool, *more: str, **changed: str) -> Result:
    options = GOOD | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return run(tool, "add", *(word for pair in options.items() for word in pair), *more)


def listed(tool: RunningTool, number: str) -> dict[str, Any]:
    found = json.loads(run(tool, "list", "--json").output)
    return next(each for each in found if str(each["id"]) == number)


def test_adding_prints_the_id_and_adding_again_updates(tool: RunningTool) -> None:
    first = add(tool, client_id="again")
    assert first.exit_code == 0, first.output
    second = add(tool, "--deployment-id", "2", client_id="again", name="Our VLE")
    number = first.output.split()[-1]
    assert second.output.split()[-1] == number
    found = listed(tool, number)
    assert (found["name"], found["product"], found["deployments"]) == (
        "Our VLE",
        "moodle",
        ["1", "2"],
    )


WRONG = {
    "http": ({"jwks_url": "http://vle.uni.ac.uk/certs"}, "--jwks-url: ", "must begin with https"),
    "no address": ({"issuer": "our moodle"}, "--issuer: ", "is not a web address"),
    "private": ({"auth_token_url": "https://10.0.0.7/t"}, "--auth-token-url: ", "private network"),
    "metadata": ({"jwks_url": "https://169.254.169.254/"}, "--jwks-url: ", "private network"),
    "empty client": ({"client_id": " "}, "--client-id: ", "is empty"),
    "long client": ({"client_id": "x" * 256}, "--client-id: ", "longer than 255"),
    "empty place": ({"deployment_id": ""}, "--deployment-id: ", "is empty"),
    "frame with path": ({"frame_origin": "https://a.ac.uk/b"}, "--frame-origin", "scheme and host"),
    "header in frame": ({"frame_origin": "https://a.ac.uk; x"}, "--frame-origin", "not a web"),
    "product": ({"product": "blackboard"}, "--product: ", "moodle, canvas"),
}


@pytest.mark.parametrize(("change", "option", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_value_is_told_and_nothing_is_added(
    tool: RunningTool, change: dict[str, str], option: str, sentence: str
) -> None:
    before = run(tool, "list").output
    result = add(tool, **{"client_id": "wrong", **change})
    assert result.exit_code == 1
    assert option in result.output
    assert sentence in result.output
    assert run(tool, "list").output == before


def test_every_wrong_value_is_told_at_once(tool: RunningTool) -> None:
    result = add(tool, issuer="x", jwks_url="y", client_id="")
    assert all(option in result.output for option in ("--issuer", "--jwks-url", "--client-id"))


def test_a_product_that_cannot_be_guessed_is_asked_for(tool: RunningTool) -> None:
    url = "https://vle.uni.ac.uk/lti"
    neutral = {"auth_login_url": url, "auth_token_url": url, "jwks_url": url, "client_id": "n"}
    result = add(tool, **neutral)
    assert result.exit_code == 1
    assert "say moodle or canvas" in result.output
    canvas = add(tool, **neutral, issuer="https://canvas.instructure.com")
    assert listed(tool, canvas.output.split()[-1])["product"] == "canvas"


def test_a_disabled_platform_is_refused_until_it_is_enabled(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with another_platform(world) as other:
        client = other.vle.registration()["client_id"]
        platforms = json.loads(run(world.tool, "list", "--json").output)
        number = next(str(each["id"]) for each in platforms if each["client_id"] == client)
        visitor = other.visitor("Amira Khan", "participant")
        assert run(world.tool, "disable", number).exit_code == 0
        with watch(other, caplog) as seen:
            page = visitor.initiate(other.placement("progress"))
        assert_refused(seen, page, "client_disabled", 403)
        assert run(world.tool, "disable", number, "--undo").exit_code == 0
        begun = launch_form(other, visitor)
        assert run(world.tool, "disable", number).exit_code == 0
        with watch(other, caplog) as seen:
            page = visitor.post_launch(begun)
        assert_refused(seen, page, "client_disabled", 403)
        assert run(world.tool, "disable", number, "--undo").exit_code == 0
        assert COURSE_PATH.search(visitor.launch(other.placement("progress")).url)


def test_a_check_tells_what_works_and_what_does_not(world: World) -> None:
    with another_platform(world) as other:
        client = other.vle.registration()["client_id"]
        platforms = json.loads(run(world.tool, "list", "--json").output)
        number = next(str(each["id"]) for each in platforms if each["client_id"] == client)
        good = run(world.tool, "check", number)
        assert good.exit_code == 0, good.output
        other.vle.site.faults.add("jwks", "status", status=500)
        visitor = other.visitor("Amira Khan", "participant")
        visitor.launch(other.placement("progress"), tamper=lambda _, header: header.clear())
        bad = run(world.tool, "check", number)
    assert bad.exit_code == 1
    assert "The platform's key set cannot be read." in bad.output
    assert "algorithm_refused" in bad.output


@pytest.mark.parametrize("command", ["approve", "disable", "check"])
def test_a_platform_that_is_not_there_is_told(tool: RunningTool, command: str) -> None:
    result = run(tool, command, "99999")
    assert result.exit_code == 1
    assert "There is no platform 99999" in result.output


def test_providers_are_added_once_and_then_must_be_named(tmp_path: Path) -> None:
    # An application of its own: other tests rely on there being one provider.
    settings = load_settings(
        {"DATABASE_URL": f"sqlite:///{tmp_path}/db", "SECRET_KEY": "only for this one test"}
    )
    runner = create_app(settings).test_cli_runner()
    assert runner.invoke(args=["providers", "add", "Partnership"]).exit_code == 0
    again = runner.invoke(args=["providers", "add", "Partnership"])
    assert again.exit_code == 1
    assert "already" in again.output
    found = json.loads(runner.invoke(args=["providers", "list", "--json"]).output)
    assert "Partnership" in [each["name"] for each in found]
    words = ["platforms", "add", *(word for pair in GOOD.items() for word in pair)]
    assert "Say which with --provider" in runner.invoke(args=words).output
    added = runner.invoke(args=[*words, "--provider", "Partnership"])
    assert added.exit_code == 0, added.output
