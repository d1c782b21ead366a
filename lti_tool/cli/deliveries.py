"""`flask deliveries`: look at marks on their way to gradebooks, send them again, compare."""

from __future__ import annotations

import json
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.grades import drift, redelivery
from lti_tool.grades.models import Delivery

commands = AppGroup("deliveries", help="Marks on their way to the gradebooks.")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(commands)


@commands.command("list")
@click.option("--state", type=click.Choice(redelivery.STATES), help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def list_deliveries(state: str | None, as_json: bool) -> None:
    """Each delivery with its state. No names and no marks are shown."""
    rows = [_facts(delivery) for delivery in redelivery.list_all(state=state)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        reason = f"  {row['reason']}" if row["reason"] else ""
        click.echo(
            f"{row['id']:>6}  {row['state']:<10}  participant {row['participant']}  "
            f"{row['column']}  tries {row['tries']}{reason}"
        )
    if not rows:
        click.echo("There are none.", err=True)


@commands.command("retry")
@click.argument("delivery_id", type=int, required=False)
@click.option("--all-failed", is_flag=True, help="Every delivery that failed.")
def retry(delivery_id: int | None, all_failed: bool) -> None:
    """Send one delivery again, or all that failed."""
    if (delivery_id is None) != all_failed:
        raise click.UsageError("Give the id of a delivery, or --all-failed.")
    chosen = list(redelivery.list_all(state="failed")) if all_failed else [_get(delivery_id)]
    try:
        for delivery in chosen:
            redelivery.retry(None, delivery)
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    db.session.commit()
    click.echo(f"Queued again: {len(chosen)}. A running worker sends them now.")


@commands.command("reconcile")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def reconcile(as_json: bool) -> None:
    """Read the gradebooks and tell where they differ from what was confirmed. Sends nothing."""
    looked_at, differences = drift.reconcile()
    if as_json:
        found = [{"id": each.delivery_id, "says": each.sentence} for each in differences]
        click.echo(json.dumps({"looked_at": looked_at, "differences": found}, indent=2))
    else:
        for each in differences:
            click.echo(f"{each.delivery_id:>6}  {each.sentence}")
        click.echo(f"Looked at {looked_at}; {len(differences)} differ.")
    if differences:
        raise click.exceptions.Exit(1)


def _get(delivery_id: int | None) -> Delivery:
    found = db.session.get(Delivery, delivery_id)
    if found is None:
        raise click.ClickException(f"There is no delivery {delivery_id}. See: deliveries list")
    return found


def _facts(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "state": delivery.state,
        "participant": delivery.participant_id,
        "column": delivery.line_item.label,
        "course": delivery.line_item.course_id,
        "tries": delivery.tries,
        "due_at": delivery.due_at.isoformat(),
        "settled_at": delivery.settled_at.isoformat() if delivery.settled_at else None,
        "last_status": delivery.last_status,
        "reason": delivery.reason,
    }
