"""The tool's own keys."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from lti_tool.cli.speaking import as_json, doing, show
from lti_tool.launch import keys

group = AppGroup("keys", help="The keys that the tool signs with.")


@group.command("list")
@as_json
def list_keys(wants_json: bool) -> None:
    """Show which key signs, which comes next, and which is on its way out."""
    rows = [vars(each) for each in keys.list_keys()]
    show(rows, wants_json=wants_json, empty="There is no key yet; the first use makes one.")


@group.command("rotate")
@click.option("--at-once", is_flag=True, help="Also when platforms had no day to see the next key.")
def rotate(at_once: bool) -> None:
    """Let the next key sign. The old one stays published for a day."""
    with doing():
        kid = keys.rotate(at_once=at_once)
    click.echo(f"From now on this key signs: {kid}")
