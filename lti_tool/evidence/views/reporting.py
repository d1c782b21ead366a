"""Report a problem with evidence, and decide about it."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Invalid
from lti_tool.evidence import reports
from lti_tool.evidence.declaration import Declared, spoken
from lti_tool.evidence.reads import readers_of
from lti_tool.evidence.schemas import ReportSchema
from lti_tool.evidence.views.blueprint import bp
from lti_tool.evidence.views.by_number import is_by_number
from lti_tool.identity import Role
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form

EVERYBODY = (Role.PARTICIPANT, Role.COACH, Role.TUTOR, Role.LEAD)


@bp.get("/courses/<int:course_id>/evidence/<int:item_id>/report")
@allow(*EVERYBODY)
def report(course_id: int, item_id: int) -> ResponseReturnValue:
    return _form_page(item_id, Form())


@bp.post("/courses/<int:course_id>/evidence/<int:item_id>/report")
@allow(*EVERYBODY)
def report_now(course_id: int, item_id: int) -> ResponseReturnValue:
    form = read_form(ReportSchema)
    try:
        reports.report(g.viewer, item_id, form.values.get("reason", ""))
    except Invalid as error:
        form.refuse(error)
        return _form_page(item_id, form), 422
    flash(
        "The evidence is out of sight, for you too. The programme lead decides what becomes of it."
    )
    return redirect(url_for("evidence.index", course_id=course_id), 303)


@bp.get("/courses/<int:course_id>/evidence-reports")
@allow(Role.LEAD)
def report_list(course_id: int) -> ResponseReturnValue:
    return render_template(
        "evidence/reports.html", reports=reports.list_reports(g.viewer), reasons=reports.REASONS
    )


@bp.get("/courses/<int:course_id>/evidence-reports/<int:report_id>")
@allow(Role.LEAD)
def one_report(course_id: int, report_id: int) -> ResponseReturnValue:
    return _report_page(report_id, Form())


@bp.post("/courses/<int:course_id>/evidence-reports/<int:report_id>")
@allow(Role.LEAD)
def decide_report(course_id: int, report_id: int) -> ResponseReturnValue:
    form = Form()
    outcome = pressed_button(form, reports.RESTORED, reports.REMOVED)
    if form.errors:
        return _report_page(report_id, form), 422
    reports.decide(g.viewer, report_id, outcome)
    flash(
        "The evidence is back as it was."
        if outcome == reports.RESTORED
        else "The evidence stays out of sight."
    )
    return redirect(url_for("evidence.report_list", course_id=course_id), 303)


@bp.app_template_global("spoken_declaration")
def spoken_declaration(said: Declared) -> str:
    """What is declared about pupils, as every page that shows evidence says it."""
    return spoken(said)


@bp.app_template_global("reports_to_decide")
def reports_to_decide() -> int:
    """How many reports wait for the lead who looks at a page."""
    return reports.count_open(g.viewer)


def _form_page(item_id: int, form: Form) -> str:
    item = reports.get_reportable(g.viewer, item_id)
    return render_template(
        "evidence/report.html",
        item=item,
        title="" if is_by_number(item_id) else item.current.title,
        form=form,
        errors=form.errors,
        reasons=reports.REASONS,
    )


def _report_page(report_id: int, form: Form) -> str:
    found = reports.get_report(g.viewer, report_id)
    return render_template(
        "evidence/reported.html",
        report=found,
        item=found.item,
        readers=readers_of(found.item_id),
        reasons=reports.REASONS,
        errors=form.errors,
    )
