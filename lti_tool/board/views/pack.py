"""The pack as a ZIP file that is made while it is sent, for the examiner and for the lead."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Response, current_app, g
from flask.typing import ResponseReturnValue

from lti_tool.board import pack
from lti_tool.board.examiner_models import ExaminerAppointment
from lti_tool.board.examiners import get_appointment, note_download, own_appointment
from lti_tool.board.examining import Reading
from lti_tool.board.views.blueprint import bp
from lti_tool.clock import now
from lti_tool.db import db, restart_as_writer
from lti_tool.evidence import reads
from lti_tool.evidence.models import Attempt
from lti_tool.identity import LinkHolder, Role, Viewer
from lti_tool.web.access import allow, by_link
from lti_tool.web.rate_limits import LONG_WORK, limited, person


@bp.get("/examiner/<token>/pack.zip", endpoint="examined_pack")
@by_link("examiner")
@limited(LONG_WORK, by=person)
def own_pack(token: str) -> ResponseReturnValue:
    """All that the examiner sees, to read without a connection."""
    return _send(g.holder, own_appointment(g.holder))


@bp.get(
    "/courses/<int:course_id>/examiners/<int:appointment_id>/pack.zip", endpoint="examiner_pack"
)
@allow(Role.LEAD)
@limited(LONG_WORK, by=person)
def pack_for_lead(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """The same, for the board's papers."""
    return _send(g.viewer, get_appointment(g.viewer, appointment_id))


def _send(reader: Viewer | LinkHolder, appointment: ExaminerAppointment) -> Response:
    """Read all, end the reading, note the download, and only then begin to send."""
    style = (Path(current_app.static_folder or "") / "pack.css").read_text(encoding="utf-8")
    appointment_id, reading = appointment.id, Reading(appointment)
    archive = pack.build(reading, _render, style)
    for code in reading.appointment.codes:
        for attempt_id in reading.sample(code):
            reads.note_bundle_read(reader, db.session.get_one(Attempt, attempt_id))
    restart_as_writer()
    note_download(reader, appointment_id)
    response = Response(
        pack.send(archive, current_app.extensions["storage"].chunks), mimetype="application/zip"
    )
    response.call_on_close(archive.close)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="examiner-pack-{now():%Y-%m-%d}.zip"'
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _render(template: str, **values: Any) -> Iterable[str]:
    return current_app.jinja_env.get_template(template).generate(**values)
