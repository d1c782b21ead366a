"""A participant downloads everything about themself. Nobody else can by this way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask import Response, current_app, g, render_template
from flask.typing import ResponseReturnValue

from lti_tool.clock import now
from lti_tool.cohort.my_record import Record, extent, note_download
from lti_tool.cohort.record_archive import prepare
from lti_tool.cohort.views import bp
from lti_tool.db import restart_as_writer
from lti_tool.identity import Role
from lti_tool.people.visibility import get_own_participant
from lti_tool.web.access import allow
from lti_tool.web.rate_limits import LONG_WORK, limited, person


@bp.get("/courses/<int:course_id>/my-record")
@allow(Role.PARTICIPANT)
def my_record(course_id: int) -> ResponseReturnValue:
    """What the download holds, before it is made."""
    participant = get_own_participant(g.viewer)
    return render_template(
        "cohort/my_record.html", participant=participant, extent=extent(g.viewer, participant)
    )


@bp.get("/courses/<int:course_id>/my-record.zip")
@allow(Role.PARTICIPANT)
@limited(LONG_WORK, by=person)
def download_record(course_id: int) -> ResponseReturnValue:
    """Read all, end the reading, note the download, and only then begin to send."""
    participant = get_own_participant(g.viewer)
    participant_id, number = participant.id, participant.candidate_number
    folder = Path(current_app.static_folder or "")
    archive = prepare(
        Record(g.viewer, participant),
        record_page,
        {"record.css": (folder / "record.css").read_bytes()},
    )
    restart_as_writer()
    note_download(g.viewer, participant_id)
    response = Response(
        archive.send(current_app.extensions["storage"].chunks), mimetype="application/zip"
    )
    response.call_on_close(archive.close)
    name = f"mtl-record-{number}-{now():%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def record_page(record: Record) -> Iterable[str]:
    """The record as a page to be read without the tool."""
    template = current_app.jinja_env.get_template("cohort/record.html")
    return template.generate(about=record.about(), parts=record.parts(), made_at=now())
