"""The story of the demo can be told by the acts of its people, from a spreadsheet to the grades."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo_vle.people_file import participants_csv
from demo_vle.server import start_vle
from lti_tool.app import create_app
from lti_tool.board.board_models import Board
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.grades.models import Delivery, Grade
from lti_tool.grades.moderation_models import ModerationMember
from lti_tool.people.models import Application, Mail, Participant, ProgrammeVersion
from lti_tool.settings import load_settings
from tests.pages import check_page
from tests.tool_server import RunningTool, start_tool
from tests.world import Person, World

STAFF = ("Margaret Ellison", "Tunde Bakare", "Rosalind Chen", "Yusuf Rahman")
COACHES = ("Carol Whitfield", "Devon Clarke", "Nasreen Begum", "Owain Rhys")
PEOPLE = 12


@pytest.fixture
def tool(tool: RunningTool, tools: dict[str, Any], tmp_path: Path) -> Iterator[RunningTool]:
    """A tool in which nobody has done anything yet."""
    number = int(tools["worker"].removeprefix("gw").replace("master", "0"))
    fresh = start_tool(tool.store, tmp_path / "tool", f"gw{number:04}")
    yield fresh
    fresh.close()


@pytest.fixture
def world(tool: RunningTool) -> Iterator[World]:
    with start_vle(tool.url, "moodle") as vle:
        tool.add_platform(vle.registration())
        yield World(tool, vle)


@pytest.fixture
def told(world: World, tmp_path: Path) -> list[Person]:
    """The participants of the demo, with their history."""
    run = world.tool.app.test_cli_runner().invoke
    for name in STAFF:
        world.tutor(name)
    visitors = [world.visitor(f"Person {number}", "participant") for number in range(PEOPLE)]
    rows = [
        {"id": each.person.id, "name": f"Person {number}", "email": f"p{number}@school.example"}
        for number, each in enumerate(visitors)
    ]
    file = tmp_path / "participants.csv"
    file.write_text(participants_csv(rows, today()), encoding="utf-8")
    words = ["people", "import", str(file), "--kind", "participants", "--commit"]
    imported = run(args=[*words, "--provider", "Our university"])
    assert imported.exit_code == 0, imported.output
    people = [Person(world, each, "progress") for each in visitors]
    for name in COACHES:
        world.coach(name)
    result = run(args=["demo"])
    assert result.exit_code == 0, result.output
    assert f"{PEOPLE} participants, 28 pieces of evidence, 3 grades confirmed" in result.output
    return people


def test_every_kind_of_record_is_there_and_the_first_page_opens(
    world: World, told: list[Person]
) -> None:
    amira = told[0]
    page = check_page(amira.get("progress"), 200).get_text(" ")
    assert "1 target of the plan waits for you to agree." in page
    assert "1 talk waits for you to confirm what was said." in page
    assert "An even pace would have brought" in page
    with world.tool.app.app_context():
        states = {each.state for each in db.session.query(Application)}
        assert states == {
            "interested", "checked", "passed_to_provider", "offered", "enrolled", "declined",
            "lapsed",
        }  # fmt: skip
        assert {each.state for each in db.session.query(Participant)} == {
            "active", "paused", "transferring"
        }  # fmt: skip
        assert {each.letter for each in db.session.query(Mail)} >= {"link_invitation"}
        assert [each.state for each in db.session.query(Board).order_by(Board.id)] == [
            "minuted", "papers_ready"
        ]  # fmt: skip
        ratified = db.session.query(Grade).filter_by(status="ratified").one()
        assert db.session.query(Delivery).filter_by(grade_id=ratified.id).one().state == "confirmed"
        assert [len(each.reasons) > 0 for each in db.session.query(ModerationMember)] == [True] * 3
        assert {each.version for each in db.session.query(ProgrammeVersion)} == {"1.0", "1.1"}


def test_an_empty_database_gets_a_crowd_once(tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/crowd.sqlite",
        "SECRET_KEY": "only for tests, and long enough",
        "STORAGE_URL": f"{tmp_path}/files",
        "MAIL_URL": f"{tmp_path}/mail",
    }
    run = create_app(load_settings(settings)).test_cli_runner().invoke
    filled = run(args=["demo", "--participants", "10"])
    assert filled.exit_code == 0, filled.output
    assert "10 participants, 500 pieces of evidence" in filled.output
    again = run(args=["demo", "--participants", "10"])
    assert again.exit_code == 1
    assert "Give an empty one by DATABASE_URL." in again.output
