"""`flask files …`: what is known of stored files."""

from __future__ import annotations

import json

import click
from flask import current_app
from flask.cli import AppGroup

from lti_tool.db import begin_as_reader
from lti_tool.evidence import scanning

group = AppGroup("files", help="Uploaded files, and the scanner that looks at them.")
WORDS = {
    "unscanned": "not scanned",
    "waiting": "waiting for the scanner, and handed out to nobody",
    "clean": "found clean",
    "infected": "held malware, and were removed",
}


@group.command("status")
@click.option("--json", "wants_json", is_flag=True, help="Print JSON.")
def status(wants_json: bool) -> None:
    """How many files the scanner has seen."""
    begin_as_reader()
    counts = scanning.counts()
    has_scanner = current_app.extensions["scanner"] is not None
    if wants_json:
        click.echo(json.dumps({"scanner": has_scanner, **counts}))
        return
    for state, number in counts.items():
        click.echo(f"{number:>8}  {WORDS[state]}")
    if not has_scanner:
        click.echo("CLAMD_URL is not set: what people upload is handed out without being scanned.")
