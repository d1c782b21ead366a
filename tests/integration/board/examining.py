"""An external examiner with something to look at, in names that no page of theirs may hold."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from requests import Response

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.people.models import Participant
from tests.integration.grades.factories import an_item, hand_in, release_mark
from tests.integration.people.outsiders import Outsider
from tests.world import Person, World, text_of

PUPIL, COACH, TUTOR = "Zuleika Quartermain", "Cuthbert Nightshade", "Tobias Ravenscroft"
# No page, title, address or name of a file says any of these.
CANARIES = ("Zuleika", "Quartermain", "Cuthbert", "Nightshade", "Tobias", "Ravenscroft")
BYTES = b"What was learned, in a few words. /Author (Zuleika Quartermain) /Title (Plan)"
SENT = b"What was learned, in a few words. /Author (                   ) /Title (Plan)"
FEEDBACK = "Zuleika, a clear account. Ask Cuthbert Nightshade for more. Tobias Ravenscroft"


@dataclass
class Examined:
    """A released mark with evidence, and the lead who appoints examiners."""

    world: World
    lead: Person
    tutor: Person
    author: Person
    attempt_id: int
    candidate: str


def examined(world: World, mark: int = 45, module: str = "MTL1") -> Examined:
    """One script, marked and released; with a fail the examiner is sure to see it."""
    author, tutor, lead = world.participant(PUPIL), world.tutor(TUTOR), world.lead()
    attempt_id = hand_in(author, module, items=[_evidence(world)])
    release_mark(tutor, attempt_id, mark, FEEDBACK)
    with world.tool.app.app_context():
        found = db.session.get_one(Participant, author.participant_id())
        return Examined(world, lead, tutor, author, attempt_id, found.candidate_number)


def _evidence(world: World) -> dict[str, Any]:
    with world.tool.app.app_context():
        sha256, size = world.tool.app.extensions["storage"].put(io.BytesIO(BYTES))
    item = an_item("Lesson study by Zuleika")
    signed = {**item["attestations"][0], "coach": {"id": 7, "name": COACH},
              "statement": "Ms Quartermain did this. C. Nightshade"}  # fmt: skip
    return {
        **item,
        "narrative": f"I, {PUPIL}, planned two lessons with {COACH}.",
        "setting": "With Mr Nightshade’s class",
        "links": ["https://quartermain.example/plan", "https://example.org/plan"],
        "pupils": "identifiable",
        "permission_by": "Cuthbert Nightshade",
        "permission_basis": "parents",
        "author": {"id": 7, "role": "coach", "name": f"{COACH} (not confirmed by the university)"},
        "attestations": [signed],
        "files": [
            {
                "sha256": sha256,
                "size": size,
                "media_type": "application/pdf",
                "filename": "Zuleika Quartermain plan.pdf",
                "alt_text": "Zuleika at the board",
            }
        ],
    }  # fmt: skip


def appointed(found: Examined, *modules: str) -> Outsider:
    """An examiner whom the lead has appointed on the page, for a year from today."""
    examiner = Outsider(found.world, "Edith Marlowe")
    page = found.lead.get("examiners")
    first = today()
    values = {
        "name": examiner.name, "address": examiner.address, "modules": list(modules) or ["MTL1"],
        "first_on-day": str(first.day), "first_on-month": str(first.month),
        "first_on-year": str(first.year), "last_on-day": "1", "last_on-month": "8",
        "last_on-year": str(first.year + 1),
    }  # fmt: skip
    answer = found.lead.submit(page, values, button=("action", "save"), form="#form")
    assert "An invitation is on its way to Edith Marlowe." in text_of(answer), text_of(answer)
    return examiner


def signed_in(examiner: Outsider) -> Response:
    """The examiner's first page."""
    return examiner.sign_in(examiner.newest_link())


def names_in(text: str) -> list[str]:
    """The canaries that a text holds, in whatever case."""
    return [name for name in CANARIES if name.lower() in text.lower()]
