"""University partnerships."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from lti_tool.cli.speaking import as_json, doing, show
from lti_tool.people import providers

group = AppGroup("providers", help="University partnerships; nothing crosses from one to another.")


@group.command("add")
@click.argument("name")
@click.option("--programme", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(name: str, programme: Path | None) -> None:
    """Add a provider with the first version of its programme."""
    name = name.strip()
    if not name or len(name) > 200:
        raise click.ClickException("Give a name of 1 to 200 characters.")
    with doing():
        found = providers.add_provider(name, programme or current_app.config["SETTINGS"].programme)
        number = found.id
    click.echo(f"Added provider {number}")


@group.command("list")
@as_json
def list_all(wants_json: bool) -> None:
    """Show all providers."""
    rows = [{"id": each.id, "name": each.name} for each in providers.list_providers()]
    show(rows, wants_json=wants_json, empty="There is no provider yet.")
