"""`flask worker`: send what was released, until stopped."""

from __future__ import annotations

from datetime import timedelta

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from lti_tool.grades.tries import LEASE_LIFE
from lti_tool.worker import Worker


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(run_worker)


@click.command("worker")
@click.option(
    "--workers", default=4, show_default=True, type=click.IntRange(1, 64), help="Threads to use."
)
@click.option(
    "--lease-seconds",
    default=LEASE_LIFE.total_seconds(),
    show_default=True,
    type=click.FloatRange(1, 3600),
    help="After a crash a delivery is taken up again when this time is over.",
)
@with_appcontext
def run_worker(workers: int, lease_seconds: float) -> None:
    """Work off what waits: deliveries to gradebooks.

    One command for both stores. Several may run beside each other. SIGTERM or Ctrl+C stops it when
    the deliveries in hand are done; killing it loses nothing.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    Worker(app, threads=workers, lease_life=timedelta(seconds=lease_seconds)).run()
