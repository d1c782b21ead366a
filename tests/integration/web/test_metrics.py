"""`/metrics` and `/health/ready`, as Prometheus and a load balancer ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from lti_tool import beats, queues
from lti_tool.app import create_app
from lti_tool.db import own_transaction
from lti_tool.settings import ROOT, SettingsInvalid, load_settings
from tests.tool_server import RunningTool

ALERTS = ROOT / "config" / "alerts.yaml"
NAME = re.compile(r"\bmtl_[a-z_]+")
only_sqlite = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


@pytest.fixture
def measured(tool: RunningTool) -> FlaskClient:
    """A tool on the same rows that measures."""
    return create_app(load_settings({**tool.environ, "METRICS": "on"})).test_client()


def figures(client: FlaskClient) -> dict[str, float]:
    told = client.get("/metrics")
    assert told.status_code == 200
    lines = [line for line in told.text.splitlines() if not line.startswith("#")]
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def test_answers_launches_and_what_waits_are_told(measured: FlaskClient) -> None:
    with measured.application.app_context():
        beats.beat("a worker of this test")
        deliveries = queues.count_deliveries()
    measured.post("/lti/launch", data={"state": "made up", "id_token": "made up"})
    measured.get("/secret-of-amira")
    found = figures(measured)
    assert found['mtl_answers_total{method="POST",route="/lti/launch",status="401"}'] == 1
    assert found['mtl_answers_total{method="GET",route="(none)",status="404"}'] == 1
    assert sum(v for k, v in found.items() if k.startswith("mtl_launches_total")) == 1
    assert found["mtl_rows_readable"] == 1
    assert found["mtl_workers"] >= 1
    assert found['mtl_deliveries{state="confirmed"}'] == deliveries["confirmed"]
    assert found["mtl_database_connections_limit"] > 0
    assert "secret-of-amira" not in str(found)


@only_sqlite
def test_whatever_an_alert_watches_is_there_and_leads_to_a_page(measured: FlaskClient) -> None:
    measured.post("/lti/launch", data={})
    measured.get("/health/live")
    there = {name.partition("{")[0] for name in figures(measured)}
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", runbook, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    [group] = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    assert len(group["rules"]) > 10
    for rule in group["rules"]:
        unknown = set(NAME.findall(rule["expr"])) - there
        assert not unknown, f"{rule['alert']} watches what nobody tells: {unknown}"
        page, anchor = rule["annotations"]["runbook"].split("#")
        assert (ROOT / page).is_file()
        assert anchor in anchors, f"{rule['alert']} leads to no heading of {page}"
        assert rule["labels"]["severity"] in {"page", "ticket"}


@only_sqlite
def test_there_is_no_such_page_unless_it_is_switched_on(
    tool: RunningTool, measured: FlaskClient
) -> None:
    assert tool.app.test_client().get("/metrics").status_code == 404
    public = {"REMOTE_ADDR": "193.60.1.2"}
    assert measured.get("/metrics", environ_overrides=public).status_code == 404


@only_sqlite
def test_a_scrape_is_answered_where_the_database_is_away(
    measured: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> dict[str, int]:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(queues, "count_deliveries", away)
    assert figures(measured)["mtl_rows_readable"] == 0


@pytest.fixture
def at_revision(tool: RunningTool) -> Iterator[Flask]:
    """An application whose tables say that they are of another version."""
    with tool.app.app_context():
        before = _set_revision("040")
        yield tool.app
        _set_revision(before)


def _set_revision(revision: str) -> str:
    with own_transaction() as connection:
        before = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    return str(before)


def test_a_tool_starts_on_newer_tables_and_is_not_ready_on_older_ones(
    at_revision: Flask, tool: RunningTool
) -> None:
    _set_revision("999")
    assert at_revision.test_client().get("/health/ready").json["migrations"] is True
    create_app(load_settings(tool.environ))
    _set_revision("033")
    told = at_revision.test_client().get("/health/ready")
    assert (told.status_code, told.json["migrations"]) == (503, False)
    if tool.store == "postgres":
        with pytest.raises(SettingsInvalid, match="db upgrade"):
            create_app(load_settings(tool.environ))


def test_a_worker_is_seen_until_it_says_that_it_stops(tool: RunningTool) -> None:
    client, name = tool.app.test_client(), beats.worker_name()
    before = living(tool)
    with tool.app.app_context():
        beats.beat(name)
        beats.beat(name)
    assert living(tool) == before + 1
    assert client.get("/health/ready").json["worker"] is True
    with tool.app.app_context():
        beats.stop_beating(name)
    assert living(tool) == before


def living(tool: RunningTool) -> int:
    with tool.app.app_context():
        return beats.living_workers()


@only_sqlite
def test_a_database_that_goes_while_somebody_is_sent_back_is_told_as_such(
    tool: RunningTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(course_id: int) -> list[str]:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setitem(tool.app.extensions, "frame_origins_of_course", away)
    page = tool.app.test_client().get("/courses/1/evidence/new")
    assert page.status_code == 503
    assert "cannot reach its data" in page.text
