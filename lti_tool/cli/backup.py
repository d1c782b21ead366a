"""`flask backup` and `flask restore`: everything the tool keeps, in a folder and back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from lti_tool.cli import bring_back, copies, dump, erasing_again
from lti_tool.cli.erasing_again import AGAIN
from lti_tool.clock import now
from lti_tool.cohort import erasure_list
from lti_tool.db import own_transaction
from lti_tool.errors import DomainError, Invalid
from lti_tool.storage import Storage

FORMAT = 1
PRIVATE = 0o700  # people's work: nobody else on the machine looks in
ABOUT = "backup.json"
FILES = "files"
LIST = "files.txt"
FOLDER = click.Path(file_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Put both commands on the application's command line."""
    app.cli.add_command(backup)
    app.cli.add_command(restore)


@click.command("backup")
@click.argument("folder", metavar="DIR", type=FOLDER)
@with_appcontext
def backup(folder: Path) -> None:
    """Copy all rows as of one moment, and all files that DIR does not have yet.

    May run beside the tool, and again and again into the same DIR: each run adds a folder with the
    rows, named by its moment, and shares the files with the earlier ones. The exit code is 1 where
    the store has damaged files, which are left out, and 3 where something could not be read or
    written; what was begun then is no backup and may be removed.
    """
    with _told():
        place = folder / f"{now():%Y%m%dT%H%M%S.%fZ}"  # two in one second are two
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        place.mkdir(mode=PRIVATE)
        (folder / FILES).mkdir(mode=PRIVATE, exist_ok=True)
        about = _dump(place)
        # After the rows: files are added and never changed, so those that the rows name are there.
        storage = current_app.extensions["storage"]
        counts = copies.copy_out(storage, folder / FILES, place / LIST, click.echo)
        _conclude(place, {**about, "files": counts["files"]})
    rows = sum(facts["rows"] for facts in about["tables"].values())
    click.echo(
        f"{rows} rows of {len(about['tables'])} tables and {counts['files']} files "
        f"({counts['new']} new) are in {place}."
    )
    _end(counts)


@click.command("restore")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--as-of", "name", help="The folder of one run; without it, the newest.")
@click.option(
    "--erasures",
    "own_list",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A list kept apart, as `people erasures --json` wrote it.",
)
@with_appcontext
def restore(folder: Path, name: str | None, own_list: Path | None) -> None:
    """Bring back what `backup` wrote, into an empty database of either kind and any file store.

    Whoever was erased after that is erased again, as far as a later run in DIR, the list in the
    file store, or a list of your own (people erasures --json) knows of it.

    The exit code is 1 where files are missing or damaged in DIR, or where somebody could not be
    erased again, and 3 where nothing was restored.
    """
    with _told():
        place, about = _find(folder, name)
        storage = current_app.extensions["storage"]
        own = [] if own_list is None else erasure_list.read(own_list.read_bytes())
        later = erasing_again.later_in(folder, place, ABOUT)
        erased = erasure_list.merged([erasure_list.kept(storage), later, own])
        counts = copies.copy_in(storage, folder / FILES, place / LIST, click.echo)
        rows = bring_back.bring_back(place, about["revision"], about["tables"])
    click.echo(f"{rows} rows and {counts['files']} files were restored from {place}.")
    _forget(storage, erased, about["made_at"])
    _end(counts)


def _forget(storage: Storage, erased: list[erasure_list.Row], made_at: str) -> None:
    """Nobody comes back by a restore; where that cannot be made sure, it says what to run."""
    refused = erasing_again.erase_again(erased)
    if refused:
        click.echo(
            f"{refused} could not be erased again, and are back. Settle what is said above before "
            f"anybody comes in, then run: {AGAIN}",
            err=True,
        )
    if not any(row["erased at"] > made_at for row in erased):
        click.echo(
            f"No erasure after {made_at} is known here. If a list of yours has one, run: "
            f"{AGAIN} FILE"
        )
    try:
        erasure_list.keep(storage, erased)
    except DomainError as error:
        click.echo(f"The list of erasures was not written: {error.sentence}", err=True)
        refused += 1
    if refused:
        raise SystemExit(1)


def _dump(place: Path) -> dict[str, Any]:
    with own_transaction(reads_only=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return {
            "format": FORMAT,
            "made_at": now().isoformat(),
            "revision": dump.revision_of(connection),
            "tables": {
                table.name: dump.write_table(connection, table, place / f"{table.name}.jsonl")
                for table in dump.tables()
            },
        }


def _conclude(place: Path, about: dict[str, Any]) -> None:
    """Last of all, since a run without it is none."""
    part = place / f".{ABOUT}"
    part.write_text(json.dumps(about, indent=1), encoding="utf-8")
    part.replace(place / ABOUT)


def _find(folder: Path, name: str | None) -> tuple[Path, dict[str, Any]]:
    found = sorted(each.parent for each in folder.glob(f"*/{ABOUT}"))
    chosen = [each for each in found if each.name == name] if name else found[-1:]
    if not chosen:
        raise Invalid(f"There is no complete backup{f' {name}' if name else ''} in {folder}.")
    about: dict[str, Any] = json.loads((chosen[0] / ABOUT).read_text(encoding="utf-8"))
    if about.get("format") != FORMAT:
        raise Invalid(f"{chosen[0]} was written by another release of the tool.")
    return chosen[0], about


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        click.echo(error.sentence, err=True)
        raise SystemExit(3) from error
    except OSError as error:
        click.echo(f"{error.filename or 'A file'}: {error.strerror}.", err=True)
        raise SystemExit(3) from error


def _end(counts: Counter[str]) -> None:
    if counts["missing"] or counts["damaged"]:
        raise SystemExit(1)
