"""A lead has a sample drawn, a moderator looks and decides, and only then marks are released."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from lti_tool.audit.models import AuditEvent
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import DomainError, Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import drawing, marking, moderating
from lti_tool.grades.marking import Draft
from lti_tool.grades.moderation_models import ModerationBatch, ModerationMember
from lti_tool.grades.rules.moderating import Action, Choice
from lti_tool.identity import Role
from tests.integration.grades.factories import FEEDBACK
from tests.integration.grades.moderated import MODULE, Module
from tests.world import World, soup, text_of

ON_SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def test_a_lead_draws_a_moderator_confirms_and_the_mark_goes(world: World) -> None:
    module = Module(world, [64, 48])
    tessa, mona, lead = module.tessa, module.mona, module.lead
    assert "no sample has been drawn" in text_of(tessa.get(f"marking/{module.attempts[0]}"))

    with world.tool.app.app_context():
        chosen = str(mona.user().id)
    values = {"module": MODULE, "moderator": chosen}
    lead.submit(lead.get("moderation"), values, button=("action", "draw"), form="#draw")
    assert "The sample is drawn." in text_of(lead.page)
    assert soup(lead.page).select("#decide") == []
    assert "A moderator is looking" in text_of(tessa.get(f"marking/{module.attempts[0]}"))

    assert "1 set of marks waits for you as moderator" in text_of(mona.get("marking"))
    assert "as moderator" not in text_of(lead.get("marking"))
    listed = mona.get("moderation")
    path = str(soup(listed).select_one("tr[data-batch] a")["href"]).partition("/courses/")[2]
    page = mona.get(path.partition("/")[2])
    assert "Amira" not in page.text
    assert "Below the pass mark" in text_of(page)
    refused = mona.submit(page, {"decision": "confirm"}, form="#decide")
    assert refused.status_code == 422
    assert "2 sampled scripts left" in text_of(refused)

    script = mona.visitor.get(
        world.tool.url + str(soup(page).select_one("tr[data-member] a")["href"])
    )
    assert "Amira" not in script.text
    assert "Khan" not in script.text
    assert "64 out of 100" in text_of(script)
    following = mona.submit(
        script, {"note": "Rather generous."}, button=("action", "next"), form="#look"
    )
    assert "48 out of 100" in text_of(following)
    done = mona.submit(following, {}, button=("action", "next"), form="#look")
    assert "2 of 2 scripts are looked at" in text_of(done)
    mona.submit(done, {"decision": "confirm"}, form="#decide")
    assert "The marks are confirmed." in text_of(mona.page)
    assert soup(mona.page).select("#decide") == []

    mine = tessa.get(f"marking/{module.attempts[0]}")
    assert "Rather generous." in soup(mine).select_one("[data-moderation]").get_text()
    assert soup(mine).select_one("button[value=release]") is not None
    assert module.why_not() is None


def test_whoever_has_a_part_in_the_work_does_not_moderate_it(world: World) -> None:
    module = Module(world, [64])
    with pytest.raises(Invalid, match="marked some of this work"):
        module.draw(module.tessa)
    world.allocate(module.mona, to=module.people[0])
    with pytest.raises(Invalid, match="coaches somebody"):
        module.draw()


@ON_SQLITE
def test_a_moderator_does_not_mark_the_same_work(world: World) -> None:
    module = Module(world, [64])
    module.draw()
    module.decide(Choice(Action.REMARK_ALL, "The criteria were read too strictly."))
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, module.attempts[0])
        with pytest.raises(NotAllowed):
            marking.save_draft(module.mona.viewer(Role.TUTOR), attempt, Draft(70, FEEDBACK))


@ON_SQLITE
def test_a_moderator_who_became_a_coach_since_decides_nothing(world: World) -> None:
    module = Module(world, [64])
    module.draw()
    module.look_at_all()
    world.allocate(module.mona, to=module.people[0])
    with pytest.raises(NotAllowed, match="find another moderator"):
        module.decide(Choice(Action.CONFIRM))


@ON_SQLITE
def test_the_sample_and_the_decision_are_the_moderators_alone(world: World) -> None:
    module = Module(world, [64])
    batch_id = module.draw()
    with world.tool.app.app_context():
        lead = module.lead.viewer(Role.LEAD)
        batch = drawing.get_batch(lead, batch_id)
        with pytest.raises(NotAllowed):
            moderating.decide(lead, batch, Choice(Action.CONFIRM))
        with pytest.raises(NotAllowed):
            moderating.look(lead, batch.members[0], "")
        with pytest.raises(NotFound):
            drawing.get_batch(module.tessa.viewer(Role.TUTOR), batch_id)
        with pytest.raises(NotAllowed):
            drawing.draw_batch(module.tessa.viewer(Role.TUTOR), MODULE, None)
    assert module.tessa.get(f"moderation/{batch_id}").status_code == 404
    assert module.people[0].get("moderation").status_code == 403


@ON_SQLITE
def test_marking_again_opens_the_marks_and_needs_a_new_sample(world: World) -> None:
    module = Module(world, [64, 55])
    module.draw()
    module.decide(Choice(Action.REMARK_ALL, "The criteria were read too strictly."))
    assert module.state() == "draft"
    assert "too strictly" in text_of(module.tessa.get(f"marking/{module.attempts[0]}"))
    assert "2 of your marks to be given again" in text_of(module.tessa.get("marking"))
    assert "asked for" not in text_of(module.mona.get("marking"))
    assert "given again" in str(module.why_not())
    for attempt_id in module.attempts:
        module.mark(attempt_id, 58)
    assert "given again" in str(module.why_not())
    module.draw()
    module.look_at_all()
    module.decide(Choice(Action.CONFIRM))
    assert module.why_not() is None


@ON_SQLITE
def test_a_set_is_moved_as_a_whole_and_never_one_script_alone(world: World) -> None:
    alone = Module(world, [64])
    alone.draw()
    alone.look_at_all()
    with pytest.raises(Invalid, match="no script is moved alone"):
        alone.decide(Choice(Action.SCALE, "Too strict.", by_marks=3))
    module = Module(world, [64, 55])
    module.draw()
    module.look_at_all()
    module.decide(Choice(Action.SCALE, "Marked more strictly than before.", by_marks=3))
    assert [module.scaling(0), module.scaling(1)] == [3, 3]
    assert module.why_not() is None


@ON_SQLITE
def test_a_mark_corrected_afterwards_needs_a_new_look_and_keeps_the_scaling(world: World) -> None:
    module = Module(world, [64, 55])
    module.draw()
    module.look_at_all()
    module.decide(Choice(Action.SCALE, "Marked more strictly than before.", by_marks=3))
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, module.attempts[0])
        marking.reopen(module.tessa.viewer(Role.TUTOR), attempt)
        db.session.commit()
    module.mark(module.attempts[0], 66)
    assert "needs a new look" in str(module.why_not(0))
    assert module.why_not(1) is None
    module.draw()
    module.look_at_all()
    module.decide(Choice(Action.CONFIRM))
    assert module.why_not(0) is None
    assert module.scaling(0) == 3


@ON_SQLITE
def test_another_moderator_looks_from_the_start(world: World) -> None:
    module = Module(world, [64])
    batch_id = module.draw()
    module.look_at_all()
    nils = world.tutor("Nils Berg")
    with world.tool.app.app_context():
        lead = module.lead.viewer(Role.LEAD)
        drawing.change_moderator(lead, drawing.get_batch(lead, batch_id), nils.user().id)
        db.session.commit()
        viewer = nils.viewer(Role.TUTOR)
        with pytest.raises(Invalid, match="Look at every sampled script"):
            moderating.decide(viewer, drawing.get_batch(viewer, batch_id), Choice(Action.CONFIRM))
        with pytest.raises(NotFound):
            drawing.get_batch(module.mona.viewer(Role.TUTOR), batch_id)


@pytest.mark.each_store
def test_two_leads_draw_at_once_and_a_mark_is_in_one_set(world: World) -> None:
    module = Module(world, [64, 55])
    start, refusals = threading.Barrier(2), []

    def draw() -> None:
        with world.tool.app.app_context():
            begin_as_writer()
            viewer, chosen = module.lead.viewer(Role.LEAD), module.mona.user().id
            db.session.rollback()
            start.wait(timeout=10)
            try:
                drawing.draw_batch(viewer, MODULE, chosen)
                db.session.commit()
            except DomainError as error:
                refusals.append(error.sentence)

    leads = [threading.Thread(target=draw) for _ in range(2)]
    for one in leads:
        one.start()
    for one in leads:
        one.join(timeout=30)
    assert len(refusals) == 1
    with world.tool.app.app_context():
        found = select(ModerationMember.batch_id).where(
            ModerationMember.attempt_id.in_(module.attempts)
        )
        assert len(set(db.session.scalars(found))) == 1


@pytest.mark.each_store
def test_what_was_drawn_noted_and_decided_is_never_changed(world: World) -> None:
    module = Module(world, [64])
    module.draw()
    module.look_at_all()
    module.decide(Choice(Action.CONFIRM))
    with pytest.raises(Refused):
        module.decide(Choice(Action.REMARK_ALL, "On second thoughts."))
    changes = (
        "UPDATE moderation_batch SET seed = 'x'",
        "UPDATE moderation_member SET mark = 99",
        "DELETE FROM moderation_look",
        "UPDATE moderation_decision SET by_marks = 9",
        "DELETE FROM moderator",
    )
    for change in changes:
        with world.tool.app.app_context(), pytest.raises(DBAPIError):
            db.session.execute(text(change))


@ON_SQLITE
def test_each_act_is_in_the_trail_without_names(world: World) -> None:
    module = Module(world, [64])
    batch_id = module.draw()
    module.look_at_all()
    module.decide(Choice(Action.CONFIRM))
    with world.tool.app.app_context():
        batch = db.session.get_one(ModerationBatch, batch_id)
        query = select(AuditEvent).where(
            AuditEvent.subject_kind == "moderation_batch", AuditEvent.subject_id == batch.id
        )
        events = list(db.session.scalars(query.order_by(AuditEvent.id)))
    assert [one.event for one in events] == [
        "moderation_batch.drawn", "moderation_batch.confirmed",
    ]  # fmt: skip
    assert not any("Amira" in str(one.details) for one in events)
