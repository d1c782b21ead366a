"""What holds back every release about a person until it is settled."""

from __future__ import annotations

from sqlalchemy import exists, select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades.adjustment_models import AdjustmentRequest, ResultHold, waits
from lti_tool.identity import Role, Viewer
from lti_tool.people.erased import hold_unless_erased
from lti_tool.people.holding import hold
from lti_tool.people.models import Participant
from lti_tool.people.visibility import get_participant

HELD = "Results of this participant are held."
# Codes, for the lead who holds and for the participant whom it is about.
REASONS = {
    "integrity": {
        "suspected": "Suspected misconduct is looked into",
        "authorship": "It is asked whether the work is the participant’s own",
        "other_integrity": "Another question of integrity",
    },
    "circumstances": {
        "claim_open": "Circumstances are looked into",
        "evidence_awaited": "A document is awaited",
        "other_circumstances": "Another question about circumstances",
    },
}
OUTCOMES = {
    "integrity": {
        "no_action": "No action",
        "cleared": "Cleared",
        "not_cleared": "Not cleared: the board is told",
    },
    "circumstances": {"settled": "Settled"},
}
TO_PARTICIPANT = {
    "integrity": (
        "A question about the integrity of your work is being looked into. Until it is settled, "
        "no result of yours is released. Your programme lead tells you what happens next."
    ),
    "circumstances": (
        "Your circumstances are being looked into. Until that is settled, no result of yours is "
        "released, so that none comes out that would have to change."
    ),
}


def why_held(attempt: Attempt) -> str | None:
    """That results of this participant are held, in a sentence without the reason; or None.

    A claim of circumstances about the attempt that nobody has decided yet holds it too.
    """
    waiting = exists(
        select(AdjustmentRequest.id).where(
            AdjustmentRequest.participant_id == attempt.participant_id,
            AdjustmentRequest.module_code == attempt.module_code,
            AdjustmentRequest.attempt_number == attempt.number,
            AdjustmentRequest.kind == "circumstances",
            waits(),
        )
    )
    held = is_held(attempt.participant_id) or db.session.scalar(select(waiting))
    return HELD if held else None


def is_held(participant_id: int) -> bool:
    """Whether somebody holds the results of a participant, whoever asks."""
    return bool(
        db.session.scalar(
            select(
                exists(
                    select(ResultHold.id).where(
                        ResultHold.participant_id == participant_id, ResultHold.closed_at.is_(None)
                    )
                )
            )
        )
    )


def settle_before_release(attempt: Attempt) -> None:
    """Wait for whoever is opening or closing a hold, and let nobody do it before this is done.

    A release asks `why_held` only after this, so that none slips past a hold opened meanwhile. An
    erasure is waited for in the same way, and refuses.
    """
    hold_unless_erased(attempt.participant_id)


def list_holds(viewer: Viewer, participant_id: int) -> list[ResultHold]:
    """The holds of a participant, for them and for leads; a tutor learns only that there is one."""
    get_participant(viewer, participant_id)
    if viewer.role not in (Role.LEAD, Role.PARTICIPANT):
        return []
    return list(
        db.session.scalars(
            select(ResultHold)
            .where(ResultHold.participant_id == participant_id)
            .order_by(ResultHold.id.desc())
        )
    )


def open_hold(viewer: Viewer, participant_id: int, reason: str) -> ResultHold:
    """Hold every release about a participant from now on."""
    participant = _arranged_by(viewer, participant_id)
    kind = next((kind for kind, codes in REASONS.items() if reason in codes), None)
    if kind is None:
        raise Invalid("Choose why the results are held.", field="reason")
    if _find_open(participant_id, kind) is not None:
        raise Refused("The results are held for this already.")
    made = ResultHold(
        provider_id=participant.provider_id,
        participant_id=participant.id,
        kind=kind,
        reason=reason,
        opened_at=now(),
        opened_by_id=viewer.user_id,
    )
    db.session.add(made)
    record(viewer, "hold.opened", made, participant_id=participant.id, kind=kind, reason=reason)
    return made


def close_hold(viewer: Viewer, participant_id: int, kind: str, outcome: str) -> ResultHold:
    """Say what came of it; results go on as before unless another hold is open."""
    _arranged_by(viewer, participant_id)
    found = _find_open(participant_id, kind)
    if found is None:
        raise Refused("This hold is closed already.")
    if outcome not in OUTCOMES.get(kind, {}):
        raise Invalid("Choose what came of it.", field="outcome")
    found.outcome, found.closed_at, found.closed_by_id = outcome, now(), viewer.user_id
    record(viewer, "hold.closed", found, participant_id=participant_id, kind=kind, outcome=outcome)
    return found


def _arranged_by(viewer: Viewer, participant_id: int) -> Participant:
    participant = get_participant(viewer, participant_id)
    if viewer.role is not Role.LEAD:
        raise NotAllowed("The programme lead holds results.")
    if participant.user_id == viewer.user_id:
        raise NotAllowed("Nobody holds their own results.")
    hold(participant)
    return participant


def _find_open(participant_id: int, kind: str) -> ResultHold | None:
    return db.session.scalars(
        select(ResultHold)
        .where(
            ResultHold.participant_id == participant_id,
            ResultHold.kind == kind,
            ResultHold.closed_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
