"""The papers of a board: each module's results and figures beside those of earlier years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from lti_tool.board.board_models import Board, BoardPaper, ResultDecision
from lti_tool.board.boards import decided, papers_of
from lti_tool.board.examiner_models import ExaminerAppointment, ExaminerStatement
from lti_tool.board.rules.statistics import Result, Summary, by_year, summarise
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades.adjustment_models import ResultHold
from lti_tool.grades.models import Grade
from lti_tool.grades.released import still_stands
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.programme.definition import Module, NotInProgramme


@dataclass(frozen=True)
class Row:
    """One result on the table, by candidate number."""

    paper: BoardPaper
    is_held: bool
    decision: ResultDecision | None

    @property
    def candidate(self) -> str:
        return self.paper.attempt.participant.candidate_number

    @property
    def adjustments(self) -> list[dict[str, Any]]:
        """The steps after the judgement."""
        return [each for each in self.paper.grade.steps if each["rule"] != "judged"]


@dataclass(frozen=True)
class Sheet:
    """One module's results with their figures."""

    module: Module
    rows: tuple[Row, ...]
    now: Summary
    earlier: tuple[tuple[int, Summary], ...]
    comments: tuple[ExaminerStatement, ...]

    @property
    def said(self) -> int:
        """Of how many results something is said."""
        return sum(row.decision is not None for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """What the members look at one by one."""
        rows = self.rows
        return {
            "adjusted": sum(bool(row.adjustments) for row in rows),
            "held": sum(row.is_held for row in rows),
            "resits": sum(row.paper.attempt.number > 1 for row in rows),
            "confirmed before": sum(row.paper.grade.status == "ratified" for row in rows),
        }


def sheets(viewer: Viewer, board: Board) -> list[Sheet]:
    """All modules on the table, in the order of their codes."""
    papers, said = papers_of(board), decided(board)
    held = _held(paper.attempt.participant_id for paper in papers)
    by_module: dict[str, list[Row]] = defaultdict(list)
    for paper in papers:
        is_held = paper.attempt.participant_id in held
        row = Row(paper, is_held, said.get(paper.attempt_id))
        by_module[paper.attempt.module_code].append(row)
    comments = _comments(viewer)
    return [_sheet(viewer, code, rows, comments.get(code, ())) for code, rows in by_module.items()]


def get_sheet(viewer: Viewer, board: Board, module_code: str) -> Sheet:
    """One module on the table."""
    for sheet in sheets(viewer, board):
        if sheet.module.code == module_code:
            return sheet
    raise NotInProgramme(f"No result of {module_code} is on the table of this board.")


def _sheet(
    viewer: Viewer, code: str, rows: Sequence[Row], comments: Sequence[ExaminerStatement]
) -> Sheet:
    programme = programme_of(rows[-1].paper.attempt.participant)
    bands = [(band.floor, band.name) for band in programme.bands]
    marks = [Result(row.paper.grade.mark, _passes(row.paper.grade)) for row in rows]
    here = [row.paper.attempt_id for row in rows]
    # A board is shown the figures of few marks, too: it sees each of them by itself anyhow.
    return Sheet(
        module=programme.module(code),
        rows=tuple(rows),
        now=summarise(marks, bands, fewest=1),
        earlier=tuple(by_year(_earlier(viewer, code, here), bands)),
        comments=tuple(comments),
    )


def _earlier(viewer: Viewer, code: str, here: Sequence[int]) -> dict[int, list[Result]]:
    """The confirmed marks of the module by the year of handing in, without those on the table."""
    later = aliased(Grade)
    newer = select(later.id).where(
        later.attempt_id == Grade.attempt_id, later.revision > Grade.revision
    )
    query = (
        select(Grade)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .where(
            Attempt.id.in_(visible_attempts(viewer).with_only_columns(Attempt.id)),
            Attempt.module_code == code,
            Attempt.id.not_in(here),
            Grade.status == "ratified",
            ~newer.exists(),
            still_stands(),
        )
        .options(
            joinedload(Grade.attempt)
            .joinedload(Attempt.participant)
            .joinedload(Participant.programme_version)
        )
    )
    years: dict[int, list[Result]] = defaultdict(list)
    for grade in db.session.scalars(query):
        years[grade.attempt.submitted_at.year].append(Result(grade.mark, _passes(grade)))
    return years


def _passes(grade: Grade) -> bool:
    return programme_of(grade.attempt.participant).is_pass(grade.mark)


def _held(participant_ids: Iterable[int]) -> set[int]:
    return set(
        db.session.scalars(
            select(ResultHold.participant_id).where(
                ResultHold.participant_id.in_(set(participant_ids)),
                ResultHold.closed_at.is_(None),
            )
        )
    )


def _comments(viewer: Viewer) -> dict[str, list[ExaminerStatement]]:
    """What examiners say of each module, and what they were answered: the last version of each."""
    query = (
        select(ExaminerStatement)
        .join(ExaminerAppointment, ExaminerAppointment.id == ExaminerStatement.appointment_id)
        .where(
            ExaminerAppointment.provider_id == viewer.provider_id,
            ExaminerAppointment.ended_at.is_(None),
        )
        .order_by(ExaminerStatement.appointment_id, ExaminerStatement.number)
    )
    last: dict[tuple[str, int, str], ExaminerStatement] = {}
    for each in db.session.scalars(query):
        last[each.about, each.appointment_id, each.kind] = each
    found: dict[str, list[ExaminerStatement]] = defaultdict(list)
    for (about, _, _), statement in sorted(last.items(), key=lambda pair: pair[0]):
        found[about].append(statement)
    return found
