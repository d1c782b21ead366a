"""Staff say who coaches and who tutors whom, and a wrong choice is told in the form."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.people.models import Allocation
from tests.integration.attacks.hands import at_once, post, token
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

FORM = 'form[action$="/allocations"]:has(#user)'


def path_of(person: Person) -> str:
    return f"participants/{person.participant_id()}"


def user_id(person: Person) -> str:
    with person.world.tool.app.app_context():
        return str(person.user().id)


def periods_of(amira: Person) -> list[date | None]:
    """When each period of a participant with a coach or tutor ended."""
    participant_id = amira.participant_id()
    with amira.world.tool.app.app_context():
        query = select(Allocation.ended_on).where(Allocation.participant_id == participant_id)
        return list(db.session.scalars(query.order_by(Allocation.id)))


def choose(staff: Person, amira: Person, kind: str | None, user: str) -> list[str]:
    """Fill in the form on a participant's page; the refusals, if any."""
    page = staff.get(path_of(amira))
    values = {"kind": kind, "user": user}
    answer = staff.submit(page, values, button=("action", "save"), form=FORM)
    found = check_page(answer).select(".govuk-error-summary li")
    assert (answer.status_code == 422) == bool(found)
    return [each.get_text(" ", strip=True) for each in found]


def test_a_tutor_gives_a_participant_a_coach_and_later_another(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    first, second = world.coach("Colin Hughes"), world.coach("Nora Blake")
    assert choose(tutor, amira, "coach", user_id(first)) == []
    assert "Colin Hughes is now the coach of Amira Khan." in text_of(tutor.page)
    assert first.get(path_of(amira)).status_code == 200
    assert choose(tutor, amira, "coach", user_id(second)) == []
    assert first.get(path_of(amira)).status_code == 404
    assert second.get(path_of(amira)).status_code == 200


def test_an_allocation_is_ended_with_a_button(world: World) -> None:
    amira, coach, lead = world.participant(), world.coach(), world.lead()
    world.allocate(coach, to=amira)
    page = lead.get(path_of(amira))
    form = 'form[action$="/allocations"]:has([value="cancel"])'
    answer = lead.submit(page, button=("action", "cancel"), form=form)
    assert "Colin Hughes is no longer the coach of Amira Khan." in text_of(answer)
    assert "No coach" in text_of(answer)
    assert coach.get(path_of(amira)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "who", "told"),
    [
        ("coach", "", "Choose a person."),
        (None, "coach", "Choose whether this person becomes coach or tutor."),
        ("head", "coach", "Choose whether this person becomes coach or tutor."),
        ("coach", "999999", "Choose one of the people listed."),
        ("coach", "amira", "Nobody can be their own coach or tutor."),
        ("tutor", "coach", "Colin Hughes is not a tutor in this course."),
    ],
)
def test_a_wrong_choice_is_told_and_changes_nothing(
    world: World, kind: str | None, who: str, told: str
) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    ids = {"coach": user_id(coach), "amira": user_id(amira)}
    problems = choose(tutor, amira, kind, ids.get(who, who))
    assert told in " ".join(problems)
    assert "No coach" in text_of(tutor.get(path_of(amira)))


@pytest.mark.parametrize("kind", ["coach", "tutor"])
def test_an_allocation_that_is_asked_for_many_times_at_once_is_made_once(
    world: World, kind: str
) -> None:
    amira, tutor = world.participant(), world.tutor()
    path = f"{path_of(amira)}/allocations"
    chosen = tutor if kind == "tutor" else world.coach()
    fields = {"csrf_token": token(tutor, path), "kind": kind, "user": user_id(chosen)}
    assert set(at_once(*[lambda: post(tutor, path, **fields)] * 6)) == {303}
    assert len(periods_of(amira)) == 1


def test_of_two_coaches_chosen_at_once_the_second_takes_over_from_the_first(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    path = f"{path_of(amira)}/allocations"
    fields = {"csrf_token": token(tutor, path), "kind": "coach"}
    first, second = (user_id(world.coach(name)) for name in ("Colin Hughes", "Nora Blake"))
    statuses = at_once(
        lambda: post(tutor, path, **fields, user=first),
        lambda: post(tutor, path, **fields, user=second),
    )
    assert statuses == [303, 303]
    assert sorted(ended is None for ended in periods_of(amira)) == [False, True]


def test_somebody_of_another_course_cannot_be_chosen(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    stranger = World(world.tool, world.vle).coach("Nora Blake")
    offered = [option["value"] for option in soup(tutor.get(path_of(amira))).select("#user option")]
    assert user_id(stranger) not in offered
    assert choose(tutor, amira, "coach", user_id(stranger)) == ["Choose one of the people listed."]


def test_the_allocation_of_somebody_else_cannot_be_ended_through_ones_own(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    coach, tutor = world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    world.allocate(world.coach("Nora Blake"), to=ben)
    page = tutor.get(path_of(amira))
    form = 'form[action$="/allocations"]:has([value="cancel"])'
    other = soup(tutor.get(path_of(ben))).select_one("input[name=allocation]")
    assert other is not None
    values = {"allocation": str(other["value"])}
    answer = tutor.submit(page, values, button=("action", "cancel"), form=form)
    check_page(answer, 404)
    assert "No coach" not in text_of(tutor.get(path_of(ben)))


def test_the_roster_lists_who_was_met_with_role_and_allocation(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.participant("Ben Osei")
    world.allocate(coach, to=amira)
    page = check_page(tutor.get("roster"), 200)
    rows = {
        row.find("th").get_text(strip=True): row.get_text(" ") for row in page.select("tbody tr")
    }  # type: ignore[union-attr]
    assert sorted(rows) == ["Amira Khan", "Ben Osei", "Colin Hughes", "Tessa Grant"]
    assert "Colin Hughes" in rows["Amira Khan"]
    assert "No coach" in rows["Ben Osei"]
    assert "Coach" in rows["Colin Hughes"]
    assert "Tutor" in rows["Tessa Grant"]
    check_page(tutor.get("roster?q=nobody"), 200)


def test_a_coach_is_planned_for_a_day_ahead_and_the_one_of_now_stays_until_then(
    world: World,
) -> None:
    amira, tutor = world.participant(), world.tutor()
    first, second = world.coach("Colin Hughes"), world.coach("Nora Blake")
    assert choose(tutor, amira, "coach", user_id(first)) == []
    day = today() + timedelta(days=40)
    values = {
        "kind": "coach", "user": user_id(second), "basis": "partner_school",
        "handover": "Goes on with Year 9.",
        "on-day": str(day.day), "on-month": str(day.month), "on-year": str(day.year),
    }  # fmt: skip
    answer = tutor.submit(tutor.get(path_of(amira)), values, button=("action", "save"), form=FORM)
    assert f"from {day:%-d %B %Y} on is the coach of Amira Khan." in text_of(answer)
    assert periods_of(amira) == [day, None]
    assert first.get(path_of(amira)).status_code == 200
    assert second.get(path_of(amira)).status_code == 404
    for coach in (first, second):  # a coach of now or of later comes in as a coach
        coach.launch("progress")
        assert "My teachers" in text_of(coach.get("participants"))
    told = text_of(tutor.get(f"{path_of(amira)}/places"))
    assert "Nora Blake Coach, partner school" in told
    assert "Handover: Goes on with Year 9." in told


def test_a_coach_who_begins_today_makes_way_for_the_one_who_is_planned(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    first, second = world.coach("Colin Hughes"), world.coach("Nora Blake")
    day = today() + timedelta(days=40)
    values = {
        "kind": "coach", "user": user_id(second),
        "on-day": str(day.day), "on-month": str(day.month), "on-year": str(day.year),
    }  # fmt: skip
    tutor.submit(tutor.get(path_of(amira)), values, button=("action", "save"), form=FORM)
    assert choose(tutor, amira, "coach", user_id(first)) == []
    assert sorted(periods_of(amira), key=str) == [day, None]


def test_an_allocation_cannot_begin_before_the_enrolment(world: World) -> None:
    amira, tutor, coach = world.participant(), world.tutor(), world.coach()
    values = {
        "kind": "coach", "user": user_id(coach), "on-day": "1", "on-month": "9",
        "on-year": "2009",
    }  # fmt: skip
    answer = tutor.submit(tutor.get(path_of(amira)), values, button=("action", "save"), form=FORM)
    check_page(answer, 422)
    assert "Give that day or a later one." in text_of(answer)
