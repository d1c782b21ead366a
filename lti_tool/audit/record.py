"""Add to the trail, in the transaction of the deed itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from typing import Any

from sqlalchemy import insert, select

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import LONDON, now, today
from lti_tool.db import db, own_transaction
from lti_tool.identity import LinkHolder, Viewer


def record(
    viewer: Viewer | LinkHolder | None,
    event: str,
    subject: Any,
    *,
    participant_id: int | None = None,
    acted_as: str = "system",
    **details: int | str | bool | None,
) -> None:
    """Note a past fact about a stored object. Details are ids and codes, never names or free text.

    `viewer` is None for the worker (`acted_as="system"`) and the operator's commands ("operator").
    """
    db.session.flush()
    db.session.add(
        AuditEvent(
            at=now(),
            provider_id=viewer.provider_id if viewer else getattr(subject, "provider_id", None),
            user_id=viewer.user_id if viewer else None,
            acted_as=viewer.acted_as if viewer else acted_as,
            event=event,
            subject_kind=subject.__tablename__,
            subject_id=subject.id,
            participant_id=participant_id,
            details=details,
        )
    )


def note_look(
    viewer: Viewer,
    event: str,
    subject: tuple[str, int],
    *,
    participant_id: int | None = None,
    **details: int | str,
) -> None:
    """Note that somebody was shown what concerns another, once a person, thing and day.

    For a request that only reads, after its page was made; the row has a transaction of its own.
    """
    kind, subject_id = subject
    noted = select(AuditEvent.id).where(
        AuditEvent.subject_kind == kind,
        AuditEvent.subject_id == subject_id,
        AuditEvent.event == event,
        AuditEvent.user_id == viewer.user_id,
        AuditEvent.at >= datetime.combine(today(), time.min, LONDON),
    )
    if db.session.scalar(noted.limit(1)) is not None:
        return
    row = insert(AuditEvent).values(
        at=now(), provider_id=viewer.provider_id, user_id=viewer.user_id,
        acted_as=viewer.acted_as, event=event, subject_kind=kind, subject_id=subject_id,
        participant_id=participant_id, details=details,
    )  # fmt: skip
    with own_transaction(of_one=True) as connection:
        connection.execute(row)


def record_each(event: str, subject_kind: str, ids: Collection[int], *, provider_id: int) -> None:
    """The same past fact about many stored objects, noted by the tool itself in one statement."""
    if ids:
        common = {"at": now(), "provider_id": provider_id, "acted_as": "system", "event": event}
        rows = [
            {**common, "subject_kind": subject_kind, "subject_id": one, "details": {}}
            for one in ids
        ]
        db.session.execute(insert(AuditEvent), rows)
