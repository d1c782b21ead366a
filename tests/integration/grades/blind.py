"""Work that two people mark blind, and the ways of its markers."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from requests import Response

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import chain, marking
from lti_tool.grades.marking import Draft
from lti_tool.identity import Role
from lti_tool.people.models import Provider
from lti_tool.people.programmes import current_programme
from tests.integration.grades.factories import an_item, hand_in
from tests.world import Person, World

FORM = "form[data-autosave]"


@dataclass
class BlindPair:
    """A submission of a module that is marked double blind, with two tutors."""

    world: World
    amira: Person
    tessa: Person
    norman: Person
    attempt_id: int

    def press(self, person: Person, mark: int, feedback: str, action: str = "final") -> Response:
        """Type a mark on the marking page and press a button."""
        page = person.get(f"marking/{self.attempt_id}")
        values = {"mark": str(mark), "feedback": feedback, "criterion-K": f"{feedback} (K)"}
        return person.submit(page, values, button=("action", action), form=FORM)

    def final(self, person: Person, mark: int, feedback: str) -> None:
        """The same without the page."""
        with self.world.tool.app.app_context():
            attempt = db.session.get_one(Attempt, self.attempt_id)
            viewer = person.viewer(Role.TUTOR)
            kept = marking.get_mark(viewer, attempt)
            own = kept if kept and kept.marker_id == viewer.user_id else None
            draft = Draft(mark, feedback, {"K": f"{feedback} (K)"}, own.revision if own else 0)
            marking.finalise(viewer, attempt, draft)
            db.session.commit()

    def agree(self, person: Person, action: str, **values: str) -> Response:
        """Do something on the page where the two agree."""
        page = person.get(f"marking/{self.attempt_id}/agree")
        form = f"form:has([name=action][value={action}])"
        return person.submit(page, values, button=("action", action), form=form)

    def state(self) -> str:
        return str(self.ask(chain.state_of_attempt))

    def ask(self, question: Any) -> Any:
        """What the chain says of the attempt."""
        with self.world.tool.app.app_context():
            return question(db.session.get_one(Attempt, self.attempt_id))


def double_blind(world: World) -> str:
    """The module that the programme has marked double blind."""
    with world.tool.app.app_context():
        programme = current_programme(db.session.query(Provider.id).limit(1).scalar())
        return next(m.code for m in programme.modules if m.marking.value == "double_blind")


def stored_file(world: World) -> dict[str, Any]:
    """A file with a name that gives its author away, as a manifest holds it."""
    content = b"What happened in two lessons."
    digest, size = world.tool.app.extensions["storage"].put(io.BytesIO(content))
    name = "Amira Khan diary.txt"
    return {"sha256": digest, "size": size, "media_type": "text/plain", "filename": name}


def blind_pair(world: World) -> BlindPair:
    amira = world.participant("Amira Khan", opens="MTL1")
    tessa, norman = world.tutor("Tessa Grant"), world.tutor("Norman Lee")
    told = an_item(narrative="Amira Khan planned two lessons.", files=[stored_file(world)])
    attempt_id = hand_in(amira, module=double_blind(world), items=[told])
    return BlindPair(world, amira, tessa, norman, attempt_id)
