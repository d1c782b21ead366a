"""The operator checks, applies and writes spreadsheets by command."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from click.testing import Result

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.people.models import Participant
from tests.integration.people.test_importing import number_of, user_id
from tests.world import World


def run(world: World, *words: str) -> Result:
    return world.tool.app.test_cli_runner().invoke(
        args=["people", *words, "--provider", "Our university"]
    )


def put(folder: Path, text: str) -> str:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-16")
    return str(path)


def test_a_check_stores_nothing_a_commit_does_and_a_second_one_changes_nothing(
    world: World, tmp_path: Path
) -> None:
    amira, coach = world.participant(), world.coach()
    number = number_of(amira)
    file = put(tmp_path, f"candidate_number,kind,person_id\n{number},coach,{user_id(coach)}\n")
    words = ("import", file, "--kind", "allocations")
    checked = run(world, *words)
    assert checked.exit_code == 0, checked.output
    line = f"Row 2: added: Amira Khan ({number}): Coach: Colin Hughes from {today():%-d %B %Y}\n"
    assert line in checked.output
    assert "1 added, 0 changed, 0 same." in checked.output
    assert "Nothing was stored." in checked.output
    stored = run(world, *words, "--commit")
    assert stored.exit_code == 0, stored.output
    assert stored.output.endswith("Stored.\n")
    again = run(world, *words, "--commit")
    assert "0 added, 0 changed, 1 same." in again.output
    with world.tool.app.app_context():
        found = db.session.get_one(Participant, amira.participant_id())
        assert [each.user.name for each in found.allocations] == ["Colin Hughes"]


def test_problems_are_told_by_row_and_nothing_is_stored(world: World, tmp_path: Path) -> None:
    amira = world.participant()
    text = f"candidate_number,cohort,qts_on\n{number_of(amira)},2010,\nC000000,,31/02/2010\n"
    refused = run(world, "import", put(tmp_path, text), "--kind", "participants", "--commit")
    assert refused.exit_code == 1
    assert "Row 3, qts_on: “31/02/2010” cannot be used." in refused.output
    assert "1 problem. Nothing was stored." in refused.output
    with world.tool.app.app_context():
        assert db.session.get_one(Participant, amira.participant_id()).cohort is None


def test_a_list_is_written_as_csv_and_as_json(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    written = run(world, "export", "--kind", "allocations")
    assert written.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(written.stdout_bytes.decode("utf-8-sig"))))
    mine = [each for each in rows if each["candidate_number"] == number_of(amira)]
    assert [(each["kind"], each["person_name"]) for each in mine] == [("coach", "Colin Hughes")]
    told = json.loads(run(world, "export", "--kind", "participants", "--json").output)
    numbers = {each["candidate_number"]: each for each in told}
    assert numbers[number_of(amira)]["enrolled_on"] == today().isoformat()


def test_an_unknown_course_is_told(world: World, tmp_path: Path) -> None:
    refused = run(world, "export", "--kind", "schools", "--course", "999999999")
    assert refused.exit_code == 1
    assert "There is no course 999999999" in refused.output
    assert run(world, "import", str(tmp_path / "no.csv"), "--kind", "schools").exit_code == 2
