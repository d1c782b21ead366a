"""Whoever signed may take their word back; nobody else may, and nothing brings it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, Refused
from lti_tool.evidence.bundle import Bundle, BundleItem
from lti_tool.evidence.items import enter
from lti_tool.evidence.models import (
    Attestation,
    AttestationRevocation,
    EvidenceItem,
    EvidenceVersion,
)
from lti_tool.evidence.rules import State
from lti_tool.evidence.standing import REASONS, TakenBack, state_after_taking_back
from lti_tool.identity import Role, Viewer
from lti_tool.people.vouching import PROOFS, UNPROVEN, proof_of

LONGEST_WORDS = 2_000
TAKEN_BACK_ALREADY = "You have taken this attestation back already."


def may_take_back(viewer: Viewer, attestation: Attestation) -> bool:
    """Whether the page offers it. Who signed may, for as long as they come as a coach."""
    return (
        viewer.role is Role.COACH
        and attestation.coach_id == viewer.user_id
        and attestation.decision == "signed"
        and attestation.revocation is None
        and viewer.authenticated_by in PROOFS
    )


def take_back(
    viewer: Viewer, attestation: Attestation, *, reason: str, words: str = ""
) -> AttestationRevocation:
    """Say that one no longer stands by what one signed, and why.

    The item is found without asking whether the viewer may still see it: it may have been withdrawn
    since, and who signed may coach somebody else by now. Neither keeps a wrong word standing.
    """
    if viewer.role is not Role.COACH or attestation.coach_id != viewer.user_id:
        raise NotAllowed("Only the coach who signed can take an attestation back.")
    if viewer.authenticated_by not in PROOFS:
        raise Refused(UNPROVEN)
    item = _hold(attestation)
    if attestation.decision != "signed":
        raise Refused("Evidence that was sent back is not attested: there is nothing to take back.")
    if attestation.revocation is not None:
        raise Refused(TAKEN_BACK_ALREADY)
    _check(reason, words)
    version = attestation.version
    revocation = AttestationRevocation(
        attestation=attestation,
        reason=reason,
        words=words.strip(),
        revoked_at=now(),
        authenticated_by=proof_of(viewer),
    )
    db.session.add(revocation)
    was_current = version.number == item.current_version
    state = state_after_taking_back(State(item.state), was_current=was_current)
    if state != item.state:
        enter(item, state)
        item.changed_at = now()
    record(
        viewer, "attestation.revoked", attestation, participant_id=item.participant_id,
        item=item.id, version=version.number, reason=reason,
    )  # fmt: skip
    return revocation


def state_with_signatures(item: EvidenceItem, state: State) -> State:
    """A state from before, unless the signature that it rested on was taken back meanwhile."""
    signed = [one for one in item.current.attestations if one.decision == "signed"]
    if state is State.ATTESTED and all(one.revocation is not None for one in signed):
        return State.SHARED
    return state


def as_it_stands(bundle: Bundle, participant_id: int) -> Bundle:
    """A submission with what has been taken back since: what was handed in stays as it was."""
    found = db.session.scalars(
        select(AttestationRevocation)
        .join(Attestation, Attestation.id == AttestationRevocation.attestation_id)
        .join(EvidenceVersion, EvidenceVersion.id == Attestation.version_id)
        .join(EvidenceItem, EvidenceItem.id == EvidenceVersion.item_id)
        .where(EvidenceItem.participant_id == participant_id)
    )
    taken = {each.attestation_id: TakenBack(each.revoked_at, each.reason) for each in found}
    return marked(bundle, taken)


def marked(bundle: Bundle, taken: Mapping[int, TakenBack]) -> Bundle:
    """A submission in which these attestations, by their ids, are shown as taken back."""
    return replace(bundle, items=tuple(_marked(item, taken) for item in bundle.items))


def _marked(item: BundleItem, taken: Mapping[int, TakenBack]) -> BundleItem:
    return replace(
        item,
        attestations=tuple(
            replace(one, taken_back=one.taken_back or taken.get(one.attestation_id))
            for one in item.attestations
        ),
    )


def _hold(attestation: Attestation) -> EvidenceItem:
    """Keep edits of the item, and a second click on the button, waiting until this is through."""
    item = db.session.scalars(
        select(EvidenceItem)
        .where(EvidenceItem.id == attestation.version.item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    db.session.refresh(attestation, ["revocation"])
    return item


def _check(reason: str, words: str) -> None:
    if reason not in REASONS:
        raise Invalid("Choose why you take your attestation back.", field="reason")
    if reason == "other" and not words.strip():
        raise Invalid("Say what the reason is: a sentence is enough.", field="words")
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"This must be {LONGEST_WORDS:,} characters or fewer.", field="words")
