"""Evidence of the demo: added, attested, handed in, marked and released as people do it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from lti_tool.cli.demo.cast import Cast
from lti_tool.cli.demo.samples import sample
from lti_tool.clock import today
from lti_tool.cohort.submitting import may_submit
from lti_tool.db import db
from lti_tool.evidence import attestation, items, snapshot, uploads
from lti_tool.evidence.declaration import Pupils
from lti_tool.evidence.models import Attempt, EvidenceItem
from lti_tool.evidence.rules import Content
from lti_tool.grades import batches, marking
from lti_tool.grades.deliveries import send_due
from lti_tool.grades.models import Delivery
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant

DECLARED = {"own_work": True, "pupils_protected": True}


def add_all(cast: Cast, viewer: Viewer, story: dict[str, Any]) -> list[EvidenceItem]:
    """What one participant has gathered, with what their coach said of it."""
    participant, coach = cast.record_of(viewer), cast.coach_for(viewer)
    return [_add(viewer, coach, participant, told) for told in story.get("evidence", [])]


def submit_all(
    cast: Cast, viewer: Viewer, story: dict[str, Any], made: list[EvidenceItem]
) -> list[int]:
    """What one participant has handed in, and its marks; tells which of them are to go out."""
    to_release = []
    for step in ("submits", "then_submits"):
        if step not in story:
            continue
        told = story[step]
        attempt = hand_in(cast, viewer, told["module"], made)
        if "feedback" in told:
            judge(cast.tutor_for(viewer), attempt, told)
        if told.get("released"):
            to_release.append(attempt.id)
        db.session.commit()
    return to_release


def _add(
    viewer: Viewer, coach: Viewer, participant: Participant, told: dict[str, Any]
) -> EvidenceItem:
    by_coach = told["state"] == "by-coach"
    content = Content(
        title=told["title"],
        narrative=told["text"],
        activity_on=today() - timedelta(days=told["days_ago"]),
        module_code=told["module"],
        strands=tuple(told["strands"]),
        duty=told.get("duty") if by_coach else None,
        pupils=told.get("pupils", Pupils.ANONYMISED.value),
    )
    files = [_stored(name, told["title"]) for name in told["files"]]
    author = coach if by_coach else viewer
    item = items.add(author, content, files, participant_id=participant.id)
    if told["state"] in {"asked", "attested", "returned"}:
        items.ask_coach(viewer, item.id)
    if told["state"] in {"attested", "returned"}:
        decide = attestation.sign if told["state"] == "attested" else attestation.send_back
        decide(
            coach,
            item.id,
            version=item.current_version,
            content_hash=item.current.content_hash,
            statement=told["said"],
            duty=told["duty"],
        )
    return item


def hand_in(cast: Cast, viewer: Viewer, code: str, made: list[EvidenceItem]) -> Attempt:
    """Hand in what there is for a module."""
    chosen = [
        item.id for item in made if item.current.module_code == code and item.state != "draft"
    ]
    storage = current_app.extensions["storage"]
    return snapshot.submit_module(
        viewer, cast.course_id, code, chosen, DECLARED, storage, may_submit=may_submit
    )


def judge(marker: Viewer, attempt: Attempt, told: dict[str, Any]) -> None:
    """What one marker thinks of it: final, or a draft."""
    draft = marking.Draft(
        mark=told.get("marked", told.get("draft")),
        feedback=told["feedback"],
        criteria=told.get("criteria", {}),
    )
    save = marking.finalise if "marked" in told else marking.save_draft
    save(marker, attempt, draft)


def release_together(lead: Viewer, attempt_ids: list[int]) -> None:
    """Release several marks by one act, as they are shown."""
    rows = batches.previews(lead, attempt_ids)
    seen = {row.attempt.id: row.preview.fingerprint for row in rows if row.preview}
    batches.release_as_shown(lead, seen)


def deliver(seconds: float = 60) -> None:
    """Send what was released, as the worker does, until the gradebook has it."""
    until = time.monotonic() + seconds
    while count_deliveries("queued", "sending") and time.monotonic() < until:
        db.session.rollback()
        send_due()
        db.session.rollback()
        time.sleep(0.2)


def count_deliveries(*states: str) -> int:
    """How many grades are in one of these states on their way."""
    query = select(func.count(Delivery.id)).where(Delivery.state.in_(states))
    return db.session.scalar(query) or 0


def _stored(name: str, title: str) -> uploads.AcceptedFile:
    limit = current_app.config["SETTINGS"].max_upload_bytes
    return uploads.accept_file(current_app.extensions["storage"], sample(name, title), limit=limit)
