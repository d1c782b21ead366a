"""Whoever is held is forgotten by no way in; of whoever is forgotten no name hides anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from lti_tool.board.board_models import Board
from lti_tool.clock import now, today
from lti_tool.cohort import erasing, legal_holds, proposing
from lti_tool.cohort.filter_models import SavedFilter
from lti_tool.cohort.privacy_models import DisposalProposal, LegalHold
from lti_tool.db import Base, db
from lti_tool.launch.models import Deployment, Registration
from lti_tool.people.erased import ERASED
from lti_tool.people.models import (
    Course,
    ImportBatch,
    RosterEntry,
    RosterSync,
)
from tests.integration.cohort.story import add_evidence
from tests.integration.cohort.test_erasing import leave, rows_with, run
from tests.integration.cohort.test_retention import left_long_ago, proposals
from tests.world import Person, World, text_of

ONE_STORE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def held(person: Person) -> int:
    with person.world.tool.app.app_context():
        legal_holds.place(None, person.user(), "A solicitor's letter about Hyacinth Quimby.")
        db.session.commit()
        return person.user().id


@ONE_STORE
@pytest.mark.usefixtures("unconfirmed_is_fine")
def test_by_no_way_in_anything_of_a_held_person_goes(world: World, tmp_path: Path) -> None:
    amira, colin, lead = world.participant("Hyacinth Quimby"), world.coach(), world.lead()
    world.allocate(colin, to=amira)
    add_evidence(amira, "Never handed in")
    number = left_long_ago(amira)
    user_id = held(amira)
    with world.tool.app.app_context():
        coach_id = colin.user().id
        due = [one.id for one in proposals(number).values()]
        before = rows_with("Never handed in", "Hyacinth Quimby")
    again = tmp_path / "erasures.json"
    row = {"person": user_id, "reason": "asked", "erased at": now().isoformat()}
    again.write_text(json.dumps([row]))
    ways = [("erase", str(user_id), "--reason", "legal_duty"), ("erase-again", str(again)),
            ("erase", str(coach_id), "--reason", "asked")]  # fmt: skip
    for words in ways:
        told = run(world, *words)
        assert told.exit_code == 1
        assert "A legal hold stands" in told.output
    for proposal in due:
        page = lead.get(f"retention/{proposal}")
        assert "A legal hold stands" in text_of(lead.submit(page, button=("action", "dispose")))
    with world.tool.app.app_context():
        assert rows_with("Never handed in", "Hyacinth Quimby") >= before
        db.session.execute(update(LegalHold).values(lifted_at=now()))
        legal_holds.place(None, colin.user(), "What the coach wrote is looked into.")
        db.session.commit()
    told = run(world, *ways[0])
    assert "stands on somebody whom they coached or taught, or who" in told.output
    with world.tool.app.app_context():
        db.session.execute(update(LegalHold).values(lifted_at=now()))
        db.session.commit()
    assert run(world, *ways[0]).exit_code == 0


@pytest.mark.usefixtures("unconfirmed_is_fine")
def test_no_name_hides_where_staff_and_jobs_keep_theirs(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    amira, lead, app = world.participant("Hyacinth Quimby"), world.lead(), world.tool.app
    number = left_long_ago(amira)
    kept = DisposalProposal.participant_id == number
    with app.app_context():
        legal_holds.lift(None, legal_holds.place(None, amira.user(), "Hyacinth Quimby asked."))
        later = {"state": "kept", "kept_until": today(), "reason": "Hyacinth Quimby asked."}
        db.session.execute(update(DisposalProposal).where(kept).values(**later))
        user, leads = amira.user(), lead.user()
        provider_id, user_id = user.provider_id, user.id
        sitting = [{"name": user.name, "user": user_id}, {"name": "Lena", "user": leads.id}]
        board = Board(
            provider_id=provider_id, kind="meeting", title="A board", held_on=today(),
            state="planned", quorum=1, reason="", examiner="absent", minutes="",
            members=sitting, planned_by_id=leads.id, planned_at=now(),
        )  # fmt: skip
        db.session.add(board)
        db.session.add(SavedFilter(
            provider_id=provider_id, user_id=leads.id, name="One", asked={"q": "quimby"},
            saved_at=now(),
        ))  # fmt: skip
        db.session.add(SavedFilter(
            provider_id=provider_id, user_id=leads.id, name="Two", asked={"q": "quim"},
            saved_at=now(),
        ))  # fmt: skip
        db.session.add(ImportBatch(
            provider_id=provider_id, user_id=leads.id, kind="participants", filename="a.csv",
            content=b"name\nHyacinth Quimby\n", digest="0", uploaded_at=now(),
        ))  # fmt: skip
        db.session.commit()
        board_id = board.id
        db.session.execute(
            update(Board).where(Board.id == board_id).values(state="minuted", minuted_at=now())
        )
        db.session.commit()
        erasing.erase(None, amira.user(), "asked")
        db.session.commit()
        assert rows_with("Hyacinth Quimby") == set()
        names = [one["name"] for one in db.session.get_one(Board, board_id).members]
        assert names == [ERASED, "Lena"]
        mine = SavedFilter.user_id == leads.id
        assert db.session.scalars(select(SavedFilter.name).where(mine)).all() == ["Two"]
        proposing.propose()
        db.session.commit()
        waiting = select(DisposalProposal.kept_as).where(kept, DisposalProposal.state == "proposed")
        assert db.session.scalars(waiting).all() == ["assessed_work"], "Their work is left."
        store = app.extensions["ephemeral"]
        if world.tool.store == "postgres":
            values = [store.client.get(key) for key in store.client.scan_iter("*session:*")]
            assert values
            assert "Quimby" not in "".join(filter(None, values))
    told = "".join(capfd.readouterr())
    assert "Quimby" not in told


def like(row: Base, **changed: object) -> Base:
    """Another row that differs only in this."""
    columns = [one.name for one in row.__table__.columns if one.name not in ("id", *changed)]
    made = type(row)(**{name: getattr(row, name) for name in columns}, **changed)
    db.session.add(made)
    db.session.flush()
    return made


@ONE_STORE
def test_whoever_has_the_same_id_on_another_platform_stays_on_its_roster(world: World) -> None:
    amira, app = world.participant("Hyacinth Quimby"), world.tool.app
    subject = amira.visitor.person.id
    leave(amira)
    with app.app_context():
        course = db.session.get_one(Course, amira.course_id)
        other = like(
            db.session.get_one(Registration, course.registration_id), client_id="another"
        ).id
        placed = db.session.get_one(Deployment, course.deployment_id)
        deployment = like(placed, registration_id=other).id
        there = like(course, registration_id=other, deployment_id=deployment).id
        for number in (course.id, there):
            sync = RosterSync(course_id=number, requested_at=now(), state="running")
            db.session.add(sync)
            db.session.flush()
            db.session.add(RosterEntry(
                sync_id=sync.id, subject=subject, role="participant", is_test_user=False,
            ))  # fmt: skip
        db.session.commit()
        erasing.erase(None, amira.user(), "asked")
        db.session.commit()
        left = (
            select(RosterSync.course_id)
            .join(RosterEntry, RosterEntry.sync_id == RosterSync.id)
            .where(RosterEntry.subject == subject)
        )
        assert db.session.scalars(left).all() == [there]
