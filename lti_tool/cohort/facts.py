"""What is known of many participants, in a number of queries that does not grow with theirs.

Nothing is asked that an earlier answer has settled: newcomers have no evidence, most no grades.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.db import db
from lti_tool.evidence.facts import ModuleCounts, claim_facts, module_counts
from lti_tool.evidence.models import EvidenceItem
from lti_tool.evidence.rules import State
from lti_tool.grades.marking import marking_states
from lti_tool.grades.models import Grade
from lti_tool.grades.released import current_grades
from lti_tool.people.models import Participant
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts

GRADE_READ = "grade.read"
BEING_MARKED = ("in_marking", "final")


@dataclass(frozen=True)
class Known:
    """One participant's work as the rules ask for it, and what pages show beside it."""

    participant: Participant
    facts: ParticipantFacts
    counts: dict[str, ModuleCounts]
    grades: dict[str, Grade]
    drafts: frozenset[int]
    """Items that nobody but their author has been shown."""


def known(participants: Sequence[Participant]) -> list[Known]:
    """All that is known of these participants, in their order."""
    counts = module_counts([participant.id for participant in participants])
    work = [(person, each) for person, own in counts.items() for each in own.values()]
    claims = claim_facts(list(counts)) if counts else {}
    with_drafts = {person for person, each in work if each.draft_items}
    drafts = _drafts(with_drafts) if with_drafts else frozenset()
    attempts = {each.attempt_id: person for person, each in work if each.attempt_id}
    states = marking_states(list(attempts)) if attempts else {}
    grades = _current_grades(set(attempts.values())) if attempts else {}
    read = _read_grades(list(grades)) if grades else set()
    found = []
    for participant in participants:
        own_counts = counts.get(participant.id, {})
        own_grades = grades.get(participant.id, {})
        modules = tuple(
            _module_facts(code, each, own_grades.get(code), states, read)
            for code, each in own_counts.items()
        )
        facts = ParticipantFacts(modules, tuple(claims.get(participant.id, ())))
        found.append(Known(participant, facts, own_counts, own_grades, drafts))
    return found


def _module_facts(
    code: str,
    counts: ModuleCounts,
    grade: Grade | None,
    states: dict[int, str],
    read: Collection[int],
) -> ModuleFacts:
    return ModuleFacts(
        code,
        draft_items=counts.draft_items,
        requested_items=counts.requested_items,
        returned_items=counts.returned_items,
        attested_items=counts.attested_items,
        submitted_at=counts.submitted_at,
        marking=counts.attempt_id is not None and states.get(counts.attempt_id) in BEING_MARKED,
        released_mark=grade.mark if grade else None,
        feedback_seen=grade is not None and grade.id in read,
        ratified=grade is not None and grade.status == "ratified",
    )


def _current_grades(participant_ids: Collection[int]) -> dict[int, dict[str, Grade]]:
    sorted_out: dict[int, dict[str, Grade]] = defaultdict(dict)
    for (participant_id, code), grade in current_grades(participant_ids).items():
        sorted_out[participant_id][code] = grade
    return sorted_out


def _drafts(participant_ids: Collection[int]) -> frozenset[int]:
    return frozenset(
        db.session.scalars(
            select(EvidenceItem.id).where(
                EvidenceItem.participant_id.in_(participant_ids),
                EvidenceItem.state == State.DRAFT,
            )
        )
    )


def _read_grades(participant_ids: Collection[int]) -> set[int]:
    """Which grades their participants have opened; the trail says so."""
    rows = db.session.scalars(
        select(AuditEvent.subject_id).where(
            AuditEvent.participant_id.in_(participant_ids), AuditEvent.event == GRADE_READ
        )
    )
    return {grade_id for grade_id in rows if grade_id is not None}
