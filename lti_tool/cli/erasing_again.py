"""After a restore: erase again whom a list names, and say plainly what is left to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from lti_tool.cli.speaking import doing
from lti_tool.cohort import erasure_list
from lti_tool.cohort.erasure_list import Row

AGAIN = "flask --app lti_tool people erase-again"


def erase_again(rows: Iterable[Row]) -> int:
    """Erase them, and tell; how many could not be.

    What stands in the way of one, as it was when the backup was made, keeps no other.
    """
    done, refused = 0, 0
    for row in rows:
        try:
            with doing():
                done += erasure_list.erase_again(row)
        except click.ClickException as error:
            click.echo(f"Person {row['person']}: {error.message}")
            refused += 1
    click.echo(f"{done} {'person was' if done == 1 else 'people were'} erased again.")
    return refused


def later_in(folder: Path, chosen: Path, about: str) -> list[Row]:
    """The erasures that later runs of a backup know of."""
    found = []
    for run in sorted(each.parent for each in folder.glob(f"*/{about}")):
        if run.name > chosen.name:
            tables = json.loads((run / about).read_text(encoding="utf-8"))["tables"]
            found += _rows(run / "erasure.jsonl", tables.get("erasure", {}).get("columns", ()))
    return erasure_list.merged([found])


def _rows(file: Path, columns: Sequence[str]) -> list[Row]:
    if not columns or not file.is_file():
        return []
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    cells: list[dict[str, Any]] = [dict(zip(columns, line, strict=True)) for line in lines]
    said = [
        {"person": one["user_id"], "reason": one["reason"], "erased at": one["erased_at"]}
        for one in cells
    ]
    return erasure_list.read(json.dumps(said))
