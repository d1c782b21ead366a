"""Tables of the cohort as files that no spreadsheet program takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from lti_tool.clock import today
from lti_tool.people.bulk.cells import guarded
from lti_tool.people.bulk.exporting import MARK


def csv_file(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """The rows as a file of this name and today's date."""
    held = io.StringIO()
    writer = csv.writer(held)
    for row in rows:
        writer.writerow([guarded(str(value)) for value in row])
    response = Response(MARK + held.getvalue(), mimetype="text/csv")
    filename = f"mtl-{name}-{today():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
