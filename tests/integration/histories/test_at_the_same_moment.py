"""Two people tell of one participant at the same moment: both are heard, or one is told why not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.people.models import Institution, Participant, SchoolPeriod
from lti_tool.people.states import State
from tests.integration.histories.lives import Life, Place, Watched
from tests.integration.people.test_places import add_school, on
from tests.world import Person, World, text_of

# What both of them do, as a name and the choice of person, place or reason.
DEEDS = (
    ("coach", 0), ("coach", 1), ("move", 1), ("move", 2), ("new school says so", 2),
    ("leave school", 1), ("university", 1), ("pause", 1), ("withdraw", 1), ("end allocation", 0),
)  # fmt: skip


def both(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """The answers of two calls that begin together."""
    start = Barrier(2)

    def begin(call: Callable[[], object]) -> object:
        start.wait(10)
        return call()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(begin, (first, second)))


def settled(place: Place) -> Life:
    """Somebody with a school, a coach, a tutor and a university."""
    life = Life(place)
    for act, choice in (("move", 0), ("coach", 2), ("tutor", 1), ("university", 0)):
        assert life.does(act, choice), life.refused
    return life


def test_any_two_deeds_at_once_leave_rows_that_can_be(world: World) -> None:
    place = Place(world)
    for (one, who), (other, whom) in itertools.combinations_with_replacement(DEEDS, 2):
        life = settled(place)
        both(partial(life.does, one, who), partial(life.does, other, whom))
        life.check()


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("pause", "leave"), ("leave", "pause"), ("pause", "pause"), ("leave", "leave")],
)
def test_pausing_and_leaving_at_once_ends_in_one_of_them(
    world: World, mine: str, theirs: str
) -> None:
    amira, lead = world.participant(), world.lead()
    watched = Watched(world.tool.app, amira.participant_id())
    values = {**on(today()), "reason": "other"}
    reasons = {"pause": values, "leave": {**values, "reason": "not_said"}}
    path = f"participants/{amira.participant_id()}/places"
    pages = [(each, deed, each.get(f"{path}/{deed}")) for each, deed in
             ((amira, mine), (lead, theirs))]  # fmt: skip
    calls = [
        lambda person=person, page=page, deed=deed: person.submit(page, reasons[deed])
        for person, deed, page in pages
    ]
    both(*calls)
    statuses = sorted(each.page.status_code for each in (amira, lead))
    assert statuses in ([200, 200], [200, 409]), (text_of(amira.page), text_of(lead.page))
    watched.check()
    with world.tool.app.app_context():
        state = db.session.get_one(Participant, watched.id).state
    assert state in {State.PAUSED, State.WITHDRAWN}
    if mine == theirs:
        assert statuses == [200, 409]


def test_of_two_schools_told_at_once_one_is_the_school(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    watched = Watched(world.tool.app, amira.participant_id())
    path = f"participants/{amira.participant_id()}/places/move"
    told = {person: add_school(lead, name) for person, name in
            ((amira, "Hope High"), (lead, "Brook Primary"))}  # fmt: skip
    pages = {person: person.get(path) for person in told}
    both(*(
        lambda person=person, urn=urn: person.submit(pages[person], {**on(today()), "school": urn})
        for person, urn in told.items()
    ))  # fmt: skip
    assert {amira.page.status_code, lead.page.status_code} <= {200, 409, 422}
    watched.check()
    with world.tool.app.app_context():
        current = (
            db.session.query(SchoolPeriod)
            .filter_by(participant_id=watched.id, kind="main", ended_on=None)
            .all()
        )
    assert len(current) == 1


def test_a_university_is_changed_once_by_two_leads_at_once(world: World) -> None:
    place = Place(world)
    life = settled(place)
    assert sorted(map(bool, both(
        lambda: life.does("university", 1), lambda: life.does("university", 1)
    ))) == [False, True]  # fmt: skip
    life.check()
    assert life.refused == [f"{_university(place)} assesses them already."]


def _university(place: Place) -> str:
    with place.app.app_context():
        return db.session.get_one(Institution, place.universities[1]).name


def test_whoever_leaves_while_a_coach_is_found_leaves_or_is_coached_to_the_end(
    world: World,
) -> None:
    amira, lead, colin = world.participant(), world.lead(), world.coach()
    watched = Watched(world.tool.app, amira.participant_id())
    leaving = amira.get(f"participants/{watched.id}/places/leave")
    giving = lead.get(f"participants/{watched.id}/allocations")
    with world.tool.app.app_context():
        chosen = {"kind": "coach", "user": str(colin.user().id)}
    both(
        lambda: amira.submit(leaving, {**on(today()), "reason": "not_said"}),
        lambda: lead.submit(giving, chosen, button=("action", "save")),
    )
    assert amira.page.status_code == 200
    assert lead.page.status_code in {200, 409}
    watched.check()
    assert not _is_coached(watched, colin)


def _is_coached(watched: Watched, coach: Person) -> bool:
    page = coach.get(f"participants/{watched.id}")
    return page.status_code != 404
