"""A coach's own record: to look at, and as a file to keep."""

from __future__ import annotations

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from lti_tool.clock import now, today
from lti_tool.cohort import coaching_record as records
from lti_tool.cohort.views import bp
from lti_tool.db import restart_as_writer
from lti_tool.identity import Role
from lti_tool.people.programmes import current_programme
from lti_tool.web.access import allow
from lti_tool.web.rate_limits import LONG_WORK, limited, person

PATH = "/courses/<int:course_id>/coaching-record"


@bp.get(PATH)
@allow(Role.COACH)
def coaching_record(course_id: int) -> ResponseReturnValue:
    """By term, with the teachers' names as their coach knows them."""
    found = records.deeds(g.viewer)
    return render_template(
        "cohort/coaching_record.html",
        terms=records.by_term(found),
        programme=current_programme(g.viewer.provider_id),
        whats=WHATS,
    )


@bp.get(f"{PATH}.<any(csv, html):kind>")
@allow(Role.COACH)
@limited(LONG_WORK, by=person)
def download_coaching_record(course_id: int, kind: str) -> ResponseReturnValue:
    """The same as a file; with names only where that was asked for."""
    names = request.args.get("names") == "yes"
    found = records.deeds(g.viewer)
    shown = found if names else records.without_names(found)
    if kind == "csv":
        text = "".join(records.record_file(shown))
    else:
        text = render_template(
            "cohort/coaching_record_file.html",
            terms=records.by_term(shown),
            programme=current_programme(g.viewer.provider_id),
            whats=WHATS,
            made_at=now(),
        )
    restart_as_writer()
    records.note_download(g.viewer, names=names)
    response = Response(text, mimetype="text/csv" if kind == "csv" else "text/html")
    name = f"mtl-coaching-record-{today():%Y-%m-%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


WHATS = {
    records.TALK: "Talks",
    records.ATTESTED: "Attested",
    records.SENT_BACK: "Sent back",
    records.WROTE: "Evidence added",
}
