"""Tables of the cohort as files to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from lti_tool.clock import today
from lti_tool.people.bulk.lines import csv_lines
from lti_tool.web.tables import csv_file


def table_file(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """The rows as a file of this name and today's date."""
    return csv_file(csv_lines(rows), f"mtl-{name}-{today():%Y-%m-%d}.csv")
