"""What became of the deliveries, and sending one again when a person decides so."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import NotAllowed, NotFound, Refused
from lti_tool.grades.deliveries import JOB
from lti_tool.grades.models import Delivery
from lti_tool.identity import Viewer
from lti_tool.jobs import wake_after_commit
from lti_tool.people.models import Participant
from lti_tool.people.visibility import visible_participants

# A person may send these again; the others are under way, done or replaced.
RETRIABLE = ("failed", "kept", "conflict")
STATES = ("queued", "sending", "confirmed", "kept", "conflict", "failed", "superseded")
MOST_SHOWN = 200


def visible_deliveries(viewer: Viewer) -> Select[Delivery]:
    """The deliveries about participants whom this member of staff may see, in no order."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads follow deliveries.")
    people = visible_participants(viewer).with_only_columns(Participant.id)
    return select(Delivery).where(
        Delivery.provider_id == viewer.provider_id, Delivery.participant_id.in_(people)
    )


def list_deliveries(viewer: Viewer, *, state: str | None = None) -> list[Delivery]:
    """The newest deliveries; without a state all but the superseded ones."""
    query = visible_deliveries(viewer).options(
        joinedload(Delivery.participant).joinedload(Participant.user),
        joinedload(Delivery.line_item),
        joinedload(Delivery.grade),
    )
    if state in STATES:
        query = query.where(Delivery.state == state)
    else:
        query = query.where(Delivery.state != "superseded")
    return list(db.session.scalars(query.order_by(Delivery.id.desc()).limit(MOST_SHOWN)))


def count_by_state(viewer: Viewer) -> dict[str, int]:
    """How many deliveries are in each state."""
    found = visible_deliveries(viewer).with_only_columns(Delivery.state, func.count())
    rows = db.session.execute(found.group_by(Delivery.state))
    counts = {row[0]: row[1] for row in rows}
    return {state: counts.get(state, 0) for state in STATES}


def get_delivery(viewer: Viewer, delivery_id: int) -> Delivery:
    """One delivery that the viewer may see."""
    found = db.session.scalars(
        visible_deliveries(viewer).where(Delivery.id == delivery_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such delivery among those you may see.")
    return found


def retry(viewer: Viewer | None, delivery: Delivery) -> None:
    """Queue a delivery again, with a new time. `viewer` is None for the operator."""
    queued = db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state.in_(RETRIABLE))
        # `posted_at` stays: if an earlier post did arrive, the next try finds it there.
        .values(state="queued", due_at=now(), tries=0, stamp=None, reason=None, settled_at=None)
        .execution_options(synchronize_session="fetch")
    )
    if queued.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused("This delivery is under way, done or replaced, so it is not sent again.")
    record(
        viewer, "delivery.retried", delivery, participant_id=delivery.participant_id,
        acted_as="operator",
    )  # fmt: skip
    wake_after_commit(JOB)


def list_all(*, state: str | None = None) -> Sequence[Delivery]:
    """For the operator: deliveries of every provider, oldest first."""
    query = select(Delivery).options(joinedload(Delivery.line_item)).order_by(Delivery.id)
    return list(db.session.scalars(query.where(Delivery.state == state) if state else query))
