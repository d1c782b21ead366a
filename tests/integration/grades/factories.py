"""Work that is handed in, marked and released, without walking the pages that others test."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from demo_vle.state import Cell, Column
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import hand_ins, marking, release
from lti_tool.grades.deliveries import send_due
from lti_tool.grades.marking import Draft
from lti_tool.grades.models import Delivery, Grade, HandIn, LineItem
from lti_tool.identity import Role
from lti_tool.people.models import Participant
from tests.world import Person, World

FEEDBACK = "A clear account; say more about impact."
BOUND = 20  # seconds
NAMES = [column.name for column in Delivery.__table__.columns]


def an_item(title: str = "Lesson study", **changed: Any) -> dict[str, Any]:
    """A piece of evidence as a manifest holds it."""
    attestation = {
        "id": 1,
        "coach": {"id": 7, "name": "Colin Hughes"},
        "statement": "Seen in school.",
        "duty": None,
        "signed_at": "2026-11-10T15:00:00+00:00",
        "version": 1,
        "valid": True,
    }
    return {
        "item": 1,
        "version": 1,
        "content_hash": "0" * 64,
        "title": title,
        "narrative": "We planned, taught and looked at two lessons.",
        "activity_on": "2026-11-02",
        "module": "MTL1",
        "strands": ["1.1", "3.2"],
        "duty": None,
        "author": {"id": 3, "role": "participant", "name": None},
        "files": [
            {
                "sha256": "a" * 64,
                "size": 12_345,
                "media_type": "application/pdf",
                "filename": "lesson plan.pdf",
            }
        ],
        "attestations": [attestation],
        **changed,
    }


def hand_in(
    amira: Person,
    module: str = "MTL1",
    number: int = 1,
    items: Sequence[Any] = (),
    *,
    is_announced: bool = True,
) -> int:
    """A submission as the rows that it leaves behind; returns the attempt's id."""
    with amira.world.tool.app.app_context():
        participant = db.session.get_one(Participant, amira.participant_id())
        receipt = f"{module}-{secrets.token_hex(6).upper()}"
        manifest = {
            "format": "mtl-bundle/1",
            "receipt": receipt,
            "participant": {"candidate": participant.candidate_number},
            "module": module,
            "module_title": "A module",
            "attempt": number,
            "submitted_at": now().isoformat(),
            "declarations": [],
            "items": list(items),
        }
        text = json.dumps(manifest, sort_keys=True)
        attempt = Attempt(
            provider_id=participant.provider_id,
            participant_id=participant.id,
            course_id=amira.course_id,
            module_code=module,
            number=number,
            submitted_at=now(),
            receipt=receipt,
            manifest=text,
            root_hash=hashlib.sha256(text.encode()).hexdigest(),
        )
        db.session.add(attempt)
        db.session.commit()
        if is_announced:
            hand_ins.write_down()
            told = update(HandIn).where(HandIn.attempt_id == attempt.id).values(state="sent")
            db.session.execute(told)
            db.session.commit()
        return attempt.id


@dataclass
class Released:
    """One released mark, followed from the tool into the VLE's gradebook."""

    world: World
    amira: Person
    tessa: Person
    attempt_id: int

    def delivery(self) -> dict[str, Any]:
        """The current delivery's row."""
        with self.world.tool.app.app_context():
            row = db.session.scalars(
                select(Delivery)
                .join(Grade, Grade.id == Delivery.grade_id)
                .where(Grade.attempt_id == self.attempt_id, Delivery.state != "superseded")
            ).one()
            return {name: getattr(row, name) for name in NAMES}

    @property
    def state(self) -> str:
        return str(self.delivery()["state"])

    def make_due(self) -> None:
        """As if the pause before the next try were over."""
        with self.world.tool.app.app_context():
            db.session.execute(
                update(Delivery)
                .where(Delivery.id == self.delivery()["id"], Delivery.state == "queued")
                .values(due_at=now())
            )
            db.session.commit()

    def send(self, **options: Any) -> dict[str, Any]:
        """One try of the worker's work."""
        with self.world.tool.app.app_context():
            send_due(**options)
        return self.delivery()

    def settle(self) -> dict[str, Any]:
        """Try until nothing more happens by itself."""
        until = time.monotonic() + BOUND
        while self.delivery()["state"] in {"queued", "sending"}:
            assert time.monotonic() < until, f"Not settled: {self.delivery()}"
            self.make_due()
            self.send()
        return self.delivery()

    def change(self, mark: int, feedback: str = FEEDBACK) -> None:
        """Correct the mark and release it again."""
        with self.world.tool.app.app_context():
            viewer = self.tessa.viewer(Role.TUTOR)
            attempt = db.session.get_one(Attempt, self.attempt_id)
            marking.reopen(viewer, attempt)
            db.session.commit()
        release_mark(self.tessa, self.attempt_id, mark, feedback)

    def columns(self) -> list[Column]:
        site = self.world.vle.site
        return site.columns_of(site.courses[self.world.course.id])

    def column(self) -> Column:
        (found,) = self.columns()
        return found

    def cell(self) -> Cell:
        """What the VLE's gradebook holds for the participant."""
        return self.column().cells[self.amira.visitor.person.id]

    def posts(self) -> list[int | None]:
        """The statuses of the score posts about the participant."""
        person_id = self.amira.visitor.person.id
        return [
            request.status
            for request in self.world.vle.site.requests
            if request.service == "scores" and request.person_id == person_id
        ]


def lay_still(course_id: int) -> None:
    """End what other tests left unsent on this store, so that it meets no fault meant for ours."""
    others = select(LineItem.id).where(LineItem.course_id != course_id)
    db.session.execute(
        update(Delivery)
        .where(Delivery.state.in_(["queued", "sending"]), Delivery.line_item_id.in_(others))
        .values(state="failed", lease=None, lease_until=None, lane=None)
    )


def lay_hand_ins_still(course_id: int) -> None:
    """End what other tests left unannounced on this store; theirs to see is no more."""
    hand_ins.write_down()
    others = select(LineItem.id).where(LineItem.course_id != course_id)
    db.session.execute(
        update(HandIn)
        .where(HandIn.state.in_(["queued", "sending"]), HandIn.line_item_id.in_(others))
        .values(state="failed", lease=None, lease_until=None, lane=None)
    )
    db.session.commit()


def release_mark(tessa: Person, attempt_id: int, mark: int, feedback: str = FEEDBACK) -> None:
    """Mark and release, as the tutor."""
    with tessa.world.tool.app.app_context():
        lay_still(tessa.course_id)
        viewer = tessa.viewer(Role.TUTOR)
        attempt = db.session.get_one(Attempt, attempt_id)
        before = marking.find_mark(attempt)
        revision = before.revision if before else 0
        marking.finalise(viewer, attempt, Draft(mark, feedback, {}, revision))
        release.release(viewer, attempt, reason="A page was overlooked.")
        db.session.commit()


def released(world: World, mark: int = 64, *, opens: str = "MTL1") -> Released:
    """A participant's module, marked and released by a tutor; not sent yet."""
    amira = world.participant(opens=opens)
    tessa = world.tutor()
    attempt_id = hand_in(amira)
    release_mark(tessa, attempt_id, mark)
    return Released(world, amira, tessa, attempt_id)
