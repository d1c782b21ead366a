"""A lead gives many participants the same coach or tutor, after seeing who changes."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.errors import Invalid
from lti_tool.identity import Role, Viewer
from lti_tool.people import bulk_allocating, roster
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.models import Participant
from lti_tool.people.paging import list_page
from lti_tool.people.schemas import BulkAllocationForm, ConfirmForm
from lti_tool.people.views.blueprint import bp
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, as_id, asked_number, read_form, shown_form


@bp.get("/courses/<int:course_id>/allocations")
@allow(Role.LEAD)
def choose_allocations(course_id: int) -> ResponseReturnValue:
    """Choose participants, a person and a day."""
    day = today()
    form = shown_form(
        kind="coach", **{"on-day": day.day, "on-month": day.month, "on-year": day.year}
    )
    return _form_page(form)


@bp.post("/courses/<int:course_id>/allocations")
@allow(Role.LEAD)
def check_allocations(course_id: int) -> ResponseReturnValue:
    """On to what would change."""
    form = read_form(BulkAllocationForm)
    if form.errors:
        return _form_page(form), 422
    values = form.values
    there = url_for(
        ".preview_allocations",
        course_id=course_id,
        participant=values["participant"],
        user=values["user"],
        kind=values["kind"],
        on=values["on"].isoformat(),
    )
    return redirect(there, 303)


@bp.get("/courses/<int:course_id>/allocations/preview")
@allow(Role.LEAD)
def preview_allocations(course_id: int) -> ResponseReturnValue:
    """Who changes from whom to whom."""
    return _preview_page(_chosen(g.viewer), shown_form())


@bp.post("/courses/<int:course_id>/allocations/preview")
@allow(Role.LEAD)
def confirm_allocations(course_id: int) -> ResponseReturnValue:
    """Do what was shown."""
    choice = _chosen(g.viewer, hold=True)
    form = read_form(ConfirmForm)
    if not form.errors:
        try:
            counts = bulk_allocating.confirm(choice, form.values["seen"])
        except Invalid as error:
            form.refuse(error)
        else:
            changed = counts[Verdict.ADDED]
            people = "1 participant has" if changed == 1 else f"{changed} participants have"
            flash(f"{people} {choice.person.name} as {choice.kind}.")
            return redirect(url_for(".choose_allocations", course_id=course_id), 303)
    return _preview_page(choice, form), 422


def _chosen(viewer: Viewer, *, hold: bool = False) -> bulk_allocating.Choice:
    """What the address says was chosen."""
    ids = [as_id(text) for text in request.args.getlist("participant")]
    user, kind = asked_number("user"), request.args.get("kind", "")
    try:
        on = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        abort(404)
    if user is None or None in ids:
        abort(404)
    known = [each for each in ids if each is not None]
    return bulk_allocating.choose(viewer, known, user, kind, on, hold=hold)


def _form_page(form: Form) -> str:
    viewer: Viewer = g.viewer
    search, show = request.args.get("q", "").strip(), request.args.get("show", "")
    found = bulk_allocating.offered(viewer, search, uncoached=show == "no-coach")
    picked = list(filter(None, map(as_id, request.args.getlist("participant"))))
    if picked:
        found = found.where(Participant.id.in_(picked[: bulk_allocating.MOST]))
    page = list_page(found, asked_number("page") or 1)
    here: dict[str, Any] = {"q": search or None, "show": show or None, "participant": picked}
    return render_template(
        "people/bulk_allocate.html",
        page=page,
        search=search,
        show=show,
        form=form,
        chosen=form.typed.getlist("participant") or [str(each) for each in picked],
        allocated=roster.allocated_now([each.id for each in page.rows]),
        candidates=[
            {"value": "", "label": "Choose a person"},
            *(
                {"value": one.user_id, "label": f"{one.user.name} ({Role(one.role).label})"}
                for one in bulk_allocating.candidates(viewer)
            ),
        ],
        here_url=url_for(
            ".check_allocations", course_id=viewer.course_id, page=page.number, **here
        ),
        page_url=lambda number: url_for(
            ".choose_allocations", course_id=viewer.course_id, page=number, **here
        ),
    )


def _preview_page(choice: bulk_allocating.Choice, form: Form) -> str:
    outcome = choice.outcome
    return render_template(
        "people/bulk_preview.html",
        choice=choice,
        outcome=outcome,
        names=dict(enumerate(choice.participants, start=1)),
        counts=outcome.counts,
        seen=outcome.digest(""),
        here_url=request.full_path,
        form=form,
    )
