"""The coverage of one participant: the matrix, its table of counts, and what is behind a cell."""

from __future__ import annotations

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import cells, shown
from lti_tool.cohort.progress import standing
from lti_tool.cohort.views import bp
from lti_tool.identity import Role, Viewer
from lti_tool.people.visibility import get_participant
from lti_tool.programme.completion import completion
from lti_tool.web.access import allow

PATH = "/courses/<int:course_id>/participants/<int:participant_id>/coverage"


@bp.get(PATH)
@allow(*Role)
def coverage(course_id: int, participant_id: int) -> ResponseReturnValue:
    """How far each strand has come in each phase, and what the award still lacks."""
    viewer: Viewer = g.viewer
    own = standing(get_participant(viewer, participant_id))
    code = request.args.get("module") or None
    chosen = own.programme.module(code) if code else None
    covered = own.shown_coverage(viewer, code)
    return render_template(
        "cohort/coverage.html",
        standing=own,
        chosen=chosen,
        programme_phases=shown.phases(own.programme),
        areas=shown.matrix(covered),
        rows=list(covered.rows()),
        cell_url=lambda strand, phase: cell_url(viewer, participant_id, strand, phase, code),
        conditions=completion(own.programme, own.facts) if _sees_marks(viewer) else [],
        sees_marks=_sees_marks(viewer),
        is_participant=viewer.role is Role.PARTICIPANT,
    )


@bp.get(f"{PATH}/<strand>/<int:phase>")
@allow(*Role)
def cell(course_id: int, participant_id: int, strand: str, phase: int) -> ResponseReturnValue:
    """The evidence that one cell counts: who vouched for it, and in which attempt it is."""
    viewer: Viewer = g.viewer
    own = standing(get_participant(viewer, participant_id))
    code = request.args.get("module") or None
    chosen = own.programme.module(code) if code else None
    found = cells.cell_of(viewer, own, strand, phase, code)
    return render_template(
        "cohort/cell.html",
        standing=own,
        chosen=chosen,
        cell=found,
        strand=own.programme.strand(strand),
        phase=own.programme.phase(phase),
        behind=cells.behind(viewer, own, found, code),
        closed=cells.count_closed(viewer, found),
        sees_marks=_sees_marks(viewer),
        is_participant=viewer.role is Role.PARTICIPANT,
    )


def cell_url(
    viewer: Viewer, participant_id: int, strand: str, phase: int, code: str | None = None
) -> str:
    """Where a cell of a matrix leads."""
    return url_for(
        "cohort.cell",
        course_id=viewer.course_id, participant_id=participant_id,
        strand=strand, phase=phase, module=code,
    )  # fmt: skip


def _sees_marks(viewer: Viewer) -> bool:
    """What the board has passed is as good as a mark, and coaches are told none."""
    return viewer.role is not Role.COACH
