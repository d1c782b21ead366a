"""The operator looks at deliveries, sends them again, and compares the gradebooks."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.db import db
from tests.integration.grades.factories import FEEDBACK, released
from tests.world import World


def run(world: World, *words: str) -> Any:
    return world.tool.app.test_cli_runner().invoke(args=["deliveries", *words])


def test_deliveries_are_listed_without_names_marks_or_feedback(world: World) -> None:
    one = released(world)
    one.settle()
    result = run(world, "list", "--json", "--state", "confirmed")
    assert result.exit_code == 0
    row = next(row for row in json.loads(result.output) if row["id"] == one.delivery()["id"])
    assert row["state"] == "confirmed"
    assert row["settled_at"]
    for private in (one.amira.name, FEEDBACK, "64"):
        assert private not in json.dumps([row["reason"], row["column"], *row])
    assert f"{one.delivery()['id']}  confirmed" in run(world, "list").output


def test_a_failed_delivery_is_sent_again_and_a_confirmed_one_is_not(world: World) -> None:
    one = released(world)
    world.vle.site.faults.add("scores", "status", status=422, times=1)
    number = str(one.settle()["id"])
    assert run(world, "retry", number).exit_code == 0
    assert one.settle()["state"] == "confirmed"
    refused = run(world, "retry", number)
    assert refused.exit_code == 1
    assert "not sent again" in refused.output


def test_all_that_failed_are_sent_again(world: World) -> None:
    several = [released(world), released(world)]
    world.vle.site.faults.add("scores", "status", status=422, times=2)
    assert [one.settle()["state"] for one in several] == ["failed", "failed"]
    assert run(world, "retry", "--all-failed").exit_code == 0
    assert [one.settle()["state"] for one in several] == ["confirmed", "confirmed"]


def test_a_wrong_id_is_told(world: World) -> None:
    assert "no delivery 999999" in run(world, "retry", "999999").output
    assert run(world, "retry").exit_code == 2
    assert run(world, "retry", "1", "--all-failed").exit_code == 2


def test_a_gradebook_that_changed_afterwards_is_told(world: World) -> None:
    one = released(world)
    number = one.settle()["id"]
    world.vle.site.override(one.column(), one.amira.visitor.person, 12)
    posts = one.posts()
    result = run(world, "reconcile", "--json")
    assert result.exit_code == 1
    found = {each["id"]: each["says"] for each in json.loads(result.output)["differences"]}
    assert found[number] == "The gradebook shows 12 out of 100 instead."
    assert one.posts() == posts
    assert one.state == "confirmed"


def test_each_step_is_in_the_trail(world: World) -> None:
    one = released(world)
    one.settle()
    with world.tool.app.app_context():
        events = db.session.scalars(
            select(AuditEvent)
            .where(AuditEvent.participant_id == one.amira.participant_id())
            .order_by(AuditEvent.id)
        )
        kept = [(event.event, event.acted_as, json.dumps(event.details)) for event in events]
    assert [(event, who) for event, who, _ in kept if event.split(".")[0] in OURS] == [
        ("mark.finalised", "tutor"),
        ("grade.released", "tutor"),
        ("delivery.confirmed", "system"),
    ]
    assert all(FEEDBACK not in details for _, _, details in kept)


OURS = {"mark", "grade", "delivery"}
