"""Rows as a spreadsheet that no spreadsheet program takes for formulas, a piece at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date

from lti_tool.people.bulk.cells import guarded

MARK = "\N{BYTE ORDER MARK}"  # Excel takes a file without it for Windows-1252
PIECE = 64 * 1024  # characters


def csv_lines(rows: Iterable[Iterable[object]], *, has_mark: bool = True) -> Iterator[str]:
    """The rows in pieces; without the mark at the start where other programs trip on it."""
    held = io.StringIO()
    writer = csv.writer(held)
    if has_mark:
        held.write(MARK)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        if held.tell() >= PIECE:
            yield _taken(held)
    yield _taken(held)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    return value.isoformat() if isinstance(value, date) else guarded(str(value))


def _taken(held: io.StringIO) -> str:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text
