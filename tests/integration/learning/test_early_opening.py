"""A module opened for somebody who is not to begin yet: for a reason that stays on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import today
from lti_tool.cohort.facts import participant_facts
from lti_tool.db import db
from lti_tool.errors import Refused
from lti_tool.identity import Role
from lti_tool.learning import early_opening, enrolments
from lti_tool.people.models import Participant
from lti_tool.programme.enrolment import Deed
from tests.integration.learning.test_enrolments import do, rows, trail
from tests.integration.people.test_applications import blocking
from tests.pages import check_page
from tests.world import World, text_of


def test_a_module_is_opened_before_it_is_time_to_begin_for_a_reason_on_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira, lead = world.participant(), world.lead()
    ids, later = amira.participant_id(), today() + timedelta(days=30)
    with world.tool.app.app_context():
        found = db.session.get_one(Participant, ids)
        found.window_rule, found.induction_from, found.started_on = "nqt", later, None
        db.session.commit()
    page = check_page(do(lead, amira, "MTL3", "open"), 422)
    assert "Choose why it is opened all the same." in page.get_text()
    assert "The earliest start is " in page.get_text()
    assert rows(amira) == trail(amira) == []
    # What is not an opening needs no reason.
    do(lead, amira, "MTL3", "defer")
    assert trail(amira) == ["enrolment.deferred"]
    check_page(do(lead, amira, "MTL3", "open", reason="agreed"), 200)
    assert [row[:2] for row in rows(amira)] == [("MTL3", "open")]
    told = "School, coach and tutor have agreed to begin now"
    assert f"by {lead.name} on " in text_of(lead.page)
    assert told in text_of(lead.page)
    for reader in (lead, amira):
        history = text_of(reader.get(f"participants/{ids}/history"))
        assert f"Before it was time to begin: {told}" in history
    with world.tool.app.app_context():
        query = select(AuditEvent.details).where(
            AuditEvent.participant_id == ids, AuditEvent.event == "enrolment.opened"
        )
        assert [one["reason"] for one in db.session.scalars(query)] == ["agreed"]
        found, viewer = db.session.get_one(Participant, ids), lead.viewer(Role.LEAD)
        monkeypatch.setattr(early_opening, "programme_of", blocking)
        with pytest.raises(Refused, match="The earliest start is "):
            enrolments.change(viewer, ids, "MTL4", Deed.OPEN, participant_facts, reason="agreed")
        db.session.rollback()
    # Whoever has begun was looked at then.
    with world.tool.app.app_context():
        db.session.get_one(Participant, ids).started_on = today()
        db.session.commit()
    assert "Why it is opened" not in text_of(lead.get(f"participants/{ids}/modules/MTL4"))
