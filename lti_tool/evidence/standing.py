"""What a coach's word is worth for a version: worked out each time, so that it cannot be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from lti_tool.evidence.rules import State

if TYPE_CHECKING:
    from lti_tool.evidence.models import Attestation

# Why a coach no longer stands by what they signed.
REASONS = {
    "not_seen": "I did not see this myself",
    "wrong_evidence": "I signed the wrong evidence, or before I had read it",
    "not_as_told": "I have learned that it was not as it is described",
    "pupils": "Pupils can be recognised in it",
    "not_mine_to_sign": "It was not for me to sign",
    "other": "Another reason",
}


class Standing(StrEnum):
    """How a coach's word stands towards one version."""

    VALID = "valid"
    STALE = "stale"
    TAKEN_BACK = "taken_back"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Word:
    """What a coach said, and of what: the version's number and the digest of its content."""

    decision: str
    number: int
    content_hash: str
    is_taken_back: bool = False


@dataclass(frozen=True, slots=True)
class TakenBack:
    """When a coach took their word back, and why: one of the codes in `REASONS`."""

    at: datetime
    reason: str

    @property
    def sentence(self) -> str:
        return REASONS.get(self.reason, REASONS["other"])


def standing(word: Word, number: int, content_hash: str) -> Standing:
    """How the word stands towards the version with this number and this content.

    The number alone would let other bytes pass, and the digest alone a later version with the
    same content, which nobody has signed.
    """
    if word.decision != "signed":
        return Standing.RETURNED
    if word.is_taken_back:
        return Standing.TAKEN_BACK
    if (word.number, word.content_hash) != (number, content_hash):
        return Standing.STALE
    return Standing.VALID


def word_of(attestation: Attestation) -> Word:
    """A stored attestation as its standing is worked out from it."""
    return Word(
        decision=attestation.decision,
        number=attestation.version.number,
        content_hash=attestation.content_hash,
        is_taken_back=attestation.revocation is not None,
    )


def state_after_taking_back(state: State, *, was_current: bool) -> State:
    """Where an item is once a signature is taken back: with the coach again, if it rested on it."""
    return State.SHARED if was_current and state is State.ATTESTED else state
