"""Before and around participants: applications, due dates, learning together, a newer version."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import current_app

from lti_tool.cli.demo.cast import Cast, told
from lti_tool.cli.demo.places import days_ago
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.learning import collaboration, enrolments, module_dates, taking_part
from lti_tool.learning.collaboration_entries import Words
from lti_tool.people import applications, programmes
from lti_tool.people.models import Application, Provider, School
from lti_tool.programme.enrolment import Deed

STEPS = {
    "check": applications.check_eligibility,
    "pass_on": applications.pass_on,
    "offer": applications.offer,
}
ABOUT = ("name", "email", "role", "newly_recruited", "qts_year", "post_year", "offered_package")
NEWER = {'version: "1.0"': 'version: "1.1"', "parallel_modules: 1": "parallel_modules: 2"}


def apply_all(cast: Cast, schools: dict[str, School]) -> None:
    """Teachers who would like to join, each as far as they have come."""
    for one in told("joining")["applications"]:
        details: dict[str, Any] = {name: one.get(name) for name in ABOUT}
        if "school" in one:
            details["school_id"] = schools[one["school"]].id
        found = applications.add_application(cast.lead, details)
        db.session.flush()
        for step in one["steps"]:
            _step(cast, found, step, one)
        if "ends" in one:
            applications.end(cast.lead, found, one["ends"])


def _step(cast: Cast, found: Application, step: str, one: dict[str, Any]) -> None:
    if step == "enrol":
        participant = cast.record_of(cast.numbered(one["participant"]))
        applications.enrol(cast.lead, found, participant)
    else:
        STEPS[step](cast.lead, found)


def set_due(cast: Cast) -> None:
    """When modules are due for everybody."""
    version = cast.record_of(cast.numbered(0)).programme_version_id
    for code, days in told("joining")["due"].items():
        module_dates.set_date(cast.lead, version, code, "", days_ago(-days))


def set_own_dates(cast: Cast) -> None:
    """When modules are due for some, by a date of their own."""
    story, lead = told("joining"), cast.lead
    facts_of = current_app.extensions["participant_facts"]
    for one in story["own_due"]:
        ids = [cast.record_of(cast.numbered(one["participant"])).id]
        enrolments.enrol(lead, ids, one["module"], days_ago(-one["due_in"]), facts_of)
    for name, deed in (("deferred", Deed.DEFER), ("again", Deed.REASSESS)):
        one = story[name]
        due_on = days_ago(-one["due_in"]) if "due_in" in one else None
        enrolments.change(
            lead, cast.record_of(cast.numbered(one["participant"])).id, one["module"], deed,
            facts_of, due_on=due_on,
        )  # fmt: skip


def learn_together(cast: Cast) -> None:
    """Two who have planned a lesson together, and one who was invited and has not answered."""
    story = told("joining")["together"]
    starter, other = cast.numbered(story["by"]), cast.numbered(story["with"])
    own, theirs = (Words(**words) for words in story["words"])
    facts = collaboration.Facts(
        title=story["title"],
        held_on=days_ago(story["days_ago"]),
        others=story["others"],
        strands=tuple(story["strands"]),
    )
    entry = collaboration.start(starter, facts, own)
    db.session.flush()
    for colleague in (other, cast.numbered(story["invited"])):
        taking_part.invite(starter, entry.id, cast.record_of(colleague).id)
        db.session.flush()
    taking_part.accept(other, entry.id)
    db.session.flush()
    collaboration.write(other, entry.id, theirs, revision=_revision(other, entry.id))


def _revision(viewer: Viewer, entry_id: int) -> int:
    return collaboration.own_part(viewer, entry_id, "taking_part").revision


def publish_newer(cast: Cast) -> None:
    """A newer version of the programme, for a lead to look through and to let people adopt."""
    version = cast.record_of(cast.numbered(0)).programme_version
    text = version.definition
    for before, after in NEWER.items():
        text = text.replace(before, after)
    if text == version.definition:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "programme.yaml"
        path.write_text(text, encoding="utf-8")
        programmes.publish(db.session.get_one(Provider, cast.lead.provider_id), path)
