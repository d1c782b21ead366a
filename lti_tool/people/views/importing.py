"""A lead uploads a spreadsheet, sees what it would change, and confirms exactly that."""

from __future__ import annotations

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.audit.record import note_look
from lti_tool.errors import Invalid
from lti_tool.identity import Role
from lti_tool.people.bulk import exporting, importing
from lti_tool.people.bulk.outcome import Outcome
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.bulk.tables import LARGEST
from lti_tool.people.models import ImportBatch
from lti_tool.people.schemas import ConfirmForm, ImportForm
from lti_tool.people.views.blueprint import bp
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, chosen_files, read_form, shown_form
from lti_tool.web.rate_limits import LONG_WORK, limited, person
from lti_tool.web.tables import csv_file

SHOWN = 200  # rows; the numbers of all are told


@bp.get("/courses/<int:course_id>/import")
@allow(Role.LEAD)
def new_import(course_id: int) -> ResponseReturnValue:
    """Choose a file."""
    kind = request.args.get("kind", "")
    return _form_page(shown_form(kind=kind if kind in importing.KINDS else "participants"))


@bp.post("/courses/<int:course_id>/import")
@allow(Role.LEAD, uploads=True)
@limited(LONG_WORK, by=person)
def upload_import(course_id: int) -> ResponseReturnValue:
    """Keep the file and show what it comes to."""
    form = read_form(ImportForm)
    files = chosen_files("file")
    if not files:
        form.refuse(Invalid("Choose a file.", field="file"))
    if not form.errors:
        data = files[0].stream.read(LARGEST + 1)
        try:
            batch = importing.add_batch(
                g.viewer, form.values["kind"], files[0].filename or "", data
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return redirect(url_for(".show_import", course_id=course_id, batch_id=batch.id), 303)
    return _form_page(form), 422


@bp.get("/courses/<int:course_id>/import/<int:batch_id>")
@allow(Role.LEAD)
def show_import(course_id: int, batch_id: int) -> ResponseReturnValue:
    """What the file comes to: what is wrong with it, or what it would change."""
    return _batch_page(importing.get_batch(g.viewer, batch_id), shown_form())


@bp.post("/courses/<int:course_id>/import/<int:batch_id>")
@allow(Role.LEAD)
def confirm_import(course_id: int, batch_id: int) -> ResponseReturnValue:
    """Do what was shown."""
    batch = importing.get_batch(g.viewer, batch_id)
    form = read_form(ConfirmForm)
    if not form.errors:
        try:
            counts = importing.confirm(g.viewer, batch, form.values["seen"])
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"{counts[Verdict.ADDED]} added and {counts[Verdict.CHANGED]} changed.")
            return redirect(url_for(".show_import", course_id=course_id, batch_id=batch_id), 303)
    return _batch_page(batch, form), 422


@bp.get("/courses/<int:course_id>/export/<kind>.csv")
@allow(Role.LEAD)
@limited(LONG_WORK, by=person)
def export(course_id: int, kind: str) -> ResponseReturnValue:
    """The same columns with what is so now, to be filled in and imported again."""
    if kind not in importing.KINDS:
        abort(404)
    lines = exporting.exported(importing.importer_of(g.viewer), kind)
    note_look(g.viewer, "people.exported", ("course", course_id), kind=kind)
    return csv_file(lines, f"{kind}.csv")


def _form_page(form: Form) -> str:
    return render_template(
        "people/import.html",
        form=form,
        kinds=importing.KINDS,
        choices=[{"value": name, "label": one.label} for name, one in importing.KINDS.items()],
        most_rows=importing.MOST_ROWS,
    )


def _batch_page(batch: ImportBatch, form: Form) -> str:
    outcome = Outcome() if batch.done_at else importing.check_batch(g.viewer, batch)
    changing = [each for each in outcome.lines if each.verdict is not Verdict.SAME]
    return render_template(
        "people/import_batch.html",
        batch=batch,
        kind=importing.KINDS[batch.kind],
        outcome=outcome,
        counts=outcome.counts,
        problems=outcome.problems[:SHOWN],
        changing=changing[:SHOWN],
        changing_count=len(changing),
        seen=outcome.digest(batch.digest),
        form=form,
    )
