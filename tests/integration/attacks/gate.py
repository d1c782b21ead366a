"""A tool with everybody who can come to it, made once for all that is tried there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from demo_vle.browser import Visitor
from lti_tool.board import boards
from lti_tool.db import db
from lti_tool.evidence.models import Attempt, Attestation
from lti_tool.evidence.receipts import number_of
from lti_tool.grades import allocating_markers, hand_ins
from lti_tool.grades.models import HandIn
from lti_tool.grades.moderation_models import ModerationMember
from lti_tool.identity import Role
from tests.integration.attacks.matrix import COOKIE, Knocker, Things, knock, nothing_stays
from tests.integration.attacks.test_every_door import things_of
from tests.integration.attacks.test_parts_in_the_work import end_coaching
from tests.integration.board.examining import Examined, appointed, examined, signed_in
from tests.integration.grades.blind import BlindPair, blind_pair
from tests.integration.grades.moderated import Module
from tests.integration.people.outsiders import Outsider, invited_coach
from tests.integration.people.test_head_teachers import signed_in_head, teaches_at
from tests.partnerships import Partnership
from tests.tool_server import RunningTool
from tests.world import Person, World


@dataclass
class Gate:
    """The tool, what the addresses name there, and who was answered what."""

    tool: RunningTool
    things: Mapping[str, Things]
    people: list[Knocker]

    def who(self, name: str) -> Knocker:
        return next(each for each in self.people if each.name == name)


def gate(tool: RunningTool, tools: dict[str, Any]) -> Gate:
    """Made and tried once in a process: two universities, and somebody in every part."""
    key = "everybody at the gate"
    if key not in tools:
        tools[key] = _knocked(tool, *(Partnership(tool, tools).world() for _ in range(2)))
    found: Gate = tools[key]
    return found


def _knocked(tool: RunningTool, world: World, other: World) -> Gate:
    amira, lead, colin = world.participant(opens="MTL1"), world.lead(), world.coach()
    here = things_of(amira, world, lead, colin)
    dora, tim = world.coach("Dora Lind"), world.tutor("Tim Lowe")
    ben = world.participant("Ben Osei")
    world.allocate(dora, to=ben)
    pair, module, script = _second_marked(world, lead), Module(world, [55]), examined(world)
    teaches_at(lead, here["school_id"], amira)
    head, examiner = signed_in_head(lead, here["school_id"]), appointed(script, "MTL1")
    signed_in(examiner)
    next_door = World(world.tool, world.vle)
    things = _things(here, pair, module, script) | {
        "/deep-link/": {"ticket": tim.visitor.deep_link(world.course).url.rsplit("/", 1)[1]},
        "/head/": {"token": _secret_of(head)},
        "/examiner/": {
            "token": _secret_of(examiner), "attempt_id": script.attempt_id, "number": 1,
        },
    }  # fmt: skip
    _draw_up(lead, here["board_id"])

    def known(name: str, person: Person, area: str = "") -> Knocker:
        return Knocker(name, _cookie_of(person.visitor), person.course_id, area)

    first = [
        Knocker("nobody", "", amira.course_id),
        known("participant", amira),
        known("another participant", ben),
        known("coach", colin),
        known("another’s coach", dora),
        known("tutor", tim),
        known("second marker", pair.norman, "grades"),
        known("moderator", module.mona, "grades"),
        known("lead", lead),
        known("tutor of another course", next_door.tutor()),
        known("lead of another course", next_door.lead()),
        known("tutor elsewhere", other.tutor()),
        known("lead elsewhere", other.lead()),
        Knocker("head teacher", _cookie_of(head.browser), amira.course_id),
        Knocker("examiner", _cookie_of(examiner.browser), amira.course_id),
    ]
    _try(tool, first, things)
    end_coaching(amira)
    olga = invited_coach(world, lead, amira)
    olga.sign_in(olga.newest_link())
    later = [
        Knocker("coach by link", _cookie_of(olga.browser), amira.course_id),
        known("former coach", colin),
    ]
    _try(tool, later, things)
    return Gate(tool, things, [*first[:4], *later, *first[4:]])


def _try(tool: RunningTool, people: list[Knocker], things: Mapping[str, Things]) -> None:
    with nothing_stays(tool.app):
        for who in people:
            knock(tool.app, who, tool.url, things)


def _things(here: Things, pair: BlindPair, module: Module, script: Examined) -> dict[str, Things]:
    """What addresses name, by the part of the tool that they begin with."""
    pair.final(pair.tessa, 52, "Clear.")
    pair.final(pair.norman, 64, "Clear.")
    batch = module.draw()
    with pair.world.tool.app.app_context():
        query = select(ModerationMember.id).where(ModerationMember.batch_id == batch)
        member = db.session.scalars(query).one()
        newest = select(Attestation).order_by(Attestation.id.desc()).limit(1)
        hand_ins.write_down()
        db.session.commit()
        handed = select(func.max(HandIn.reference)).where(HandIn.attempt_id == here["attempt_id"])
        return {
            "": here,
            "/attestations/": {"number": number_of(db.session.scalars(newest).one())},
            "/hand-ins/": {"reference": db.session.scalar(handed)},
            "/moderation/": {"batch_id": batch, "member_id": member},
            "/marking/": {"attempt_id": pair.attempt_id},
        }


def _second_marked(world: World, lead: Person) -> BlindPair:
    """Work that two people were given to mark."""
    pair = blind_pair(world)
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, pair.attempt_id)
        markers = {"first": pair.tessa.user().id, "second": pair.norman.user().id}
        allocating_markers.give(lead.viewer(Role.LEAD), attempt, markers)
        db.session.commit()
    return pair


def _draw_up(lead: Person, board_id: int) -> None:
    """Lay on the board's table what waits for it."""
    with lead.world.tool.app.app_context():
        boards.draw_up(lead.viewer(Role.LEAD), board_id)
        db.session.commit()


def _cookie_of(visitor: Visitor) -> str:
    return str(visitor.session.cookies.get(COOKIE))


def _secret_of(outsider: Outsider) -> str:
    """What stands in the address of a personal link."""
    return outsider.newest_link().rsplit("/", 1)[1]
