"""`flask people …`: hand out what is known of somebody, hold it, or erase it."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from lti_tool.cli import erasing_again
from lti_tool.cli.speaking import as_json, doing, private_file, show
from lti_tool.cohort import erasing, erasure_list, legal_holds, person_export
from lti_tool.cohort.privacy_models import LegalHold
from lti_tool.cohort.views.my_record import record_page
from lti_tool.db import db
from lti_tool.errors import DomainError, NotFound
from lti_tool.evidence import removal
from lti_tool.people import directory, providers

# Its commands become those of `people`.
group = AppGroup("privacy")
OF_PROVIDER = click.option("--provider", help="Needed only where there are several providers.")
REASON = click.Choice(list(erasing.REASONS))


def export_person(person: str, file: Path, provider: str | None) -> None:
    """Write a ZIP file with everything about one person."""
    with doing():
        user = directory.get_user(providers.get_provider(provider), person)
        style = Path(current_app.static_folder or "") / "record.css"
        archive = person_export.prepare_export(
            user, record_page, {"record.css": style.read_bytes()}
        )
        person_export.note_export(user)
    try:
        with private_file(file) as target:
            for piece in archive.send(current_app.extensions["storage"].chunks):
                target.write(piece)
    except DomainError as error:
        raise click.ClickException(f"{error.sentence} Nothing was written.") from error
    finally:
        archive.close()
    click.echo(f"{file} has everything about one person. Hand it to them, and to nobody else.")


@group.command("erase")
@click.argument("person")
@click.option("--reason", required=True, type=REASON)
@click.option("--dry-run", is_flag=True, help="Only say what would go, what stays and why.")
@OF_PROVIDER
def erase(person: str, reason: str, dry_run: bool, provider: str | None) -> None:
    """Forget PERSON (an id, e-mail address or whole name), for good."""
    with doing():
        user = directory.get_user(providers.get_provider(provider), person)
        if dry_run:
            _tell(user.name, erasing.preview(user))
            return
        made = erasing.erase(None, user, reason)
        number, rows, files = made.user_id, made.rows, made.files
    click.echo(
        f"Person {number} is forgotten: {rows} rows were emptied or removed, and {files} files go "
        "from the store as soon as the worker is at it."
    )
    _keep_list()


def _keep_list() -> None:
    """The worker does the same within the minute; a store that is away undoes no erasure."""
    try:
        with doing(reads_only=True):
            erasure_list.keep(current_app.extensions["storage"], erasure_list.listed())
    except click.ClickException:
        click.echo("The list of erasures is not in the file store yet. The worker puts it there.")
    else:
        click.echo("The list in the file store has the number: a restore erases it again.")


def _tell(name: str, preview: erasing.Preview) -> None:
    click.echo(
        f"{name}: {preview.rows} rows would be emptied or removed, and {preview.files} files."
    )
    for sentence in preview.stays:
        click.echo(f"Stays: {sentence}")
    for sentence in preview.obstacles:
        click.echo(f"In the way: {sentence}")
    click.echo("Nothing was erased.")


@group.command("erasures")
@as_json
def erasures(wants_json: bool) -> None:
    """List who was erased, by number; with --json, as erase-again reads it."""
    with doing(reads_only=True):
        rows = erasure_list.listed()
        left = removal.left_to_remove()
    show(rows, wants_json=wants_json, empty="Nobody was erased.")
    if left:
        files = "1 file waits" if left == 1 else f"{left} files wait"
        click.echo(f"{files} to be removed from the store. The worker does it.", err=True)


@group.command("erase-again")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def erase_again(file: Path | None) -> None:
    """After a restore: erase again whom FILE names and who is back.

    FILE was written by `erasures --json`; without one it is the list that the file store keeps.
    """
    try:
        if file is not None:
            rows = erasure_list.read(file.read_bytes())
        else:
            rows = erasure_list.kept(current_app.extensions["storage"])
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    refused = erasing_again.erase_again(rows)
    if refused:
        raise click.ClickException(f"{refused} could not be. Settle that, and run this again.")


@group.command("hold")
@click.argument("person")
@click.option("--reason", required=True, help="In words; they are kept beside the hold alone.")
@OF_PROVIDER
def hold(person: str, reason: str, provider: str | None) -> None:
    """Place a legal hold on PERSON: nothing about them goes until it is lifted."""
    with doing():
        user = directory.get_user(providers.get_provider(provider), person)
        number = legal_holds.place(None, user, reason)
        db.session.flush()
        told = f"Legal hold {number.id} stands on {user.name}."
    click.echo(told)


@group.command("lift-hold")
@click.argument("hold_id", type=int, metavar="HOLD")
def lift_hold(hold_id: int) -> None:
    """Lift the legal hold with this number."""
    with doing():
        found = db.session.get(LegalHold, hold_id)
        if found is None:
            raise NotFound("There is no such legal hold; see: people holds")
        legal_holds.lift(None, found)
    click.echo("The legal hold is lifted.")


@group.command("holds")
@OF_PROVIDER
@as_json
def holds(provider: str | None, wants_json: bool) -> None:
    """List the legal holds that stand."""
    with doing(reads_only=True):
        rows = [
            {"hold": one.id, "person": one.user.name, "since": one.placed_at.isoformat()}
            for one in legal_holds.standing(providers.get_provider(provider).id)
        ]
    show(rows, wants_json=wants_json, empty="No legal hold stands.")
