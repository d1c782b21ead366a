"""Two universities with two Moodles and a Canvas in one tool, and nothing crosses.

People of the same name and address, with the same ids in courses of the same id: only their work
tells them apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.db import db
from lti_tool.grades.models import Delivery
from lti_tool.people.models import Course, Participant
from lti_tool.people.users import appoint_lead
from tests.integration.attacks.hands import fetch
from tests.integration.evidence.steps import added
from tests.integration.grades.factories import hand_in, release_mark
from tests.integration.launch.test_deep_linking import choose
from tests.integration.people.outsiders import Outsider
from tests.partnerships import Partnership
from tests.tool_server import RunningTool
from tests.world import Person, World, grades_in, soup, text_of

NAMES = {"amira": "Amira Khan", "tutor": "Tessa Grant", "lead": "Lena Okafor"}
COACH = "olga.marsh@same.example"
# Every list and every search that shows people or what they made.
LISTS = (
    "participants", "participants?q=Amira", "search?q=Amira", "search?q=Lesson", "evidence",
    "cohort", "deliveries", "marking", "release", "roster", "schools", "coaches", "applications",
    "allocations", "boards", "examiners", "requests", "moderation", "results.csv",
    "export/participants.csv", "export/coaches.csv", "marking/sheets/marks.csv",
)  # fmt: skip


@dataclass
class University:
    """One course with a participant, her tutor and her lead, and what only they may read."""

    partnership: Partnership
    world: World
    amira: Person
    tutor: Person
    lead: Person
    link: str
    title: str
    mark: int
    candidate: str

    @property
    def own_words(self) -> tuple[str, ...]:
        return (self.title, self.candidate)


def university(partnership: Partnership, product: str, word: str, mark: int) -> University:
    """Everybody comes in the same order, so that a Moodle gives the same ids as another."""
    world = partnership.world(product)

    def person(part: str, role: str) -> Person:
        name = NAMES[part]
        address = f"{part}@same.example"
        return Person(world, world.visitor(name, role, email=address), "progress")

    amira = Person(
        world, world.visitor(NAMES["amira"], "participant", email="amira@same.example"), "MTL1"
    )
    tutor, lead = person("tutor", "tutor"), person("lead", "tutor")
    with world.tool.app.app_context():
        appoint_lead(lead.user())
        db.session.commit()
    lead.launch("progress")
    # At one university one address has one link, so the Canvas course has another coach.
    link = invited(world, tutor, amira, COACH if product == "moodle" else f"canvas.{COACH}")
    title = f"Lesson {word}"
    added(amira, title=title, button="submit")
    release_mark(tutor, hand_in(amira), mark)
    world.deliver()
    with world.tool.app.app_context():
        candidate = db.session.get_one(Participant, amira.participant_id()).candidate_number
    return University(partnership, world, amira, tutor, lead, link, title, mark, candidate)


def invited(world: World, tutor: Person, amira: Person, address: str) -> str:
    """The link of a coach without an account."""
    olga = Outsider(world, address=address)
    page = tutor.get(f"participants/{amira.participant_id()}/coach-link")
    answer = tutor.submit(
        page, {"name": olga.name, "address": olga.address}, button=("action", "save"),
        form="form:has(#address)",
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return olga.newest_link()


@pytest.fixture
def three(shared_tool: RunningTool, tools: dict[str, Any]) -> list[University]:
    """Of the first a Moodle and a Canvas, of the second another Moodle."""
    north, south = Partnership(shared_tool, tools), Partnership(shared_tool, tools)
    return [
        university(north, "moodle", "Oakapple", 61),
        university(south, "moodle", "Elmwood", 52),
        university(north, "canvas", "Ashgrove", 73),
    ]


@pytest.mark.timeout(300)
def test_nothing_crosses_from_one_university_to_another(three: list[University]) -> None:
    north, south, canvas = three
    assert the_same_to_a_vle(north) == the_same_to_a_vle(south)
    check_that_each_is_somebody_else(three)
    for one, others in ((north, [south]), (south, [north, canvas]), (canvas, [south])):
        hidden = [word for other in others for word in other.own_words]
        for person in (one.lead, one.tutor, one.amira):
            for path in LISTS:
                told = fetch(person, path).text
                assert not [word for word in hidden if word in told], (person.name, path)
        check_addresses(one, others)
        check_gradebook(one)
    for one in three:
        assert one.title in text_of(one.lead.get("evidence?participant=" + id_of(one)))
        # A tutor of one course of the same university is nobody in the other.
    told = canvas.tutor.get("participants?q=Amira").text
    assert id_of(canvas) in told
    assert f'data-participant="{id_of(north)}"' not in told
    check_commands(north, south, canvas)
    check_rosters(north, south)
    check_deep_links(north, south)
    check_personal_links(north, south)


def id_of(one: University) -> str:
    return str(one.amira.participant_id())


def the_same_to_a_vle(one: University) -> tuple[str, ...]:
    """By what a VLE names its course and its people."""
    people = (one.amira, one.tutor, one.lead)
    return (str(one.world.course.id), *(str(each.visitor.person.id) for each in people))


def check_that_each_is_somebody_else(three: list[University]) -> None:
    """Neither ids nor addresses make one person of two."""
    with three[0].world.tool.app.app_context():
        users = [[getattr(one, part).user() for part in NAMES] for one in three]
        assert len({user.id for people in users for user in people}) == 9
        assert [user.email for user in users[0]] == [user.email for user in users[1]]
        courses = [db.session.get_one(Course, one.amira.course_id) for one in three]
        assert len({course.id for course in courses}) == 3
        whose = [course.provider_id for course in courses]
        assert whose[0] == whose[2] != whose[1]


def check_addresses(one: University, others: list[University]) -> None:
    """The pages of the others' things do not exist, and their courses are nobody's here."""
    for other in others:
        for path in ("", "/plan", "/results", "/history", "/allocations"):
            address = f"participants/{id_of(other)}{path}"
            assert fetch(one.lead, address).status_code == 404, address
            answer = fetch(one.lead, address, course_id=other.lead.course_id)
            assert answer.status_code == 401, address


def check_gradebook(one: University) -> None:
    """The mark is in the gradebook of their own VLE, and no other mark is."""
    cells = [cell for column in grades_in(one.world).values() for cell in column.values()]
    assert [cell.score for cell in cells if cell.score is not None] == [one.mark]
    with one.world.tool.app.app_context():
        query = select(Delivery.state).where(Delivery.participant_id == int(id_of(one)))
        assert db.session.scalars(query).all() == ["confirmed"]


def check_commands(north: University, south: University, canvas: University) -> None:
    """What lists people says whose, and without that it lists nobody."""
    assert north.partnership.run("people", "list", "--json").exit_code != 0
    for one, others in ((north, [south]), (south, [north, canvas])):
        ids = {int(each) for each in listed_ids(one.partnership)}
        with one.world.tool.app.app_context():
            assert {one.amira.user().id, one.lead.user().id} <= ids
            assert (
                not {person.user().id for each in others for person in (each.amira, each.lead)}
                & ids
            )
        course = str(one.amira.course_id)
        told = one.partnership.run(
            "people", "export", "--kind", "participants", "--provider", one.partnership.name,
            "--course", course,
        )  # fmt: skip
        assert told.exit_code == 0, told.output
        assert one.candidate in told.output
        assert not [each for each in others if each.candidate in told.output]
        across = one.partnership.run(
            "people", "export", "--kind", "participants", "--provider", one.partnership.name,
            "--course", str(others[0].amira.course_id),
        )  # fmt: skip
        assert across.exit_code != 0
        assert others[0].candidate not in across.output


def listed_ids(partnership: Partnership) -> list[str]:
    done = partnership.run("people", "list", "--json", "--provider", partnership.name)
    assert done.exit_code == 0, done.output
    return [str(each["id"]) for each in json.loads(done.output)]


def check_rosters(north: University, south: University) -> None:
    """A newcomer of one Moodle has the id that a newcomer of the other would have."""
    north.world.visitor("Nora Newcomer", "participant", email="nora@same.example")
    before = listed_ids(south.partnership)
    done = north.partnership.run("roster", "sync", "--course", str(north.amira.course_id))
    assert done.exit_code == 0, done.output
    assert "1 new" in done.output
    assert "Nora Newcomer" in text_of(north.lead.get("roster"))
    assert "Nora Newcomer" not in text_of(south.lead.get("roster"))
    assert listed_ids(south.partnership) == before


def check_deep_links(north: University, south: University) -> None:
    """A choice that one Moodle asked for is answered there and by the one who was asked."""
    page = north.tutor.visitor.deep_link(north.world.course)
    ticket = page.url.rsplit("/", 1)[1]
    assert fetch(south.tutor, f"deep-link/{ticket}").status_code == 404
    sent = soup(choose(north.tutor.visitor, page, "progress")).select_one("form[data-auto-submit]")
    assert sent is not None
    assert str(sent["action"]).startswith(north.world.vle.url)


def check_personal_links(north: University, south: University) -> None:
    """One address is a coach of both, with a link to each, and neither opens the other."""
    for one, other in ((north, south), (south, north)):
        olga = Outsider(one.world, address=COACH)
        told = olga.sign_in(one.link).text
        assert f"/participants/{id_of(one)}" in told
        assert f"/participants/{id_of(other)}" not in told
        there = f"{one.world.tool.url}/courses/{other.amira.course_id}"
        for path in ("participants", f"participants/{id_of(other)}", "evidence"):
            answer = olga.browser.session.get(f"{there}/{path}", allow_redirects=False)
            assert answer.status_code == 401
    assert north.link != south.link
