"""Whoever learns together with somebody reads what they share, and nothing else of their work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from lti_tool.audit.models import AuditEvent
from lti_tool.db import db
from lti_tool.evidence import resumable
from lti_tool.evidence.models import Upload
from lti_tool.evidence.thread_models import Comment
from lti_tool.grades.adjustment_models import AdjustmentRequest
from lti_tool.grades.release_models import ReleaseBatch
from lti_tool.identity import Role
from lti_tool.learning.models import (
    Dialogue,
    Dissemination,
    EthicsClearance,
    NetworkLink,
    PriorLearningClaim,
    Specialism,
    Target,
)
from tests.integration.attacks.hands import fetch, post, token
from tests.integration.attacks.test_strangers import SECRETS, work_of
from tests.integration.evidence.test_threads import say
from tests.integration.grades.test_adjustments import ask
from tests.integration.learning.claiming import claimed
from tests.integration.learning.planning import diagnose, note_talk, set_target
from tests.integration.learning.sharing_steps import SHARED, list_of, page_of, start, together
from tests.integration.learning.test_records import clear, dated, fill_in, propose, records_of
from tests.pages import check_page
from tests.world import Person, World

PRIVATE = "For nobody else"
# Her name is known to whom she learns with.
SECRETS_OF_HERS = (PRIVATE, *(each for each in SECRETS if each != "Amira Khan"))
BEGIN = "/courses/<int:course_id>/"
ARGUMENT = re.compile(r"<(?:any\((?P<words>[^)]*)\):|\w+:)?(?P<name>\w+)>")
# What names a thing of somebody's, apart from the participant.
TABLES: dict[str, Any] = {
    "comment_id": Comment, "request_id": AdjustmentRequest, "release_id": ReleaseBatch,
    "dialogue_id": Dialogue, "dissemination_id": Dissemination, "clearance_id": EthicsClearance,
    "network_id": NetworkLink, "claim_id": PriorLearningClaim, "specialism_id": Specialism,
    "target_id": Target,
}  # fmt: skip
# Parts of addresses that are the same for everybody.
PLAIN = {
    "strand": "1.1", "phase": 1, "number": 1, "deed": "pause", "code": "MTL1", "page": 1,
    "link_id": 0, "name": "funnel",
}  # fmt: skip


def everything_of(amira: Person, world: World, coach: Person | None = None) -> dict[str, Any]:
    """All that a participant can have, and by which ids and keys it is reached."""
    colin, tessa = coach or world.coach(), world.tutor()
    world.allocate(colin, to=amira)
    found = work_of(amira, colin, tessa)
    diagnose(amira, amira, need_1_2=PRIVATE)
    set_target(amira, amira, PRIVATE)
    note_talk(colin, amira, summary=PRIVATE)
    propose(amira, PRIVATE)
    clear(amira)
    claimed(amira, "MTL3", statement=PRIVATE)
    network = {"name": PRIVATE, **dated("since_on")}
    fill_in(amira, records_of(amira, "/networks/new"), network)
    passed_on = {"what": PRIVATE, "audience": "Staff", "how": "A talk", **dated("shared_on")}
    fill_in(amira, records_of(amira, "/sharing/new"), passed_on)
    alone = start(amira, title=PRIVATE)
    say(amira, found["item"], PRIVATE)
    check_page(ask(amira, "circumstances", words=PRIVATE), 200)
    with world.tool.app.app_context():
        viewer = amira.viewer(Role.PARTICIPANT)
        file = resumable.start(viewer, f"{PRIVATE}.txt", 9, "1", limit=10, quota=10**9).id
        db.session.commit()
        ids = {name: db.session.scalars(select(table.id)).all() for name, table in TABLES.items()}
        upload = db.session.scalars(select(Upload.id).order_by(Upload.id)).first()
    return {
        **PLAIN, **{name: max(each) for name, each in ids.items()}, "upload_id": upload,
        "participant_id": found["person"], "item_id": found["item"], "sha256": found["sha256"],
        "attempt_id": found["attempt"], "receipt": found["receipt"], "reference": "1",
        "entry_id": alone, "file_id": file,
    }  # fmt: skip


def doors(world: World, role: Role) -> Iterator[tuple[str, Rule]]:
    """Every address of a course that a role may enter: with which method, and its rule."""
    app = world.tool.app
    for rule in app.url_map.iter_rules():
        roles = getattr(app.view_functions[rule.endpoint], "allowed_roles", None) or ()
        if role in roles and rule.rule.startswith(BEGIN):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, rule


def path_of(rule: Rule, things: dict[str, Any]) -> str:
    """The address of a thing; where it has one of some words, with the first of them."""

    def part(found: re.Match[str]) -> str:
        words, name = found["words"], found["name"]
        return words.split(",")[0] if words else str(things[name])

    return ARGUMENT.sub(part, rule.rule.removeprefix(BEGIN))


def trail_of(world: World, participant_id: int) -> list[int]:
    with world.tool.app.app_context():
        query = select(AuditEvent.id).where(AuditEvent.participant_id == participant_id)
        return list(db.session.scalars(query.order_by(AuditEvent.id)))


@pytest.mark.parametrize("as_if", ["theirs", "one's own"])
def test_a_colleague_gets_at_nothing_else(world: World, as_if: str) -> None:
    """Every address there is, with the ids of the other; then with one's own number before them."""
    amira, ben = world.participant(opens="MTL1"), world.participant("Ben Osei")
    things = everything_of(amira, world)
    together(amira, ben)
    assert SHARED in ben.page.text
    before = trail_of(world, things["participant_id"])
    csrf = token(ben, "learning-together/new")
    naming = things.keys() - PLAIN.keys()
    if as_if == "one's own":
        things |= {"participant_id": ben.participant_id()}
        naming -= {"participant_id"}
    through, tried = {}, 0
    for method, rule in doors(world, Role.PARTICIPANT):
        path = path_of(rule, things)
        names_a_thing = bool(rule.arguments & naming)
        if method == "GET":
            answers = [fetch(ben, path)]
        elif names_a_thing:
            # A form is refused for its button before anybody asks what it is about.
            answers = [
                post(ben, path, csrf_token=csrf, action=button, colleague="1", version="1")
                for button in ("save", "cancel")
            ]
        else:
            continue
        tried += names_a_thing
        statuses = {answer.status_code for answer in answers}
        seen = [text for text in SECRETS_OF_HERS for each in answers if text in each.text]
        if seen or (names_a_thing and (404 not in statuses or statuses - {404, 422})):
            through[f"{method} {path}"] = (statuses, seen)
    assert through == {}
    assert tried > 25
    things["participant_id"] = amira.participant_id()
    assert trail_of(world, things["participant_id"]) == before


def test_the_coach_of_a_colleague_sees_nobody_but_their_own(world: World) -> None:
    amira, ben, dora = world.participant(), world.participant("Ben Osei"), world.coach("Dora Lind")
    world.allocate(dora, to=ben)
    entry = together(amira, ben)
    assert SHARED in dora.get(list_of(ben)).text
    assert fetch(dora, list_of(amira)).status_code == 404
    assert fetch(dora, page_of(entry)).status_code == 403
    assert fetch(dora, f"participants/{amira.participant_id()}").status_code == 404
