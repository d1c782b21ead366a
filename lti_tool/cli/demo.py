"""`flask demo`: give the newest course a believable history, by the activities that people use.

Nothing is inserted past them: evidence is added, attested, submitted, marked and released as a
person would, and the gradebook has every released grade before this ends.
"""

from __future__ import annotations

import io
import struct
import time
import zlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import yaml
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from lti_tool.clock import today
from lti_tool.cohort.submitting import may_submit
from lti_tool.db import db
from lti_tool.evidence import attestation, items, snapshot, uploads
from lti_tool.evidence.models import EvidenceItem
from lti_tool.evidence.rules import Content
from lti_tool.grades import marking, release
from lti_tool.grades.deliveries import send_due
from lti_tool.grades.models import Delivery
from lti_tool.identity import Role, Viewer
from lti_tool.people import allocations, users
from lti_tool.people.models import Course, Participant, User

STORY = Path(__file__).with_name("demo_story.yaml")
DECLARED = {"own_work": True, "pupils_protected": True}


@dataclass(frozen=True)
class SampleFile:
    """A made-up file, as a form would bring it."""

    filename: str
    stream: io.BytesIO


@click.command("demo")
@with_appcontext
@click.option("--lead", default="Yusuf Rahman", show_default=True, help="Who leads the programme.")
def demo(lead: str) -> None:
    """Give the newest course a history. Its people must have opened the tool once."""
    course = db.session.scalars(select(Course).order_by(Course.id.desc()).limit(1)).one_or_none()
    if course is None:
        raise click.ClickException("Nobody has opened the tool from a course yet.")
    cast = Cast(course, lead)
    if db.session.scalar(select(func.count(EvidenceItem.id))):
        click.echo("  This database has a history already; nothing was added.")
        return
    for participant, told in zip(cast.participants, cast.story(), strict=False):
        _live_through(cast, participant, told)
    _deliver()
    click.echo(f"  {_summary()}")


class Cast:
    """The people of the course, each as the viewer that a launch makes."""

    def __init__(self, course: Course, lead: str) -> None:
        self.course_id = course.id
        self._course = course
        self.participants = self._people(Role.PARTICIPANT)
        self.coaches = self._people(Role.COACH)
        staff = self._people(Role.TUTOR) + self._people(Role.LEAD)
        if not (self.participants and self.coaches and staff):
            raise click.ClickException(
                "The course needs a participant, a coach and a tutor who have opened the tool."
            )
        leads = [one for one in staff if db.session.get_one(User, one.user_id).name == lead]
        self.lead = self._as_lead((leads or staff)[-1])
        self.tutors = [one for one in staff if one.user_id != self.lead.user_id] or staff

    def story(self) -> list[dict[str, Any]]:
        """What happened to each participant, in order."""
        loaded: list[dict[str, Any]] = yaml.safe_load(STORY.read_text(encoding="utf-8"))
        return loaded

    def coach_for(self, participant: Viewer) -> Viewer:
        """Coaches share the participants evenly, in the order of the list."""
        each = max(1, -(-len(self.participants) // len(self.coaches)))
        return self.coaches[self.participants.index(participant) // each % len(self.coaches)]

    def tutor_for(self, participant: Viewer) -> Viewer:
        return self.tutors[self.participants.index(participant) % len(self.tutors)]

    def _people(self, role: Role) -> list[Viewer]:
        found = sorted(users.members_with_role(self.course_id, role), key=lambda user: user.id)
        course = self._course
        return [
            Viewer(user.id, role, course.provider_id, course.id, course.registration_id)
            for user in found
        ]

    def _as_lead(self, viewer: Viewer) -> Viewer:
        users.appoint_lead(db.session.get_one(User, viewer.user_id))
        return Viewer(
            viewer.user_id, Role.LEAD, viewer.provider_id, viewer.course_id, viewer.registration_id
        )


def _live_through(cast: Cast, viewer: Viewer, told: dict[str, Any]) -> None:
    participant = db.session.scalars(
        select(Participant).where(Participant.user_id == viewer.user_id)
    ).one()
    coach = cast.coach_for(viewer)
    if not told.get("no_coach"):
        allocations.allocate(cast.lead, participant, coach.user_id, "coach")
    allocations.allocate(cast.lead, participant, cast.tutor_for(viewer).user_id, "tutor")
    made = [_add_evidence(viewer, coach, participant, one) for one in told["evidence"]]
    db.session.commit()
    for step in ("submits", "then_submits"):
        if step in told:
            _submit(cast, viewer, told[step], made)


def _add_evidence(
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
    )
    files = [_stored(name, told) for name in told["files"]]
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


def _submit(cast: Cast, viewer: Viewer, told: dict[str, Any], made: list[EvidenceItem]) -> None:
    chosen = [
        item.id
        for item in made
        if item.current.module_code == told["module"] and item.state != "draft"
    ]
    storage = current_app.extensions["storage"]
    attempt = snapshot.submit_module(
        viewer, cast.course_id, told["module"], chosen, DECLARED, storage, may_submit=may_submit
    )
    tutor = cast.tutor_for(viewer)
    if "feedback" in told:
        draft = marking.Draft(
            mark=told.get("marked", told.get("draft")),
            feedback=told["feedback"],
            criteria=told.get("criteria", {}),
        )
        save = marking.finalise if "marked" in told else marking.save_draft
        save(tutor, attempt, draft)
    if told.get("released"):
        release.release(tutor, attempt)
    db.session.commit()


def _deliver(seconds: float = 60) -> None:
    """Send what was released, as the worker does, until the gradebook has it."""
    until = time.monotonic() + seconds
    while _count("queued", "sending") and time.monotonic() < until:
        db.session.rollback()
        send_due()
        db.session.rollback()
        time.sleep(0.2)


def _count(*states: str) -> int:
    query = select(func.count(Delivery.id)).where(Delivery.state.in_(states))
    return db.session.scalar(query) or 0


def _summary() -> str:
    evidence = db.session.scalar(select(func.count(EvidenceItem.id)))
    people = db.session.scalar(select(func.count(Participant.id)))
    return (
        f"{people} participants, {evidence} pieces of evidence, "
        f"{_count('confirmed')} grades confirmed by the gradebook."
    )


def _stored(name: str, told: dict[str, Any]) -> uploads.AcceptedFile:
    make = {".csv": _table, ".png": _picture, ".pdf": _document}[Path(name).suffix]
    sample = SampleFile(name, io.BytesIO(make(told["title"])))
    limit = current_app.config["SETTINGS"].max_upload_bytes
    return uploads.accept_file(current_app.extensions["storage"], sample, limit=limit)


def _table(title: str) -> bytes:
    rows = [f"pupil,before,after\n# {title}\n"]
    rows += [f"pupil {number},{number % 7 + 2},{number % 5 + 5}\n" for number in range(1, 29)]
    return "".join(rows).encode()


def _picture(title: str) -> bytes:
    """A small drawing in place of a photograph: bands of colour that depend on the title."""
    width, height, seed = 320, 200, sum(title.encode())
    line = b"".join(
        b"\x00" + bytes([(seed + row) % 200 + 40, (seed * 3 + row) % 180 + 60, 190]) * width
        for row in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(line))
        + chunk(b"IEND", b"")
    )


def _document(title: str) -> bytes:
    """One page of PDF with the title on it."""
    words = title.encode("latin-1", "replace").replace(b"(", b"[").replace(b")", b"]")
    text = b"BT /F1 16 Tf 60 760 Td (" + words + b") Tj ET"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(text)).encode() + b" >>\nstream\n" + text + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, part in enumerate(parts, start=1):
        offsets.append(out.tell())
        out.write(str(number).encode() + b" 0 obj\n" + part + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 6\n0000000000 65535 f \n")
    out.write(b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets))
    out.write(
        b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n" + str(start).encode() + b"\n%%EOF\n"
    )
    return out.getvalue()
