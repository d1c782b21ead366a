"""The operator brings marks in for a tutor, and hands ratified results on."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.clock import LONDON, now
from lti_tool.db import db
from lti_tool.grades.models import Grade, Mark
from lti_tool.people.models import Participant
from tests.integration.grades.factories import hand_in, release_mark
from tests.world import Person, World

pytestmark = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def run(world: World, *words: str) -> Any:
    return world.tool.app.test_cli_runner().invoke(args=["marks", *words])


def number_of(person: Person) -> str:
    with person.world.tool.app.app_context():
        return db.session.get_one(Participant, person.participant_id()).candidate_number


def user_id(person: Person) -> str:
    with person.world.tool.app.app_context():
        return str(person.user().id)


def marks_of(world: World, attempt_id: int) -> list[tuple[str, int | None]]:
    with world.tool.app.app_context():
        found = db.session.scalars(select(Mark).where(Mark.attempt_id == attempt_id))
        return [(each.state, each.mark) for each in found]


def test_marks_come_in_for_the_tutor_who_gave_them(world: World, tmp_path: Path) -> None:
    amira, tessa = world.participant(opens="MTL1"), world.tutor()
    attempt_id = hand_in(amira)
    file = tmp_path / "marks.csv"
    file.write_text(f"participant,module,mark,feedback\n{number_of(amira)},mtl1,64,A clear text\n")
    words = ("import", str(file), "--as", user_id(tessa), "--final")

    tried = run(world, *words, "--dry-run")
    assert (tried.exit_code, marks_of(world, attempt_id)) == (0, [])
    assert "new" in tried.output
    assert "1 would be stored" in tried.output
    done = run(world, *words)
    assert (done.exit_code, marks_of(world, attempt_id)) == (0, [("final", 64)])
    with world.tool.app.app_context():
        given_by = select(Mark.marker_id).where(Mark.attempt_id == attempt_id)
        marker = str(db.session.scalars(given_by).one())
    assert marker == user_id(tessa)
    again = run(world, *words)
    assert "unchanged" in again.output
    assert "0 stored" in again.output


def test_one_row_that_cannot_be_keeps_all_marks_out(world: World, tmp_path: Path) -> None:
    amira, ben = (world.participant(name, opens="MTL1") for name in ("Amira Khan", "Ben Lowe"))
    tessa, coach = world.tutor(), world.tutor("Carla Coach")
    world.allocate(coach, to=amira)
    attempts = [hand_in(amira), hand_in(ben)]
    file = tmp_path / "marks.csv"
    file.write_text(f"participant,mark\n{number_of(amira)},64\n{number_of(ben)},71\nC000000,50\n")
    refused = run(world, "import", str(file), "--module", "MTL1", "--as", user_id(tessa))
    assert refused.exit_code == 1
    assert "Nobody has the candidate number C000000." in refused.output
    own = run(world, "import", str(file), "--module", "MTL1", "--as", user_id(coach))
    assert "You coach this participant" in own.output
    nobody = run(world, "import", str(file), "--module", "MTL1", "--as", user_id(ben))
    assert nobody.exit_code == 1
    assert [marks_of(world, each) for each in attempts] == [[], []]


def ratify(world: World, attempt_id: int, mark: int) -> None:
    """As a board's decision leaves it: a further revision of the grade."""
    with world.tool.app.app_context():
        last = db.session.scalars(
            select(Grade).where(Grade.attempt_id == attempt_id).order_by(Grade.revision.desc())
        ).first()
        assert last is not None
        columns = {each.name: getattr(last, each.name) for each in Grade.__table__.columns}
        columns |= {"id": None, "revision": last.revision + 1, "mark": mark,
                    "status": "ratified", "released_at": now()}  # fmt: skip
        db.session.add(Grade(**columns))
        db.session.commit()


def test_only_ratified_results_are_handed_on_without_names(world: World) -> None:
    amira, ben = (world.participant(name, opens="MTL1") for name in ("Amira Khan", "Ben Lowe"))
    tessa, lena = world.tutor(), world.lead()
    attempts = [hand_in(each) for each in (amira, ben)]
    for attempt_id in attempts:
        release_mark(tessa, attempt_id, 49)
    ratify(world, attempts[0], 50)

    answer = lena.get("results.csv")
    assert "Khan" not in answer.text
    rows = {row["candidate_number"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    day = now().astimezone(LONDON).date().isoformat()
    assert rows[number_of(amira)] == {
        "candidate_number": number_of(amira), "module": "MTL1", "attempt": "1", "mark": "50",
        "outcome": "pass", "ratified_on": day,
    }  # fmt: skip
    assert number_of(ben) not in rows
    listed = json.loads(run(world, "results", "--json").output)
    assert number_of(amira) in {each["candidate_number"] for each in listed}
    assert number_of(amira) in run(world, "results").output
    assert tessa.get("results.csv").status_code == 403
