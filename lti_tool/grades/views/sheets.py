"""Mark without a connection: a sheet out, and back in."""

from __future__ import annotations

import re

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.audit.record import note_look
from lti_tool.errors import DomainError, Invalid
from lti_tool.grades import marks_sheets
from lti_tool.grades.sheet_models import MarksSheet
from lti_tool.grades.sheet_reading import OF_A_SHEET, Checked
from lti_tool.grades.sheet_schemas import SeenSchema, SheetSchema
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF
from lti_tool.people.bulk.tables import LARGEST
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, chosen_files, read_form, shown_form
from lti_tool.web.rate_limits import LONG_WORK, limited, person
from lti_tool.web.tables import csv_file

PAGE = "/courses/<int:course_id>/marking/sheets"


@bp.get(PAGE, endpoint="sheets")
@allow(*STAFF)
def show_sheets(course_id: int) -> ResponseReturnValue:
    """Download a sheet of a module, or choose one to upload."""
    return _form_page(shown_form(become="draft"))


@bp.get(f"{PAGE}/marks.csv", endpoint="sheet_download")
@allow(*STAFF)
@limited(LONG_WORK, by=person)
def download(course_id: int) -> ResponseReturnValue:
    """What the viewer may mark of a module and has not made final."""
    module = request.args.get("module", "")
    lines = marks_sheets.sheet_lines(g.viewer, module)
    note_look(g.viewer, "marks_sheet.exported", ("course", course_id))
    name = re.sub(r"[^A-Za-z0-9._-]", "", module)
    return csv_file(lines, f"marks-{name}.csv")


@bp.post(PAGE, endpoint="sheet_upload")
@allow(*STAFF, uploads=True)
@limited(LONG_WORK, by=person)
def upload(course_id: int) -> ResponseReturnValue:
    """Keep the sheet and show what each row comes to."""
    form = read_form(SheetSchema)
    files = chosen_files("file")
    if not files:
        form.refuse(Invalid("Choose a file.", field="file"))
    if not form.errors:
        data = files[0].stream.read(LARGEST + 1)
        are_final = form.values["become"] == "final"
        try:
            sheet = marks_sheets.add_sheet(
                g.viewer, files[0].filename or "", data, are_final=are_final
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return redirect(url_for(".sheet", course_id=course_id, sheet_id=sheet.id), 303)
    return _form_page(form), 422


@bp.get(f"{PAGE}/<int:sheet_id>", endpoint="sheet")
@allow(*STAFF)
def show_sheet(course_id: int, sheet_id: int) -> ResponseReturnValue:
    """What each row of an uploaded sheet comes to."""
    return _sheet_page(marks_sheets.get_sheet(g.viewer, sheet_id), shown_form())


@bp.post(f"{PAGE}/<int:sheet_id>", endpoint="sheet_confirm")
@allow(*STAFF)
def confirm(course_id: int, sheet_id: int) -> ResponseReturnValue:
    """Store all marks of the sheet as they were shown."""
    sheet = marks_sheets.get_sheet(g.viewer, sheet_id)
    form = read_form(SeenSchema)
    if not form.errors:
        try:
            stored = marks_sheets.confirm(g.viewer, sheet, form.values["seen"])
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"{stored} {'mark is' if stored == 1 else 'marks are'} stored.")
            return redirect(url_for(".sheet", course_id=course_id, sheet_id=sheet_id), 303)
    return _sheet_page(sheet, form), 422


def _form_page(form: Form) -> str:
    return render_template(
        "grades/sheets.html",
        form=form,
        modules=marks_sheets.modules_to_mark(g.viewer),
        columns=OF_A_SHEET,
        most=marks_sheets.MOST,
    )


def _sheet_page(sheet: MarksSheet, form: Form) -> str:
    is_done = sheet.done_at is not None
    checked = Checked(sheet.are_final) if is_done else marks_sheets.check_kept(g.viewer, sheet)
    return render_template("grades/sheet.html", sheet=sheet, checked=checked, form=form)
