"""`flask marks`: bring marks in from a file, hand ratified results on."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup

from lti_tool.board import ratified_results
from lti_tool.cli.speaking import as_json, doing
from lti_tool.grades import marks_import, marks_sheets
from lti_tool.grades.sheet_reading import Checked
from lti_tool.people import directory, providers

group = AppGroup("marks", help="Marks in from a file, and ratified results out.")
OF_PROVIDER = click.option("--provider", help="Needed only where there are several providers.")


@group.command("import")
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--as", "tutor", required=True, help="Who gave the marks: an id, e-mail address or name."
)
@click.option("--module", help="Of which module, where the file has no such column.")
@click.option("--final", "are_final", is_flag=True, help="Make them final; else they are drafts.")
@click.option("--dry-run", is_flag=True, help="Check and show every row; store nothing.")
@OF_PROVIDER
def import_file(
    file: Path, tutor: str, module: str | None, are_final: bool, dry_run: bool, provider: str | None
) -> None:
    """Check the CSV FILE row by row and store its marks: all of them, or none.

    Its columns: participant (the candidate number), module, mark, feedback.
    """
    with doing(reads_only=dry_run):
        found = providers.get_provider(provider)
        checked = marks_import.check_file(
            found, directory.get_user(found, tutor), file.read_bytes(),
            module=module, are_final=are_final,
        )  # fmt: skip
        _tell(checked)
        if not dry_run:
            marks_sheets.store(checked)
    stored = len(checked.plans)
    click.echo(f"{stored} would be stored." if dry_run else f"{stored} stored.")


@group.command("results")
@OF_PROVIDER
@as_json
def results(provider: str | None, wants_json: bool) -> None:
    """Write every ratified result as CSV, or as JSON."""
    with doing(reads_only=True):
        found = ratified_results.results_of_provider(providers.get_provider(provider).id)
        if wants_json:
            click.echo(json.dumps([asdict(each) for each in found], default=str, indent=2))
        else:
            for text in ratified_results.results_file(found):
                click.echo(text.encode(), nl=False)


def _tell(checked: Checked) -> None:
    for line in checked.lines:
        who = f"{line.who}: " if line.who else ""
        click.echo(f"Row {line.row}: {line.verdict.value}: {who}{line.told}")
    click.echo(", ".join(f"{count} {name}" for name, count in checked.counts.items()) + ".")
    if checked.refused:
        raise click.ClickException("Rows were refused, so nothing was stored.")
