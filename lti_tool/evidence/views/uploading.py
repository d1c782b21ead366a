"""Files sent in pieces, by tus 1.0, and what a form of evidence takes of them.

Core protocol with creation, termination and expiration:
https://tus.io/protocols/resumable-upload. Every refusal is a sentence in plain text.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial, wraps
from typing import Any

from flask import Response, current_app, g, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import (
    DomainError,
    Invalid,
    NoRoom,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from lti_tool.evidence import resumable
from lti_tool.evidence.resumable_finish import AT_ONCE, finish
from lti_tool.evidence.resumable_models import Arrival, ArrivingFile
from lti_tool.evidence.resumable_pieces import Hold, receive
from lti_tool.evidence.resumable_rules import TooLarge, read_metadata, read_number
from lti_tool.evidence.uploads import AcceptedFile, accept_file
from lti_tool.evidence.views.blueprint import bp
from lti_tool.evidence.views.kept_files import keep_files, read_kept_file, tell_what_was_removed
from lti_tool.identity import Role
from lti_tool.jobs import UPLOADS
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, chosen_files
from lti_tool.web.rate_limits import limited, person

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
BODY = "application/offset+octet-stream"
STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Refused: 409,
    TooLarge: 413,
    Invalid: 422,
    NoRoom: 507,
    Unavailable: 503,
}


def speaks_tus(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Answer in the protocol's version, and refuse with a sentence that a page can show."""

    @wraps(view)
    def answered(**named: Any) -> Response:
        try:
            if request.method != "GET" and request.headers.get("Tus-Resumable") != VERSION:
                response = told("This page speaks another version of tus.", 412)
                response.headers["Tus-Version"] = VERSION
            else:
                response = current_app.make_response(view(**named))
        except DomainError as error:
            db.session.rollback()
            status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
            response = told(error.sentence, status)
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Cache-Control"] = "no-store"
        return response

    return answered


@bp.route("/courses/<int:course_id>/uploads", methods=["OPTIONS"])
@allow(Role.PARTICIPANT, Role.COACH)
def upload_options(course_id: int) -> ResponseReturnValue:
    """What is spoken here."""
    headers = {
        "Tus-Resumable": VERSION, "Tus-Version": VERSION, "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(_settings().max_upload_bytes),
    }  # fmt: skip
    return Response(status=204, headers=headers)


@bp.get("/courses/<int:course_id>/uploads")
@allow(Role.PARTICIPANT, Role.COACH)
@speaks_tus
def uploads_under_way(course_id: int) -> ResponseReturnValue:
    """What was sent before and is not used yet, so that a page that was left can go on."""
    return jsonify([described(file) for file in resumable.offered_files(g.viewer)])


@bp.post("/courses/<int:course_id>/uploads")
@allow(Role.PARTICIPANT, Role.COACH)
@limited("300 per minute", by=person)
@speaks_tus
def begin_upload(course_id: int) -> ResponseReturnValue:
    said = read_metadata(request.headers.get("Upload-Metadata", ""))
    settings = _settings()
    file = resumable.start(
        g.viewer,
        said.get("filename", ""),
        read_number(request.headers.get("Upload-Length"), "Upload-Length"),
        said.get("fingerprint", ""),
        limit=settings.max_upload_bytes,
        quota=settings.upload_quota_bytes,
    )
    headers = {"Location": address(file), "Upload-Expires": http_date(file.expires_at)}
    return Response(status=201, headers=headers)


@bp.get("/courses/<int:course_id>/uploads/<file_id>")
@allow(Role.PARTICIPANT, Role.COACH)
@speaks_tus
def upload_state(course_id: int, file_id: str) -> ResponseReturnValue:
    file = resumable.get_file(g.viewer, file_id)
    response = jsonify(described(file))
    response.headers["Upload-Offset"] = str(file.received)
    response.headers["Upload-Length"] = str(file.size)
    response.headers["Upload-Expires"] = http_date(file.expires_at)
    return response


@bp.patch("/courses/<int:course_id>/uploads/<file_id>")
@allow(Role.PARTICIPANT, Role.COACH, uploads=True)
@speaks_tus
def send_piece(course_id: int, file_id: str) -> ResponseReturnValue:
    """Take bytes. No transaction of the request is open while they come."""
    if request.mimetype != BODY:
        return told(f"The bytes of a file are sent as {BODY}.", 415)
    offset = read_number(request.headers.get("Upload-Offset"), "Upload-Offset")
    storage = current_app.extensions["storage"]
    hold = receive(storage, g.viewer, file_id, offset, _reader(), announced=request.content_length)
    if hold.is_complete:
        _look_at(hold)
    expires = http_date(now() + resumable.LIFE)
    headers = {"Upload-Offset": str(hold.received), "Upload-Expires": expires}
    return Response(status=204, headers=headers)


@bp.delete("/courses/<int:course_id>/uploads/<file_id>")
@allow(Role.PARTICIPANT, Role.COACH)
@speaks_tus
def end_upload(course_id: int, file_id: str) -> ResponseReturnValue:
    resumable.give_up(g.viewer, file_id)
    return Response(status=204)


def described(file: ArrivingFile) -> dict[str, Any]:
    """A file on its way, for the script of the page."""
    found: dict[str, Any] = {
        "id": file.id,
        "address": address(file),
        "filename": file.filename,
        "fingerprint": file.fingerprint,
        "size": file.size,
        "received": file.received,
        "state": file.state,
        "sentence": file.sentence,
    }
    if file.state == Arrival.ACCEPTED and file.accepted:
        accepted = resumable.accepted_from(file.accepted)
        (kept,) = keep_files([accepted])
        found |= {"filename": accepted.filename, "field": kept.field, "asks": kept.asks}
    return found


def address(file: ArrivingFile) -> str:
    return url_for("evidence.upload_state", course_id=file.course_id, file_id=file.id)


def read_files(form: Form) -> list[AcceptedFile]:
    """All files of a form of evidence, whose bytes are stored before anything else is done.

    They come as notes of files that are here already, as ids of uploads, or within the form.
    """
    files: list[AcceptedFile] = []

    def add(take: Callable[[], AcceptedFile]) -> None:
        try:
            files.append(take())
        except DomainError as error:
            form.refuse(error)
        else:
            tell_what_was_removed(files[-1])

    for note in form.typed.getlist("kept"):
        add(partial(read_kept_file, note, form.typed))
    for file_id in dict.fromkeys(form.typed.getlist("uploads")):
        add(partial(_arrived, file_id, form))
    for sent in chosen_files("files"):
        add(partial(_taken, sent))
    return _each_once(files)


def _each_once(files: list[AcceptedFile]) -> list[AcceptedFile]:
    """A form that came back has a note of what it also names as an upload."""
    return list({(file.sha256, file.filename): file for file in reversed(files)}.values())[::-1]


def _taken(sent: FileStorage) -> AcceptedFile:
    """A file that came within the form, where there is room for it."""
    storage, scanner = current_app.extensions["storage"], current_app.extensions["scanner"]
    settings, name, size = _settings(), sent.filename or "", sent.stream.seek(0, 2)
    try:
        held = resumable.reserve(g.viewer, name, size, quota=settings.upload_quota_bytes)
    except (Invalid, Refused) as error:
        raise Invalid(error.sentence, field="files") from None
    taken = None
    try:
        taken = accept_file(storage, sent, limit=settings.max_upload_bytes, scanner=scanner)
    finally:
        resumable.settle(held, taken)
    return taken


def _arrived(file_id: str, form: Form) -> AcceptedFile:
    """An upload as a file of this form, with the words that were typed for it."""
    storage, scanner = current_app.extensions["storage"], current_app.extensions["scanner"]
    finish(storage, scanner, file_id, limit=_settings().max_upload_bytes)
    file = resumable.arrived_file(g.viewer, file_id)
    (kept,) = keep_files([file])
    return replace(read_kept_file(kept.note, form.typed), removed=file.removed)


def _look_at(hold: Hold) -> None:
    """Finish a small file at once; the worker does a large one, or what cannot be done now."""
    storage, scanner = current_app.extensions["storage"], current_app.extensions["scanner"]
    if hold.size <= AT_ONCE:
        with suppress(Unavailable):
            finish(storage, scanner, hold.file_id, limit=_settings().max_upload_bytes)
            return
    current_app.extensions["jobs"].wake(UPLOADS)


def _reader() -> Callable[[int], bytes]:
    """The body of the request; a connection that breaks off is its end."""
    stream = request.stream

    def read(size: int) -> bytes:
        try:
            return stream.read(size)
        except (OSError, HTTPException):
            return b""

    return read


def told(sentence: str, status: int) -> Response:
    return Response(sentence, status, mimetype="text/plain")


def _settings() -> Any:
    return current_app.config["SETTINGS"]
