"""What one row of a sheet of marks comes to, against the mark that is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lti_tool.grades.rules.judging import why_not_finalise

STALE = (
    "This mark was saved on its page since the sheet was downloaded. "
    "Download the sheet again and fill the row in there."
)
FINAL = "This mark is final. Open it for correction on its page first."


# A whole number as a spreadsheet may write it, in English or on the Continent.
_DECIMALS_OF_NOTHING = re.compile(r"([0-9]+)[.,]0*")


def whole(text: str) -> str:
    """What somebody typed before a spreadsheet showed it with decimals: 64.0 is 64, 64.5 stays."""
    typed = text.replace("\N{NO-BREAK SPACE}", " ").strip()
    found = _DECIMALS_OF_NOTHING.fullmatch(typed)
    return found[1] if found else typed


class Verdict(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Said:
    """What a row says; an empty cell says nothing. `revision` is None where no column tells it."""

    mark: int | None = None
    feedback: str = ""
    criteria: Mapping[str, str] = field(default_factory=dict)
    revision: int | None = None

    @property
    def is_empty(self) -> bool:
        return self.mark is None and not self.feedback and not any(self.criteria.values())


@dataclass(frozen=True)
class Kept:
    """The marker's own mark as it is stored."""

    mark: int | None
    feedback: str
    criteria: Mapping[str, str]
    revision: int
    is_final: bool = False


@dataclass(frozen=True)
class Judged:
    """The verdict, its words, and the mark as it would be stored."""

    verdict: Verdict
    told: str
    mark: int | None = None
    feedback: str = ""
    criteria: Mapping[str, str] = field(default_factory=dict)


def judge(said: Said, kept: Kept | None, *, are_final: bool) -> Judged:
    """What a row comes to; with `are_final` its mark is not only saved but made final."""
    if said.is_empty:
        return Judged(Verdict.UNCHANGED, "Nothing is filled in.")
    mark, feedback, criteria = _put_together(said, kept)
    is_same = kept and (mark, feedback, criteria) == (kept.mark, kept.feedback, kept.criteria)
    if kept and is_same and (kept.is_final or not are_final):
        return Judged(Verdict.UNCHANGED, "Is kept so already.")
    if kept and kept.is_final:
        return Judged(Verdict.REFUSED, FINAL)
    if said.revision is not None and said.revision != (kept.revision if kept else 0):
        return Judged(Verdict.REFUSED, STALE)
    if are_final and (lacking := why_not_finalise(mark, feedback)):
        return Judged(Verdict.REFUSED, " ".join(lacking.values()))
    verdict = Verdict.CHANGED if kept else Verdict.NEW
    told = _in_words(mark, feedback, criteria, kept)
    if are_final:
        told = f"{told}; becomes final"
    return Judged(verdict, told, mark, feedback, criteria)


def _put_together(said: Said, kept: Kept | None) -> tuple[int | None, str, dict[str, str]]:
    criteria = dict(kept.criteria) if kept else {}
    criteria |= {code: text for code, text in said.criteria.items() if text}
    if kept is None:
        return said.mark, said.feedback, criteria
    mark = kept.mark if said.mark is None else said.mark
    return mark, said.feedback or kept.feedback, criteria


def _in_words(
    mark: int | None, feedback: str, criteria: Mapping[str, str], kept: Kept | None
) -> str:
    before = kept or Kept(None, "", {}, 0)
    found = []
    if mark != before.mark:
        found.append(f"mark {mark}" if before.mark is None else f"mark {before.mark}, now {mark}")
    if feedback != before.feedback:
        found.append("new feedback" if before.feedback else "feedback")
    changed = sum(criteria[code] != before.criteria.get(code, "") for code in criteria)
    if changed:
        found.append("1 criterion" if changed == 1 else f"{changed} criteria")
    return "; ".join(found) or "nothing new"
