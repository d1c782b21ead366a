"""The form in which events and segments of the trail are hashed; docs/decisions/0045.

Nothing here may ever change: seals that were made long ago have to come out the same. A new form
gets a name of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

EVENT, SEGMENT = "mtl-audit-event/1", "mtl-audit-seal/1"
FIRST = "0" * 64  # what stands before the first segment of a chain


class Event(NamedTuple):
    """All that is kept of a past fact, in the order in which it is hashed."""

    id: int
    at: datetime
    provider_id: int | None
    user_id: int | None
    acted_as: str
    event: str
    subject_kind: str
    subject_id: int | None
    participant_id: int | None
    details: dict[str, Any]


class Segment(NamedTuple):
    """What a seal says besides the events under it, in the order in which it is hashed."""

    provider_id: int | None
    number: int
    previous: str
    events: int
    last_event_id: int
    sealed_at: datetime


def event_digest(event: Event) -> str:
    """The digest of one event."""
    return hashlib.sha256(_line(EVENT, event)).hexdigest()


def segment_digest(segment: Segment, members: Sequence[tuple[int, str]]) -> str:
    """The digest of a segment: of what it says of itself, and of each event by id and digest."""
    found = hashlib.sha256(_line(SEGMENT, segment))
    for event_id, digest in members:
        found.update(f"{event_id} {digest}\n".encode())
    return found.hexdigest()


def _line(form: str, values: Sequence[Any]) -> bytes:
    """One line of JSON that both stores agree on, whatever the order of keys they give back."""
    cells = [form, *(_moment(one) if isinstance(one, datetime) else one for one in values)]
    text = json.dumps(cells, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
