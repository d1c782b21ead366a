"""Programme files: checked before they count, published once, taught out in the end."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from lti_tool.cli.speaking import as_json, doing, show
from lti_tool.people import programmes, providers
from lti_tool.programme.loader import ProgrammeInvalid, load_programme

group = AppGroup("programme", help="Versions of the programme; participants stay on theirs.")
OF_PROVIDER = click.option("--provider", help="Needed only where there are several providers.")
FILE = click.Path(dir_okay=False, path_type=Path)


@group.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
def check(files: tuple[Path, ...]) -> None:
    """Say every mistake in each FILE, with its place and what to write instead."""
    mistakes = [mistake for file in files for mistake in _mistakes_in(file)]
    for mistake in mistakes:
        click.echo(mistake, err=True)
    if mistakes:
        number = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise click.ClickException(f"{number}. Nothing was published.")


def _mistakes_in(file: Path) -> tuple[str, ...]:
    try:
        found = load_programme(file)
    except ProgrammeInvalid as error:
        return error.mistakes
    click.echo(
        f"{file}: no mistakes. {found.id} {found.version}: {found.credits} credits, "
        f"{len(found.phases)} phases, {len(found.modules)} modules, {len(found.strands)} strands."
    )
    return ()


@group.command("list")
@OF_PROVIDER
@as_json
def list_all(provider: str | None, wants_json: bool) -> None:
    """Show the versions of a provider, the newest first, and how many are on each."""
    with doing():
        found = providers.get_provider(provider)
        people = programmes.count_participants(found.id)
        rows = [
            {
                "id": each.id,
                "framework": each.framework,
                "version": each.version,
                "state": each.state,
                "published": each.published_at.isoformat(),
                "participants": people.get(each.id, 0),
            }
            for each in programmes.list_versions(found.id)
        ]
    show(rows, wants_json=wants_json, empty="No programme is published yet.")


@group.command("publish")
@click.argument("file", metavar="FILE", type=FILE)
@OF_PROVIDER
def publish(file: Path, provider: str | None) -> None:
    """Make FILE a version that new participants join. It can never be changed afterwards."""
    with doing():
        version, is_new = programmes.publish(providers.get_provider(provider), file)
        number, name = version.id, f"{version.framework} {version.version}"
    if is_new:
        click.echo(f"Published {name} as version {number}. Whoever is on another version stays.")
    else:
        click.echo(f"{name} is there already, with the same text, as version {number}.")


@group.command("teach-out")
@click.argument("number", metavar="ID", type=int)
@OF_PROVIDER
def teach_out(number: int, provider: str | None) -> None:
    """Let nobody join version ID any more; whoever is on it goes on as before."""
    with doing():
        programmes.teach_out(_version(number, provider))
    click.echo(f"Version {number} is closing: whoever is on it goes on, and nobody joins.")


@group.command("reopen")
@click.argument("number", metavar="ID", type=int)
@OF_PROVIDER
def reopen(number: int, provider: str | None) -> None:
    """Take the teach-out of version ID back."""
    with doing():
        programmes.reopen(_version(number, provider))
    click.echo(f"Version {number} is published again.")


@group.command("close")
@click.argument("number", metavar="ID", type=int)
@OF_PROVIDER
def close(number: int, provider: str | None) -> None:
    """End version ID, which was taught out and which nobody is on any more."""
    with doing():
        programmes.close(_version(number, provider))
    click.echo(f"Version {number} is closed.")


def _version(number: int, provider: str | None) -> programmes.ProgrammeVersion:
    return programmes.get_version(providers.get_provider(provider).id, number)
