"""Ratified results in the form that a student record system takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date
from itertools import chain

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload

from lti_tool.board.board_models import Confirmation, ResultDecision
from lti_tool.clock import LONDON
from lti_tool.db import db
from lti_tool.errors import NotAllowed
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Grade
from lti_tool.identity import Role, Viewer
from lti_tool.people.bulk.lines import csv_lines
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of

AT_ONCE = 500


@dataclass(frozen=True)
class Result:
    """One ratified mark. No name is in it: candidate numbers name people there."""

    candidate_number: str
    module: str
    attempt: int
    mark: int
    outcome: str  # pass, compensated or fail
    ratified_on: date


def ratified_results(viewer: Viewer) -> Iterator[Result]:
    """Every result that a board has confirmed, as it stands; for the programme lead."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only the programme lead hands results on.")
    return results_of_provider(viewer.provider_id)


def results_of_provider(provider_id: int) -> Iterator[Result]:
    """The same, whoever asks; for the operator's command."""
    newest = (
        select(Grade.attempt_id, func.max(Grade.revision).label("revision"))
        .where(Grade.provider_id == provider_id, Grade.status == "ratified")
        .group_by(Grade.attempt_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Grade, Attempt, ResultDecision.decision)
        .join(newest, (newest.c.attempt_id == Grade.attempt_id)
              & (newest.c.revision == Grade.revision))
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .join(Participant, Participant.id == Attempt.participant_id)
        .outerjoin(Confirmation, Confirmation.grade_id == Grade.id)
        .outerjoin(ResultDecision, ResultDecision.id == Confirmation.decision_id)
        .options(
            defer(Attempt.manifest),
            joinedload(Attempt.participant).joinedload(Participant.programme_version),
        )
        .order_by(Participant.candidate_number, Attempt.module_code, Attempt.number)
        .execution_options(yield_per=AT_ONCE)
    )  # fmt: skip
    for grade, attempt, said in rows:
        yield Result(
            candidate_number=attempt.participant.candidate_number,
            module=attempt.module_code,
            attempt=attempt.number,
            mark=grade.mark,
            outcome=_outcome(grade, attempt, said),
            ratified_on=grade.released_at.astimezone(LONDON).date(),
        )


def _outcome(grade: Grade, attempt: Attempt, said: str | None) -> str:
    """In the programme's words; a near miss that the board let pass is told as such."""
    if said == "compensate":
        return "compensated"
    return "pass" if programme_of(attempt.participant).is_pass(grade.mark) else "fail"


def results_file(results: Iterator[Result]) -> Iterator[str]:
    """The results as CSV; without a byte order mark, on which other programs trip."""
    header = [each.name for each in fields(Result)]
    rows = (asdict(result).values() for result in results)
    return csv_lines(chain([header], rows), has_mark=False)
