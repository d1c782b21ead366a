"""A provider of its own with a programme that asks for nothing but credit, and its board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from requests import Response

from lti_tool.board import awards, boards, deciding
from lti_tool.board.boards import Attendance, Plan
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Grade
from lti_tool.grades.release import queue
from lti_tool.grades.released import newest_grade
from lti_tool.identity import Role, Viewer
from tests.integration.grades.factories import hand_in
from tests.partnerships import USUAL, Partnership
from tests.tool_server import RunningTool
from tests.world import Person, World


class BoardRoom:
    """A course with its lead, and short ways to what a board needs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lena = world.lead("Lena Okafor")
        self.chair = world.tutor("Charles Chair")

    def viewer(self) -> Viewer:
        return self.lena.viewer(Role.LEAD)

    def participant(self, name: str) -> Person:
        return self.world.participant(name, opens="MTL1")

    def graded(self, person: Person, mark: int, module: str = "MTL1", number: int = 1) -> int:
        """A provisional result as it is after a release; returns the attempt's id."""
        attempt_id = hand_in(person, module, number)
        with self.world.tool.app.app_context():
            attempt = db.session.get_one(Attempt, attempt_id)
            says = f"The markers judged the work at {mark}."
            grade = Grade(
                provider_id=attempt.provider_id,
                attempt_id=attempt_id,
                revision=1,
                judged=mark,
                mark=mark,
                steps=[{"rule": "judged", "mark": mark, "says": says}],
                feedback="A clear account.",
                criteria={},
                status="provisional",
                released_by_id=self.lena.user().id,
                released_at=now(),
            )
            db.session.add(grade)
            db.session.flush()
            queue(attempt, grade)
            db.session.commit()
        return attempt_id

    def number_of(self, person: Person) -> str:
        """The candidate number, by which a board speaks of somebody."""
        from lti_tool.people.models import Participant

        with self.world.tool.app.app_context():
            participant = db.session.get_one(Participant, person.participant_id())
            return participant.candidate_number

    def sitting(self, kind: str = "meeting", results: tuple[tuple[Person, str], ...] = ()) -> int:
        """A board that sits; for an action of the chair on these results."""
        numbers = [(self.number_of(person), code) for person, code in results]
        with self.world.tool.app.app_context():
            viewer = self.viewer()
            planned = Plan(kind, "Summer board", today(), 2, "It cannot wait.")
            board = boards.plan(viewer, planned)
            db.session.flush()
            if kind == "meeting":
                boards.draw_up(viewer, board.id)
            for number, code in numbers:
                boards.add_result(viewer, board.id, number, code)
            here = Attendance(self.chair.user().id, [], ["Edna Outside"], "consulted")
            boards.sit(viewer, board.id, board.revision, here)
            db.session.commit()
            return board.id

    def say(self, board_id: int, attempt_id: int, **said: Any) -> None:
        saying = deciding.Saying(said.pop("saying", "ratify"))
        with self.world.tool.app.app_context():
            deciding.decide(self.viewer(), board_id, attempt_id, deciding.Said(saying, **said))
            db.session.commit()

    def lock(self, board_id: int) -> None:
        with self.world.tool.app.app_context():
            viewer = self.viewer()
            revision = boards.get_board(viewer, board_id).revision
            awards.lock(viewer, board_id, revision, "All were of one mind.")
            db.session.commit()

    def newest(self, attempt_id: int) -> tuple[int, str, int]:
        """Mark, status and revision of what counts now."""
        with self.world.tool.app.app_context():
            grade = newest_grade(attempt_id)
            assert grade is not None
            return grade.mark, grade.status, grade.revision

    def post(self, page: Response, form: str, values: dict[str, Any] | None = None) -> Response:
        return self.lena.submit(page, values or {}, form=form)


@pytest.fixture
def room(shared_tool: RunningTool, tools: dict[str, Any], tmp_path: Path) -> BoardRoom:
    """Each store has one such provider; nothing is on the table but what its tests lay there."""
    key = f"board room on {shared_tool.store}"
    if key not in tools:
        data = yaml.safe_load(USUAL.read_text(encoding="utf-8"))
        for module in data["modules"].values():
            module["marking"] = "single"
        data["compensation"] = {"enabled": True, "max_credits": 30, "min_mark": 40}
        data["boards"] = {"quorum": 2}
        data["completion"] = {
            "credits": 180,
            "areas_covered": "claimed",
            "strand_target": {"level": "attested", "count": 0, "hard": False},
            "records": [],
        }
        file = tmp_path / "programme.yaml"
        file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        tools[key] = Partnership(shared_tool, tools, file)
    return BoardRoom(tools[key].world())
