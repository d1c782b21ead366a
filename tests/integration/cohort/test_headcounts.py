"""A headcount says who was on the programme on a day, and can be proved later."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
from datetime import date, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import Result
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from lti_tool.clock import now, today
from lti_tool.cohort import headcount_figures, headcounts
from lti_tool.cohort.headcount_models import Headcount, HeadcountRow
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.people import moves, participation
from lti_tool.people.models import Participant, Provider, School
from tests.integration.people.test_places import add_school, on
from tests.pages import check_page
from tests.world import Person, World, text_of

NOW = today()
sqlite_only = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def take(lead: Person, day: date = NOW) -> BeautifulSoup:
    return check_page(lead.submit(lead.get("headcounts"), on(day)))


def number_of(lead: Person) -> int:
    """That of the headcount which is shown."""
    return int(lead.page.url.rsplit("/", 1)[1])


def file_of(lead: Person, number: int) -> tuple[bytes, dict[int, dict[str, str]]]:
    """The downloaded file, and its rows by participant."""
    answer = lead.get(f"headcounts/{number}.csv")
    rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    return answer.content, {int(row["participant"]): row for row in rows}


def settled(amira: Person, lead: Person, school: str, days: int) -> None:
    """Amira has been enrolled, and at a school, for so many days."""
    begin = NOW - timedelta(days)
    amiras = amira.participant_id()
    with amira.world.tool.app.app_context():
        participant = db.session.get_one(Participant, amiras)
        participant.enrolled_on = begin
        participant.cohort = "=HYPERLINK(1)"
        db.session.flush()
        found = db.session.query(School).filter_by(urn=school).one()
        moves.move_school(lead.viewer(Role.LEAD), participant, found, begin)
        db.session.commit()


def test_a_headcount_is_told_by_the_hash_of_its_file_and_safe_in_a_spreadsheet(
    world: World,
) -> None:
    lead, amira = world.lead(), world.participant()
    code = f"=cmd {amira.course_id}"
    urn = add_school(lead, code)
    settled(amira, lead, urn, 30)
    page = take(lead)
    shown = str(page.select_one("[data-sha256]")["data-sha256"])  # type: ignore[index]  # it is there
    content, rows = file_of(lead, number_of(lead))
    assert hashlib.sha256(content).hexdigest() == shown
    row = rows[amira.participant_id()]
    assert row["school"] == f"'{code}"
    assert row["cohort"] == "'=HYPERLINK(1)"
    assert (row["school_urn"], row["state"], row["as_at"]) == (urn, "active", NOW.isoformat())
    assert row["funding_basis"] == "No decision on record"
    assert len(rows) == int(str(page.select_one("[data-people]")["data-people"]))  # type: ignore[index]  # it is there
    assert amira.name not in content.decode()
    with world.tool.app.app_context():
        again = headcounts.take(lead.viewer(Role.LEAD), NOW)
        assert again.sha256 == shown
        db.session.rollback()


def test_a_past_day_is_counted_as_it_was_and_compared_with_today(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headcount_figures, "SHOWN", 10_000)  # others' people are in it, too
    lead, amira, ben = world.lead(), world.participant(), world.participant("Ben Osei")
    first, second = add_school(lead, "Early School"), add_school(lead, "Late School")
    settled(amira, lead, first, 60)
    settled(ben, lead, first, 3)
    amiras = amira.participant_id()
    with world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        participant = db.session.get_one(Participant, amiras)
        late = db.session.query(School).filter_by(urn=second).one()
        moves.move_school(viewer, participant, late, NOW - timedelta(10))
        participation.pause(viewer, participant, "other", NOW - timedelta(5))
        db.session.commit()
    take(lead, NOW - timedelta(30))
    past = number_of(lead)
    _, then = file_of(lead, past)
    assert then[amira.participant_id()]["school_urn"] == first
    assert then[amira.participant_id()]["state"] == "active"
    assert ben.participant_id() not in then
    take(lead)
    current = number_of(lead)
    _, rows = file_of(lead, current)
    assert rows[amira.participant_id()]["state"] == "paused"
    with world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        one, other = (headcounts.get_headcount(viewer, each) for each in (past, current))
        found = headcount_figures.compare(viewer, one, other)
    changes = {each.participant_id: each.changes for each in found.who_changed}
    assert ("school", first, second) in changes[amira.participant_id()]
    assert ("state", "active", "paused") in changes[amira.participant_id()]
    assert ben.participant_id() in {each.participant_id for each in found.who_came}
    page = check_page(lead.get(f"headcounts/{current}/compare?with={past}"), 200)
    assert page.select_one(f"[data-came='{found.came}']")
    assert "School: " in text_of(lead.page)


def test_what_was_counted_is_never_changed_and_a_change_would_show(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    take(lead)
    address = number_of(lead)
    found = text_of(lead.get(f"headcounts/{address}?check=1"))
    assert "nothing has changed since they were counted" in found
    with world.tool.app.app_context():
        for change in (
            update(HeadcountRow).where(HeadcountRow.headcount_id == address).values(phase=3),
            delete(HeadcountRow).where(HeadcountRow.headcount_id == address),
            update(Headcount).where(Headcount.id == address).values(people=0),
        ):
            with pytest.raises(DatabaseError):
                db.session.execute(change)
            db.session.rollback()
        forged = dict.fromkeys(HeadcountRow.__table__.columns.keys(), "x")
        numbers = {"headcount_id": address, "counted_id": 10**8, "phase": 1}
        db.session.execute(
            insert(HeadcountRow), [forged | numbers | {"school": "1", "intake": "1"}]
        )
        db.session.commit()
    assert "do not give this hash" in text_of(lead.get(f"headcounts/{address}?check=1"))
    assert amira.name not in lead.page.text


def run(world: World, *words: str) -> Result:
    with world.tool.app.app_context():
        name = db.session.scalars(select(Provider.name).order_by(Provider.id)).first()
    words = ("headcount", *words, "--provider", str(name))
    return world.tool.app.test_cli_runner().invoke(args=list(words))


def test_an_operator_takes_lists_and_proves_headcounts_by_command(
    world: World, tmp_path: Path
) -> None:
    lead = world.lead()
    with world.tool.app.app_context():
        whose = str(lead.user().id)
    day = (NOW - timedelta(1)).isoformat()
    taken = run(world, "take", "--as-at", day, "--as", whose)
    assert taken.exit_code == 0, taken.output
    number = taken.output.split()[1]
    again = run(world, "take", "--as-at", day, "--as", whose).output
    assert again.split()[-1] == taken.output.split()[-1]
    found = {str(one["number"]): one for one in json.loads(run(world, "list", "--json").output)}
    assert found[number]["as at"] == day
    assert found[number]["sha256"] == taken.output.split()[-1]
    file = tmp_path / "headcount.csv"
    file.write_bytes(run(world, "file", number).stdout_bytes)
    assert file.read_bytes() == lead.get(f"headcounts/{number}.csv").content
    good = run(world, "verify", number, "--file", str(file))
    assert good.exit_code == 0, good.output
    assert "as counted" in good.output
    file.write_bytes(file.read_bytes() + b"\n")
    assert run(world, "verify", number, "--file", str(file)).exit_code == 1
    with world.tool.app.app_context():
        forged = dict.fromkeys(HeadcountRow.__table__.columns.keys(), "1")
        db.session.execute(
            insert(HeadcountRow),
            [forged | {"headcount_id": int(number), "counted_id": 10**8, "phase": 1}],
        )
        db.session.commit()
    bad = run(world, "verify", number)
    assert (bad.exit_code, "NOT as counted" in bad.output) == (1, True)
    for words, told in {
        ("take", "--as-at", "tomorrow"): "does not match the format",
        ("take", "--as-at", (NOW + timedelta(1)).isoformat(), "--as", whose): "a day up to today",
        ("take", "--as", "Nobody Here"): "Nobody is known as Nobody Here",
        ("verify", "2147483647"): "There is no headcount 2147483647",
    }.items():
        wrong = run(world, *words)
        assert wrong.exit_code != 0
        assert told in wrong.output
        assert "Traceback" not in wrong.output


@sqlite_only
def test_a_headcount_is_for_leads_and_for_days_that_are_past(world: World) -> None:
    lead, tessa = world.lead(), world.tutor()
    page = take(lead, NOW + timedelta(1))
    assert "Give a day up to today." in page.get_text()
    assert tessa.get("headcounts").status_code == 403
    assert lead.get("headcounts/2147483647").status_code == 404
    assert lead.get("headcounts/2147483647/compare?with=x").status_code == 404


def test_twenty_thousand_rows_go_out_in_constant_memory(world: World) -> None:
    lead = world.lead()
    with world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        taken = Headcount(
            provider_id=viewer.provider_id, as_at=NOW, taken_at=now(), taken_by_id=viewer.user_id,
            people=20_000, sha256="0" * 64,
        )  # fmt: skip
        db.session.add(taken)
        db.session.flush()
        row = dict.fromkeys(("school", "region", "rule", "cohort", "intake", "term", "state"), "1")
        row |= {"school_name": "S" * 100, "university": "U" * 100, "basis": "B" * 80}
        for start in range(0, 20_000, 2_000):
            some = [
                {**row, "headcount_id": taken.id, "counted_id": start + each, "phase": 1}
                for each in range(2_000)
            ]
            db.session.execute(insert(HeadcountRow), some)
        db.session.expire_all()
        tracemalloc.start()
        try:
            size = sum(len(piece) for piece in headcounts.file_lines(taken))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        db.session.rollback()
    assert size > 6_000_000
    assert peak < 3_000_000
