"""The operator's commands: parse, call an activity, print."""

from __future__ import annotations

from flask import Flask

from lti_tool.cli import (
    audit,
    backup,
    deliveries,
    demo,
    files,
    headcount,
    keys,
    marks,
    people,
    platforms,
    programme,
    providers,
    roster,
    storage,
    support,
    worker,
)


def register(app: Flask) -> None:
    """Put every group on the application's command line."""
    app.cli.add_command(audit.group)
    app.cli.add_command(platforms.group)
    app.cli.add_command(files.group)
    app.cli.add_command(headcount.group)
    app.cli.add_command(keys.group)
    app.cli.add_command(marks.group)
    app.cli.add_command(programme.group)
    app.cli.add_command(providers.group)
    app.cli.add_command(people.group)
    app.cli.add_command(roster.group)
    app.cli.add_command(storage.group)
    app.cli.add_command(support.group)
    app.cli.add_command(demo.demo)
    backup.register(app)
    deliveries.register(app)
    worker.register(app)
