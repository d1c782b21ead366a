"""What each marker gave, for an external examiner: under letters, and never under names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from lti_tool.board.examiner_models import ExaminerAppointment
from lti_tool.board.rules.examining import letter
from lti_tool.board.rules.statistics import Result, Summary, summarise
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Mark
from lti_tool.grades.rules.chain import ROLES
from lti_tool.programme.definition import Programme


def letters_of(appointment: ExaminerAppointment) -> dict[int, str]:
    """Marker → letter, the same in every module and at every visit: who began first is A."""
    rows = db.session.execute(
        select(Mark.marker_id, func.min(Mark.id))
        .join(Attempt, Attempt.id == Mark.attempt_id)
        .where(
            Attempt.provider_id == appointment.provider_id,
            Attempt.module_code.in_(appointment.codes),
        )
        .group_by(Mark.marker_id)
        .order_by(func.min(Mark.id))
    )
    return {row[0]: letter(place) for place, row in enumerate(rows)}


def figures_by_marker(
    appointment: ExaminerAppointment,
    code: str,
    versions: Mapping[int, Programme],
    bands: Collection[tuple[int, str]],
) -> list[tuple[str, Summary]]:
    """(letter, figures) of the marks that each marker gave to these attempts, as they gave them.

    `versions`: attempt → the programme by which it is a pass; of other attempts nothing is told.
    """
    rows = db.session.execute(
        select(Mark.attempt_id, Mark.marker_id, Mark.mark)
        .join(Attempt, Attempt.id == Mark.attempt_id)
        .where(
            Attempt.provider_id == appointment.provider_id,
            Attempt.module_code == code,
            Mark.state == "final",
            Mark.marking_role.in_(ROLES),
        )
    )
    given: dict[int, list[Result]] = defaultdict(list)
    for attempt_id, marker_id, mark in rows:
        if mark is not None and attempt_id in versions:
            given[marker_id].append(Result(mark, versions[attempt_id].is_pass(mark)))
    found = [
        (name, summarise(given[marker_id], list(bands)))
        for marker_id, name in letters_of(appointment).items()
        if marker_id in given
    ]
    return found
