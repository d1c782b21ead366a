"""The queue of what may be disposed of, which the worker fills: decided by a lead, kept on record.

Nothing is disposed of in silence, and nothing is kept past its time without a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.cohort.disposing import dispose
from lti_tool.cohort.erasing import erase
from lti_tool.cohort.erasure_facts import standing_of
from lti_tool.cohort.erasure_rows import kept_versions
from lti_tool.cohort.erasure_rules import KeptAs, obstacles
from lti_tool.cohort.privacy_models import DisposalProposal, DisposalRecord, RetainedWork
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence import removal
from lti_tool.evidence.models import (
    Attempt,
    AttemptItem,
    EvidenceItem,
    EvidenceVersion,
    Upload,
)
from lti_tool.identity import Role, Viewer
from lti_tool.people.holding import hold
from lti_tool.people.models import Participant

MOST_SHOWN = 200


def queue(viewer: Viewer) -> Sequence[DisposalProposal]:
    """What waits for a lead's word, the longest due first."""
    _check_lead(viewer)
    return db.session.scalars(
        select(DisposalProposal)
        .where(
            DisposalProposal.provider_id == viewer.provider_id,
            DisposalProposal.state == "proposed",
        )
        .options(joinedload(DisposalProposal.participant).joinedload(Participant.user))
        .order_by(DisposalProposal.due_on, DisposalProposal.id)
        .limit(MOST_SHOWN)
    ).all()


def records(viewer: Viewer) -> Sequence[DisposalRecord]:
    """What was disposed of, the newest first."""
    _check_lead(viewer)
    return db.session.scalars(
        select(DisposalRecord)
        .where(DisposalRecord.provider_id == viewer.provider_id)
        .options(joinedload(DisposalRecord.participant), joinedload(DisposalRecord.disposed_by))
        .order_by(DisposalRecord.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def get_proposal(viewer: Viewer, proposal_id: int) -> DisposalProposal:
    """One that waits."""
    _check_lead(viewer)
    found = db.session.get(DisposalProposal, proposal_id)
    if found is None or found.provider_id != viewer.provider_id:
        raise NotFound("There is no such proposal.")
    return found


def extent(proposal: DisposalProposal) -> list[str]:
    """What would go, in sentences for the page before it."""
    number, kept_as = proposal.participant_id, KeptAs(proposal.kept_as)
    if kept_as is KeptAs.AUDIT:
        return [
            "Name, addresses, sign-ins, links, mail and whatever else is left of the person. "
            "Marks, credits and awards stay under the candidate number."
        ]
    versions = select(EvidenceVersion.id).join(EvidenceItem).where(
        EvidenceItem.participant_id == number
    )  # fmt: skip
    handed_in = select(AttemptItem.version_id).join(Attempt).where(Attempt.participant_id == number)
    if kept_as is KeptAs.UNSUBMITTED:
        versions = versions.where(EvidenceVersion.id.not_in(kept_versions(number)))
    else:
        in_sample = Attempt.id.in_(select(RetainedWork.attempt_id))
        is_meant = in_sample if kept_as is KeptAs.SAMPLE else ~in_sample
        versions = versions.where(EvidenceVersion.id.in_(handed_in.where(is_meant)))
    files = select(func.count()).where(Upload.version_id.in_(versions))
    counted = select(func.count()).select_from(versions.subquery())
    return [
        f"Versions of evidence: {db.session.scalar(counted)}",
        f"Files in them: {db.session.scalar(files)}",
        *(["Talks, diagnoses, targets and notes"] if kept_as is KeptAs.UNSUBMITTED else []),
    ]


def carry_out(viewer: Viewer, proposal: DisposalProposal) -> DisposalRecord:
    """Dispose of what one proposal names, or refuse with what stands in the way."""
    participant = proposal.participant
    _hold(proposal)
    rows, files = _dispose(viewer, participant, KeptAs(proposal.kept_as))
    proposal.state, proposal.settled_at, proposal.settled_by_id = "disposed", now(), viewer.user_id
    made = DisposalRecord(
        provider_id=proposal.provider_id,
        participant_id=proposal.participant_id,
        kept_as=proposal.kept_as,
        due_on=proposal.due_on,
        rows=rows,
        files=files,
        disposed_at=now(),
        disposed_by_id=viewer.user_id,
    )
    db.session.add(made)
    record(viewer, "disposal.carried_out", made, participant_id=participant.id)
    return made


def _dispose(viewer: Viewer, participant: Participant, kept_as: KeptAs) -> tuple[int, int]:
    """How many rows and files went. Who stands behind the ids goes as in any other erasure."""
    if kept_as is KeptAs.AUDIT:
        made = erase(viewer, participant.user, "not_needed")
        return made.rows, made.files
    # Whoever places a hold at this moment waits, or is seen here.
    db.session.refresh(participant.user, with_for_update=True)
    if against := obstacles(standing_of(participant.user, participant).of_work()):
        raise Refused("Nothing was disposed of. " + " ".join(against))
    gone = dispose(participant, kept_as)
    return gone.rows, removal.let_go(gone.digests)


def put_off(viewer: Viewer, proposal: DisposalProposal, reason: str, until: date) -> None:
    """Keep something for longer, with a reason and until a day on which it is proposed again."""
    if until <= today():
        raise Invalid("Choose a day that is still to come.", field="until")
    _hold(proposal)
    proposal.state, proposal.reason, proposal.kept_until = "kept", reason, until
    proposal.settled_at, proposal.settled_by_id = now(), viewer.user_id
    record(viewer, "disposal.put_off", proposal, participant_id=proposal.participant_id)


def retain(viewer: Viewer, receipt: str) -> RetainedWork:
    """Put a submission into the sample for the regulator: it is out of disposal for its years."""
    _check_lead(viewer)
    attempt = db.session.scalars(
        select(Attempt).where(
            Attempt.provider_id == viewer.provider_id, Attempt.receipt == receipt.strip().upper()
        )
    ).one_or_none()
    if attempt is None:
        raise Invalid("There is no submission with this receipt.", field="receipt")
    hold(attempt.participant)
    if db.session.scalars(
        select(RetainedWork.id).where(RetainedWork.attempt_id == attempt.id)
    ).first():
        raise Invalid("This submission is in the sample already.", field="receipt")
    made = RetainedWork(
        provider_id=viewer.provider_id,
        attempt_id=attempt.id,
        marked_at=now(),
        marked_by_id=viewer.user_id,
    )
    db.session.add(made)
    record(viewer, "retained_work.marked", made, participant_id=attempt.participant_id)
    return made


def sample(viewer: Viewer) -> Sequence[RetainedWork]:
    """The sample for the regulator, by receipt."""
    _check_lead(viewer)
    return db.session.scalars(
        select(RetainedWork)
        .join(Attempt)
        .where(RetainedWork.provider_id == viewer.provider_id)
        .options(joinedload(RetainedWork.attempt))
        .order_by(Attempt.receipt)
        .limit(MOST_SHOWN)
    ).all()


def _hold(proposal: DisposalProposal) -> None:
    hold(proposal.participant)
    db.session.refresh(proposal, with_for_update=True)
    if proposal.state != "proposed":
        raise Refused("Somebody has decided about this already.")


def _check_lead(viewer: Viewer) -> None:
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only the programme lead decides what is kept.")
