"""Where a placed link for coaches leads."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.identity import Role, Viewer
from lti_tool.launch.coach_links import CoachLink, get_coach_link
from lti_tool.launch.views import bp
from lti_tool.web.access import allow


@bp.get("/courses/<int:course_id>/coach-links/<int:link_id>")
@allow(*Role)
def open_coach_link(course_id: int, link_id: int) -> ResponseReturnValue:
    """The evidence that the link is about for a coach; for everybody else, whom it is for."""
    link = get_coach_link(g.viewer, link_id)
    start_page: Callable[[Viewer, str | None], str] = current_app.extensions["start_page"]
    if link.is_for_viewer:
        return redirect(_narrowed(link) or start_page(g.viewer, None), 303)
    return render_template(
        "launch/for_coaches.html",
        link=link,
        viewer=g.viewer,
        is_about_viewer=link.participant is not None
        and link.participant.user_id == g.viewer.user_id,
        evidence_url=_narrowed(link) if g.viewer.is_staff else None,
        start_url=start_page(g.viewer, None),
    )


def _narrowed(link: CoachLink) -> str | None:
    if link.participant is None and link.module is None:
        return None
    return url_for(
        "evidence.index",
        course_id=g.viewer.course_id,
        participant=link.participant.id if link.participant else None,
        module=link.module.code if link.module else None,
    )
