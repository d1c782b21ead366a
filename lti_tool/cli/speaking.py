"""How commands end: with what was asked for, or with a sentence and an exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from lti_tool.db import begin_as_reader, begin_as_writer, db
from lti_tool.errors import DomainError

Command = TypeVar("Command", bound=Callable[..., Any])
OWN = 0o600


@contextmanager
def private_file(file: Path) -> Iterator[BinaryIO]:
    """A new file that nobody else on the machine reads, to be written: all of it, or none.

    It has its name once it is whole and on the disk. What a killed process leaves behind is called
    a part, and goes when the same file is written again.
    """
    if file.exists():
        raise click.ClickException(f"{file} is there already. Name another file.")
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN)
        with os.fdopen(opened, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    except OSError as error:
        told = f"{file} could not be written ({error.strerror}). Nothing is left of it."
        raise click.ClickException(told) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def doing(*, reads_only: bool = False) -> Iterator[None]:
    """One transaction for a command: committed when it did the thing, else undone and told."""
    (begin_as_reader if reads_only else begin_as_writer)()
    try:
        yield
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        raise click.ClickException(error.sentence) from error


def as_json(command: Command) -> Command:
    """Add `--json`, for other programs that read a list."""
    return click.option("--json", "wants_json", is_flag=True, help="Print JSON.")(command)


def show(rows: Sequence[dict[str, Any]], *, wants_json: bool, empty: str) -> None:
    """Print a list: a line each with its columns, or JSON."""
    if wants_json:
        click.echo(json.dumps(list(rows), indent=2))
    elif not rows:
        click.echo(empty)
    else:
        names = list(rows[0])
        cells = [names, *([_text(row[name]) for name in names] for row in rows)]
        widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
        for line in cells:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            click.echo("  ".join(padded).rstrip())


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)
