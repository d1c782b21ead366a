"""Nothing is ever sent about somebody who was erased, and nobody is offered to send it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from lti_tool.clock import now
from lti_tool.cohort import erasing
from lti_tool.cohort.privacy_models import Erasure
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import batches, drift, hand_ins, holds, ratifying, recalls, release
from lti_tool.grades.deliveries import send_due
from lti_tool.grades.models import Delivery, Grade, HandIn
from lti_tool.grades.release_models import GradebookDifference
from lti_tool.identity import Role
from lti_tool.people import letters, outbox
from lti_tool.people.erased import NOTHING_SENT
from lti_tool.people.models import Mail
from tests.integration.cohort.test_erasing import leave
from tests.integration.core.test_backup_commands import command
from tests.integration.grades.factories import Released, hand_in, lay_still, released
from tests.integration.people.test_importing import number_of, problems, upload
from tests.pages import check_page
from tests.world import World, soup, text_of


def forgotten(one: Released, state: str) -> int:
    """The delivery's number: it ended in a state, then the person was erased."""
    row = one.delivery()
    number: int = row["id"]
    leave(one.amira)
    with one.world.tool.app.app_context():
        long_ago = {"settled_at": now() - timedelta(days=400), "check_at": None}
        mine = Delivery.id == number
        db.session.execute(update(Delivery).where(mine).values(state=state, **long_ago))
        if state == "confirmed":
            differs = GradebookDifference(
                provider_id=row["provider_id"], delivery_id=number, state="open",
                says="It shows 12.", found_at=now(), reason="",
            )  # fmt: skip
            db.session.add(differs)
        db.session.commit()
        erasing.erase(None, one.amira.user(), "asked")
        db.session.commit()
    return number


def row_of(number: int) -> Delivery:
    return db.session.get_one(Delivery, number, populate_existing=True)


@pytest.mark.usefixtures("unconfirmed_is_fine")
@pytest.mark.parametrize("state", ["kept", "confirmed"])
def test_no_button_and_no_job_sends_anything_about_them(world: World, state: str) -> None:
    one, lead, app = released(world, 64), world.lead(), world.tool.app
    one.settle()
    posts = one.posts()
    number = forgotten(one, state)
    told = len(world.vle.site.requests)
    page = lead.get("deliveries")
    check_page(page, 200)
    assert not soup(page).select(f"[name=delivery][value='{number}']")
    rows = soup(lead.get("deliveries?state=superseded")).select(f"[data-delivery='{number}']")
    assert [NOTHING_SENT in row.text for row in rows] == ([True] if state == "kept" else [])
    page = lead.get(f"marking/{one.attempt_id}")
    check_page(page, 200)
    assert "data was erased" in text_of(page)
    assert not soup(page).select("[name=action][value=retry], [name=action][value=correct]")
    assert "Take this mark back" not in text_of(page)
    assert NOTHING_SENT in text_of(lead.get(f"marking/{one.attempt_id}/recall"))
    assert "It shows 12." not in text_of(lead.get("deliveries/differences"))
    again = command(world.tool.app, "deliveries", "retry", str(number))
    assert again.exit_code == 1
    assert NOTHING_SENT in again.output
    with app.app_context():
        viewer = lead.viewer(Role.LEAD)
        attempt = db.session.get_one(Attempt, one.attempt_id)
        grade = db.session.scalars(select(Grade).where(Grade.attempt_id == attempt.id)).one()
        assert ratifying.why_not_ratify(attempt, grade.id) == NOTHING_SENT
        for deed in (
            lambda: release.release(viewer, attempt, reason="A page was overlooked."),
            lambda: recalls.recall(viewer, attempt, "It was another's."),
            lambda: hand_ins.announce_again(viewer, attempt),
            lambda: holds.settle_before_release(attempt),
        ):
            with pytest.raises(Refused, match="data was erased"):
                deed()
            db.session.rollback()
        drift.check_due()
        assert db.session.scalars(
            select(GradebookDifference.state).where(GradebookDifference.delivery_id == number)
        ).all() == (["gone"] if state == "confirmed" else [])
        # As if something had slipped through all of that.
        lay_still(one.amira.course_id)
        queued = {"state": "queued", "due_at": now(), "posted_at": None, "stamp": None}
        db.session.execute(update(Delivery).where(Delivery.id == number).values(**queued))
        db.session.commit()
        send_due()
        assert (row_of(number).state, row_of(number).reason) == ("superseded", NOTHING_SENT)
    assert len(world.vle.site.requests) == told, "The platform was not even asked."
    assert one.posts() == posts


@pytest.mark.usefixtures("unconfirmed_is_fine")
@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_mark_that_waits_and_a_letter_stay_where_they_are(world: World) -> None:
    amira, lead, app = world.participant("Wilhelmina Oyelaran"), world.lead(), world.tool.app
    hand_in(amira, is_announced=False)
    leave(amira)
    number = amira.participant_id()
    with app.app_context():
        user = amira.user().id
        erasing.erase(None, amira.user(), "asked")
        db.session.commit()
        viewer = lead.viewer(Role.LEAD)
        assert all(one.attempt.participant_id != number for one in batches.waiting(viewer).rows)
        hand_ins.write_down()
        made = select(HandIn.state).where(HandIn.participant_id == number)
        assert set(db.session.scalars(made)) <= {"failed"}
        begin_as_writer()
        mail = letters.write(
            "digest", provider_id=viewer.provider_id, address="w@school.example", user_id=user,
            digest=0,
        )  # fmt: skip
        db.session.flush()
        late = mail.id
        db.session.execute(update(Mail).where(Mail.id != late).values(due_at=now() + timedelta(1)))
        db.session.commit()
        outbox.send_due()
        written = db.session.get_one(Mail, late, populate_existing=True)
        assert (written.state, written.sentence) == ("failed", NOTHING_SENT)


@pytest.mark.usefixtures("unconfirmed_is_fine")
def test_neither_a_roster_in_the_same_second_nor_a_spreadsheet_brings_a_name_back(
    world: World,
) -> None:
    amira, lead, app = world.participant("Emmeline Stavropoulou"), world.lead(), world.tool.app
    subject = amira.visitor.person.id
    leave(amira)
    with app.app_context():
        user = amira.user().id
    number = number_of(amira)
    with app.app_context():
        erasing.erase(None, amira.user(), "asked")
        db.session.commit()
        begin_as_writer()
        with pytest.raises(DatabaseError, match="takes no name"):
            db.session.execute(
                text("UPDATE \"user\" SET name = 'Emmeline' WHERE id = :id"), {"id": user}
            )
        db.session.rollback()
    header = "candidate_number,vle_user_id,name,subject_taught"
    rows = f"{header}\n,{subject},Emmeline Stavropoulou,\n{number},,,Physics\n"
    told = problems(upload(lead, "participants", rows))
    assert [each.count("does not bring them back") for each in told] == [1, 1]


@pytest.mark.each_store
def test_an_account_that_the_version_before_erased_knows_it_too(world: World) -> None:
    amira = world.participant()
    with world.tool.app.app_context():
        user, moment = amira.user(), now()
        db.session.add(
            Erasure(
                provider_id=user.provider_id, user_id=user.id, reason="asked", rows=1, files=0,
                erased_at=moment,
            )
        )  # fmt: skip
        db.session.flush()
        db.session.refresh(user)
        assert user.erased_at == moment
        db.session.rollback()
