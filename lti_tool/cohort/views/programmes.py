"""Versions of the programme: who is on which, and how participants come to a newer one."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import adoption
from lti_tool.cohort.views import bp
from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.identity import Role
from lti_tool.people import programmes
from lti_tool.people.paging import list_page
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, as_id, asked_number, shown_form

VERSION = "/courses/<int:course_id>/programmes/<int:version_id>"


@bp.get("/courses/<int:course_id>/programmes", endpoint="programmes")
@allow(Role.LEAD)
def show_programmes(course_id: int) -> ResponseReturnValue:
    """Every version, and how many are on it."""
    provider_id = g.viewer.provider_id
    return render_template(
        "cohort/programmes.html",
        versions=programmes.list_versions(provider_id),
        people=programmes.count_participants(provider_id),
        joining=programmes.newest_version(provider_id),
    )


@bp.get(VERSION, endpoint="choose_adopters")
@allow(Role.LEAD)
def choose_adopters(course_id: int, version_id: int) -> ResponseReturnValue:
    """Who of those on other versions adopts this one."""
    return _choose(version_id, shown_form())


@bp.get(f"{VERSION}/preview", endpoint="preview_adoption")
@allow(Role.LEAD)
def preview_adoption(course_id: int, version_id: int) -> ResponseReturnValue:
    """What it would change, and for whom; nothing is done."""
    version = programmes.get_version(g.viewer.provider_id, version_id)
    chosen = None if "everybody" in request.args else _ids(request.args.getlist("participant"))
    try:
        found = adoption.preview(g.viewer, version, chosen)
    except DomainError as error:
        form = shown_form()
        form.refuse(error)
        return _choose(version_id, form), 422
    return _preview(found, chosen, {})


@bp.post(f"{VERSION}/preview", endpoint="adopt")
@allow(Role.LEAD)
def adopt(course_id: int, version_id: int) -> ResponseReturnValue:
    """Do what the preview said; where that has changed, show it anew."""
    version = programmes.get_version(g.viewer.provider_id, version_id)
    chosen = None if "everybody" in request.form else _ids(request.form.getlist("participant"))
    try:
        moved = adoption.adopt(g.viewer, version, chosen, request.form.get("digest", ""))
    except DomainError as error:
        return _refused(version_id, chosen, error), 422
    name = f"{version.framework} {version.version}"
    people = "1 participant is" if len(moved) == 1 else f"{len(moved)} participants are"
    flash(f"{people} on {name} now.")
    return redirect(url_for(".programmes", course_id=course_id), 303)


def _refused(version_id: int, chosen: list[int] | None, error: DomainError) -> str:
    """The preview as it is now, or the choice where there is none any more."""
    db.session.rollback()
    form = shown_form()
    form.refuse(error)
    version = programmes.get_version(g.viewer.provider_id, version_id)
    try:
        return _preview(adoption.preview(g.viewer, version, chosen), chosen, form.errors)
    except DomainError:
        return _choose(version_id, form)


def _choose(version_id: int, form: Form) -> str:
    version = programmes.get_version(g.viewer.provider_id, version_id)
    search = request.args.get("q", "").strip()
    page = list_page(adoption.candidates(g.viewer, version, search), asked_number("page") or 1)
    return render_template(
        "cohort/adopters.html",
        version=version,
        page=page,
        search=search,
        form=form,
        page_url=lambda number: url_for(
            "cohort.choose_adopters",
            course_id=g.viewer.course_id, version_id=version_id, page=number, q=search or None,
        ),
    )  # fmt: skip


def _preview(found: adoption.Preview, chosen: list[int] | None, errors: dict[str, Any]) -> str:
    return render_template(
        "cohort/adoption.html", preview=found, everybody=chosen is None, errors=errors
    )


def _ids(texts: list[str]) -> list[int]:
    """Ids of ours; whatever else came names nobody."""
    return [number for number in map(as_id, texts) if number is not None]
