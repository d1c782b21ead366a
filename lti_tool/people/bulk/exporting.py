"""Write a list as a spreadsheet that no spreadsheet program takes for formulas, line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from lti_tool.people.bulk.cells import guarded
from lti_tool.people.bulk.importing import KINDS
from lti_tool.people.bulk.outcome import Importer

MARK = "\N{BYTE ORDER MARK}"  # Excel takes a file without it for Windows-1252


def csv_lines(importer: Importer, kind: str) -> Iterator[str]:
    """The file in pieces; an import takes it back and changes nothing."""
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(KINDS[kind].exported)
    yield MARK + _taken(held)
    for row in KINDS[kind].export(importer):
        writer.writerow([_cell(value) for value in row.values()])
        yield _taken(held)


def json_rows(importer: Importer, kind: str) -> Iterator[dict[str, Any]]:
    """The same as values for other programs."""
    for row in KINDS[kind].export(importer):
        yield {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in row.items()
        }


def _taken(held: io.StringIO) -> str:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else guarded(str(value))
