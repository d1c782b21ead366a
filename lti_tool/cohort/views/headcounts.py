"""Headcounts: taken on a day, looked at, handed on as a file, compared."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.cohort import headcount_figures, headcounts
from lti_tool.cohort.headcount_rules import NO_DECISION
from lti_tool.cohort.views import bp
from lti_tool.db import restart_as_writer
from lti_tool.errors import Invalid
from lti_tool.identity import Role
from lti_tool.people.paging import list_page
from lti_tool.people.place_schemas import DayForm
from lti_tool.people.states import LABELS as STATES
from lti_tool.programme.schools import REGIONS
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, asked_number, read_form, shown_form
from lti_tool.web.rate_limits import LONG_WORK, limited, person
from lti_tool.web.tables import csv_file

PATH = "/courses/<int:course_id>/headcounts"
ONE = f"{PATH}/<int:headcount_id>"
TITLES = {
    "school": "School", "university": "University", "region": "Region",
    "rule": "Eligibility rule", "basis": "Funding basis", "cohort": "Cohort",
    "intake": "Year of enrolment", "term": "Term of enrolment", "phase": "Phase",
    "state": "State",
}  # fmt: skip
UNKNOWN = {"school": "No school on record", "rule": NO_DECISION}
MANY, MOST_ROWS = 12, 100  # bars of a plot and rows of a table; the file has all


@bp.get(PATH, endpoint="headcounts")
@allow(Role.LEAD)
def list_headcounts(course_id: int) -> ResponseReturnValue:
    """All that were taken, and the form for another."""
    day = today()
    return _list_page(shown_form(**{"on-day": day.day, "on-month": day.month, "on-year": day.year}))


@bp.post(PATH)
@allow(Role.LEAD)
@limited(LONG_WORK, by=person)
def take_headcount(course_id: int) -> ResponseReturnValue:
    """Count everybody as on a day, and keep it."""
    form = read_form(DayForm)
    if not form.errors:
        try:
            taken = headcounts.take(g.viewer, form.values["on"])
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"{taken.people:,} {'person' if taken.people == 1 else 'people'} counted.")
            return redirect(
                url_for("cohort.headcount", course_id=course_id, headcount_id=taken.id), 303
            )
    return _list_page(form), 422


@bp.get(ONE)
@allow(Role.LEAD)
def headcount(course_id: int, headcount_id: int) -> ResponseReturnValue:
    """How many of each, with the hash; asked to check, whether the rows still give it."""
    found = headcounts.get_headcount(g.viewer, headcount_id)
    others = list_page(headcounts.list_headcounts(g.viewer), 1).rows
    return render_template(
        "cohort/headcount.html",
        headcount=found,
        counts=headcount_figures.counts(found),
        others=[each for each in others if each.id != found.id],
        is_as_taken=headcounts.is_as_taken(found) if "check" in request.args else None,
        dateless=headcounts.DATELESS,
        titles=TITLES,
        say=say,
        many=MANY,
        most_rows=MOST_ROWS,
    )


@bp.get(f"{ONE}.csv")
@allow(Role.LEAD)
@limited(LONG_WORK, by=person)
def headcount_file(course_id: int, headcount_id: int) -> ResponseReturnValue:
    """The rows as a file; its hash is the one on the page."""
    found = headcounts.get_headcount(g.viewer, headcount_id)
    name = f"headcount-{found.as_at.isoformat()}-{found.id}.csv"
    answer = csv_file(headcounts.file_lines(found), name)
    restart_as_writer()
    headcounts.note_download(g.viewer, headcount_id)
    return answer


@bp.get(f"{ONE}/compare")
@allow(Role.LEAD)
def compare_headcounts(course_id: int, headcount_id: int) -> ResponseReturnValue:
    """Who came, who left, and what changed, from one to the other."""
    later = headcounts.get_headcount(g.viewer, headcount_id)
    earlier = headcounts.get_headcount(g.viewer, asked_number("with") or 0)
    return render_template(
        "cohort/headcount_compare.html",
        earlier=earlier,
        later=later,
        comparison=headcount_figures.compare(g.viewer, earlier, later),
        shown=headcount_figures.SHOWN,
        titles=TITLES,
        say=say,
    )


def say(dimension: str, value: str) -> str:
    """A code of a row in words."""
    if not value:
        return UNKNOWN.get(dimension, "Not on record")
    words: dict[str, str] = {"state": STATES, "region": REGIONS}.get(dimension, {})  # type: ignore[assignment]  # codes are texts
    return words.get(value, value.capitalize() if dimension == "term" else value)


def _list_page(form: Form) -> str:
    page = list_page(headcounts.list_headcounts(g.viewer), asked_number("page") or 1)
    return render_template(
        "cohort/headcounts.html",
        page=page,
        form=form,
        dateless=headcounts.DATELESS,
        page_url=lambda number: url_for(
            "cohort.headcounts", course_id=g.viewer.course_id, page=number
        ),
    )
