"""What is new for an external examiner since they were here on an earlier day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.board import statements
from lti_tool.board.examiner_models import ExaminerAppointment
from lti_tool.board.examining import Reading
from lti_tool.board.rules.examining import visit_before
from lti_tool.clock import LONDON
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import moderation
from lti_tool.grades.models import Grade
from lti_tool.grades.release_models import Recall
from lti_tool.people.models import Participant

OVERALL = "everything together"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened since; `attempt_id` where there is a script to open."""

    when: datetime
    module: str
    says: str
    attempt_id: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new since a visit; without an earlier one everything is."""

    since: datetime | None
    listed: tuple[Change, ...] = ()


def since_last_visit(reading: Reading) -> Changes:
    """Releases, recalls, decisions and answers, the newest first."""
    since = _last_visit(reading.appointment)
    if since is None:
        return Changes(None)
    found = [
        *_released(reading, since), *_recalled(reading, since), *_moderated(reading, since),
        *_answered(reading, since),
    ]  # fmt: skip
    found.sort(key=lambda each: (each.when, each.module, each.says), reverse=True)
    return Changes(since, tuple(found))


def _last_visit(appointment: ExaminerAppointment) -> datetime | None:
    moments = db.session.scalars(
        select(AuditEvent.at).where(
            AuditEvent.event == "personal_link.signed_in",
            AuditEvent.subject_kind == "personal_link",
            AuditEvent.subject_id == appointment.link_id,
        )
    )
    return visit_before([(each.astimezone(LONDON).date(), each) for each in moments])


def _released(reading: Reading, since: datetime) -> Iterator[Change]:
    """A script of the sample by its number; of the others how many."""
    for code in reading.appointment.codes:
        examined, sample = reading.examined(code), reading.sample(code)
        before: dict[int, int] = {}
        outside: list[datetime] = []
        grades = db.session.scalars(
            select(Grade)
            .join(Attempt, Attempt.id == Grade.attempt_id)
            .where(
                Attempt.provider_id == reading.appointment.provider_id,
                Attempt.module_code == code,
            )
            .order_by(Grade.attempt_id, Grade.revision)
        )
        for grade in grades:
            earlier, before[grade.attempt_id] = before.get(grade.attempt_id), grade.mark
            if grade.released_at <= since or grade.attempt_id not in examined:
                continue
            if grade.attempt_id not in sample:
                outside.append(grade.released_at)
                continue
            was = "" if earlier in (None, grade.mark) else f", in place of {earlier}"
            says = f"Candidate {examined[grade.attempt_id]}: {grade.mark}{was}, {grade.status}."
            yield Change(grade.released_at, code, says, grade.attempt_id)
        if outside:
            yield Change(max(outside), code, _outside(len(outside)))


def _outside(count: int) -> str:
    return (
        "1 mark outside your sample was released."
        if count == 1
        else f"{count} marks outside your sample were released."
    )


def _recalled(reading: Reading, since: datetime) -> Iterator[Change]:
    rows = db.session.execute(
        select(Recall.recalled_at, Attempt.module_code, Participant.candidate_number)
        .join(Attempt, Attempt.id == Recall.attempt_id)
        .join(Participant, Participant.id == Attempt.participant_id)
        .where(
            Attempt.provider_id == reading.appointment.provider_id,
            Attempt.module_code.in_(reading.appointment.codes),
            Recall.recalled_at > since,
        )
        .order_by(Recall.id)
    )
    for when, code, candidate in rows:
        yield Change(when, code, f"Candidate {candidate}: the released mark was taken back.")


def _moderated(reading: Reading, since: datetime) -> Iterator[Change]:
    for code in reading.appointment.codes:
        verdicts = moderation.verdicts_on(list(reading.sample(code)))
        decided = {
            verdict.decided_at
            for all_of in verdicts.values()
            for verdict in all_of
            if verdict.decided_at > since
        }
        for when in decided:
            yield Change(when, code, "The moderator decided about a set of marks.")


def _answered(reading: Reading, since: datetime) -> Iterator[Change]:
    for about, thread in statements.threads(reading.appointment).items():
        answer = thread.response
        if answer is not None and answer.written_at > since:
            module = OVERALL if about == statements.OVERALL else about
            yield Change(answer.written_at, module, "The university answered your comment.")
    for each in statements.requests_of(reading.appointment):
        if each.decided_at is not None and each.decided_at > since:
            candidate = each.attempt.participant.candidate_number
            can = "You can see it now." if each.decision == "granted" else "It was refused."
            says = f"You asked for candidate {candidate}. {can}"
            granted = each.attempt_id if each.decision == "granted" else None
            yield Change(each.decided_at, each.attempt.module_code, says, granted)
