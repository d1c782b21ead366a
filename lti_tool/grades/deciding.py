"""Tutor or lead answers a request for more time; a lead answers one about circumstances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import find_attempt
from lti_tool.grades.adjustment_models import AdjustmentDecision, AdjustmentRequest
from lti_tool.grades.asking import attempt_of, get_request, reader_of
from lti_tool.grades.released import newest_grade
from lti_tool.grades.rules.asking import EXTENSION, why_not_answer, why_not_decide
from lti_tool.identity import Viewer
from lti_tool.learning import enrolments
from lti_tool.people.holding import hold
from lti_tool.people.programmes import programme_of
from lti_tool.programme.enrolment import Deed

TAKEN_BACK = "The participant has taken this back, so there is nothing to decide."
CHANGED = "Somebody has answered this since you opened the page. Look at it again."


@dataclass(frozen=True)
class Answer:
    """What is decided, as it was typed; `seen` is how many decisions the page showed."""

    outcome: str
    sentence: str
    due_on: date | None = None
    seen: int = 0


def why_not(viewer: Viewer, request: AdjustmentRequest) -> str | None:
    """Why the viewer does not decide this, or None."""
    if request.taken_back is not None:
        return TAKEN_BACK
    return why_not_decide(request.kind, reader_of(viewer, request))


def decide(
    viewer: Viewer, participant_id: int, request_id: int, answer: Answer
) -> AdjustmentDecision:
    """Answer with a sentence; a later answer takes the place of an earlier one, which is kept.

    A mark that is released already changes with its next release, never by this.
    """
    request = get_request(viewer, participant_id, request_id)
    hold(request.participant)
    db.session.refresh(request, ["decisions", "taken_back"])
    if reason := why_not(viewer, request):
        raise NotAllowed(reason)
    attempt = attempt_of(request)
    _check(request, answer, attempt)
    defers = answer.outcome == "deferral"
    made = AdjustmentDecision(
        request=request,
        number=len(request.decisions) + 1,
        outcome=answer.outcome,
        due_on=answer.due_on if answer.outcome in ("extension", "deferral") else None,
        sets_aside=defers and attempt is not None,
        sentence=answer.sentence,
        decided_by_id=viewer.user_id,
        decided_at=now(),
    )
    db.session.add(made)
    _arrange(viewer, request, made, attempt)
    record(
        viewer, _verb(request.kind, answer.outcome), made, participant_id=participant_id,
        module=request.module_code, attempt=request.attempt_number, outcome=answer.outcome,
        due_on=made.due_on.isoformat() if made.due_on else None,
    )  # fmt: skip
    return made


def _check(request: AdjustmentRequest, answer: Answer, attempt: Attempt | None) -> None:
    if answer.seen != len(request.decisions):
        raise Refused(CHANGED)
    grade = newest_grade(attempt.id) if attempt else None
    programme = programme_of(request.participant)
    before = request.decision
    reason = why_not_answer(
        request.kind, answer.outcome, before=before.outcome if before else None,
        is_handed_in=attempt is not None,
        is_passed=grade is not None and programme.is_pass(grade.mark),
        is_ratified=grade is not None and grade.status == "ratified",
    )  # fmt: skip
    if reason:
        raise Invalid(reason, field="outcome")
    if not answer.sentence:
        raise Invalid("Write a sentence to the participant.", field="sentence")
    needs_day = answer.outcome == "extension" or (answer.outcome == "deferral" and attempt)
    if needs_day and answer.due_on is None:
        raise Invalid("Say until when it is due now.", field="due_on")
    if answer.outcome == "extension" and attempt is not None:
        return  # for work that is there the day may lie behind us
    enrolments.check_due(answer.due_on)


def _arrange(
    viewer: Viewer,
    request: AdjustmentRequest,
    made: AdjustmentDecision,
    attempt: Attempt | None,
) -> None:
    """What follows for the module: a date of their own, a rest, or another first attempt."""
    person, code, number = request.participant, request.module_code, request.attempt_number
    if made.outcome == "extension" and attempt is None:
        enrolments.arrange(viewer, person, code, Deed.SET_DUE, made.due_on)
    if made.outcome == "deferral" and attempt is None:
        enrolments.arrange(viewer, person, code, Deed.DEFER, None)
    latest = find_attempt(person, code)
    if made.sets_aside and latest is not None and latest.number == number:
        enrolments.arrange(
            viewer, person, code, Deed.REASSESS, made.due_on, attempts_allowed=number + 1
        )


def _verb(kind: str, outcome: str) -> str:
    if kind == EXTENSION:
        return "extension.refused" if outcome == "refused" else "extension.granted"
    return "circumstances.not_accepted" if outcome == "refused" else "circumstances.accepted"
