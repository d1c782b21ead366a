"""The pages of a personal link before anybody is signed in: they tell nothing and ask for a code.

Opening them changes nothing, and neither does whatever posts their forms as they stand: mail
scanners open the links in a mail, run its scripts and press its buttons.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import (
    Blueprint,
    abort,
    after_this_request,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from werkzeug.wrappers import Response

from lti_tool.db import db, restart_as_writer
from lti_tool.errors import Invalid
from lti_tool.identity import LinkHolder, Role, Viewer
from lti_tool.mail import parse_address
from lti_tool.people import link_sign_in, personal_links, users
from lti_tool.people.link_sign_in import BROWSER_LIFE, SignedIn
from lti_tool.people.personal_links import Opened
from lti_tool.people.schemas import AskForCodeForm, CodeForm
from lti_tool.web import session
from lti_tool.web.access import LinkSessionEnded, public
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.rate_limits import limited
from lti_tool.web.session import Grant

bp = Blueprint("links", __name__)
ADDRESS = "/<any(coach, head, examiner):kind>/<token>"
# Where a link leads that belongs to no course; whatever has such a page says so here.
STARTS = {"head": "heads.school", "examiner": "board.examined"}
COOKIE = "__Host-mtl-browser-"
LONGEST = 64


def _this_link() -> str:
    return str((request.view_args or {})["token"])[:LONGEST]  # what is made up may be of any length


@bp.get(ADDRESS)
@public()
@limited("120 per minute", by=_this_link)
def open_link(kind: str, token: str) -> ResponseReturnValue:
    """Who are you: the way in, for whoever holds the link."""
    opened = personal_links.find_opened(kind, token)
    if opened is None:
        return _dead()
    grant = session.link_grant(opened.link.id)
    if opened.invitation is None and grant:
        holder = personal_links.as_holder(opened.link, grant["authenticated_by"])
        return _go_on(holder, token, since=grant.get("since"))
    return _somebody_else(opened, kind, token) or _ask(opened, kind, token, shown_form())


@bp.post(ADDRESS)
@public()
@limited("20 per minute", by=_this_link)
def ask_for_code(kind: str, token: str) -> ResponseReturnValue:
    """Send a code to the address that staff confirmed, if it is the one typed here."""
    opened = personal_links.find_opened(kind, token)
    if opened is None:
        return _dead()
    if told := _somebody_else(opened, kind, token):
        return told, 409
    form = read_form(AskForCodeForm)
    action = pressed_button(form, "submit", "save", by_enter="submit")
    if action == "save":
        if link_sign_in.is_known_browser(opened, browser_secret(opened.link.id)):
            return _enter(link_sign_in.sign_in(opened, "browser"), token)
        form.refuse(Invalid("This browser is not known any more. Ask for a code."))
    elif not form.errors:
        try:
            typed = parse_address(form.values["address"])
        except Invalid as error:
            form.refuse(error)
        else:
            link_sign_in.ask_for_code(opened, typed)
            return redirect(url_for(".enter_code", kind=kind, token=token), 303)
    return _ask(opened, kind, token, form), 422


@bp.get(f"{ADDRESS}/code")
@public()
@limited("120 per minute", by=_this_link)
def enter_code(kind: str, token: str) -> ResponseReturnValue:
    """The form for the code. It looks alike whether or not one was sent."""
    opened = personal_links.find_opened(kind, token)
    if opened is None:
        return _dead()
    return _somebody_else(opened, kind, token) or _code_page(opened, kind, token, shown_form())


@bp.post(f"{ADDRESS}/code")
@public(reads_first=True)
@limited("20 per minute", by=_this_link)
def sign_in(kind: str, token: str) -> ResponseReturnValue:
    """Let in whoever brings the code."""
    opened = personal_links.find_opened(kind, token)
    if opened is None:
        return _dead()
    if told := _somebody_else(opened, kind, token):
        return told, 409
    form = read_form(CodeForm)
    pressed_button(form, "save", by_enter="save")
    if opened.is_used:
        form.refuse(Invalid(link_sign_in.USED))
    if not form.errors:
        db.session.rollback()
        if link_sign_in.spend_code(opened.link.id, form.values["code"]):
            return _let_in(kind, token, is_own_browser=form.values["own_browser"])
        form.refuse(Invalid(link_sign_in.WRONG, field="code"))
        opened = personal_links.find_opened(kind, token)
    return (_code_page(opened, kind, token, form), 422) if opened else _dead()


@bp.post(f"{ADDRESS}/sign-out-others")
@public()
@limited("20 per minute", by=_this_link)
def sign_out_others(kind: str, token: str) -> ResponseReturnValue:
    """Make room for the holder of the link: nobody else stays signed in or known here."""
    opened = personal_links.find_opened(kind, token)
    if opened is None:
        return _dead()
    pressed_button(read_form(Schema), "save", by_enter="save")
    for known in link_sign_in.known_for_others(opened, _secrets_kept()):
        db.session.delete(known)
    db.session.commit()  # before the session is closed, in a transaction of its own
    session.close_all()
    flash("Nobody else is signed in here any more.")
    return redirect(url_for(".open_link", kind=kind, token=token), 303)


def _let_in(kind: str, token: str, *, is_own_browser: bool) -> ResponseReturnValue:
    restart_as_writer()
    opened = personal_links.find_opened(kind, token)
    if opened is None:
        return _dead()
    done = link_sign_in.sign_in(opened, "code")
    if is_own_browser:
        _know_this_browser(opened)
    return _enter(done, token)


def _enter(done: SignedIn, token: str) -> ResponseReturnValue:
    """Open the session. Whatever is written is committed before, as for a launch."""
    db.session.commit()
    session.open_link_session(done.holder.link_id, _grant(done.holder, registration_id=0))
    return _go_on(done.holder, done.token or token)


def _go_on(holder: LinkHolder, token: str, *, since: int | None = None) -> ResponseReturnValue:
    """To the first page of whoever is signed in by this link: for a coach, in a course.

    Who came in before, at `since`, is not let stay longer by coming again without a code.
    """
    if holder.kind in STARTS:
        return redirect(url_for(STARTS[holder.kind], token=token), 303)
    course = link_sign_in.course_of_coach(holder) if holder.kind == "coach" else None
    if course is None:
        return redirect(url_for(".nothing_yet", kind=holder.kind, token=token), 303)
    at = course.registration_id
    viewer = Viewer(holder.user_id, Role.COACH, holder.provider_id, course.id, at)
    db.session.rollback()  # the session may be written into the database, beside what was read
    grant = _grant(holder, registration_id=at)
    if since is not None:
        grant["since"] = since
    session.open_session(viewer.course_id, grant)
    start_page: Callable[[Viewer, str | None], str] = current_app.extensions["start_page"]
    return redirect(start_page(viewer, None), 303)


def _grant(holder: LinkHolder, *, registration_id: int) -> Grant:
    return Grant(
        user=holder.user_id,
        role=holder.kind,
        provider=holder.provider_id,
        registration=registration_id,
        frame_origins=[],
        link=holder.link_id,
        authenticated_by=holder.authenticated_by,
    )


@bp.get(f"{ADDRESS}/nothing-yet")
@public()
def nothing_yet(kind: str, token: str) -> ResponseReturnValue:
    """For somebody whose pages are not there: no course has opened the tool yet."""
    if personal_links.find_opened(kind, token) is None:
        return _dead()
    return render_template("links/nothing_yet.html")


@bp.app_errorhandler(LinkSessionEnded)
def sign_in_again(error: LinkSessionEnded) -> ResponseReturnValue:
    """Back to the way in, which also tells of a link that works no more."""
    db.session.rollback()
    if error.kind not in {"coach", "head", "examiner"}:
        abort(404)
    if request.method == "POST":
        flash("You were signed out, so what you sent was not saved.")
    return redirect(url_for("links.open_link", kind=error.kind, token=error.token), 303)


def _somebody_else(opened: Opened, kind: str, token: str) -> str | None:
    """Told plainly where the browser is somebody else's: of whom the link is, is not told."""
    others = session.others_here(opened.link.user_id)
    if not others and not link_sign_in.known_for_others(opened, _secrets_kept()):
        return None
    return render_template(
        "links/somebody_else.html",
        names=users.names_of(others),
        action_url=url_for(".sign_out_others", kind=kind, token=token),
    )


def _secrets_kept() -> dict[int, str]:
    """What this browser keeps to be known by, for each link."""
    kept = ((name.removeprefix(COOKIE), value) for name, value in request.cookies.items())
    return {int(link): value for link, value in kept if link.isdecimal() and len(link) < 10}


def _ask(opened: Opened, kind: str, token: str, form: Form) -> str:
    return render_template(
        "links/ask.html",
        kind=kind,
        form=form,
        is_used=opened.is_used,
        is_known=link_sign_in.is_known_browser(opened, browser_secret(opened.link.id)),
        action_url=url_for(".ask_for_code", kind=kind, token=token),
    )


def _code_page(opened: Opened, kind: str, token: str, form: Form) -> str:
    return render_template(
        "links/code.html",
        form=form,
        is_used=opened.is_used,
        action_url=url_for(".sign_in", kind=kind, token=token),
        back_url=url_for(".open_link", kind=kind, token=token),
    )


def _dead() -> ResponseReturnValue:
    """Revoked, expired, mistyped and guessed look the same."""
    return render_template("links/dead.html"), 404


def _know_this_browser(opened: Opened) -> None:
    name, secret = _cookie(opened), link_sign_in.know_browser(opened.link.id)

    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            name, secret, max_age=int(BROWSER_LIFE.total_seconds()), path="/", secure=True,
            httponly=True, samesite="Lax",
        )  # fmt: skip
        return response

    after_this_request(set_cookie)


def browser_secret(link_id: int) -> str | None:
    """What this browser keeps to be known by, for one link."""
    return request.cookies.get(f"{COOKIE}{link_id}")


def _cookie(opened: Opened) -> str:
    return f"{COOKIE}{opened.link.id}"
