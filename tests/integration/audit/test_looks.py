"""Looking at what concerns somebody is noted, and told to them and to the lead."""

import pytest
from sqlalchemy import func, select

from lti_tool.audit import record
from lti_tool.audit.models import AuditEvent
from lti_tool.clock import today
from lti_tool.db import db
from tests.integration.cohort.story import add_evidence, attest
from tests.integration.grades.test_adjustments import ask
from tests.pages import check_page
from tests.world import Person, World, soup


def told(person: Person, about: Person) -> list[str]:
    """Who and what, in the order of the alphabet."""
    page = person.get(f"participants/{about.participant_id()}/history/looks")
    check_page(page, 200)
    rows = soup(page).select("main tbody tr")
    return sorted(
        " | ".join(cell.get_text() for cell in row.find_all(["th", "td"])[:2]) for row in rows
    )


def test_who_was_shown_what_is_told_to_the_lead_and_to_the_participant(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = today()
    monkeypatch.setattr(record, "today", lambda: day)  # midnight may pass
    amira, coach, lead = world.participant(), world.coach(), world.lead()
    world.allocate(coach, to=amira)
    assert told(amira, amira) == []
    add_evidence(amira, "The first", ask=True)
    attest(coach, "The first")
    assert ask(amira, "circumstances").status_code == 200
    requests = f"participants/{amira.participant_id()}/requests"
    link = soup(lead.get(requests)).select_one("tr[data-request] a")
    assert link is not None
    address = f"{world.tool.url}{link['href']}"
    for _ in range(2):  # the second time in a day adds nothing
        lead.visitor.get(address)
    amira.visitor.get(address)  # nor does one's own
    check_page(amira.get(requests), 200)
    assert told(lead, amira) == [
        f"{coach.name} (coach) | Evidence",
        f"{lead.name} (programme lead) | Circumstances",
    ]
    assert told(amira, amira) == [
        f"{coach.name} (coach) | Evidence",
        "Programme lead | Circumstances",
    ]
    assert coach.get(f"participants/{amira.participant_id()}/history/looks").status_code == 403
    with world.tool.app.app_context():
        noted = select(func.count()).where(
            AuditEvent.event == "circumstances.opened",
            AuditEvent.participant_id == amira.participant_id(),
        )
        assert db.session.scalar(noted) == 1


def test_lists_of_people_that_leave_the_tool_are_noted(world: World) -> None:
    lead = world.lead()
    for path in ("export/participants.csv", "results.csv"):
        assert lead.get(path).status_code == 200
    with world.tool.app.app_context():
        events = db.session.scalars(
            select(AuditEvent.event)
            .where(AuditEvent.user_id == lead.user().id, AuditEvent.subject_kind == "course")
            .order_by(AuditEvent.id)
        )
        assert list(events)[-2:] == ["people.exported", "results.exported"]
