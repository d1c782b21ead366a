"""A pause or a leaving that is noted ahead changes nothing before its day, then counts from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.people import ahead, participation
from lti_tool.people.models import Allocation, Participant, PlannedAct
from lti_tool.people.programmes import programme_of
from lti_tool.programme.timing import window
from tests.integration.people.test_places import add_school, events, places, tell
from tests.pages import check_page
from tests.world import Person, World, text_of

NOW = today()
SOON = NOW + timedelta(days=40)
DAY = timedelta(days=1)


@contextmanager
def looked_at_on(day: date, amira: Person) -> Iterator[Participant]:
    """Her row, once the worker has looked at noon of a day."""
    participant_id = amira.participant_id()
    noon = datetime.combine(day, time(12), UTC)
    with time_machine.travel(noon, tick=True), amira.world.tool.app.app_context():
        ahead.carry_out_due()
        yield db.session.get_one(Participant, participant_id, populate_existing=True)
        db.session.rollback()


def settled(amira: Person) -> list[tuple[str, str]]:
    participant_id = amira.participant_id()
    with amira.world.tool.app.app_context():
        query = select(PlannedAct).where(PlannedAct.participant_id == participant_id)
        query = query.order_by(PlannedAct.id)
        return [(each.act, each.state) for each in db.session.scalars(query)]


def test_a_pause_ahead_is_shown_until_its_day_and_then_stops_the_clock(world: World) -> None:
    amira, lead = world.participant("Amira Zuber-Khan"), world.lead()
    tell(
        lead, amira, "facts", {"window_rule": "nqt"},
        teaching_from=NOW - 300 * DAY, induction_from=NOW - 300 * DAY,
    )  # fmt: skip
    assert tell(amira, amira, "pause", {"reason": "parental_leave"}, on=SOON) == []
    assert "Nothing changes before that day" in text_of(amira.page)
    told = f"State On the programme Paused from {SOON:%-d %B %Y}"
    assert told in places(amira, amira)
    assert told in places(lead, amira)
    own = f"participants/{amira.participant_id()}"
    for person, page in ((amira, "progress"), (lead, own), (lead, "participants?q=Zuber-Khan")):
        assert f"Paused from {SOON:%-d %B %Y}" in text_of(person.get(page))
    (refused,) = tell(amira, amira, "pause", {"reason": "other"}, on=SOON + DAY)
    assert refused.startswith(f"This is noted already, from {SOON:%-d %B %Y}.")
    with looked_at_on(SOON - DAY, amira) as participant:
        assert participant.state == "active"
        plain = window(programme_of(participant), participation.career_of(participant), today=NOW)
    # The worker looks three days late: it counts from the day that was told.
    with looked_at_on(SOON + 3 * DAY, amira) as participant:
        assert participant.state == "paused"
        pauses = participation.pauses_of([participant.id])[participant.id]
        assert [(each.started_on, each.ended_on) for each in pauses] == [(SOON, None)]
        rested = window(
            programme_of(participant), participation.career_of(participant), pauses, today=today()
        )
        assert rested.stopped_days == 3
        assert rested.ends_on == (plain.ends_on or NOW) + 3 * DAY
    assert settled(amira) == [("pause", "done")]
    assert events(amira)[-2:] == ["planned_act.noted", "participant.paused"]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_what_is_ahead_can_be_called_off_and_then_never_happens(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    urn = add_school(world.lead(), "Called Off High")
    tell(amira, amira, "move", {"school": urn}, on=NOW - 10 * DAY)
    assert tell(amira, amira, "leave-school", on=SOON) == []
    tell(amira, amira, "leave", {"reason": "not_said"}, on=SOON)
    told = places(amira, amira)
    assert f"Leaving the school from {SOON:%-d %B %Y}" in told
    assert f"Leaving the programme from {SOON:%-d %B %Y}" in told
    # A tutor cannot note that somebody leaves the programme, and so cannot call it off.
    page = tutor.get(f"participants/{amira.participant_id()}/places/call-off")
    assert "Leaving the programme" not in text_of(page)
    with world.tool.app.app_context():
        query = select(PlannedAct.act, PlannedAct.id).order_by(PlannedAct.id.desc()).limit(2)
        ids = {act: str(planned_id) for act, planned_id in db.session.execute(query)}
    check_page(tutor.submit(page, {"planned": ids["withdraw"]}), 403)
    for act in ids:
        assert tell(amira, amira, "call-off", {"planned": ids[act]}) == []
        assert "It is called off" in text_of(amira.page)
    after = places(amira, amira)
    assert "Leaving the" not in after
    assert "Call off" not in after
    assert f"URN {urn}" in after
    with looked_at_on(SOON + DAY, amira) as participant:
        assert participant.state == "active"
    assert settled(amira) == [("leave_school", "called_off"), ("withdraw", "called_off")]


def test_a_leaving_ahead_ends_the_registration_on_its_day(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    tell(amira, amira, "pause", {"reason": "other"}, on=SOON + DAY)
    tell(amira, amira, "leave", {"reason": "left_teaching"}, on=SOON)
    with looked_at_on(SOON + 2 * DAY, amira) as participant:
        assert (participant.state, participant.left_on) == ("withdrawn", SOON)
        period = select(Allocation.ended_on).where(Allocation.participant_id == participant.id)
        assert db.session.scalars(period).all() == [SOON]
    assert settled(amira) == [("pause", "overtaken"), ("withdraw", "done")]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_leaving_a_school_ahead_waits_for_its_day_unless_the_next_is_known(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    urn, next_urn = add_school(world.lead(), "Early High"), add_school(world.lead(), "Later High")
    for person in (amira, ben):
        tell(person, person, "move", {"school": urn}, on=NOW - 10 * DAY)
        tell(person, person, "leave-school", on=SOON)
        assert "State On the programme" in places(person, person)
    tell(ben, ben, "move", {"school": next_urn}, on=SOON + 20 * DAY)
    with looked_at_on(SOON, amira) as participant:
        assert participant.state == "transferring"
    with looked_at_on(SOON, ben) as participant:
        assert participant.state == "active"
    assert settled(amira) == [("leave_school", "done")]
    assert settled(ben) == [("leave_school", "overtaken")]


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_day_too_far_ahead_is_refused(world: World) -> None:
    amira = world.participant()
    (refused,) = tell(amira, amira, "pause", {"reason": "other"}, on=NOW + 400 * DAY)
    assert refused == "Give a day within a year of today."
