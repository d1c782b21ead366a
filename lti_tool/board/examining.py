"""What an external examiner reads: figures of each module, a sample, and no name of anybody.

Only released marks are there, as nothing leaves the tool before its release.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased, joinedload

from lti_tool.board.examiner_models import ExaminerAppointment
from lti_tool.board.marker_figures import figures_by_marker
from lti_tool.board.rules.examining import Released, sample
from lti_tool.board.rules.statistics import Result, Summary, by_year
from lti_tool.board.statements import granted
from lti_tool.clock import LONDON
from lti_tool.db import db
from lti_tool.errors import NotFound
from lti_tool.evidence.models import Attempt
from lti_tool.grades import moderation
from lti_tool.grades.drawing import rule_of
from lti_tool.grades.markers import Panel, panels_of
from lti_tool.grades.models import Grade, Mark
from lti_tool.grades.released import still_stands
from lti_tool.grades.rules.chain import FIRST, ROLES
from lti_tool.people.head_teachers import academic_year
from lti_tool.people.models import Origin, Participant, ProgrammeVersion
from lti_tool.people.programmes import current_programme, parsed
from lti_tool.programme.definition import Module, Programme

NOT_THEIRS = "There is no such script in what you examine."


@dataclass(frozen=True)
class Row:
    """One script of the sample."""

    attempt_id: int
    candidate: str
    number: int  # of the attempt
    marks: dict[str, int]  # role → mark, of those that are final
    agreed: int | None
    judged: int
    mark: int
    status: str
    steps: tuple[dict[str, Any], ...]
    is_moderated: bool
    why: tuple[str, ...]

    @property
    def adjustments(self) -> list[dict[str, Any]]:
        """The steps that changed the judged mark."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        return [after for before, after in pairs if after["mark"] != before["mark"]]


@dataclass(frozen=True)
class Review:
    """One module as the examiner sees it."""

    module: Module
    programme: Programme
    year: int  # the academic year that the figures of today are about
    years: list[tuple[int, Summary]]  # the newest first; of first attempts
    resits: int  # in the newest year
    marks: int  # released in the time that is examined
    rows: list[Row]
    markers: list[tuple[str, Summary]]  # letter → the marks as they gave them, of what is examined

    @property
    def current(self) -> Summary:
        """The figures of the newest year."""
        return self.years[0][1] if self.years else Summary(0)

    @property
    def earlier(self) -> list[tuple[int, Summary]]:
        """Those of the years before."""
        return self.years[1:]


class Reading:
    """One reading of what an appointment is about; each module is asked for once."""

    def __init__(self, appointment: ExaminerAppointment) -> None:
        self.appointment = appointment
        self.programme = current_programme(appointment.provider_id)
        self._released = _released(appointment)
        self._versions = _versions(self._released)
        self._granted = granted(appointment)
        self._samples: dict[str, dict[int, list[str]]] = {}

    def modules(self) -> list[Module]:
        """The modules of the appointment."""
        return [self.programme.module(code) for code in self.appointment.codes]

    def module(self, code: str) -> Module:
        """One of them; another is not there."""
        if code not in self.appointment.codes:
            raise NotFound("This module is not among those that you examine.")
        return self.programme.module(code)

    def review(self, code: str) -> Review:
        """Figures and sample of one module."""
        module = self.module(code)
        rows = self._released[code]
        firsts: dict[int, list[Result]] = defaultdict(list)
        for row in rows:
            if row.number == 1:
                passes = self._versions[row.programme_version_id].is_pass(row.mark)
                firsts[_year(row)].append(Result(row.mark, passes))
        bands = [(band.floor, band.name) for band in self.programme.bands]
        years = by_year(firsts, bands)
        newest = years[0][0] if years else academic_year(self.appointment.first_on)
        return Review(
            module=module,
            programme=self.programme,
            year=newest,
            years=years,
            resits=sum(row.number > 1 and _year(row) == newest for row in rows),
            marks=len(self._examined(code)),
            rows=self._rows(code),
            markers=figures_by_marker(
                self.appointment,
                code,
                {row.id: self._versions[row.programme_version_id] for row in self._examined(code)},
                bands,
            ),
        )

    def sample(self, code: str) -> dict[int, list[str]]:
        """Attempt id → why it is seen."""
        if code not in self._samples:
            rows = self._examined(code)
            self._samples[code] = sample(
                [Released(row.id, row.judged, row.mark, row.marker_id or 0) for row in rows],
                rule_of(self.programme),
                self.appointment.seed,
                moderated=moderation.sample_reasons([row.id for row in rows]),
                granted=self._granted,
            )
        return self._samples[code]

    def attempt(self, attempt_id: int) -> Attempt:
        """One script of the sample; what is not in it does not exist."""
        for code in self.appointment.codes:
            if attempt_id in self.sample(code):
                return db.session.get_one(Attempt, attempt_id)
        raise NotFound(NOT_THEIRS)

    def row(self, attempt: Attempt) -> Row:
        """The line of one script."""
        (found,) = self._rows_of(attempt.module_code, [attempt.id])
        return found

    def find_by_candidate(self, code: str, candidate: str) -> Attempt | None:
        """The last released attempt of a candidate at a module, in the sample or not."""
        self.module(code)
        found = [
            row.id
            for row in self._examined(code)
            if row.candidate_number.lower() == candidate.strip().lower()
        ]
        return db.session.get_one(Attempt, found[-1]) if found else None

    def examined(self, code: str) -> dict[int, str]:
        """Attempt id → candidate number of what is examined of a module, in the sample or not."""
        return {row.id: row.candidate_number for row in self._examined(code)}

    def _examined(self, code: str) -> list[Any]:
        """What was handed in from the academic year on in which the appointment begins."""
        first = academic_year(self.appointment.first_on)
        return [row for row in self._released[code] if _year(row) >= first]

    def _rows(self, code: str) -> list[Row]:
        return self._rows_of(code, sorted(self.sample(code)))

    def _rows_of(self, code: str, ids: Collection[int]) -> list[Row]:
        why = self.sample(code)
        grades = _newest_grades(ids)
        attempts = db.session.scalars(
            select(Attempt)
            .where(Attempt.id.in_(ids))
            .options(joinedload(Attempt.participant).joinedload(Participant.programme_version))
        ).all()
        moderated = {one for one, all_of in moderation.verdicts_on(ids).items() if all_of}
        panels = panels_of(attempts) if attempts else {}
        rows = [
            _row(panels[one.id], grades[one.id], one.id in moderated, why[one.id])
            for one in attempts
        ]
        return sorted(rows, key=lambda row: (-row.mark, row.candidate, row.number))


def _row(panel: Panel, grade: Grade, is_moderated: bool, why: list[str]) -> Row:
    attempt = panel.attempt
    found = {role: panel.marks[role] for role in ROLES if role in panel.marks}
    return Row(
        attempt_id=attempt.id,
        candidate=attempt.participant.candidate_number,
        number=attempt.number,
        marks={role: mark.mark for role, mark in found.items()
               if mark.state == "final" and mark.mark is not None},
        agreed=panel.agreement.mark if panel.agreement else None,
        judged=grade.judged,
        mark=grade.mark,
        status=grade.status,
        steps=tuple(grade.steps),
        is_moderated=is_moderated,
        why=tuple(why),
    )  # fmt: skip


def _released(appointment: ExaminerAppointment) -> dict[str, list[Any]]:
    """Module code → its released marks of all years, as plain rows, by attempt."""
    rows = db.session.execute(
        select(
            Attempt.id, Attempt.module_code, Attempt.number, Attempt.submitted_at,
            Participant.candidate_number, Participant.programme_version_id,
            Grade.judged, Grade.mark, Mark.marker_id,
        )
        .join(Participant, Participant.id == Attempt.participant_id)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .outerjoin(Mark, and_(Mark.attempt_id == Attempt.id, Mark.marking_role == FIRST))
        .where(
            Attempt.provider_id == appointment.provider_id,
            Attempt.module_code.in_(appointment.codes),
            Participant.origin != Origin.MISTAKEN.value,
            _is_newest(),
            still_stands(),
        )
        .order_by(Attempt.id)
    )  # fmt: skip
    found: dict[str, list[Any]] = {code: [] for code in appointment.codes}
    for row in rows:
        found[row.module_code].append(row)
    return found


def _versions(released: dict[str, list[Any]]) -> dict[int, Programme]:
    ids = {row.programme_version_id for rows in released.values() for row in rows}
    query = select(ProgrammeVersion).where(ProgrammeVersion.id.in_(ids))
    return {version.id: parsed(version.definition) for version in db.session.scalars(query)}


def _newest_grades(ids: Collection[int]) -> dict[int, Grade]:
    query = select(Grade).where(Grade.attempt_id.in_(ids), _is_newest(), still_stands())
    return {grade.attempt_id: grade for grade in db.session.scalars(query)}


def _is_newest() -> Any:
    later = aliased(Grade)
    newest = (
        select(func.max(later.revision)).where(later.attempt_id == Grade.attempt_id)
        .correlate(Grade).scalar_subquery()
    )  # fmt: skip
    return Grade.revision == newest


def _year(row: Any) -> int:
    return academic_year(row.submitted_at.astimezone(LONDON).date())
