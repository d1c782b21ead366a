"""What the markers of an attempt have come to: one mark to release, or why there is none yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lti_tool.evidence.models import Attempt
from lti_tool.grades.chain_models import Agreement
from lti_tool.grades.markers import hold, panel_of
from lti_tool.grades.models import Mark
from lti_tool.grades.rules.chain import FIRST, ROLES, State, state_of

__all__ = ["Entry", "Outcome", "hold", "outcome_of", "state_of_attempt", "trail", "why_not_settled"]

NOT_BOTH = (
    "Two people mark this work, and neither sees the other’s mark. It can be released once both "
    "marks are final and agreed: it still needs a second marker, or a marker who is not done."
)
REASONS = {
    State.DISAGREED: "The two markers have not agreed on one mark yet.",
    State.WITH_THIRD: "A third marker is looking at this work.",
    State.THIRD_MARKED: "The third marker has to say why their mark decides.",
}


@dataclass(frozen=True)
class Outcome:
    """The judged mark of an attempt, before any adjustment."""

    mark: int
    feedback: str
    criteria: Mapping[str, str]
    root_hash: str  # of the snapshot that was judged


@dataclass(frozen=True)
class Entry:
    """One judgement on the way to the outcome, without anybody's name."""

    role: str  # first, second, third or agreed
    mark: int
    feedback: str
    criteria: Mapping[str, str]
    when: datetime
    method: str = ""  # of an agreement: rule, discussion or third_marker
    rationale: str = ""


def outcome_of(attempt: Attempt) -> Outcome | None:
    """The mark that the markers stand by, or None while they are not done.

    Whoever acts on it calls `hold` first, so that nobody takes it up in between.
    """
    panel = panel_of(attempt)
    settled = panel.agreement if panel.is_double else _final(panel.marks.get(FIRST))
    if settled is None or settled.mark is None:
        return None
    return Outcome(settled.mark, settled.feedback, settled.criteria, settled.root_hash)


def why_not_settled(attempt: Attempt) -> str | None:
    """What the markers still owe, in a sentence; None when there is one mark."""
    if outcome_of(attempt) is not None:
        return None
    panel = panel_of(attempt)
    if panel.is_double:
        return REASONS.get(state_of(panel.progress), NOT_BOTH)
    return "This mark is still a draft. Make it final before you release it."


def state_of_attempt(attempt: Attempt) -> State:
    """How far the markers are."""
    return state_of(panel_of(attempt).progress)


def trail(attempt: Attempt) -> list[Entry]:
    """Each final mark and each agreement, in the order of the chain; for examiner and board.

    Of a blind pair nothing is told before both marks are final.
    """
    panel = panel_of(attempt)
    if panel.is_double and not panel.progress.is_revealed:
        return []
    marks = [_final(panel.marks.get(role)) for role in ROLES]
    given = [_entry_of(mark) for mark in marks if mark is not None]
    return given + [_entry_of_agreement(each) for each in panel.agreements]


def _final(mark: Mark | None) -> Mark | None:
    return mark if mark is not None and mark.state == "final" else None


def _entry_of(mark: Mark) -> Entry:
    assert mark.mark is not None
    when = mark.finalised_at or mark.saved_at
    return Entry(mark.marking_role, mark.mark, mark.feedback, mark.criteria, when)


def _entry_of_agreement(made: Agreement) -> Entry:
    return Entry(
        "agreed",
        made.mark,
        made.feedback,
        made.criteria,
        made.agreed_at,
        made.method,
        made.rationale,
    )
