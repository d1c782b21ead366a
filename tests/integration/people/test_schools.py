"""A lead keeps the register of schools; what is said of a school is dated, with its source."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.people.models import School
from lti_tool.people.schools import flags_on
from tests.integration.people.test_places import on, tell
from tests.pages import check_page
from tests.world import Person, World, text_of

FLAGGING = 'form:has([name="flag"])'


def free_urn(world: World) -> str:
    with world.tool.app.app_context():
        taken = set(db.session.scalars(select(School.urn)))
    return next(str(number) for number in range(200_000, 999_999) if str(number) not in taken)


def add(lead: Person, **values: str) -> list[str]:
    """Fill in the form of a new school; the refusals, if any."""
    page = lead.get("schools/new")
    check_page(page, 200)
    answer = lead.submit(page, values)
    return [
        each.get_text(" ", strip=True)
        for each in check_page(answer).select(".govuk-error-summary li")
    ]


def school_id(lead: Person) -> int:
    return int(lead.page.url.rsplit("/", 1)[1])


def test_a_lead_adds_a_school_and_finds_it(world: World) -> None:
    lead, amira = world.lead(), world.participant()
    urn = free_urn(world)
    name = f"Hope High {urn}"
    assert add(lead, urn=urn, name=name, phase="secondary", region="north_west") == []
    assert f"URN {urn} · Secondary · North West" in text_of(lead.page)
    found = school_id(lead)
    tell(amira, amira, "move", {"school": urn}, on=today())
    for search in (urn, name.lower()):
        assert name in text_of(lead.get(f"schools?q={search}"))
    assert "No school fits this search." in text_of(lead.get("schools?q=nowhere-at-all"))
    check_page(lead.page, 200)
    assert "Amira Khan" in text_of(lead.get(f"schools/{found}"))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"urn": "12345", "name": "Hope High"}, "A URN has six digits, such as 104242."),
        ({"urn": "12345a", "name": "Hope High"}, "A URN has six digits, such as 104242."),
        ({"urn": "", "name": "Hope High"}, "Give the URN, six digits."),
        ({"urn": "123456", "name": ""}, "Give the name of the school."),
    ],
)
def test_a_school_that_cannot_be_is_told(
    world: World, values: dict[str, str], sentence: str
) -> None:
    assert add(world.lead(), **values) == [sentence]


def test_a_urn_is_used_once(world: World) -> None:
    lead = world.lead()
    urn = free_urn(world)
    assert add(lead, urn=urn, name="Hope High") == []
    assert add(lead, urn=urn, name="Brook Primary") == ["Hope High has this URN already."]


def test_a_school_closes_and_becomes_another_and_never_itself(world: World) -> None:
    lead = world.lead()
    old, new = free_urn(world), ""
    add(lead, urn=old, name="Old School")
    old_id = school_id(lead)
    new = free_urn(world)
    add(lead, urn=new, name="New School")
    new_id = school_id(lead)

    def change(school: int, **values: str) -> list[str]:
        answer = lead.submit(lead.get(f"schools/{school}/edit"), values)
        return [
            each.get_text(" ", strip=True)
            for each in check_page(answer).select(".govuk-error-summary li")
        ]

    closing = on(today() - timedelta(days=5), "closed_on")
    assert change(old_id, successor=new) == ["Give the day on which the school closed."]
    assert change(old_id, successor="nowhere-at-all", **closing)[0].startswith("No school fits.")
    assert change(old_id, successor=new, **closing) == []
    assert "became New School" in text_of(lead.page)
    assert change(new_id, successor=old, **closing) == ["A school cannot become itself."]


def test_what_is_said_of_a_school_keeps_its_days(world: World) -> None:
    lead = world.lead()
    add(lead, urn=free_urn(world), name="Hope High")
    found = school_id(lead)

    def say(flag: str, value: str, day: date) -> list[str]:
        values = {"flag": flag, "value": value, "source": "a list", **on(day)}
        page = lead.get(f"schools/{found}")
        answer = lead.submit(page, values, button=("action", "save"), form=FLAGGING)
        return [
            each.get_text(" ", strip=True)
            for each in check_page(answer).select(".govuk-error-summary li")
        ]

    early, late = date(2009, 1, 1), date(2009, 6, 1)
    assert say("fsm_percent", "35", early) == []
    assert say("fsm_percent", "28", late) == []
    assert say("national_challenge_support", "yes", early) == []
    assert say("fsm_percent", "101", late) == ["Use a whole number from 0 to 100."]
    assert say("leadership_ofsted", "fine", late)[0].startswith("Use one of outstanding")
    assert say("colour", "blue", late) == ["Choose what is said of the school."]
    assert say("fsm_percent", "30", early)[0].startswith("A value from 1 June 2009")
    ending = 'form:has([value="cancel"])'
    answer = lead.submit(lead.get(f"schools/{found}"), button=("action", "cancel"), form=ending)
    check_page(answer, 200)
    with world.tool.app.app_context():
        read = [
            {flag: period.value for flag, period in flags_on(found, day).items()}
            for day in (date(2008, 12, 31), early, late, today())
        ]
    assert read[:3] == [
        {},
        {"fsm_percent": "35", "national_challenge_support": "yes"},
        {"fsm_percent": "28", "national_challenge_support": "yes"},
    ]
    assert len(read[3]) == 1  # one of the two was ended today


def test_a_tutor_reads_the_register_and_a_participant_does_not(world: World) -> None:
    lead, tutor, amira = world.lead(), world.tutor(), world.participant()
    add(lead, urn=free_urn(world), name="Hope High")
    found = school_id(lead)
    check_page(tutor.get("schools"), 200)
    assert "Note it" not in text_of(tutor.get(f"schools/{found}"))
    assert tutor.get("schools/new").status_code == 403
    assert amira.get("schools").status_code == 403


def test_a_university_is_put_on_the_list_once(world: World) -> None:
    lead = world.lead()
    name = f"University of {free_urn(world)} and {lead.course_id}"
    form = 'form:has([name="institution"])'
    answer = lead.submit(lead.get("schools"), {"institution": name}, form=form)
    check_page(answer, 200)
    assert f"{name} is on the list." in text_of(answer)
    answer = lead.submit(lead.get("schools"), {"institution": name.upper()}, form=form)
    check_page(answer, 422)
    assert "is on the list already." in text_of(answer)
