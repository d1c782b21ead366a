"""Tables for other programs: sent as CSV once they are complete."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable

from flask import Response, send_file


def csv_file(lines: Iterable[str], name: str) -> Response:
    """The lines as a file to keep; what fails on the way is an error page and no half a table."""
    held = tempfile.SpooledTemporaryFile(max_size=2**20)  # noqa: SIM115 (the answer closes it)
    for text in lines:
        held.write(text.encode())
    held.seek(0)
    answer = send_file(held, mimetype="text/csv", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
