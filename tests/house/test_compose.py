"""`compose.yaml` says what the image, the settings and `make scaled` say."""

from __future__ import annotations

import re
from typing import Any

import click
import yaml

from lti_tool.app import create_app
from lti_tool.settings import ROOT, SettingsSchema, load_settings

READ_BY_LIBRARIES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
TOOL = ("migrate", "web-1", "web-2", "worker-1", "worker-2")
GIVEN = {
    "POSTGRES_PASSWORD": "a-word",
    "SECRET_KEY": "only for tests, and long enough",
    "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "PUBLIC_URL": "https://mtl.uni.example",
    "S3_PASSWORD": "another-word",
}


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return dict(found["services"])


def filled_in(value: str) -> str:
    """As compose puts in what the operator gives, or what stands behind `:-`."""
    pattern = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
    return pattern.sub(
        lambda found: GIVEN.get(found[1], found[3] if found[2] == "-" else ""), value
    )


def test_the_tool_starts_with_what_compose_gives_it() -> None:
    for name in TOOL:
        given = services()[name]["environment"]
        unknown = given.keys() - set(SettingsSchema().fields) - READ_BY_LIBRARIES
        assert not unknown, f"No settings: {unknown}"
        settings = load_settings({key: filled_in(value) for key, value in given.items()})
        assert settings.redis_url
        assert not settings.development
        assert settings.storage_url == "s3://mtl/tool"


def test_there_are_two_of_what_people_need_and_each_waits_for_what_it_needs() -> None:
    found = services()
    for name in TOOL[1:]:
        waits = found[name]["depends_on"]
        assert waits.keys() <= found.keys()
        assert waits["migrate"]["condition"] == "service_completed_successfully"
    for name, service in found.items():
        assert not service["image"].endswith(":latest") or name in TOOL, name
        ports = service.get("ports", [])
        assert all(port.startswith("127.0.0.1:") for port in ports), f"{name} is open to everybody"
    assert found["worker-1"] == found["worker-2"]


def test_the_image_holds_what_gunicorn_reads_and_nobody_is_root_in_it() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("COPY gunicorn.conf.py ") for line in lines)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert users[-1] not in {"0", "root"}


def test_each_command_of_ours_exists_and_health_is_asked_where_it_is_told() -> None:
    app = create_app(load_settings({"SECRET_KEY": GIVEN["SECRET_KEY"]}), ready=False)
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    for name in TOOL:
        command = services()[name].get("command", [])
        assert command[:3] in ([], ["flask", "--app", "lti_tool"]), name
        found: click.Command | None = app.cli
        for word in command[3:]:
            assert isinstance(found, click.Group), command
            found = found.commands.get(word)
            assert found, f"{name} calls {word!r}, and there is no such command"
    for text in (
        (ROOT / file).read_text(encoding="utf-8") for file in ("compose.yaml", "Dockerfile")
    ):
        asked = re.findall(r"127\.0\.0\.1:8000(/[\w/]+)", text)
        assert asked
        assert set(asked) <= rules
