"""Hand out a file: as a download that no browser opens as a page."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, current_app, g
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from lti_tool.errors import NotFound
from lti_tool.evidence import items, snapshot
from lti_tool.evidence.rules import StoredFile
from lti_tool.evidence.views.blueprint import bp
from lti_tool.identity import Role
from lti_tool.web.access import allow

LOCKED = "sandbox; default-src 'none'"


@bp.get("/courses/<int:course_id>/evidence/<int:item_id>/files/<int:upload_id>")
@allow(Role.PARTICIPANT, Role.COACH, Role.TUTOR, Role.LEAD)
def item_file(course_id: int, item_id: int, upload_id: int) -> ResponseReturnValue:
    item = items.get_item(g.viewer, item_id)
    for version in items.shown_versions(g.viewer, item):
        for upload in version.files:
            if upload.id == upload_id:
                return download(upload)
    raise NotFound("There is no such file in this evidence.")


@bp.get("/courses/<int:course_id>/attempts/<int:attempt_id>/files/<sha256>")
@allow(Role.PARTICIPANT, Role.TUTOR, Role.LEAD)
def bundle_file(course_id: int, attempt_id: int, sha256: str) -> ResponseReturnValue:
    """A file of a submission, by its digest, whatever has become of the evidence since."""
    bundle = snapshot.read_bundle(snapshot.get_attempt(g.viewer, attempt_id))
    for item in bundle.items:
        for file in item.files:
            if file.sha256 == sha256:
                return download(file)
    raise NotFound("There is no such file in this submission.")


def download(file: StoredFile) -> Response:
    """A streamed attachment (RFC 6266 for its name)."""
    response = Response(
        current_app.extensions["storage"].chunks(file.sha256), mimetype=file.media_type
    )
    plain = file.filename.encode("ascii", "replace").decode().replace("?", "_")
    names = {"filename": plain}
    if plain != file.filename:
        names["filename*"] = f"UTF-8''{quote(file.filename, safe='')}"
    response.headers["Content-Disposition"] = dump_options_header("attachment", names)
    response.headers["Content-Length"] = str(file.size)
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
