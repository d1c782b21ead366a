"""`flask roster`: read from the VLEs who is in the courses."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from lti_tool.cli.speaking import doing
from lti_tool.db import db
from lti_tool.launch import roster_sync
from lti_tool.people.models import RosterSync

group = AppGroup("roster", help="Who is in the courses, as their VLEs list them.")


@group.command("sync")
@click.option("--course", "course_id", type=int, help="The number in the address of its pages.")
@click.option("--all", "every", is_flag=True, help="Every course whose VLE offers its roster.")
def sync(course_id: int | None, every: bool) -> None:
    """Read one course's roster, or all, now. Needs no worker."""
    if (course_id is None) != every:
        raise click.UsageError("Give the number of a course with --course, or --all.")
    with doing():
        chosen = [course_id] if course_id is not None else roster_sync.courses_with_rosters()
        ids = [roster_sync.request_sync(None, each).id for each in chosen]
    roster_sync.read_requested()
    has_failed = False
    for sync_id in ids:
        found = db.session.get_one(RosterSync, sync_id)
        click.echo(f"Course {found.course_id}: {_outcome(found)}")
        has_failed = has_failed or found.state == "failed"
    if not ids:
        click.echo("No VLE has told the tool where a roster is.", err=True)
    if has_failed:
        raise click.exceptions.Exit(1)


def _outcome(sync: RosterSync) -> str:
    if sync.state == "done":
        return f"{sync.seen} listed, {sync.joined} new, {sync.departed} left."
    return sync.sentence or "a running worker reads it just now."
