"""A head teacher sees by a link who of the school is on the programme, and never a mark."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.people import head_teachers, moves, schools
from lti_tool.people.models import Allocation, Participant, School, SchoolAgreement, SchoolPeriod
from tests.integration.grades.factories import hand_in, release_mark
from tests.integration.people.outsiders import Outsider
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

_urns = itertools.count(100_001)


@pytest.fixture
def lead(world: World) -> Person:
    return world.lead()


def a_school(lead: Person, name: str) -> int:
    """A school of its own for this test; its id."""
    with lead.world.tool.app.app_context():
        taken = set(db.session.scalars(select(School.urn)))
        urn = next(str(urn) for urn in _urns if str(urn) not in taken)
        school = schools.add_school(lead.viewer(Role.LEAD), urn, f"{name} {urn}")
        db.session.commit()
        return school.id


def teaches_at(lead: Person, school_id: int, teacher: Person, since: date | None = None) -> None:
    with lead.world.tool.app.app_context():
        participant = db.session.get_one(Participant, teacher.participant_id())
        school = db.session.get_one(School, school_id)
        moves.move_school(lead.viewer(Role.LEAD), participant, school, since or today())
        db.session.commit()


def invited_head(lead: Person, school_id: int) -> Outsider:
    """A head teacher whom the lead has invited on the school's page."""
    head = Outsider(lead.world, "Hattie Cole")
    page = lead.get(f"schools/{school_id}/head-link")
    check_page(page, 200)
    values = {"name": head.name, "address": head.address}
    answer = lead.submit(page, values, button=("action", "save"), form="#form")
    assert "An invitation is on its way to Hattie Cole." in text_of(answer)
    return head


def signed_in_head(lead: Person, school_id: int) -> Outsider:
    head = invited_head(lead, school_id)
    check_page(head.sign_in(head.newest_link()), 200)
    return head


def school_page(head: Outsider) -> str:
    """The address of the page, as her browser knows it."""
    return head.browser.get(head.newest_link()).url


def events(participant: Person) -> list[tuple[str, str]]:
    participant_id = participant.participant_id()
    with participant.world.tool.app.app_context():
        query = select(AuditEvent.event, AuditEvent.acted_as).where(
            AuditEvent.participant_id == participant_id
        )
        return [(event, acted_as) for event, acted_as in db.session.execute(query)]


def test_a_head_teacher_sees_who_of_the_school_is_on_the_programme(
    world: World, lead: Person
) -> None:
    amira, ben, cleo = (world.participant(name) for name in ("Amira Khan", "Ben Osei", "Cleo Diaz"))
    ours, theirs = a_school(lead, "Ash Grove"), a_school(lead, "Oakfield")
    teaches_at(lead, ours, amira)
    teaches_at(lead, ours, ben)
    teaches_at(lead, theirs, cleo)
    world.allocate(world.coach("Colin Hughes"), to=amira)
    head = signed_in_head(lead, ours)
    page = head.browser.get(school_page(head))
    check_page(page, 200)
    told = text_of(page)
    assert page.url.endswith("/school")
    assert "2 teachers are on" in told
    assert "Colin Hughes, since" in told
    assert "No coach" in told
    assert "Cleo" not in told
    cards = [card["data-participant"] for card in soup(page).select("section[data-participant]")]
    assert cards == [str(amira.participant_id()), str(ben.participant_id())]


def test_a_head_teacher_never_sees_a_mark_or_evidence(world: World, lead: Person) -> None:
    amira, tutor = world.participant("Amira Khan"), world.tutor()
    ours = a_school(lead, "Ash Grove")
    teaches_at(lead, ours, amira)
    release_mark(tutor, hand_in(amira), 67)
    head = signed_in_head(lead, ours)
    page = head.browser.get(school_page(head))
    assert not re.search(r"\b67\b", text_of(page))
    for path in (
        "evidence",
        "marking",
        f"participants/{amira.participant_id()}",
        "cohort",
        "release",
    ):
        url = f"{world.tool.url}/courses/{amira.course_id}/{path}"
        assert head.browser.get(url).status_code == 401


def test_agreeing_a_coach_and_release_time_is_on_record_for_lead_and_tutor(
    world: World, lead: Person
) -> None:
    amira = world.participant("Amira Zuber")
    ours = a_school(lead, "Ash Grove")
    teaches_at(lead, ours, amira)
    world.allocate(world.coach("Colin Hughes"), to=amira)
    own = f"participants/{amira.participant_id()}"
    absent = "has not agreed this coach yet."
    assert absent in text_of(lead.get(own))
    head = signed_in_head(lead, ours)
    url = school_page(head)
    for action, told in (("attest", "agreed that Colin Hughes coaches"), ("release", "confirmed")):
        form = f'form:has([value="{action}"])'
        answer = head.browser.submit(head.browser.get(url), form, button=("action", action))
        check_page(answer, 200)
        assert told in text_of(answer)
    page = head.browser.get(url)
    assert not soup(page).select('[value="attest"], [value="release"]')
    found = events(amira)
    assert ("school_agreement.coach_agreed", "head") in found
    assert ("school_agreement.release_confirmed", "head") in found
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        coach = db.session.scalars(
            select(Allocation.id).where(Allocation.participant_id == participant_id)
        ).one()
        assert list(head_teachers.agreed_coaches([coach])) == [coach]
        assert list(head_teachers.agreed_release([participant_id])) == [participant_id]
    for staff in (lead, world.tutor()):
        shown = text_of(staff.get(f"participants/{participant_id}/coach-link"))
        assert "The head teacher agreed this coach" in shown
        assert absent not in text_of(staff.get(own))
        row = soup(staff.get("participants?q=Amira Zuber")).select_one(
            f'tr[data-participant="{participant_id}"]'
        )
        assert row is not None
        assert "School agreed" in " ".join(row.get_text(" ").split())
    world.allocate(world.coach("Nora Blake"), to=amira)
    assert soup(head.browser.get(url)).select('[value="attest"]')
    assert absent in text_of(lead.get(own))
    with time_machine.travel(now() + timedelta(days=366)), world.tool.app.app_context():
        assert head_teachers.agreed_release([participant_id]) == {}


def test_a_yes_to_a_coach_who_has_changed_meanwhile_is_not_taken(
    world: World, lead: Person
) -> None:
    amira = world.participant("Amira Khan")
    ours = a_school(lead, "Ash Grove")
    teaches_at(lead, ours, amira)
    world.allocate(world.coach("Colin Hughes"), to=amira)
    head = signed_in_head(lead, ours)
    page = head.browser.get(school_page(head))
    world.allocate(world.coach("Nora Blake"), to=amira)
    form = 'form:has([value="attest"])'
    answer = head.browser.submit(page, form, button=("action", "attest"))
    check_page(answer, 422)
    assert "The coach has changed" in text_of(answer)
    with world.tool.app.app_context():
        query = select(SchoolAgreement.id).where(SchoolAgreement.school_id == ours)
        assert db.session.scalars(query).first() is None


def test_a_head_teacher_says_nothing_about_another_schools_teacher(
    world: World, lead: Person
) -> None:
    amira, cleo = world.participant("Amira Khan"), world.participant("Cleo Diaz")
    ours, theirs = a_school(lead, "Ash Grove"), a_school(lead, "Oakfield")
    teaches_at(lead, ours, amira)
    teaches_at(lead, theirs, cleo)
    head = signed_in_head(lead, ours)
    page = head.browser.get(school_page(head))
    values = {"participant": str(cleo.participant_id())}
    form = 'form:has([value="release"])'
    assert head.browser.submit(page, form, values, button=("action", "release")).status_code == 404


def test_a_teacher_who_joined_is_moved_by_the_new_school_alone(world: World, lead: Person) -> None:
    amira = world.participant("Amira Khan")
    before, after = a_school(lead, "Oakfield"), a_school(lead, "Ash Grove")
    teaches_at(lead, before, amira)
    head = signed_in_head(lead, after)
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        number = db.session.get_one(Participant, participant_id).candidate_number
    on = {"on-day": str(today().day), "on-month": str(today().month), "on-year": str(today().year)}
    answers = []
    for typed in (
        {"candidate_number": number, "family_name": "Osei"},
        {"candidate_number": "C999999", "family_name": "Khan"},
    ):
        page = head.browser.get(school_page(head))
        answer = head.browser.submit(page, "#form", typed | on, button=("action", "submit"))
        check_page(answer, 422)
        answers.append(soup(answer).select_one(".govuk-error-summary").get_text(" ", strip=True))
        assert "Amira" not in answer.text
    assert answers[0] == answers[1]
    typed = {"candidate_number": number, "family_name": "Khan"}
    page = head.browser.get(school_page(head))
    answer = head.browser.submit(page, "#form", typed | on, button=("action", "submit"))
    check_page(answer, 200)
    assert "Amira Khan is now on record at your school." in text_of(answer)
    assert ("school_period.told_by_head", "head") in events(amira)
    with world.tool.app.app_context():
        query = select(SchoolPeriod.school_id).where(
            SchoolPeriod.participant_id == participant_id, SchoolPeriod.ended_on.is_(None)
        )
        assert list(db.session.scalars(query)) == [after]


def test_a_page_needs_its_own_link_and_a_sign_in(world: World, lead: Person) -> None:
    ours, theirs = a_school(lead, "Ash Grove"), a_school(lead, "Oakfield")
    head, other = signed_in_head(lead, ours), signed_in_head(lead, theirs)
    url = school_page(head)
    for browser in (head.new_browser(), other.browser):
        answer = browser.get(url)
        assert "Ash Grove" not in answer.text
        assert answer.url == head.newest_link()
        posted = browser.session.post(url, data={"action": "release"}, allow_redirects=False)
        assert posted.status_code == 303
    page = head.browser.get(url)
    form = 'form[action$="/sign-out"]'
    out = head.browser.submit(page, form, button=("action", ""))
    assert "You are signed out." in text_of(out)
    assert "Ash Grove" not in head.browser.get(url).text


def test_a_revoked_head_teacher_is_out_at_once(world: World, lead: Person) -> None:
    ours = a_school(lead, "Ash Grove")
    head = signed_in_head(lead, ours)
    url, link = school_page(head), head.newest_link()
    page = lead.get(f"schools/{ours}/head-link")
    answer = lead.submit(page, button=("action", "cancel"), form='form:has([value="cancel"])')
    assert "works no more" in text_of(answer)
    for address in (url, link):
        gone = head.browser.get(address)
        assert gone.status_code == 404
        assert "Ash Grove" not in gone.text


def test_only_a_lead_gives_head_teachers_a_link(world: World, lead: Person) -> None:
    ours = a_school(lead, "Ash Grove")
    for person in (world.tutor(), world.coach(), world.participant()):
        assert person.get(f"schools/{ours}/head-link").status_code == 403
