"""What a checked spreadsheet comes to: problems first, then what would be done, row by row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from lti_tool.errors import Invalid
from lti_tool.identity import Viewer
from lti_tool.people.bulk.columns import Problem, Row, Sheet
from lti_tool.people.bulk.periods import Verdict


@dataclass(frozen=True)
class Importer:
    """On whose behalf, and which VLE's ids the file may name; `viewer` is None for the operator."""

    provider_id: int
    registration_id: int | None = None
    viewer: Viewer | None = None


@dataclass(frozen=True)
class Line:
    """What becomes of one row."""

    row: int
    who: str
    verdict: Verdict
    told: str = ""


@dataclass
class Outcome:
    """The check of a whole file. `writes` are done in order, once somebody has confirmed."""

    problems: list[Problem] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    writes: list[Callable[[], object]] = field(default_factory=list)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many rows come to what."""
        found = Counter(each.verdict for each in self.lines)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def is_ready(self) -> bool:
        """Whether there is something to do, and nothing against it."""
        return bool(self.writes) and not self.problems

    def digest(self, file_digest: str) -> str:
        """Names this outcome of this file: who confirms it confirms exactly what they saw."""
        seen = [[each.row, each.who, each.verdict.value, each.told] for each in self.lines]
        return hashlib.sha256(json.dumps([file_digest, seen]).encode()).hexdigest()

    def note(self, row: int, who: str, verdict: Verdict, told: str = "") -> None:
        """Add a line."""
        self.lines.append(Line(row, who, verdict, told))


def refuse_repeats(sheet: Sheet, name_of_row: Callable[[Row], object], column: str) -> list[Row]:
    """The rows without those that repeat an earlier one, which are told."""
    first: dict[object, int] = {}
    kept = []
    for row in sheet.rows:
        name = name_of_row(row)
        if name is not None and name in first:
            sheet.refuse(
                row.number, column, f"This repeats row {first[name]}. Keep one of the two."
            )
        else:
            first[name] = row.number
            kept.append(row)
    return kept


def refused(sheet: Sheet, row: Row, column: str, error: Invalid) -> None:
    """Put a rule's refusal beside its row."""
    sheet.refuse(row.number, column, error.sentence)
