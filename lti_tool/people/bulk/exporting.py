"""Write a list as a file that an import takes back, or as values for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from lti_tool.people.bulk.importing import KINDS
from lti_tool.people.bulk.lines import csv_lines
from lti_tool.people.bulk.outcome import Importer


def exported(importer: Importer, kind: str) -> Iterator[str]:
    """The file in pieces; an import takes it back and changes nothing."""
    rows = (row.values() for row in KINDS[kind].export(importer))
    return csv_lines(chain([KINDS[kind].exported], rows))


def json_rows(importer: Importer, kind: str) -> Iterator[dict[str, Any]]:
    """The same as values for other programs."""
    for row in KINDS[kind].export(importer):
        yield {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in row.items()
        }
