"""What is known of many participants, in a number of queries that does not grow with theirs.

Nothing is asked that an earlier answer has settled: newcomers have no evidence, most no grades.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import or_, select

from lti_tool.audit.models import AuditEvent
from lti_tool.board import ledger
from lti_tool.db import db
from lti_tool.evidence.facts import ModuleCounts, claim_facts, module_counts
from lti_tool.evidence.models import EvidenceItem
from lti_tool.evidence.rules import State
from lti_tool.grades.adjusting import set_aside
from lti_tool.grades.marking import marking_states
from lti_tool.grades.models import Grade
from lti_tool.grades.released import current_grades
from lti_tool.learning import records
from lti_tool.learning.records import Kept
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.programme.definition import Programme
from lti_tool.programme.due_dates import DueDate
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts

GRADE_READ = "grade.read"
BEING_MARKED = ("in_marking", "final")
NO_WORK = ModuleCounts()


@dataclass(frozen=True)
class Known:
    """One participant's work as the rules ask for it, and what pages show beside it."""

    participant: Participant
    facts: ParticipantFacts
    counts: dict[str, ModuleCounts]
    grades: dict[str, Grade]
    drafts: frozenset[int]
    """Items that count for nobody but their author: drafts, and what says too little of pupils."""
    due: dict[str, DueDate] = field(default_factory=dict)


def known(participants: Sequence[Participant]) -> list[Known]:
    """All that is known of these participants, in their order."""
    ids = [participant.id for participant in participants]
    counts, kept = module_counts(ids), records.kept(ids)
    work = [(person, each) for person, own in counts.items() for each in own.values()]
    with_drafts = {person for person, each in work if each.draft_items or each.unseen_items}
    drafts = _drafts(with_drafts) if with_drafts else frozenset()
    attempts = {each.attempt_id: person for person, each in work if each.attempt_id}
    states = marking_states(list(attempts)) if attempts else {}
    grades = _current_grades(set(attempts.values())) if attempts else {}
    read = read_grades(list(grades)) if grades else set()
    deferred = set_aside(set(attempts.values())) if attempts else {}
    confirmed = _confirmed(participants, grades)
    given = _compensated(participants, grades)
    claims = claim_facts(list(counts), confirmed=confirmed) if counts else {}
    found = []
    for participant in participants:
        own_counts = counts.get(participant.id, {})
        own_grades = grades.get(participant.id, {})
        own = kept[participant.id]
        near = given.get(participant.id, frozenset())
        modules = tuple(
            replace(
                _module_facts(
                    code,
                    own_counts.get(code, NO_WORK),
                    own_grades.get(code),
                    own,
                    states,
                    read,
                    len(deferred.get(participant.id, {}).get(code, ())),
                ),
                compensated=code in near,
            )
            for code in sorted(own_counts.keys() | own.enrolments.keys() | own.earlier)
        )
        facts = ParticipantFacts(
            modules,
            tuple(claims.get(participant.id, ())),
            records=own.of("record"),
            specialism=own.of("specialism"),
            targets=own.of("target"),
        )
        due = _due(own.due, own_counts)
        found.append(Known(participant, facts, own_counts, own_grades, drafts, due))
    return found


def _due(due: dict[str, DueDate], counts: dict[str, ModuleCounts]) -> dict[str, DueDate]:
    """A further attempt has a date of its own or none: that of everybody was for the first."""
    return {
        code: date
        for code, date in due.items()
        if date.is_personal or counts.get(code, NO_WORK).attempts == 0
    }


def _module_facts(
    code: str,
    counts: ModuleCounts,
    grade: Grade | None,
    kept: Kept,
    states: dict[int, str],
    read: Collection[int],
    set_aside: int,
) -> ModuleFacts:
    """A grade speaks of the attempt that it was given for: of a later one nothing is known yet."""
    if grade is not None and grade.attempt_id != counts.attempt_id:
        grade = None
    facts = ModuleFacts(
        code,
        attempts=counts.attempts,
        set_aside=set_aside,
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
    return kept.arranged(code, facts)


def _confirmed(
    participants: Sequence[Participant], grades: dict[int, dict[str, Grade]]
) -> frozenset[int]:
    """The attempts that the board has passed."""
    return frozenset().union(
        *(
            confirmed_attempts(programme_of(participant), grades[participant.id])
            for participant in participants
            if participant.id in grades
        )
    )


def _compensated(
    participants: Sequence[Participant], grades: dict[int, dict[str, Grade]]
) -> dict[int, frozenset[str]]:
    """Modules that count though their mark is no pass; asked only where the board met such one."""
    near = [
        participant.id
        for participant in participants
        if any(
            grade.status == "ratified" and not programme_of(participant).is_pass(grade.mark)
            for grade in grades.get(participant.id, {}).values()
        )
    ]
    return ledger.compensated(near) if near else {}


def confirmed_attempts(programme: Programme, grades: dict[str, Grade]) -> frozenset[int]:
    """Those of one participant's attempts that the board has passed."""
    return frozenset(
        grade.attempt_id
        for grade in grades.values()
        if grade.status == "ratified" and programme.is_pass(grade.mark)
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
                or_(EvidenceItem.state == State.DRAFT, ~EvidenceItem.is_open),
            )
        )
    )


def read_grades(participant_ids: Collection[int]) -> set[int]:
    """Which grades their participants have opened; the trail says so."""
    rows = db.session.scalars(
        select(AuditEvent.subject_id).where(
            AuditEvent.participant_id.in_(participant_ids), AuditEvent.event == GRADE_READ
        )
    )
    return {grade_id for grade_id in rows if grade_id is not None}


CHUNK = 100


def participant_facts(participants: Sequence[Participant]) -> list[ParticipantFacts]:
    """What the rules ask about these participants, however many, in their order."""
    return [
        each.facts
        for start in range(0, len(participants), CHUNK)
        for each in known(participants[start : start + CHUNK])
    ]
