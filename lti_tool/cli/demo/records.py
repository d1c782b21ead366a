"""Specialisms, networks, clearances, sharing and claims of the demo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app

from lti_tool.cli.demo.cast import Cast
from lti_tool.cli.demo.places import days_ago
from lti_tool.db import db
from lti_tool.evidence.models import EvidenceItem
from lti_tool.identity import Viewer
from lti_tool.learning import prior_learning, prior_learning_decisions, sharing, specialisms
from lti_tool.learning.impact import Impact
from lti_tool.people.models import Participant
from lti_tool.programme.prior_learning import Test

IMPACT = Impact(
    baseline="In a check of 26 pupils, nine could say what a sentence in the text was for.",
    change="I taught how to ask questions of a text aloud, ten minutes a day, for eight weeks.",
    outcome="In the same check after eight weeks it was nineteen. Three are as unsure as before.",
    group_size=26,
    source="My own check, marked a second time by a colleague who did not know which was which.",
    explanations="A new library lesson began in the same term and may have helped.",
    confidence="medium",
)
TESTS = {
    Test.RELEVANCE: "The study was about assessment and classroom practice.",
    Test.SUFFICIENCY: "Thirty credits at level 7, with two pieces of assessed work.",
    Test.AUTHENTICITY: "The transcript and both pieces of work were seen.",
    Test.CURRENCY: "Awarded within five years, and used in the classroom since.",
}


def keep_all(
    cast: Cast, viewer: Viewer, story: dict[str, Any], made: Sequence[EvidenceItem]
) -> None:
    """What one participant has on record besides plan and evidence."""
    participant, tutor = cast.record_of(viewer), cast.tutor_for(viewer)
    if "specialism" in story:
        _specialism(viewer, tutor, participant, story["specialism"])
    if (joined := story.get("network")) is not None:
        day = days_ago(joined["days_ago"])
        sharing.join_network(viewer, joined["name"], joined["link"], day)
    if (cleared := story.get("clearance")) is not None:
        day = days_ago(cleared["days_ago"])
        found = sharing.record_clearance(viewer, cleared["reference"], day)
        db.session.flush()
        if cleared["state"] == "confirmed":
            sharing.confirm_clearance(tutor, participant.id, found.id, confirmed=True)
    if (shared := story.get("shared")) is not None:
        sharing.pass_on(
            viewer, shared["what"], shared["audience"], shared["how"],
            days_ago(shared["days_ago"]), [made[shared["item"]].id],
        )  # fmt: skip
    if "claim" in story:
        _claim(cast, viewer, participant, story["claim"])


def _specialism(
    viewer: Viewer, tutor: Viewer, participant: Participant, told: dict[str, Any]
) -> None:
    found = specialisms.propose(viewer, told["title"], told["strands"], told["reason"])
    db.session.flush()
    if told["state"] == "agreed":
        specialisms.agree(tutor, participant.id, found.id, found.revision)
    if told["state"] == "returned":
        specialisms.send_back(tutor, participant.id, found.id, found.revision, told["words"])


def _claim(cast: Cast, viewer: Viewer, participant: Participant, told: dict[str, Any]) -> None:
    handed_in = current_app.extensions["submitted_modules"]
    is_whole = told["state"] != "draft"
    content = prior_learning.Content(
        award=told["award"],
        institution=told["institution"],
        level=7 if is_whole else None,
        credits=30 if is_whole else None,
        awarded_on=days_ago(told["awarded"]),
        used_elsewhere=False if is_whole else None,
        statement="Both modules were about practice in my own school." if is_whole else "",
        modules=("MTL2",),
        impact=IMPACT if is_whole else Impact(),
    )
    claim = prior_learning.save(viewer, content)
    db.session.flush()
    if not is_whole:
        return
    prior_learning.submit(viewer, claim.id, submitted_modules=handed_in)
    if told["state"] == "submitted":
        return
    judgements = {
        test: prior_learning_decisions.Judgement(True, sentence) for test, sentence in TESTS.items()
    }
    prior_learning_decisions.assess(cast.tutor_for(viewer), participant.id, claim.id, judgements)
    if told["state"] == "approved":
        prior_learning_decisions.decide(
            cast.lead, participant.id, claim.id, ["MTL2"], "", submitted_modules=handed_in
        )
