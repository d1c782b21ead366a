"""A person is forgotten: what assessment has to keep is left of them, without a name."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import func, select, update

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import now, today
from lti_tool.cohort import erasing, legal_holds
from lti_tool.cohort.disposing import dispose
from lti_tool.cohort.erasure_rules import KeptAs
from lti_tool.cohort.privacy_models import DisposalPass, Erasure, LegalHold
from lti_tool.db import Base, begin_as_writer, db
from lti_tool.errors import Refused
from lti_tool.evidence import removal
from lti_tool.evidence.models import Attempt, EvidenceVersion, Upload
from lti_tool.evidence.removal_models import FileRemoval
from lti_tool.grades.adjustment_models import AdjustmentDecision, AdjustmentRequest
from lti_tool.grades.models import Delivery, Grade, HandIn
from lti_tool.identity import Role
from lti_tool.people import roster_changes
from lti_tool.people.erased import ERASED
from lti_tool.people.models import Allocation, Participant, RosterSync, User
from tests.integration.attacks.test_colleagues import PRIVATE, everything_of
from tests.integration.core.test_backup_commands import command
from tests.world import Person, World

NAME = "Quillon Zephyrine"
# What was handed in stays as it was: with its words, under the candidate number.
STAYS = {
    "attempt", "evidence_version", "impact_record", "prior_learning_claim", "strand_claim",
    "target", "upload",
}  # fmt: skip
FROZEN = (Attempt, Grade, Delivery, HandIn)


def run(world: World, *words: str) -> Result:
    return world.tool.app.test_cli_runner().invoke(args=["people", *words])


def rows_with(*words: str) -> set[tuple[str, str]]:
    """Every table and row of the database in which one of these stands, in any column."""
    found = set()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            text = " ".join(str(value) for value in row).lower()
            if any(word.lower() in text for word in words):
                found.add((table.name, str(tuple(row)[:3])))
    return found


def counts() -> list[int]:
    return [db.session.scalar(select(func.count()).select_from(one)) or 0 for one in FROZEN]


def leave(person: Person) -> None:
    """Everything about a participant is settled, and they are gone."""
    with person.world.tool.app.app_context():
        number = person.participant_id()
        left = {"state": "withdrawn", "left_on": today()}
        db.session.execute(
            update(Allocation).where(Allocation.participant_id == number).values(ended_on=today())
        )
        db.session.execute(update(Participant).where(Participant.id == number).values(**left))
        for model in (Delivery, HandIn):
            mine = model.participant_id == number
            db.session.execute(update(model).where(mine).values(lease=None, lane=None))
        db.session.execute(
            update(HandIn).where(HandIn.participant_id == number).values(state="sent")
        )
        db.session.execute(
            update(Delivery).where(Delivery.participant_id == number).values(state="confirmed")
        )
        query = select(AdjustmentRequest.id).where(AdjustmentRequest.participant_id == number)
        for request in db.session.scalars(query).all():
            db.session.add(
                AdjustmentDecision(
                    request_id=request, number=1, outcome="refused", sets_aside=False,
                    sentence=PRIVATE, decided_by_id=person.user().id, decided_at=now(),
                )
            )  # fmt: skip
        db.session.commit()


@pytest.mark.each_store
def test_after_an_erasure_no_word_of_the_person_is_left(
    world: World, unconfirmed_is_fine: None
) -> None:
    tool = world.tool.app
    with tool.app_context():
        before = rows_with(PRIVATE)
    amira = world.participant("Ottoline Brackwater")
    subject, email = amira.visitor.person.id, amira.visitor.person.email
    number = amira.participant_id()
    everything_of(amira, world)
    leave(amira)
    with tool.app_context():
        user = amira.user()
        snapshots = db.session.execute(
            select(Attempt.manifest, Attempt.root_hash).order_by(Attempt.id)
        ).all()
        frozen, events = counts(), db.session.scalar(select(func.count(AuditEvent.id)))
        told = erasing.preview(user)
        assert told.obstacles == ()
        assert rows_with("Ottoline Brackwater"), "A preview changes nothing."
        user_id = user.id
    for words in (("audit", "seal"), ("people", "erase", user_id, "--reason", "asked")):
        answer = command(tool, *words)
        assert answer.exit_code == 0, answer.output
    assert f"{told.rows} rows" in answer.output
    with tool.app_context():
        assert rows_with("Ottoline Brackwater", email) == set()
        assert {table for table, _ in rows_with(PRIVATE) - before} <= STAYS
        assert db.session.get_one(User, user_id).name == ERASED
        assert counts() == frozen
        assert (
            db.session.execute(
                select(Attempt.manifest, Attempt.root_hash).order_by(Attempt.id)
            ).all()
            == snapshots
        )
        assert db.session.scalar(select(func.count(AuditEvent.id))) == (events or 0) + 1
        assert db.session.scalars(select(DisposalPass)).all() == []
    proved = command(tool, "audit", "verify")
    assert proved.exit_code == 0, proved.output
    assert amira.get("progress").status_code in {401, 403}
    with tool.app_context():
        dispose(db.session.get_one(Participant, number), KeptAs.ASSESSED)
        db.session.commit()
        assert rows_with(PRIVATE) - before == set(), "Disposing of the work takes the rest."
    back = Person(world, amira.visitor, "progress")
    with tool.app_context():
        assert back.user().id != user_id, f"{subject} came again by a launch: a new person."


def test_an_erasure_waits_for_what_is_not_settled_yet(world: World) -> None:
    amira = world.participant(NAME)
    everything_of(amira, world)
    with world.tool.app.app_context():
        legal_holds.place(None, amira.user(), "The ombudsman asked for the file.")
        db.session.commit()
        found = erasing.preview(amira.user()).obstacles
        assert [sentence.split(".")[0] for sentence in found] == [
            "A legal hold stands",
            "They asked for more time or told of circumstances, and nobody has decided yet",
            "A mark or a hand-in is on its way to a gradebook",
            "They are on the programme",
            "No board has confirmed the result of MTL1",
        ]
        with pytest.raises(Refused, match="Nothing was erased"):
            erasing.erase(None, amira.user(), "asked")
        db.session.rollback()
        assert amira.user().name == NAME


def test_a_roster_brings_nobody_back_who_was_erased(world: World) -> None:
    amira = world.participant("Peregrine Vantongeren")
    leave(amira)
    subject = amira.visitor.person.id
    with world.tool.app.app_context():
        erasing.erase(None, amira.user(), "asked")
        db.session.commit()
        sync = RosterSync(course_id=amira.course_id, requested_at=now(), state="running")
        db.session.add(sync)
        db.session.flush()
        listed = [
            roster_changes.Listed(one, name, f"{one}@school.example", Role.PARTICIPANT, False)
            for one, name in (
                (subject, "Peregrine Vantongeren"),
                (f"{subject}-other", "Somebody Else"),
            )
        ]
        roster_changes.stage(sync.id, listed)
        assert roster_changes.apply_staged(sync).seen == 2
        sync.state = "done"
        db.session.commit()
        assert rows_with("Peregrine Vantongeren") == set()


def test_bytes_go_when_no_row_names_them_and_come_back_with_one(
    world: World, unconfirmed_is_fine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira, app = world.participant(NAME), world.tool.app
    storage = app.extensions["storage"]
    page = amira.get("evidence/new?module=MTL1")
    words = NAME.encode() * 20
    files = [("files", ("diary.txt", words, "text/plain"))]
    values = {"title": "Diary", "strands": ["1.1"], "narrative": "x", "pupils": "none"}
    amira.submit(page, values, files=files, button=("action", "save"), form="#form")
    leave(amira)
    with app.app_context():
        (digest,) = db.session.scalars(
            select(Upload.sha256).join(EvidenceVersion).where(
                EvidenceVersion.author_id == amira.user().id
            )
        )  # fmt: skip
        erasing.erase(None, amira.user(), "asked")
        db.session.commit()
        removal.keep([digest])
        db.session.commit()
        removal.remove_due(storage)
        assert storage.matches(digest), "Somebody named them again before the worker came."
        assert removal.let_go([digest]) == 1
        db.session.commit()
        removal.remove_due(storage)
        assert not storage.matches(digest)
        with pytest.raises(Refused, match="quarter of an hour"):
            removal.keep([digest])
        db.session.rollback()
        db.session.execute(update(FileRemoval).values(due_at=now()))
        removal.keep([digest])
        db.session.commit()


def test_after_a_restore_people_are_erased_again_and_nobody_else(
    world: World, tmp_path: Path
) -> None:
    amira, ben = world.participant(NAME), world.participant("Ben Newcomer")
    cleo = world.participant("Cleo Backagain")
    leave(amira)
    with world.tool.app.app_context():
        old, new, back = amira.user().id, ben.user().id, cleo.user().id
        long_ago = "2020-01-01T00:00:00+00:00"
        rows = [
            # When the backup was made, she was still on the programme.
            {"person": back, "reason": "asked", "erased at": now().isoformat()},
            {"person": old, "reason": "asked", "erased at": now().isoformat()},
            {"person": new, "reason": "asked", "erased at": long_ago},
            # Of another database, whose numbers are others' here.
            {
                "person": new,
                "reason": "asked",
                "erased at": now().isoformat(),
                "known since": "2024-05-01T00:00:00+00:00",
            },
        ]
    file = tmp_path / "erasures.json"
    file.write_text(json.dumps(rows))
    first = run(world, "erase-again", str(file))
    assert first.exit_code == 1
    assert f"Person {back}: Nothing was erased. They are on the programme." in first.output
    assert "1 person was erased again." in first.output
    leave(cleo)
    assert run(world, "erase-again", str(file)).output == "1 person was erased again.\n"
    assert run(world, "erase-again", str(file)).output == "0 people were erased again.\n"
    kept = json.loads(run(world, "erasures", "--json").output)
    assert old in [row["person"] for row in kept]
    with world.tool.app.app_context():
        assert db.session.get_one(User, new).name == "Ben Newcomer"


def test_a_coachs_words_stay_with_whom_they_coached(world: World, tmp_path: Path) -> None:
    colin, amira = world.coach("Corvin Halloway"), world.participant()
    ids = everything_of(amira, world, coach=colin)
    file = tmp_path / "corvin.zip"
    with world.tool.app.app_context():
        user_id, email = colin.user().id, colin.visitor.person.email
    assert run(world, "export", email, str(file)).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0, "Nobody else on the machine reads it."
    known = json.loads(zipfile.ZipFile(file).read("about-me.json"))
    assert known["person"]["name"] == "Corvin Halloway"
    assert [one["statement"] for one in known["attestations_given"]]
    assert "Amira Khan" not in zipfile.ZipFile(file).read("about-me.json").decode()
    refused = run(world, "erase", str(user_id), "--reason", "asked")
    assert "somebody's coach or tutor today" in refused.output
    with world.tool.app.app_context():
        mine = Allocation.user_id == user_id
        db.session.execute(update(Allocation).where(mine).values(ended_on=today()))
        db.session.commit()
    assert run(world, "erase", str(user_id), "--reason", "asked").exit_code == 0
    with world.tool.app.app_context():
        left = {table for table, _ in rows_with("Corvin Halloway", email)}
        assert left <= {"attempt"}, "Only what was handed in still has the name."
    page = amira.get(f"evidence/{ids['item_id']}")
    assert ERASED in page.text


def test_a_participant_can_be_handed_everything(world: World, tmp_path: Path) -> None:
    amira = world.participant(NAME)
    file = tmp_path / "all.zip"
    with world.tool.app.app_context():
        user_id = str(amira.user().id)
    assert run(world, "export", user_id, str(file)).exit_code == 0
    assert "already" in run(world, "export", user_id, str(file)).output
    names = zipfile.ZipFile(file).namelist()
    assert {"record.html", "record.json", "about-me.json"} <= set(names)
    known: dict[str, Any] = json.loads(zipfile.ZipFile(file).read("about-me.json"))
    assert known["platforms"][0]["known_there_as"] == amira.visitor.person.id


def test_a_hold_is_placed_and_lifted_by_the_operator(world: World) -> None:
    amira = world.participant(NAME)
    leave(amira)
    with world.tool.app.app_context():
        user_id = str(amira.user().id)
    placed = run(world, "hold", user_id, "--reason", "A solicitor's letter.")
    number = placed.output.split()[2]
    dry = run(world, "erase", user_id, "--reason", "asked", "--dry-run")
    assert "In the way: A legal hold stands." in dry.output
    assert run(world, "lift-hold", number).exit_code == 0
    assert run(world, "erase", user_id, "--reason", "asked").exit_code == 0
    with world.tool.app.app_context():
        begin_as_writer()
        assert db.session.get_one(LegalHold, int(number)).lifted_at
        with pytest.raises(Exception, match="never changed"):
            db.session.execute(update(Erasure).values(rows=0))
        db.session.rollback()
