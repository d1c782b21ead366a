"""The search in the head of every page."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import searching
from lti_tool.cohort.search_files import files_with
from lti_tool.cohort.views import bp
from lti_tool.identity import Role, Viewer
from lti_tool.web.access import allow
from lti_tool.web.forms import asked_number
from lti_tool.web.rate_limits import SEARCHING, limited, person

TITLES = {
    "people": "Participants", "coaches": "Coaches", "schools": "Schools", "evidence": "Evidence",
}  # fmt: skip
EVIDENCE = "words of evidence or the name of a file"
HINTS = {
    Role.PARTICIPANT: "Words of your evidence, such as its title, what happened or a file’s name.",
    Role.COACH: f"The name of one of your teachers, {EVIDENCE}.",
    Role.TUTOR: f"A name, an e-mail address, a school or its URN, {EVIDENCE}.",
    Role.LEAD: "A name, an e-mail address, a candidate number or TRN, a school or its URN, "
    f"{EVIDENCE}.",
}


@bp.get("/courses/<int:course_id>/search", endpoint="search")
@allow(*Role)
@limited(SEARCHING, by=person)
def find(course_id: int) -> ResponseReturnValue:
    """What was found of each kind; or page by page of one."""
    viewer: Viewer = g.viewer
    typed = " ".join(request.args.get("q", "").split())
    only = request.args.get("in", "")
    only = only if only in searching.KINDS else ""
    words = searching.wanted(typed)
    groups = searching.search(viewer, typed, only, asked_number("page") or 1)
    items = [row for group in groups if group.name == "evidence" for row in group.page.rows]
    return render_template(
        "cohort/searching.html",
        typed=typed[: searching.LONGEST],
        is_cut=searching.is_cut(typed),
        most_words=searching.MOST_WORDS,
        words=words,
        groups=groups,
        files=files_with(words, items),
        only=only,
        titles={**TITLES, "people": "My teachers"} if viewer.role is Role.COACH else TITLES,
        hint=HINTS[viewer.role],
        address=lambda kind: _address(course_id, typed, kind),
        page_url=lambda page: _address(course_id, typed, only, page),
        link=lambda kind, row: _link(course_id, kind, row),
        shows_people=viewer.role is not Role.PARTICIPANT,
    )


def _address(course_id: int, typed: str, kind: str, page: int | None = None) -> str:
    asked: dict[str, Any] = {"q": typed[: searching.LONGEST], "in": kind or None, "page": page}
    return url_for("cohort.search", course_id=course_id, **asked)


def _link(course_id: int, kind: str, row: Any) -> str:
    if kind == "people":
        return url_for("cohort.participant", course_id=course_id, participant_id=row.id)
    if kind == "coaches":
        return url_for("people.coach", course_id=course_id, user_id=row.id)
    if kind == "schools":
        return url_for("people.school", course_id=course_id, school_id=row.id)
    return url_for("evidence.item", course_id=course_id, item_id=row.id)
