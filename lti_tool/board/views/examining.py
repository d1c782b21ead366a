"""What an external examiner opens by a personal link: read only, but for what they say."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.board import changes, scripts, statements
from lti_tool.board.examiner_schemas import AskForm, ButtonForm, StatementForm
from lti_tool.board.examiners import own_appointment
from lti_tool.board.examining import Reading
from lti_tool.board.rules.pdf_names import MEDIA_TYPE, without_author
from lti_tool.board.views.blueprint import bp
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.evidence import reads
from lti_tool.evidence.bundle import BundleFile
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.views.files import download
from lti_tool.people.models import User
from lti_tool.people.views.signed_in import browsers_page, end_elsewhere
from lti_tool.web import session
from lti_tool.web.access import by_link
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

MODULE = "/examiner/<token>/modules/<code>"
SCRIPT = "/examiner/<token>/scripts/<int:attempt_id>"


def _reading() -> Reading:
    return Reading(own_appointment(g.holder))


@bp.get("/examiner/<token>/modules", endpoint="examined")
@by_link("examiner")
def show_modules(token: str) -> ResponseReturnValue:
    """The modules with their figures, what was said of them, and the pack."""
    return _home(token, _reading(), shown_form())


@bp.post("/examiner/<token>/modules", endpoint="comment_on_all")
@by_link("examiner")
def comment_on_all(token: str) -> ResponseReturnValue:
    """Keep what the examiner says of everything together."""
    form = read_form(StatementForm)
    pressed_button(form, "save")
    if _did(form, lambda: statements.comment(g.holder, statements.OVERALL, form.values["words"])):
        flash("Your comment is kept. The university can read and answer it.")
        return redirect(url_for(".examined", token=token), 303)
    return _home(token, _reading(), form), 422


@bp.get("/examiner/<token>/signed-in", endpoint="signed_in")
@by_link("examiner")
def show_signed_in(token: str) -> ResponseReturnValue:
    """In which browsers the examiner is signed in."""
    return browsers_page()


@bp.post("/examiner/<token>/signed-in", endpoint="end_signed_in")
@by_link("examiner")
def end_signed_in(token: str) -> ResponseReturnValue:
    """Sign out there."""
    return end_elsewhere()


@bp.get("/examiner/<token>/here", endpoint="examiner_here")
@by_link("examiner")
def still_here(token: str) -> ResponseReturnValue:
    """For the page on which an examiner has been writing for minutes: they are at work."""
    return "", 204


@bp.get(MODULE, endpoint="examined_module")
@by_link("examiner")
def show_module(token: str, code: str) -> ResponseReturnValue:
    """Figures, the sample, and what was said of the module."""
    return _module_page(token, code, shown_form())


@bp.post(MODULE, endpoint="say_of_module")
@by_link("examiner")
def say_of_module(token: str, code: str) -> ResponseReturnValue:
    """Keep a comment on the module, or ask for a script outside the sample."""
    action = request.form.get("action", "")
    form = read_form(AskForm if action == "ask" else StatementForm)
    pressed_button(form, "save", "ask")
    if action == "ask":
        done, told = (
            _did(form, lambda: _ask(code, form)),
            "Your request is with the programme lead.",
        )
    else:
        done = _did(form, lambda: statements.comment(g.holder, code, form.values["words"]))
        told = "Your comment is kept. The university can read and answer it."
    if done:
        flash(told)
        return redirect(url_for(".examined_module", token=token, code=code), 303)
    return _module_page(token, code, form), 422


@bp.get(SCRIPT, endpoint="examined_script")
@by_link("examiner")
def show_script(token: str, attempt_id: int) -> ResponseReturnValue:
    """What was handed in, and how its mark came to be."""
    script = scripts.read_script(_reading(), attempt_id)
    page = render_template(
        "examiners/script.html",
        token=token,
        script=script,
        file_url=lambda file: url_for(
            ".examined_file", token=token, attempt_id=attempt_id, number=file.number
        ),
    )
    reads.note_bundle_read(g.holder, db.session.get_one(Attempt, attempt_id))
    return page


@bp.get(f"{SCRIPT}/files/<int:number>", endpoint="examined_file")
@by_link("examiner")
def script_file(token: str, attempt_id: int, number: int) -> ResponseReturnValue:
    """One file, under a name that names nobody."""
    found = scripts.file_of(scripts.read_script(_reading(), attempt_id), number)
    if found is None:
        raise NotFound("There is no such file in this script.")
    reads.note_bundle_read(g.holder, db.session.get_one(Attempt, attempt_id))
    file = BundleFile(found.sha256, found.size, found.media_type, found.filename)
    if file.media_type != MEDIA_TYPE:
        return download(file)
    # Sent whole and changed on its way: no part of it, and not the bytes that the digest is of.
    request.environ.pop("HTTP_RANGE", None)
    response = download(file)
    response.response = without_author(response.iter_encoded())
    del response.headers["ETag"], response.headers["Accept-Ranges"]
    return response


@bp.post("/examiner/<token>/sign-out", endpoint="examiner_sign_out")
@by_link("examiner")
def sign_out(token: str) -> ResponseReturnValue:
    """For computers that people share."""
    read_form(ButtonForm)
    session.close_session(g.grant)
    flash("You are signed out.")
    return redirect(url_for("links.open_link", kind="examiner", token=token), 303)


def _ask(code: str, form: Form) -> None:
    reading = _reading()
    attempt = reading.find_by_candidate(code, form.values["candidate"])
    if attempt is not None and attempt.id in reading.sample(code):
        raise Invalid("This script is in your sample already.", field="candidate")
    statements.ask_for(g.holder, attempt, form.values["reason"])


def _did(form: Form, act: Any) -> bool:
    """Whether it was done; if not, the form says why."""
    if form.errors:
        return False
    try:
        act()
    except (Invalid, Refused) as error:
        form.refuse(error)
    return not form.errors


def _home(token: str, reading: Reading, form: Form) -> str:
    appointment = reading.appointment
    return render_template(
        "examiners/home.html",
        token=token,
        form=form,
        appointment=appointment,
        reviews=[reading.review(code) for code in appointment.codes],
        threads=statements.threads(appointment),
        requests=statements.requests_of(appointment),
        changes=changes.since_last_visit(reading),
        script_url=lambda number: url_for(".examined_script", token=token, attempt_id=number),
    )


def _module_page(token: str, code: str, form: Form) -> str:
    reading = _reading()
    return render_template(
        "examiners/module.html",
        token=token,
        form=form,
        review=reading.review(code),
        thread=statements.threads(reading.appointment)[code],
        script_url=lambda row: url_for(".examined_script", token=token, attempt_id=row.attempt_id),
    )


@bp.app_context_processor
def examiner_frame() -> dict[str, Any]:
    """Whose page it is, for `layout.html`, where an examiner is here by a personal link."""
    holder = g.get("holder")
    if holder is None or not request.path.startswith("/examiner/"):
        return {}
    user = db.session.get(User, holder.user_id)
    token = (request.view_args or {}).get("token", "")
    return {
        "form_owner": holder.user_id,
        "viewer_name": user.name if user else "",
        "role_name": "external examiner",
        "home_url": url_for("board.examined", token=token),
        "sign_out_url": url_for("board.examiner_sign_out", token=token),
    }
