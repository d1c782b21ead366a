"""A process that seals a long trail, or proves it, and prints what that took.

Alone in its process, so that the highest mark of memory is that of the work.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import insert

from benchmarks.one_sync import peak_kb
from lti_tool import create_app
from lti_tool.audit.models import AuditEvent
from lti_tool.audit.sealing import seal_all
from lti_tool.audit.verifying import Progress, verify
from lti_tool.clock import now
from lti_tool.db import db

AT_ONCE = 5_000


def fill(events: int) -> int:
    """Events of one provider, as many people make them in years."""
    began = now() - timedelta(days=365)
    for first in range(0, events, AT_ONCE):
        rows = [
            {
                "at": began + timedelta(seconds=number), "provider_id": 1, "user_id": number % 997,
                "acted_as": "participant", "event": "evidence.revised",
                "subject_kind": "evidence_item", "subject_id": number % 9_973,
                "participant_id": number % 991, "details": {"version": number % 7},
            }
            for number in range(first, min(first + AT_ONCE, events))
        ]  # fmt: skip
        db.session.execute(insert(AuditEvent), rows)
        db.session.commit()
    return events


def prove() -> int:
    """How many events were computed again."""
    progress = Progress()
    if wrong := list(verify(progress)):
        raise RuntimeError(f"The trail is not whole: {wrong[0].sentence}")
    return progress.events


def main() -> None:
    """`fill:N`, `seal` or `prove`."""
    word, _, number = sys.argv[1].partition(":")
    work: dict[str, Callable[[], int]] = {
        "fill": lambda: fill(int(number)),
        "seal": seal_all,
        "prove": prove,
    }
    with create_app().app_context():
        before, began = peak_kb(), time.perf_counter()
        events = work[word]()
        took = {"events": events, "seconds": time.perf_counter() - began}
        print(json.dumps({**took, "before_kb": before, "peak_kb": peak_kb()}))


if __name__ == "__main__":
    main()
