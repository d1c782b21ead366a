"""Hand out files and their previews: nothing that a browser opens as a page, all or a part."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from lti_tool.errors import NotFound
from lti_tool.evidence import items, reads, scanning, snapshot
from lti_tool.evidence.rules import StoredFile
from lti_tool.evidence.views.blueprint import bp
from lti_tool.evidence.views.by_number import refuse_by_number
from lti_tool.identity import Role
from lti_tool.web.access import allow

LOCKED = "sandbox; default-src 'none'"


@bp.get("/courses/<int:course_id>/evidence/<int:item_id>/files/<int:upload_id>")
@allow(Role.PARTICIPANT, Role.COACH, Role.TUTOR, Role.LEAD)
def item_file(course_id: int, item_id: int, upload_id: int) -> ResponseReturnValue:
    return download(_of_item(item_id, upload_id))


@bp.get("/courses/<int:course_id>/evidence/<int:item_id>/files/<int:upload_id>/pages/<int:page>")
@allow(Role.PARTICIPANT, Role.COACH, Role.TUTOR, Role.LEAD)
def item_preview(course_id: int, item_id: int, upload_id: int, page: int) -> ResponseReturnValue:
    return preview(_of_item(item_id, upload_id), page)


@bp.get("/courses/<int:course_id>/attempts/<int:attempt_id>/files/<sha256>")
@allow(Role.PARTICIPANT, Role.TUTOR, Role.LEAD)
def bundle_file(course_id: int, attempt_id: int, sha256: str) -> ResponseReturnValue:
    """A file of a submission, by its digest, whatever has become of the evidence since."""
    return download(_of_bundle(attempt_id, sha256))


@bp.get("/courses/<int:course_id>/attempts/<int:attempt_id>/files/<sha256>/pages/<int:page>")
@allow(Role.PARTICIPANT, Role.TUTOR, Role.LEAD)
def bundle_preview(course_id: int, attempt_id: int, sha256: str, page: int) -> ResponseReturnValue:
    return preview(_of_bundle(attempt_id, sha256), page)


def _of_item(item_id: int, upload_id: int) -> StoredFile:
    refuse_by_number(item_id)
    item = items.get_item(g.viewer, item_id)
    for version in items.shown_versions(g.viewer, item):
        for upload in version.files:
            if upload.id == upload_id:
                reads.note_read(g.viewer, [version.id])
                return upload
    raise NotFound("There is no such file in this evidence.")


def _of_bundle(attempt_id: int, sha256: str) -> StoredFile:
    attempt = snapshot.get_attempt(g.viewer, attempt_id)
    # Under names that name nobody, for those who are not to know whose work it is.
    for item in current_app.extensions["shown_bundle"](g.viewer, attempt).items:
        for file in item.files:
            if file.sha256 == sha256:
                reads.note_bundle_read(g.viewer, attempt)
                return file
    raise NotFound("There is no such file in this submission.")


def download(file: StoredFile) -> Response:
    """A streamed attachment (RFC 6266 for its name), of which a player may ask a part.

    Pages show pictures and play films from the same address: whether something is an attachment
    matters only to who opens it by itself.
    """
    scanning.require_open([file])
    etag = f'"{file.sha256}"'
    asked = request.range if _may_be_part(etag) else None
    if asked and asked.units != "bytes":
        asked = None
    span = asked.range_for_length(file.size) if asked else None
    if asked and span is None and len(asked.ranges) == 1:
        response = Response(status=416)
        response.headers["Content-Range"] = f"bytes */{file.size}"
        return _lock(response)
    pieces = current_app.extensions["storage"].chunks(file.sha256, span)
    response = Response(pieces, mimetype=file.media_type)
    first, end = span or (0, file.size)
    if span:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{end - 1}/{file.size}"
    response.headers["Content-Length"] = str(end - first)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = etag
    plain = file.filename.encode("ascii", "replace").decode().replace("?", "_")
    names = {"filename": plain}
    if plain != file.filename:
        names["filename*"] = f"UTF-8''{quote(file.filename, safe='')}"
    response.headers["Content-Disposition"] = dump_options_header("attachment", names)
    return _lock(response)


def _may_be_part(etag: str) -> bool:
    """Whether what the browser has a part of is still this file (RFC 9110 13.1.5)."""
    condition = request.headers.get("If-Range")
    return request.method == "GET" and condition in {None, etag}


def preview(file: StoredFile, page: int) -> Response:
    """A small picture of a page of it."""
    scanning.require_open([file])
    content = current_app.extensions["storage"].derived(file.sha256, f"{page}.webp")
    response = Response(content, mimetype="image/webp")
    response.headers["Content-Disposition"] = "inline"
    return _lock(response)


def _lock(response: Response) -> Response:
    """What is in it stays in it: no script, no guess at what it is, no copy left behind."""
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response
