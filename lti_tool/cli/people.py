"""People, as the operator needs them: who is there, and who is programme lead."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from lti_tool.cli import privacy
from lti_tool.cli.speaking import as_json, doing, show
from lti_tool.people import directory, providers
from lti_tool.people.bulk import exporting, importing
from lti_tool.people.bulk.outcome import Outcome
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.users import appoint_lead

group = AppGroup("people", help="The people who have opened the tool.")
KINDS = click.Choice(list(importing.KINDS))
KIND = click.option("--kind", type=KINDS, required=True)
OF_PROVIDER = click.option("--provider", help="Needed only where there are several providers.")
OF_COURSE = click.option(
    "--course", "course_id", type=int, help="Of the VLE whose ids the file has, where several are."
)
MOST_ROWS = 20_000
for command in privacy.group.commands.values():
    group.add_command(command)


@group.command("list")
@click.option("--provider", help="Needed only where there are several providers.")
@as_json
def list_all(provider: str | None, wants_json: bool) -> None:
    """Show everybody, with what they have been met as."""
    with doing():
        rows = [
            {
                "id": each.user.id,
                "name": each.user.name,
                "email": each.user.email,
                "met as": list(each.roles),
                "lead since": each.user.lead_since.isoformat() if each.user.lead_since else None,
            }
            for each in directory.list_people(providers.get_provider(provider))
        ]
    show(rows, wants_json=wants_json, empty="Nobody has opened the tool yet.")


@group.command("appoint")
@click.argument("user")
@click.option("--as", "role", type=click.Choice(["lead"]), required=True)
@click.option("--provider", help="Needed only where there are several providers.")
def appoint(user: str, role: str, provider: str | None) -> None:
    """Make USER (an id, e-mail address or whole name) the programme lead."""
    with doing():
        found = directory.get_user(providers.get_provider(provider), user)
        directory.check_is_staff(found)
        appoint_lead(found)
        name = found.name
    click.echo(f"{name} is programme lead from the next launch on.")


@group.command("import")
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@KIND
@click.option("--commit", is_flag=True, help="Store it. Without this, it is checked and shown.")
@OF_PROVIDER
@OF_COURSE
def import_file(
    file: Path, kind: str, commit: bool, provider: str | None, course_id: int | None
) -> None:
    """Check the CSV FILE and say what it would change; with --commit, change it: all or nothing."""
    with doing(reads_only=not commit):
        importer = importing.operators_importer(providers.get_provider(provider), course_id)
        data = file.read_bytes()
        outcome = importing.check_file(importer, kind, data, MOST_ROWS)
        _tell(outcome)
        if commit:
            importing.apply(importer, kind, data, MOST_ROWS)
    click.echo("Stored." if commit else "Nothing was stored. Repeat with --commit to store it.")


def _tell(outcome: Outcome) -> None:
    for problem in outcome.problems:
        column = f", {problem.column}" if problem.column else ""
        click.echo(f"Row {problem.row}{column}: {problem.sentence}", err=True)
    if outcome.problems:
        number = len(outcome.problems)
        raise click.ClickException(
            f"{number} {'problem' if number == 1 else 'problems'}. Nothing was stored."
        )
    for line in outcome.lines:
        if line.verdict is not Verdict.SAME:
            click.echo(f"Row {line.row}: {line.verdict.value}: {line.who}: {line.told}")
    told = ", ".join(f"{number} {verdict.value}" for verdict, number in outcome.counts.items())
    click.echo(f"{told}.")


@group.command("export")
@click.argument("person", required=False)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", type=KINDS)
@OF_PROVIDER
@OF_COURSE
@as_json
def export(
    person: str | None,
    file: Path | None,
    kind: str | None,
    provider: str | None,
    course_id: int | None,
    wants_json: bool,
) -> None:
    """Write everything about PERSON as a ZIP FILE; or, with --kind, a list.

    A list is CSV, which import takes back, or JSON.
    """
    if (kind is None) == (person is None) or (person is None) != (file is None):
        raise click.UsageError("Name a person and a file, or give --kind for a list.")
    if person is not None and file is not None:
        privacy.export_person(person, file, provider)
    elif kind is not None:
        _export_list(kind, provider, course_id, wants_json=wants_json)


def _export_list(
    kind: str, provider: str | None, course_id: int | None, *, wants_json: bool
) -> None:
    with doing(reads_only=True):
        importer = importing.operators_importer(providers.get_provider(provider), course_id)
        if wants_json:
            before = "[\n"
            for row in exporting.json_rows(importer, kind):
                click.echo(before + json.dumps(row, ensure_ascii=False), nl=False)
                before = ",\n"
            click.echo("[]" if before == "[\n" else "\n]")
        else:
            for text in exporting.exported(importer, kind):
                click.echo(text.encode(), nl=False)
