"""The programme lead's look over everybody."""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import figures, filters, heat, shown
from lti_tool.cohort.filters import Filters
from lti_tool.cohort.needed import needed
from lti_tool.cohort.progress import standings
from lti_tool.cohort.views import bp, exceptions
from lti_tool.cohort.views.csv_files import table_file
from lti_tool.cohort.views.participants import FILTERS
from lti_tool.identity import Role, Viewer
from lti_tool.people import roster
from lti_tool.people.states import State
from lti_tool.programme.definition import Level
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, asked_number, shown_form
from lti_tool.web.rate_limits import LONG_WORK, limited, person

LEVELS = tuple(level for level in Level if level is not Level.NONE)
PATH = "/courses/<int:course_id>/cohort"


@bp.get(PATH)
@allow(Role.LEAD)
def cohort(course_id: int) -> ResponseReturnValue:
    """What needs attention first, then how far everybody has come, the most needed first."""
    return cohort_page(g.viewer, Filters.of(request.args), shown_form())


def cohort_page(viewer: Viewer, asked: Filters, form: Form) -> str:
    """The page, also for a form about it that was refused."""
    seen = needed(viewer, asked, asked_number("page") or 1)
    page, found = seen.page, exceptions.ranked(viewer, seen.counts)
    return render_template(
        "cohort/cohort.html",
        exceptions=found[0],
        nothing=found[1],
        colours=exceptions.COLOURS,
        page=page,
        groups=shown.by_version(standings(page.rows)),
        heat=shown.heat,
        allocated=roster.allocated_now([person.id for person in page.rows]),
        reasons=seen.reasons,
        kept=filters.kept(viewer),
        form=form,
        here_url=_url(viewer, "cohort.cohort", asked),
        keep_url=_url(viewer, "cohort.keep_filter", asked),
        page_url=lambda number: _url(viewer, "cohort.cohort", asked, page=number),
        **_choices(viewer, asked),
    )


@bp.get(f"{PATH}/groups")
@allow(Role.LEAD)
def groups(course_id: int) -> ResponseReturnValue:
    """The same for groups: which school, tutor or cohort is behind."""
    viewer, asked = g.viewer, Filters.of(request.args)
    level, found = _level(), _heat(viewer, asked)
    more = {"by": found.kind, "reached": level.value}
    return render_template(
        "cohort/groups.html",
        found=found,
        kinds=heat.KINDS,
        level=level,
        levels=LEVELS,
        group_url=lambda group: _url(viewer, "cohort.cohort", _of_group(asked, found, group)),
        csv_url=_url(viewer, "cohort.groups_file", asked, page=found.number, **more),
        page_url=lambda number: _url(viewer, "cohort.groups", asked, page=number, **more),
        **_choices(viewer, asked),
    )


@bp.get(f"{PATH}/groups.csv")
@allow(Role.LEAD)
@limited(LONG_WORK, by=person)
def groups_file(course_id: int) -> ResponseReturnValue:
    """The page of groups with every number, a line for each group, area and phase."""
    found = _heat(g.viewer, Filters.of(request.args))
    header = [heat.KINDS[found.kind], "People", "Area", "Phase", *(each.value for each in Level)]
    rows = [
        [group.name or filters.NONE, spot.total, spot.area, spot.phase, *spot.counts]
        for group in found.groups
        for spot in group.spots
    ]
    return table_file(f"coverage-by-{found.kind}", [header, *rows])


@bp.get(f"{PATH}/figures")
@allow(Role.LEAD)
def figures_page(course_id: int) -> ResponseReturnValue:
    """The funnel, the marks, and how coaches are laden."""
    return render_template(
        "cohort/figures.html",
        figures=figures.figures(g.viewer),
        csv_url=lambda figure: url_for("cohort.figure_file", course_id=course_id, name=figure.id),
    )


@bp.get(f"{PATH}/figures/<name>.csv")
@allow(Role.LEAD)
@limited(LONG_WORK, by=person)
def figure_file(course_id: int, name: str) -> ResponseReturnValue:
    """The table of one figure."""
    found = next((each for each in figures.figures(g.viewer) if each.id == name), None)
    if found is None:
        abort(404)
    rows = [[bar.label, bar.count, bar.note] for bar in found.bars]
    return table_file(found.id, [[found.title, found.unit, "Note"], *rows])


def _of_group(asked: Filters, found: heat.Heat, group: heat.Group) -> Filters:
    """Those who were counted in a group: of whom the filters leave, its own people."""
    return Filters.of({**asked.asked, found.kind: group.key or filters.NONE})


def _heat(viewer: Viewer, asked: Filters) -> heat.Heat:
    kind = request.args.get("by", "")
    kind = kind if kind in heat.KINDS else heat.COHORT
    return heat.heat(viewer, kind, asked, asked_number("page") or 1)


def _level() -> Level:
    asked = request.args.get("reached", "")
    return next((each for each in LEVELS if each.value == asked), Level.ATTESTED)


def _url(viewer: Viewer, endpoint: str, asked: Filters, **more: Any) -> str:
    return url_for(endpoint, course_id=viewer.course_id, **asked.asked, **more)


def _choices(viewer: Viewer, asked: Filters) -> dict[str, Any]:
    """What the form above the lists offers."""
    phases = {
        phase.number: f"Phase {phase.number}"
        for programme in filters.programmes_of(viewer).values()
        for phase in programme.phases
    }
    return {
        "asked": asked,
        "options": {
            "show": [(key, label) for key, label in FILTERS.items()],
            "cohort": [
                (filters.NONE, "No cohort"),
                *((each, each) for each in filters.cohorts_of(viewer) if each != filters.NONE),
            ],
            "tutor": [(filters.NONE, "No tutor"), *filters.tutors_of(viewer)],
            "phase": sorted(phases.items()),
            "state": [(state.value, state.label) for state in State],
        },
    }
