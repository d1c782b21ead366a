"""`flask support`: what somebody needs to help from afar, and nothing about any person."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import click
from flask import current_app
from flask.cli import AppGroup

from lti_tool.cli import support_facts
from lti_tool.cli.log_lines import lines_of
from lti_tool.cli.speaking import private_file
from lti_tool.db import begin_as_reader, db

group = AppGroup("support", help="Facts for whoever helps from afar.")


@group.command("bundle")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--reference", help="Of an error page, a job or a command: take its log lines.")
@click.option(
    "--log",
    type=click.File(encoding="utf-8", errors="replace"),
    help="Where the log is; - reads it from standard input. Without --reference, its last errors.",
)
def bundle(file: Path, reference: str | None, log: IO[str] | None) -> None:
    """Write FILE, a ZIP of short texts: versions, settings, counts, states, health and seals.

    It tells nobody's name, address, mark or words, and no secret. What cannot be read is said in
    it, so it can also be made while the database is away. The exit code is 1 where the log has no
    line of the reference.
    """
    if reference and log is None:
        raise click.UsageError("Say where the log is: --log FILE")
    begin_as_reader()
    parts = {
        f"{name}.json": _dumped(_told(read)) for name, read in support_facts.parts(current_app)
    }
    lines = lines_of(log, reference) if log else []
    parts["log.jsonl"] = "".join(f"{json.dumps(line)}\n" for line in lines)
    try:
        _write(file, parts)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
    click.echo(f"{file} holds {len(parts)} texts and {len(lines)} lines of the log.")
    if reference and not lines:
        raise click.ClickException(f"No line of the log has the reference {reference}.")


def _told(read: Callable[[], Any]) -> Any:
    """What a part says, or that it could not be read: one that fails keeps no other away."""
    try:
        return read()
    except Exception as error:  # whatever is broken is why the bundle is made
        return {"unreadable": type(error).__name__}
    finally:
        db.session.rollback()


def _dumped(facts: Any) -> str:
    return json.dumps(facts, indent=1) + "\n"


def _write(file: Path, parts: dict[str, str]) -> None:
    with private_file(file) as target, zipfile.ZipFile(target, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text, zipfile.ZIP_DEFLATED)
