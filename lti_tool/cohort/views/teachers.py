"""A coach's first page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, url_for

from lti_tool.cohort import search, shown
from lti_tool.cohort.plan_tasks import plan_tasks
from lti_tool.cohort.progress import standings
from lti_tool.cohort.teachers import CoachHome, coach_home
from lti_tool.cohort.views.talking import comment_task
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant
from lti_tool.people.paging import list_page
from lti_tool.web.forms import asked_number


def teachers(viewer: Viewer) -> str:
    """What waits for a coach, and whom they coach."""
    page = list_page(search.coached_first(viewer), asked_number("page") or 1)
    found = standings(page.rows)
    home = coach_home(viewer, found)
    return render_template(
        "cohort/teachers.html",
        page=page,
        home=home,
        tasks=_tasks(viewer, page.rows, home),
        matrices=shown.small_matrices(found, lambda one: _person_url(viewer, one)),
        page_url=lambda number: url_for(
            "cohort.participants", course_id=viewer.course_id, page=number
        ),
    )


def _tasks(viewer: Viewer, people: Sequence[Participant], home: CoachHome) -> list[dict[str, str]]:
    """What waits besides requests: the plans, then what somebody has said."""
    found = plan_tasks(viewer, [person.id for person in people])
    names = {person.id: person.user.name for person in people}
    of_plans = [
        {
            "title": task.sentence,
            "hint": names[one],
            "url": url_for(task.endpoint, course_id=viewer.course_id, participant_id=one),
            "tag": "Look and answer",
        }
        for one in names
        for task in found.get(one, [])
    ]
    said = [comment_task(new, about=names[new.participant_id]) for new in home.comments]
    return [*of_plans, *said]


def _person_url(viewer: Viewer, participant_id: int) -> str:
    return url_for("cohort.participant", course_id=viewer.course_id, participant_id=participant_id)
