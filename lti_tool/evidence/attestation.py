"""A coach signs for one version of an item, or sends it back with the reason.

What is vouched for is the participant's practice. So a coach may also sign for a record that they
wrote themselves: signing is a deed of its own, bound to an allocation, and page and snapshot say
that writer and signer are the same person, for tutor and board to weigh.
"""

from __future__ import annotations

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, Refused
from lti_tool.evidence.items import get_item, move_on
from lti_tool.evidence.models import Attestation, EvidenceItem
from lti_tool.evidence.rules import Deed
from lti_tool.evidence.scanning import require_open
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Allocation
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import current_allocation
from lti_tool.people.vouching import may_attest, proof_of

LONGEST_STATEMENT = 10_000
CHANGED = (
    "This evidence has changed since you opened it, so nothing was signed. "
    "The newest version is shown now: read it, then decide again."
)


def sign(
    viewer: Viewer,
    item_id: int,
    *,
    version: int,
    content_hash: str,
    statement: str,
    duty: str | None = None,
) -> Attestation:
    """Vouch for exactly the version that was read."""
    return _decide(viewer, item_id, Deed.SIGN, version, content_hash, statement, duty)


def send_back(
    viewer: Viewer,
    item_id: int,
    *,
    version: int,
    content_hash: str,
    statement: str,
    duty: str | None = None,
) -> Attestation:
    """Return exactly the version that was read, with what is missing."""
    return _decide(viewer, item_id, Deed.SEND_BACK, version, content_hash, statement, duty)


def _decide(
    viewer: Viewer,
    item_id: int,
    deed: Deed,
    version: int,
    content_hash: str,
    statement: str,
    duty: str | None,
) -> Attestation:
    item = get_item(viewer, item_id, to_change=True)
    allocation = _allocation(viewer, item)
    known = may_attest(viewer, item.participant)
    if not known.allowed:
        raise Refused(known.reason)
    current = item.current
    if (current.number, current.content_hash) != (version, content_hash):
        raise Refused(CHANGED)
    _check_statement(deed, statement)
    if duty is not None and duty not in {one.id for one in programme_of(item.participant).duties}:
        raise Invalid("Choose a duty from a to h.", field="duty")
    if deed is Deed.SIGN:
        require_open(current.files)
    move_on(item, deed)
    attestation = Attestation(
        version_id=current.id,
        content_hash=current.content_hash,
        coach_id=viewer.user_id,
        allocation_id=allocation.id,
        decision="signed" if deed is Deed.SIGN else "returned",
        statement=statement.strip(),
        duty=duty or current.duty,
        signed_at=now(),
        authenticated_by=proof_of(viewer),
    )
    db.session.add(attestation)
    record(
        viewer, f"attestation.{attestation.decision}", attestation,
        participant_id=item.participant_id, item=item.id, version=version,
    )  # fmt: skip
    return attestation


def _allocation(viewer: Viewer, item: EvidenceItem) -> Allocation:
    found = current_allocation(item.participant_id, viewer.user_id, "coach")
    if viewer.role is not Role.COACH or found is None:
        raise NotAllowed("Only the participant's coach of today can attest.")
    return found


def _check_statement(deed: Deed, statement: str) -> None:
    if not statement.strip():
        asked = "what you saw" if deed is Deed.SIGN else "what is missing or should change"
        raise Invalid(f"Say {asked}: a sentence is enough.", field="statement")
    if len(statement) > LONGEST_STATEMENT:
        raise Invalid(
            f"The statement must be {LONGEST_STATEMENT:,} characters or fewer.", field="statement"
        )
