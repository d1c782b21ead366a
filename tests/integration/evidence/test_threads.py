"""Comments on an item: who may, who sees them, what is new, and that nothing said is changed."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from lti_tool.db import db
from lti_tool.evidence.thread_models import Comment, ThreadReading
from lti_tool.evidence.threads import count_new_comments
from tests.integration.evidence.steps import added, fill_in, problems, words
from tests.pages import check_page
from tests.world import Person, World

SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def say(person: Person, item: int, what: str) -> None:
    page = person.get(f"evidence/{item}")
    answer = person.submit(page, {"words": what}, form="#comment-form")
    check_page(answer, 200)


def test_participant_coach_and_tutor_talk_about_an_item(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    world.allocate(tutor, to=amira, kind="tutor")
    item = added(amira, button="submit", title="Questions that open a lesson")
    say(coach, item, "How did the shy ones take part?")
    shown = words(amira.get("progress"))
    assert "Questions that open a lesson" in shown
    assert "1 new comment" in shown
    assert "New" in words(amira.get(f"evidence/{item}"))
    assert "new comment" not in words(amira.get("progress"))
    say(amira, item, "By writing first.")
    assert "2 new comments" in words(tutor.get("participants"))
    assert "1 new comment" in words(coach.get("participants"))
    check_page(tutor.get(f"evidence/{item}"), 200)
    for what in ("How did the shy ones take part?", "By writing first."):
        assert what in words(tutor.page)
    assert "new comment" not in words(tutor.get("participants"))


@SQLITE
def test_a_comment_taken_back_is_out_of_sight_and_only_its_author_can(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    item = added(amira, button="submit")
    say(coach, item, "A sentence said too quickly.")
    comment = f"/evidence/{item}/comments/{_ids(world, item)[0]}/withdraw"
    amira.get(f"evidence/{item}")
    assert "Take back" not in words(amira.page)
    hers = amira.page.text
    page = coach.get(f"evidence/{item}")
    coach.submit(page, form=f"form[action$='{comment}']")
    assert "Taken back on" in words(coach.page)
    assert "too quickly" not in coach.page.text
    assert "too quickly" in hers
    assert "too quickly" not in amira.get(f"evidence/{item}").text


@SQLITE
def test_strangers_leads_and_former_coaches_say_nothing_here(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    coach, after, lead = world.coach(), world.coach("Nora Blake"), world.lead()
    world.allocate(coach, to=amira)
    item = added(amira, button="submit")
    page = coach.get(f"evidence/{item}")
    say(coach, item, "Before I left.")
    world.allocate(after, to=amira)
    refused = coach.submit(page, {"words": "After I left."}, form="#comment-form")
    assert refused.status_code == 404
    assert ben.get(f"evidence/{item}").status_code == 404
    assert "Before I left." in words(lead.get(f"evidence/{item}"))
    assert "comment-form" not in lead.page.text
    assert "Before I left." in words(after.get(f"evidence/{item}"))


@SQLITE
def test_a_draft_has_nobody_to_talk_to_and_an_empty_comment_is_refused(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    draft = added(amira)
    assert "comment-form" not in amira.get(f"evidence/{draft}").text
    item = added(amira, button="submit")
    page = amira.get(f"evidence/{item}")
    refused = amira.submit(page, {"words": "  "}, form="#comment-form")
    assert refused.status_code == 422
    assert problems(refused) == {"words": "Write what you would like to say."}
    assert _ids(world, item) == []


def test_the_database_keeps_every_comment_and_how_far_each_has_read(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    item = added(amira, button="submit")
    say(coach, item, "Kept as it was said.")
    amira.get(f"evidence/{item}")
    amira.get(f"evidence/{item}")
    said = _ids(world, item)
    with world.tool.app.app_context():
        query = select(ThreadReading.read_up_to).where(
            ThreadReading.item_id == item, ThreadReading.user_id == amira.user().id
        )
        assert db.session.scalars(query).all() == said
        for verb in ("UPDATE evidence_comment SET words = 'x'", "DELETE FROM evidence_comment"):
            with pytest.raises(DatabaseError, match="never changed"):
                db.session.execute(text(verb))
            db.session.rollback()


def _ids(world: World, item: int) -> list[int]:
    with world.tool.app.app_context():
        query = select(Comment.id).where(Comment.item_id == item).order_by(Comment.id)
        return list(db.session.scalars(query))


@SQLITE
def test_what_was_said_about_a_recognisable_pupil_goes_no_further_than_the_pupil(
    world: World,
) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    world.allocate(tutor, to=amira, kind="tutor")
    item = added(amira, button="submit", pupils="identifiable")
    say(coach, item, "Ruby Smith is in the second picture.")
    fill_in(amira, amira.get(f"evidence/{item}/edit"), {"pupils": "anonymised"})
    assert "new comment" not in words(tutor.get("participants"))
    for person in (tutor, world.lead()):
        assert "Ruby" not in words(person.get(f"evidence/{item}"))
    assert "Ruby" in words(amira.get(f"evidence/{item}"))
    say(amira, item, "It is taken out.")
    assert "1 new comment" in words(tutor.get("participants"))
    assert "It is taken out." in words(tutor.get(f"evidence/{item}"))
    with world.tool.app.app_context():
        waiting = count_new_comments(tutor.user().provider_id)
        assert (waiting[coach.user().id], tutor.user().id in waiting) == (1, False)
