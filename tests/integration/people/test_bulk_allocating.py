"""A lead gives many participants one coach or tutor, after seeing who changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.people import allocations
from lti_tool.people.models import Participant
from tests.integration.people.test_importing import CONFIRM, user_id
from tests.pages import check_page
from tests.world import Person, World, text_of

CHOICE = 'form:has([name="kind"])'


def choose(
    lead: Person, people: list[Person], person: Person, kind: str = "coach", on: date | None = None
) -> Any:
    """Fill in the form; what would change."""
    page = lead.get("allocations")
    check_page(page, 200)
    when = on or today()
    values: dict[str, Any] = {
        "participant": [str(each.participant_id()) for each in people],
        "kind": kind, "user": str(user_id(person)),
        "on-day": str(when.day), "on-month": str(when.month), "on-year": str(when.year),
    }  # fmt: skip
    answer = lead.submit(page, values, form=CHOICE)
    check_page(answer)
    return answer


def coach_of(person: Person, on: date | None = None) -> str | None:
    with person.world.tool.app.app_context():
        found = db.session.get_one(Participant, person.participant_id())
        coach = allocations.coach_on(found, on or today())
        return coach.name if coach else None


def test_a_lead_sees_who_changes_from_whom_to_whom_and_confirms(world: World) -> None:
    lead, amira, ben = world.lead(), world.participant(), world.participant("Ben Ali")
    old, new = world.coach(), world.coach("Dora Finch")
    world.allocate(old, to=amira)
    page = choose(lead, [amira, ben], new)
    assert "Coach: Colin Hughes → Dora Finch from" in text_of(page)
    assert "2 new, 0 so already" in text_of(page)
    assert (coach_of(amira), coach_of(ben)) == ("Colin Hughes", None)
    done = lead.submit(page, form=CONFIRM)
    assert "2 participants have Dora Finch as coach." in text_of(done)
    assert (coach_of(amira), coach_of(ben)) == ("Dora Finch", "Dora Finch")
    again = choose(lead, [amira, ben], new)
    assert "All of it is so already." in text_of(again)
    assert not check_page(again).select(CONFIRM)


def test_one_overlap_stands_against_all(world: World) -> None:
    lead, amira, ben = world.lead(), world.participant(), world.participant("Ben Ali")
    coach = world.coach()
    page = choose(lead, [amira, ben], coach, on=today() - timedelta(days=1))
    assert "enrolled on" in text_of(page)
    assert not check_page(page).select(CONFIRM)
    own = choose(lead, [amira, ben], amira)
    assert "Nobody can be their own coach or tutor." in text_of(own)
    assert not check_page(own).select(CONFIRM)
    tutoring = choose(lead, [amira, ben], coach, kind="tutor")
    assert "Colin Hughes is no tutor in any course." in text_of(tutoring)
    assert coach_of(ben) is None


def test_a_day_ahead_leaves_the_coach_of_now_until_then(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    old, new = world.coach(), world.coach("Dora Finch")
    world.allocate(old, to=amira)
    ahead = today() + timedelta(days=7)
    lead.submit(choose(lead, [amira], new, on=ahead), form=CONFIRM)
    assert (coach_of(amira), coach_of(amira, ahead)) == ("Colin Hughes", "Dora Finch")


def test_what_changed_since_the_look_is_shown_again(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    shown = choose(lead, [amira], world.coach("Dora Finch"))
    world.allocate(world.coach(), to=amira)
    answer = lead.submit(shown, form=CONFIRM)
    assert answer.status_code == 422
    assert "Something has changed since this was checked" in text_of(answer)
    assert coach_of(amira) == "Colin Hughes"
    check_page(answer, 422)


def test_an_unfinished_choice_is_told_and_kept(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    page = lead.get("allocations")
    answer = lead.submit(page, {"user": "", "on-day": "32"}, form=CHOICE)
    told = text_of(answer)
    for sentence in ("Choose the participants.", "Choose a person.", "Enter a real date"):
        assert sentence in told
    assert check_page(answer, 422).select_one('[name="on-day"]')["value"] == "32"  # type: ignore[index]
    assert amira.name in told


def test_the_list_can_be_narrowed_to_those_without_a_coach(world: World) -> None:
    lead, amira = world.lead(), world.participant("Zuzanna Amira-Kowalczyk")
    assert amira.name in text_of(lead.get("allocations?show=no-coach&q=Zuzanna+Amira"))
    world.allocate(world.coach(), to=amira)
    number = str(amira.participant_id())
    values = [
        each["value"]
        for each in check_page(lead.get("allocations?show=no-coach&q=Zuzanna+Amira")).select(
            '[name="participant"]'
        )
    ]
    assert number not in values


def test_only_a_lead_allocates_many_and_only_people_of_the_course(world: World) -> None:
    lead, tutor, amira = world.lead(), world.tutor(), world.participant()
    for path in (
        "allocations",
        "allocations/preview?participant=1&user=1&kind=coach&on=2026-01-01",
    ):
        assert tutor.get(path).status_code == 403
    query = f"participant={amira.participant_id()}&kind=coach&on={today()}"
    for user in ("999999999", "x", ""):
        assert lead.get(f"allocations/preview?{query}&user={user}").status_code == 404
    other = f"participant=999999999&kind=coach&on={today()}&user={user_id(tutor)}"
    assert lead.get(f"allocations/preview?{other}").status_code == 404
