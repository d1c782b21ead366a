"""Read a sheet of marks row by row: whose work each row is about, and what it comes to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lti_tool.db import db
from lti_tool.errors import DomainError, Invalid, NotFound
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades import marking
from lti_tool.grades.markers import panel_of
from lti_tool.grades.marking import Draft
from lti_tool.grades.models import Mark
from lti_tool.grades.rules.sheets import Judged, Kept, Said, Verdict, judge, whole
from lti_tool.grades.scale import parse_mark
from lti_tool.grades.schemas import LONGEST_TEXT
from lti_tool.identity import Viewer
from lti_tool.people.bulk.cells import code, number, unguarded
from lti_tool.people.bulk.columns import Column, Row, read_sheet
from lti_tool.people.bulk.tables import Table, plain, read_table
from lti_tool.people.programmes import programme_of

CRITERION = "criterion_"
MOST_ROWS = 1_000
Find = Callable[[Row], tuple[Viewer, Attempt]]


@dataclass(frozen=True)
class Plan:
    """One mark to be saved."""

    viewer: Viewer
    attempt: Attempt
    draft: Draft


@dataclass(frozen=True)
class Line:
    """What becomes of one row, in words."""

    row: int
    who: str
    verdict: Verdict
    told: str


@dataclass
class Checked:
    """A whole sheet as it was checked."""

    are_final: bool
    lines: list[Line] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.verdict is Verdict.REFUSED]

    @property
    def is_ready(self) -> bool:
        """Whether there is something to store, and nothing against it."""
        return bool(self.plans) and not self.refused

    @property
    def counts(self) -> dict[str, int]:
        """How many rows come to what."""
        verdicts = [line.verdict for line in self.lines]
        return {verdict.value: verdicts.count(verdict) for verdict in Verdict}

    @property
    def digest(self) -> str:
        """Names this outcome: who confirms it confirms exactly what they saw."""
        lines = [[line.row, line.who, line.verdict.value, line.told] for line in self.lines]
        plans = [
            [plan.attempt.id, plan.draft.mark, plan.draft.feedback, plan.draft.criteria,
             plan.draft.revision]
            for plan in self.plans
        ]  # fmt: skip
        seen = json.dumps([self.are_final, lines, plans], sort_keys=True)
        return hashlib.sha256(seen.encode()).hexdigest()


def _text(text: str) -> str:
    found = unguarded(text.strip()).replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(found) > LONGEST_TEXT:
        raise Invalid(f"Use at most {LONGEST_TEXT:,} characters.")
    return found


def _revision(text: str) -> int:
    typed = whole(text)
    return 0 if typed == "0" else number(typed)


MARK = Column(
    "mark", lambda text: parse_mark(whole(unguarded(text))), "A whole number from 0 to 100."
)
FEEDBACK = Column("feedback", _text, "To the participant.")
OF_A_SHEET = (
    Column("receipt", code, "As in the downloaded sheet.", needed=True),
    Column("candidate", code, "Compared with the receipt."),
    Column("module", code, "Compared with the receipt."),
    Column("revision", _revision, "As in the downloaded sheet.", needed=True),
    MARK,
    FEEDBACK,
)


def own_mark(viewer: Viewer, attempt: Attempt) -> Mark | None:
    """What the viewer gave for this work, in whatever role they mark it."""
    panel = panel_of(attempt)
    return panel.marks.get(panel.role_of(viewer.user_id) or "")


def check_sheet(viewer: Viewer, data: bytes, *, are_final: bool) -> Checked:
    """What an uploaded sheet comes to, for the marker themself."""

    def find(row: Row) -> tuple[Viewer, Attempt]:
        return viewer, _by_receipt(viewer, row)

    return check_rows(data, OF_A_SHEET, find, are_final=are_final)


def check_rows(
    data: bytes,
    columns: Sequence[Column],
    find: Find,
    *,
    are_final: bool,
    most_rows: int = MOST_ROWS,
) -> Checked:
    """What a file comes to; `find` tells on whose behalf a row is stored, and for which work."""
    table = read_table(data, {column.name for column in columns}, most_rows)
    found = read_sheet(table, [*columns, *_criteria_of(table)], shown_only=("attempt",))
    checked = Checked(are_final)
    for problem in found.problems:
        told = f"{problem.column}: {problem.sentence}" if problem.column else problem.sentence
        checked.lines.append(Line(problem.row, "", Verdict.REFUSED, told))
    first: dict[int, int] = {}
    for row in found.rows:
        try:
            viewer, attempt = find(row)
            if first.setdefault(attempt.id, row.number) != row.number:
                raise Invalid(f"This repeats row {first[attempt.id]}. Keep one of the two.")
            _check_row(checked, row, viewer, attempt)
        except DomainError as error:
            checked.lines.append(Line(row.number, "", Verdict.REFUSED, error.sentence))
    checked.lines.sort(key=lambda line: line.row)
    return checked


def _criteria_of(table: Table) -> list[Column]:
    names = dict.fromkeys(plain(header) for header in table.header)
    return [Column(name, _text, "") for name in names if name.startswith(CRITERION)]


def _by_receipt(viewer: Viewer, row: Row) -> Attempt:
    query = visible_attempts(viewer).where(Attempt.receipt == row.get("receipt"))
    attempt = db.session.scalars(query).one_or_none()
    if attempt is None:
        raise NotFound("No work with this receipt is among those you may see.")
    # A column that slipped by a row is noticed by it.
    told = {"candidate": attempt.participant.candidate_number, "module": attempt.module_code}
    for name, right in told.items():
        if row.get(name) not in (None, right.upper()):
            raise Invalid(f"The receipt is of {name} {right}, and the row says {row.get(name)}.")
    return attempt


def _check_row(checked: Checked, row: Row, viewer: Viewer, attempt: Attempt) -> None:
    who = f"{attempt.participant.candidate_number}, {attempt.module_code}"
    who = who if attempt.number == 1 else f"{who}, attempt {attempt.number}"
    said, kept = _said(row, attempt), _kept(viewer, attempt)
    judged = judge(said, kept, are_final=checked.are_final)
    if judged.verdict in {Verdict.NEW, Verdict.CHANGED}:
        if reason := marking.refusal_to_mark(viewer, attempt):
            judged = Judged(Verdict.REFUSED, reason)
        else:
            draft = Draft(
                judged.mark, judged.feedback, dict(judged.criteria), kept.revision if kept else 0
            )
            checked.plans.append(Plan(viewer, attempt, draft))
    checked.lines.append(Line(row.number, who, judged.verdict, judged.told))


def _kept(viewer: Viewer, attempt: Attempt) -> Kept | None:
    mark = own_mark(viewer, attempt)
    if mark is None:
        return None
    is_final = mark.state == "final"
    return Kept(mark.mark, mark.feedback, mark.criteria, mark.revision, is_final=is_final)


def _said(row: Row, attempt: Attempt) -> Said:
    known = {
        plain(f"{CRITERION}{criterion.id}"): criterion.id
        for criterion in programme_of(attempt.participant).criteria
    }
    criteria = {}
    for name, text in row.said.items():
        if name.startswith(CRITERION):
            if name not in known:
                raise Invalid(f"The programme of this work has no {name}. Empty this cell.")
            criteria[known[name]] = text
    return Said(row.get("mark"), row.get("feedback") or "", criteria, row.get("revision"))
