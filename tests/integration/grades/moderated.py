"""Work of a module that is moderated by a sample, with its markers, a lead and a moderator."""

from __future__ import annotations

from collections.abc import Sequence

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import drawing, marking, moderating, moderation, sample_pool
from lti_tool.grades.marking import Draft
from lti_tool.grades.rules.moderating import Choice
from lti_tool.identity import Role
from tests.integration.grades.factories import FEEDBACK, an_item, hand_in
from tests.world import Person, World

MODULE = "MTL6"  # the one of the default programme that is moderated by a sample


class Module:
    """Some work of a sampled module with its markers, a lead and a moderator."""

    def __init__(self, world: World, marks: Sequence[int]) -> None:
        self.world = world
        self.lead, self.tessa = world.lead(), world.tutor()
        self.mona = world.tutor("Mona Reyes")
        self.people = [world.participant("Amira Khan", opens="MTL1") for _ in marks]
        self.attempts = [
            hand_in(one, MODULE, items=[an_item("What Amira Khan tried")]) for one in self.people
        ]
        with world.tool.app.app_context():
            self._take_up_others()
        for attempt_id, mark in zip(self.attempts, marks, strict=True):
            self.mark(attempt_id, mark)
        self.batch_id = 0

    def mark(self, attempt_id: int, mark: int) -> None:
        with self.world.tool.app.app_context():
            attempt = db.session.get_one(Attempt, attempt_id)
            kept = marking.find_mark(attempt)
            draft = Draft(mark, FEEDBACK, {}, kept.revision if kept else 0)
            marking.finalise(self.tessa.viewer(Role.TUTOR), attempt, draft)
            db.session.commit()

    @property
    def candidates(self) -> list[str]:
        """The numbers by which the moderator knows whose work it is."""
        with self.world.tool.app.app_context():
            return [
                db.session.get_one(Attempt, one).participant.candidate_number
                for one in self.attempts
            ]

    def draw(self, moderator: Person | None = None) -> int:
        with self.world.tool.app.app_context():
            chosen = (moderator or self.mona).user().id
            batch = drawing.draw_batch(self.lead.viewer(Role.LEAD), MODULE, chosen)
            db.session.commit()
            self.batch_id = batch.id
            return batch.id

    def look_at_all(self) -> None:
        with self.world.tool.app.app_context():
            viewer = self.mona.viewer(Role.TUTOR)
            for member in moderating.members_of(drawing.get_batch(viewer, self.batch_id)):
                if member.reasons:
                    moderating.look(viewer, member, "Fair.")
            db.session.commit()

    def decide(self, choice: Choice) -> None:
        with self.world.tool.app.app_context():
            viewer = self.mona.viewer(Role.TUTOR)
            moderating.decide(viewer, drawing.get_batch(viewer, self.batch_id), choice)
            db.session.commit()

    def why_not(self, number: int = 0) -> str | None:
        with self.world.tool.app.app_context():
            attempt = db.session.get_one(Attempt, self.attempts[number])
            return moderation.why_not_yet(attempt)

    def scaling(self, number: int = 0) -> int:
        with self.world.tool.app.app_context():
            return moderation.scaling_of(db.session.get_one(Attempt, self.attempts[number]))

    def state(self, number: int = 0) -> str:
        with self.world.tool.app.app_context():
            mark = marking.find_mark(db.session.get_one(Attempt, self.attempts[number]))
            assert mark is not None
            return mark.state

    def _take_up_others(self) -> None:
        """Put what other tests left into a set of its own, so that ours holds our marks alone."""
        viewer = self.lead.viewer(Role.LEAD)
        if any(one.module_code == MODULE and one.marks for one in sample_pool.waiting(viewer)):
            drawing.draw_batch(viewer, MODULE, self.mona.user().id)
            db.session.commit()
