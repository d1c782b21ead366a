"""What the examiner says, what the university answers, and scripts outside the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.board.examiner_models import (
    ExaminerAppointment,
    ExaminerStatement,
    ScriptRequest,
)
from lti_tool.board.examiners import own_appointment
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.identity import LinkHolder, Role, Viewer

OVERALL = "overall"
LONGEST = 20_000
NO_SCRIPT = "No mark of this candidate in this module is released, so there is nothing to look at."


@dataclass(frozen=True)
class Thread:
    """Comment and response about one thing, each with its versions, the oldest first."""

    about: str
    comments: list[ExaminerStatement] = field(default_factory=list)
    responses: list[ExaminerStatement] = field(default_factory=list)

    @property
    def comment(self) -> ExaminerStatement | None:
        """The version that counts."""
        return self.comments[-1] if self.comments else None

    @property
    def response(self) -> ExaminerStatement | None:
        """The version that counts."""
        return self.responses[-1] if self.responses else None

    @property
    def is_answered(self) -> bool:
        """Whether the university has answered what was said last."""
        if self.comment is None or self.response is None:
            return False
        return self.response.written_at >= self.comment.written_at


def comment(holder: LinkHolder, about: str, words: str) -> ExaminerStatement:
    """The examiner says something; an earlier version is kept."""
    appointment = own_appointment(holder)
    said = _write(appointment, about, "comment", words, holder.user_id)
    record(holder, "examiner.commented", said, about=about, version=said.number)
    return said


def respond(
    viewer: Viewer, appointment: ExaminerAppointment, about: str, words: str
) -> ExaminerStatement:
    """The lead answers for the university."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only programme leads answer an external examiner.")
    if threads(appointment)[_known(appointment, about)].comment is None:
        raise Refused("There is no comment to answer yet.")
    said = _write(appointment, about, "response", words, viewer.user_id)
    record(viewer, "examiner.answered", said, about=about, version=said.number)
    return said


def threads(appointment: ExaminerAppointment) -> dict[str, Thread]:
    """For each module, and overall: what was said."""
    found = {about: Thread(about) for about in (*appointment.codes, OVERALL)}
    query = select(ExaminerStatement).where(ExaminerStatement.appointment_id == appointment.id)
    for said in db.session.scalars(query.order_by(ExaminerStatement.number)):
        thread = found[said.about]
        (thread.comments if said.kind == "comment" else thread.responses).append(said)
    return found


def comments_on(provider_id: int, module_code: str) -> list[ExaminerStatement]:
    """What examiners said of a module, each in the version that counts; for a board's papers."""
    newest = (
        select(func.max(ExaminerStatement.id))
        .join(ExaminerAppointment, ExaminerAppointment.id == ExaminerStatement.appointment_id)
        .where(
            ExaminerAppointment.provider_id == provider_id,
            ExaminerStatement.about == module_code,
            ExaminerStatement.kind == "comment",
        )
        .group_by(ExaminerStatement.appointment_id)
    )
    query = select(ExaminerStatement).where(ExaminerStatement.id.in_(newest))
    return list(db.session.scalars(query.order_by(ExaminerStatement.id)))


def ask_for(holder: LinkHolder, attempt: Attempt | None, reason: str) -> ScriptRequest:
    """Ask for a script outside the sample. `attempt` is what the candidate number led to."""
    appointment = own_appointment(holder)
    if attempt is None:
        raise Invalid(NO_SCRIPT, field="candidate")
    if not reason:
        raise Invalid("Say why you would like to see it.", field="reason")
    asked = select(ScriptRequest.id).where(
        ScriptRequest.appointment_id == appointment.id, ScriptRequest.attempt_id == attempt.id
    )
    if db.session.scalar(asked) is not None:
        raise Invalid("You have asked for this script already.", field="candidate")
    request = ScriptRequest(
        appointment_id=appointment.id, attempt_id=attempt.id, reason=reason, asked_at=now()
    )
    db.session.add(request)
    record(holder, "script_request.made", request, attempt=attempt.id)
    return request


def requests_of(appointment: ExaminerAppointment) -> list[ScriptRequest]:
    """The scripts asked for, the newest first."""
    return list(
        db.session.scalars(
            select(ScriptRequest)
            .where(ScriptRequest.appointment_id == appointment.id)
            .options(joinedload(ScriptRequest.attempt).joinedload(Attempt.participant))
            .order_by(ScriptRequest.id.desc())
        )
    )


def granted(appointment: ExaminerAppointment) -> set[int]:
    """The attempts that the lead has let this examiner see."""
    query = select(ScriptRequest.attempt_id).where(
        ScriptRequest.appointment_id == appointment.id, ScriptRequest.decision == "granted"
    )
    return set(db.session.scalars(query))


def decide(
    viewer: Viewer, appointment: ExaminerAppointment, request_id: int, decision: str, words: str
) -> ScriptRequest:
    """Let the examiner see a script, or say why not."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only programme leads answer such a request.")
    request = db.session.get(
        ScriptRequest, request_id, with_for_update=True, populate_existing=True
    )
    if request is None or request.appointment_id != appointment.id:
        raise NotFound("There is no such request.")
    if request.decision is not None:
        raise Refused("This request was answered already.")
    if decision == "refused" and not words:
        raise Invalid("Say why they cannot see it.", field="words")
    request.decision, request.words = decision, words
    request.decided_by_id, request.decided_at = viewer.user_id, now()
    verb = "script_request.granted" if decision == "granted" else "script_request.refused"
    record(viewer, verb, request, attempt=request.attempt_id)
    return request


def _known(appointment: ExaminerAppointment, about: str) -> str:
    if about not in (*appointment.codes, OVERALL):
        raise NotFound("This is not among what is examined.")
    return about


def _write(
    appointment: ExaminerAppointment, about: str, kind: str, words: str, user_id: int
) -> ExaminerStatement:
    _known(appointment, about)
    if not words:
        raise Invalid("Write something first.", field="words")
    _hold(appointment)
    before = _versions(appointment, about, kind)
    if before and before[-1].words == words:
        return before[-1]
    said = ExaminerStatement(
        appointment_id=appointment.id,
        about=about,
        kind=kind,
        number=len(before) + 1,
        words=words,
        written_by_id=user_id,
        written_at=now(),
    )
    db.session.add(said)
    return said


def _hold(appointment: ExaminerAppointment) -> None:
    """Whoever writes about the same appointment waits, so that versions are numbered in turn."""
    held = select(ExaminerAppointment.id).where(ExaminerAppointment.id == appointment.id)
    db.session.execute(held.with_for_update(key_share=True))


def _versions(
    appointment: ExaminerAppointment, about: str, kind: str
) -> Sequence[ExaminerStatement]:
    query = select(ExaminerStatement).where(
        ExaminerStatement.appointment_id == appointment.id,
        ExaminerStatement.about == about,
        ExaminerStatement.kind == kind,
    )
    return db.session.scalars(query.order_by(ExaminerStatement.number)).all()
