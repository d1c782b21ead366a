"""A process that makes one file over everybody, as a lead does, and prints what that took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from benchmarks.one_sync import peak_kb
from benchmarks.pages import signed_in
from lti_tool import create_app
from lti_tool.cli.demo.crowd.filling import Known
from lti_tool.clock import today
from lti_tool.cohort import headcounts
from lti_tool.cohort.headcount_models import Headcount
from lti_tool.db import db
from lti_tool.identity import Role, Viewer


def main() -> None:
    """The file, once all is loaded that a page needs and the mark of memory is set back."""
    name = sys.argv[1]
    provider, registration, user, course = (int(each) for each in sys.argv[2:])
    app, who = create_app(), Known(user, Role.LEAD, course)
    client = signed_in(app, provider, registration, who)

    def read(path: str) -> int:
        answer = client.get(f"/courses/{course}/{path}", base_url="https://localhost")
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status}.")
        return sum(piece.count(b"\n") for piece in answer.iter_encoded())

    read("headcounts")
    Path("/proc/self/clear_refs").write_text("5")  # proc(5)
    before, began = peak_kb(), time.perf_counter()
    if name == "take":
        rows = _take(app, Viewer(user, Role.LEAD, provider, course))
    else:
        path = f"headcounts/{_newest(app)}.csv" if name == "headcount" else f"export/{name}.csv"
        rows = read(path) - 1  # one line says what the columns are
    seconds = time.perf_counter() - began
    print(json.dumps({"rows": rows, "seconds": seconds, "growth_kb": peak_kb() - before}))


def _take(app: Flask, viewer: Viewer) -> int:
    with app.test_request_context():
        taken = headcounts.take(viewer, today())
        db.session.commit()
        return taken.people


def _newest(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.max(Headcount.id))) or 0


if __name__ == "__main__":
    main()
