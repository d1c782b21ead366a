"""`flask headcount`: count who is on the programme on a day, and prove a count later."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from lti_tool.cli.speaking import as_json, doing, show
from lti_tool.clock import today
from lti_tool.cohort import headcounts
from lti_tool.cohort.headcount_models import Headcount
from lti_tool.db import db
from lti_tool.errors import NotFound
from lti_tool.identity import Role, Viewer
from lti_tool.people import directory, providers

group = AppGroup("headcount", help="Who was on the programme on a day, kept as it was counted.")
OF_PROVIDER = click.option("--provider", help="Needed only where there are several providers.")
NUMBER = click.argument("number", type=int, metavar="NUMBER")


@group.command("take")
@click.option(
    "--as-at", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="The day that counts, up to today; without it, today.",
)  # fmt: skip
@click.option("--as", "lead", help="For which programme lead; needed only where there are several.")
@OF_PROVIDER
def take(day: datetime | None, lead: str | None, provider: str | None) -> None:
    """Count everybody who was on the programme on a day, and keep what was counted.

    The same facts and the same day give the same hash, whoever counts.
    """
    with doing():
        found = providers.get_provider(provider)
        user = directory.get_lead(found, lead)
        viewer = Viewer(user.id, Role.LEAD, found.id, 0, authenticated_by="operator")
        taken = headcounts.take(viewer, day.date() if day else today())
        told = (
            f"Headcount {taken.id} as at {taken.as_at:%-d %B %Y}: {taken.people:,} "
            f"{'person' if taken.people == 1 else 'people'}. SHA-256 of its file: {taken.sha256}"
        )
    click.echo(told)


@group.command("list")
@OF_PROVIDER
@as_json
def list_all(provider: str | None, wants_json: bool) -> None:
    """Show all that were taken, the newest first."""
    with doing(reads_only=True):
        found = db.session.scalars(headcounts.of_provider(providers.get_provider(provider).id))
        rows = [
            {
                "number": each.id, "as at": each.as_at.isoformat(), "people": each.people,
                "taken at": each.taken_at.isoformat(timespec="seconds"),
                "taken by": each.taken_by.name, "sha256": each.sha256,
            }
            for each in found
        ]  # fmt: skip
    show(rows, wants_json=wants_json, empty="No headcount was taken yet.")


@group.command("file")
@NUMBER
@OF_PROVIDER
def write(number: int, provider: str | None) -> None:
    """Write the file of headcount NUMBER, a CSV, to the output; its hash is that of the count."""
    with doing():
        found = _get(number, provider)
        headcounts.note_operators_download(found)
        for piece in headcounts.file_lines(found):
            click.echo(piece.encode(), nl=False)


@group.command("verify")
@click.argument("number", type=int, metavar="[NUMBER]", required=False)
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also compare this file with the count.",
)  # fmt: skip
@OF_PROVIDER
def verify(number: int | None, file: Path | None, provider: str | None) -> None:
    """Hash what is kept of headcount NUMBER, or of all, and compare.

    The exit code is 1 where rows, or the file, do not give the hash noted when they were counted.
    """
    if file is not None and number is None:
        raise click.UsageError("Name the headcount that the file should be of.")
    wrong = 0
    with doing(reads_only=True):
        for found in _asked(number, provider):
            is_whole = headcounts.is_as_taken(found)
            wrong += not is_whole
            said = "as counted" if is_whole else "NOT as counted: its rows give another hash"
            click.echo(f"Headcount {found.id} as at {found.as_at}: {said}. {found.sha256}")
            if file is not None:
                is_same = _digest(file) == found.sha256
                wrong += not is_same
                click.echo(f"{file}: {'the same' if is_same else 'NOT the file of this count'}.")
    if wrong:
        raise click.exceptions.Exit(1)


def _asked(number: int | None, provider: str | None) -> list[Headcount]:
    if number is not None:
        return [_get(number, provider)]
    query = headcounts.of_provider(providers.get_provider(provider).id)
    found = list(db.session.scalars(query))
    if not found:
        raise NotFound("There is nothing to compare: no headcount was taken yet.")
    return found


def _get(number: int, provider: str | None) -> Headcount:
    query = headcounts.of_provider(providers.get_provider(provider).id)
    found = db.session.scalars(query.where(Headcount.id == number)).one_or_none()
    if found is None:
        raise NotFound(f"There is no headcount {number}. See: headcount list")
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
