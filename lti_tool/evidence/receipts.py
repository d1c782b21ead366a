"""The receipt of an attestation: a number that anybody who may see it can check ever after."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lti_tool.clock import LONDON
from lti_tool.db import db
from lti_tool.errors import NotFound, Unavailable
from lti_tool.evidence.bundle import Check
from lti_tool.evidence.items import content_of, shown_versions, visible_items
from lti_tool.evidence.models import (
    Attempt,
    AttemptItem,
    Attestation,
    EvidenceItem,
    EvidenceVersion,
)
from lti_tool.evidence.rules import (
    RECEIPT_LETTERS,
    canonical,
    content_facts,
    content_hash,
    digest,
)
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.evidence.standing import Standing, standing, word_of
from lti_tool.identity import Viewer
from lti_tool.people.models import Allocation
from lti_tool.storage import Storage

NUMBER = re.compile(r"ATT(\d{1,15})-([0-9A-Z]{4})-?([0-9A-Z]{4})")
NOT_FOUND = "There is no such attestation among those you may see. Look at the number again."
MOST = 100
Matches = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Receipt:
    """An attestation as its check page shows it."""

    attestation: Attestation
    allocation: Allocation
    number: str
    check: Check
    standing: Standing  # towards the version that the evidence has now
    may_open: bool  # whether the viewer may read what was signed for
    shows_words: bool


def seal(attestation: Attestation) -> str:
    """The digest of all that was signed: whose word, in which words, for what, and when."""
    return digest(
        canonical(
            {
                "attestation": attestation.id,
                "item": attestation.version.item_id,
                "version": attestation.version.number,
                "content_hash": attestation.content_hash,
                "coach": attestation.coach_id,
                "allocation": attestation.allocation_id,
                "authenticated_by": attestation.authenticated_by,
                "decision": attestation.decision,
                "statement": attestation.statement,
                "duty": attestation.duty,
                "signed_at": attestation.signed_at.isoformat(),
            }
        )
    )


def number_of(attestation: Attestation) -> str:
    """The number on the receipt, such as ATT12-7K3F-2QXY: its letters follow from what was signed.

    So nothing has to be stored for it, and a number that was noted down tells whether the record
    is still the one that it was noted from.
    """
    drawn = int(seal(attestation)[:20], 16)
    letters = ""
    for _ in range(8):
        drawn, place = divmod(drawn, len(RECEIPT_LETTERS))
        letters += RECEIPT_LETTERS[place]
    return f"ATT{attestation.id}-{letters[:4]}-{letters[4:]}"


def get_receipt(viewer: Viewer, number: str, storage: Storage) -> Receipt:
    """A receipt, checked against the stored bytes. Raises NotFound for what may not be seen."""
    attestation, may_open = find_attestation(viewer, number)
    allocation = db.session.get_one(Allocation, attestation.allocation_id)
    current = attestation.version.item.current
    return Receipt(
        attestation=attestation,
        allocation=allocation,
        number=number_of(attestation),
        check=check(attestation, allocation, number, storage.matches),
        standing=standing(word_of(attestation), current.number, current.content_hash),
        may_open=may_open,
        shows_words=may_open or attestation.coach_id == viewer.user_id,
    )


def find_attestation(viewer: Viewer, number: str) -> tuple[Attestation, bool]:
    """The attestation of a number, and whether the viewer may read what it was given for.

    Besides those who may, the receipt is open to its signer for ever, and to whoever may look at a
    submission that the signature went into.
    """
    parts = NUMBER.fullmatch(number.strip().upper())
    found = db.session.get(Attestation, int(parts[1])) if parts else None
    if found is None or found.version.item.provider_id != viewer.provider_id:
        raise NotFound(NOT_FOUND)
    may_open = _may_open(viewer, found)
    if may_open or found.coach_id == viewer.user_id or _was_handed_in(viewer, found):
        return found, may_open
    raise NotFound(NOT_FOUND)


def own_attestations(viewer: Viewer) -> list[Attestation]:
    """The newest that the viewer has signed, whoever coaches those participants today."""
    return list(
        db.session.scalars(
            select(Attestation)
            .join(EvidenceVersion, EvidenceVersion.id == Attestation.version_id)
            .join(EvidenceItem, EvidenceItem.id == EvidenceVersion.item_id)
            .where(
                Attestation.coach_id == viewer.user_id,
                Attestation.decision == "signed",
                EvidenceItem.provider_id == viewer.provider_id,
            )
            .options(joinedload(Attestation.version))
            .order_by(Attestation.id.desc())
            .limit(MOST)
        )
    )


def check(attestation: Attestation, allocation: Allocation, number: str, matches: Matches) -> Check:
    """Compute everything again that the receipt stands for, and say what does not agree."""
    version = attestation.version
    problems = []
    if number.strip().upper().replace("-", "") != number_of(attestation).replace("-", ""):
        problems.append("This number was not given for the attestation as it is stored now.")
    if content_hash(content_facts(content_of(version), version.files)) != version.content_hash:
        problems.append(f"The content of version {version.number} is not what its digest says.")
    if attestation.content_hash != version.content_hash:
        problems.append(f"It was signed for another content than that of version {version.number}.")
    if not _covers(allocation, attestation):
        problems.append("Whoever signed was not the participant's coach on that day.")
    try:
        for sha256 in dict.fromkeys(file.sha256 for file in version.files):
            if not matches(sha256):
                names = [file.filename for file in version.files if file.sha256 == sha256]
                problems.append(f"The stored bytes of “{names[0]}” are not those that were signed.")
    except Unavailable as error:
        return Check(False, (*problems, error.sentence), was_made=bool(problems))
    return Check(not problems, tuple(problems))


def _covers(allocation: Allocation, attestation: Attestation) -> bool:
    day = attestation.signed_at.astimezone(LONDON).date()
    return (
        allocation.kind == "coach"
        and allocation.user_id == attestation.coach_id
        and allocation.participant_id == attestation.version.item.participant_id
        and allocation.started_on <= day
        and (allocation.ended_on is None or day <= allocation.ended_on)
    )


def _may_open(viewer: Viewer, attestation: Attestation) -> bool:
    version = attestation.version
    item = db.session.scalars(
        visible_items(viewer).where(EvidenceItem.id == version.item_id)
    ).one_or_none()
    return item is not None and version in shown_versions(viewer, item)


def _was_handed_in(viewer: Viewer, attestation: Attestation) -> bool:
    held = (
        visible_attempts(viewer)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(AttemptItem.version_id == attestation.version_id)
    )
    return db.session.scalar(held.with_only_columns(Attempt.id).limit(1)) is not None
