"""The lead arranges modules: enrols in bulk after a look, sets dates, opens, closes, defers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from requests import Response
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import today
from lti_tool.cohort.facts import participant_facts
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import NotAllowed, NotFound
from lti_tool.identity import Role
from lti_tool.learning import enrolments
from lti_tool.learning.models import ModuleEnrolment
from lti_tool.people.models import Participant
from lti_tool.programme.enrolment import Deed
from tests.integration.cohort.story import add_evidence, submit_module
from tests.integration.grades.factories import hand_in, release_mark
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

SOON = today() + timedelta(days=12)


def on(day: date, name: str = "due_on") -> dict[str, str]:
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def into_cohort(name: str, *people: Person) -> None:
    for person in people:
        with person.world.tool.app.app_context():
            db.session.get_one(Participant, person.participant_id()).cohort = name
            db.session.commit()


def look(lead: Person, code: str, *people: Person, **fields: str) -> Response:
    values = {"module": code, "people": [str(one.participant_id()) for one in people], **fields}
    return lead.submit(lead.get("enrolments"), values, button=("action", "preview"), form="#form")


def enrol(lead: Person, code: str, *people: Person, **fields: str) -> Response:
    return lead.submit(look(lead, code, *people, **fields), button=("action", "save"), form="#form")


def do(lead: Person, person: Person, code: str, verb: str, **fields: str) -> Response:
    page = lead.get(f"participants/{person.participant_id()}/modules/{code}")
    return lead.submit(page, {"verb": verb, **fields}, form="#form")


def states(lead: Person, person: Person) -> dict[str, str]:
    page = check_page(lead.get(f"participants/{person.participant_id()}/modules"), 200)
    return {
        str(row["data-module"]): str(row["data-state"]) for row in page.select("tr[data-state]")
    }


def rows(person: Person) -> list[tuple[str, str, date | None, int]]:
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        return [
            (row.module_code, row.state, row.due_on, row.attempts_allowed)
            for row in db.session.scalars(
                select(ModuleEnrolment)
                .where(ModuleEnrolment.participant_id == participant_id)
                .order_by(ModuleEnrolment.module_code)
            )
        ]


def trail(person: Person) -> list[str]:
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        return list(
            db.session.scalars(
                select(AuditEvent.event)
                .where(
                    AuditEvent.participant_id == participant_id,
                    AuditEvent.event.startswith("enrolment."),
                )
                .order_by(AuditEvent.id)
            )
        )


def test_nothing_is_enrolled_before_the_lead_has_seen_what_would_happen(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    page = look(lead, "MTL3", amira, **on(SOON))
    assert "You may start phase 2 when" in text_of(page)
    check_page(page, 200)
    assert rows(amira) == []
    check_page(lead.submit(page, button=("action", "save"), form="#form"), 200)
    assert rows(amira) == [("MTL3", "enrolled", SOON, 1)]
    assert trail(amira) == ["enrolment.made"]


def test_enrolling_twice_changes_nothing_and_a_new_date_is_told(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    enrol(lead, "MTL2", amira, **on(SOON))
    assert "nothing: enrolled already" in text_of(look(lead, "MTL2", amira))
    enrol(lead, "MTL2", amira)
    later = SOON + timedelta(days=7)
    page = look(lead, "MTL2", amira, **on(later))
    assert "New date" in text_of(page)
    lead.submit(page, button=("action", "save"), form="#form")
    assert rows(amira) == [("MTL2", "enrolled", later, 1)]
    assert trail(amira) == ["enrolment.made", "enrolment.due_set"]


def test_whoever_cannot_be_enrolled_is_named_with_the_reason_and_the_others_are(
    world: World,
) -> None:
    amira, ben, lead = world.participant("Amira Khan"), world.participant("Ben Ito"), world.lead()
    hand_in(ben, "MTL1")
    page = look(lead, "MTL1", amira, ben)
    assert "Ben Ito : MTL1 has already been submitted." in text_of(page)
    lead.submit(page, button=("action", "save"), form="#form")
    assert [row[0] for row in rows(amira)] == ["MTL1"]
    assert rows(ben) == []


def test_a_whole_cohort_is_enrolled_at_once(world: World) -> None:
    amira, ben, lead = world.participant("Amira Khan"), world.participant("Ben Ito"), world.lead()
    into_cohort(name := f"Autumn {amira.participant_id()}", amira, ben)
    page = check_page(enrol(lead, "MTL1", everybody=name), 200)
    assert "2 participants are enrolled on MTL1." in page.get_text()
    assert rows(amira) == rows(ben) == [("MTL1", "enrolled", None, 1)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"module": ""}, "Choose a module."),
        (on(date(2020, 1, 1)), "The due date must not be in the past."),
        (on(date(2020, 1, 1)) | {"due_on-day": "32"}, "Enter a real date, such as 12 11 2026."),
    ],
)
def test_a_form_that_cannot_be_meant_comes_back_with_what_was_typed(
    world: World, fields: dict[str, str], sentence: str
) -> None:
    amira, lead = world.participant(), world.lead()
    answer = look(lead, "MTL1", amira, **fields)
    page = check_page(answer, 422)
    assert sentence in page.select_one(".govuk-error-summary").get_text()  # type: ignore[union-attr]
    ticked = page.select_one(f'input[name=people][value="{amira.participant_id()}"]')
    assert ticked is not None
    assert ticked.has_attr("checked")


def test_nobody_chosen_is_told(world: World) -> None:
    world.participant()
    page = check_page(look(world.lead(), "MTL1"), 422)
    assert "Choose at least one participant." in page.get_text()


def test_a_module_is_opened_before_its_turn_closed_and_opened_again(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    assert states(lead, amira)["MTL4"] == "planned"
    do(lead, amira, "MTL4", "open")
    assert states(lead, amira)["MTL4"] == "open"
    do(lead, amira, "MTL4", "close")
    assert states(lead, amira)["MTL4"] == "planned"
    do(lead, amira, "MTL1", "defer", **on(SOON))
    assert states(lead, amira)["MTL1"] == "deferred"
    page = amira.get("modules/MTL1/submit")
    assert "MTL1 is deferred: the programme lead opens it again." in text_of(page)
    do(lead, amira, "MTL1", "open")
    assert states(lead, amira)["MTL1"] == "open"
    assert trail(amira) == [
        "enrolment.opened", "enrolment.closed", "enrolment.deferred", "enrolment.opened",
    ]  # fmt: skip


def test_a_verb_that_cannot_be_done_is_refused_and_nothing_is_stored(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    hand_in(amira, "MTL1")
    page = lead.get(f"participants/{amira.participant_id()}/modules/MTL1")
    assert "MTL1 has already been submitted." in text_of(page)
    page = lead.get(f"participants/{amira.participant_id()}/modules/MTL2")
    answer = lead.submit(page, {"verb": "reassess"}, form="#form")
    check_page(answer, 422)
    assert "A further attempt follows a fail, and MTL2 has none." in text_of(answer)
    assert rows(amira) == []


def test_after_a_fail_a_further_attempt_is_opened_handed_in_and_marked_anew(
    world: World,
) -> None:
    amira, tessa, lead = world.participant(), world.tutor(), world.lead()
    add_evidence(amira, "A first try", ("1.1",))
    first = hand_in(amira, "MTL1")
    release_mark(tessa, first, 30)
    do(lead, amira, "MTL1", "reassess", **on(SOON))
    assert states(lead, amira)["MTL1"] == "reassessment_open"
    page = text_of(amira.get("modules/MTL1"))
    assert "30 out of 100" in page
    assert "Check and submit" in page
    submit_module(amira, "MTL1")
    assert states(lead, amira)["MTL1"] == "submitted"
    assert "is submitted already" not in text_of(amira.get("modules/MTL1"))
    assert "You handed this in" in text_of(amira.page)
    with world.tool.app.app_context():
        person = db.session.get_one(Participant, amira.participant_id())
        facts = participant_facts([person])[0].of("MTL1")
    assert (facts.attempts, facts.released_mark, facts.reassessment) == (2, None, False)


def test_no_more_attempts_than_the_programme_allows(world: World) -> None:
    amira, tessa, lead = world.participant(), world.tutor(), world.lead()
    release_mark(tessa, hand_in(amira, "MTL1"), 30)
    do(lead, amira, "MTL1", "reassess")
    release_mark(tessa, hand_in(amira, "MTL1", 2), 35)
    page = lead.get(f"participants/{amira.participant_id()}/modules/MTL1")
    assert "2 attempts are allowed, and none of MTL1 is left." in text_of(page)


def test_a_coach_learns_of_no_fail_by_a_further_attempt(world: World) -> None:
    amira, tessa, lead, coach = (
        world.participant(), world.tutor(), world.lead(), world.coach(),
    )  # fmt: skip
    world.allocate(coach, to=amira)
    release_mark(tessa, hand_in(amira, "MTL1"), 30)
    do(lead, amira, "MTL1", "reassess")
    page = text_of(coach.get(f"participants/{amira.participant_id()}"))
    assert "Resubmission" not in page
    assert "Not passed" not in page


def test_a_personal_date_goes_before_that_of_the_cohort_and_that_before_the_modules(
    world: World,
) -> None:
    amira, lead = world.participant(), world.lead()
    into_cohort(name := f"Spring {amira.participant_id()}", amira)

    def set_date(cohort: str, day: date) -> None:
        values = {"module": "MTL2", "cohort": cohort, **on(day)}
        page = lead.submit(
            lead.get("module-dates"), values, button=("action", "save"), form="#form"
        )
        check_page(page, 200)

    def due() -> str:
        page = soup(lead.get(f"participants/{amira.participant_id()}/modules"))
        cell = page.select_one("tr[data-module=MTL2] time")
        return str(cell["datetime"]) if cell else ""

    days = [SOON + timedelta(days=number) for number in range(3)]
    try:
        set_date("", days[0])
        assert due() == days[0].isoformat()
        set_date(name, days[1])
        assert due() == days[1].isoformat()
        do(lead, amira, "MTL2", "set_due", **on(days[2]))
        assert due() == days[2].isoformat()
        nothing = {"due_on-day": "", "due_on-month": "", "due_on-year": ""}
        do(lead, amira, "MTL2", "set_due", **nothing)
        assert due() == days[1].isoformat()
    finally:
        for cohort in ("", name):
            page = lead.get("module-dates")
            values = {"module": "MTL2", "cohort": cohort}
            lead.submit(page, values, button=("action", "cancel"), form="#form")
    assert due() == ""


def test_a_date_needs_a_module_and_a_day(world: World) -> None:
    lead = world.lead()
    page = lead.submit(lead.get("module-dates"), button=("action", "save"), form="#form")
    check_page(page, 422)
    values = {"module": "MTL1"}
    page = lead.submit(lead.get("module-dates"), values, button=("action", "save"), form="#form")
    assert "Say when the module is due." in text_of(page)


def test_only_the_lead_arranges_modules_and_only_of_whom_they_may_see(world: World) -> None:
    amira, tessa, lead = world.participant(), world.tutor(), world.lead()
    assert tessa.get("enrolments").status_code == 403
    assert tessa.get("module-dates").status_code == 403
    assert amira.get(f"participants/{amira.participant_id()}/modules").status_code == 403
    path = f"participants/{amira.participant_id()}/modules"
    assert check_page(tessa.get(path), 200).select("a[href$=MTL1]") == []
    assert tessa.get(f"{path}/MTL1").status_code == 403
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        with pytest.raises(NotAllowed):
            enrolments.change(
                tessa.viewer(Role.TUTOR), participant_id, "MTL1", Deed.OPEN, participant_facts
            )
        with pytest.raises(NotFound):
            enrolments.preview(lead.viewer(Role.LEAD), [10**6], "MTL1", participant_facts)


def test_two_who_enrol_the_same_person_at_once_leave_one_enrolment(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    participant_id = amira.participant_id()
    unexpected: list[Exception] = []
    finished = threading.Event()

    def enrol_once(before_commit: Callable[[], object] = bool) -> None:
        with world.tool.app.app_context():
            begin_as_writer()
            viewer = lead.viewer(Role.LEAD)
            enrolments.enrol(viewer, [participant_id], "MTL1", None, participant_facts)
            db.session.flush()
            before_commit()
            db.session.commit()

    def enrol_too() -> None:
        try:
            enrol_once()
        except Exception as error:
            unexpected.append(error)
        finished.set()

    other = threading.Thread(target=enrol_too)

    def let_the_other_begin() -> None:
        other.start()
        assert not finished.wait(timeout=1), "The second did not wait for the first."

    enrol_once(let_the_other_begin)
    other.join(timeout=60)
    assert unexpected == []
    assert [row[0] for row in rows(amira)] == ["MTL1"]
    assert trail(amira) == ["enrolment.made"]


def test_the_database_itself_refuses_a_second_enrolment_on_a_module(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    enrol(lead, "MTL1", amira)
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        row = db.session.scalars(
            select(ModuleEnrolment).where(ModuleEnrolment.participant_id == participant_id)
        ).one()
        db.session.add(
            ModuleEnrolment(
                participant_id=participant_id,
                module_code="MTL1",
                enrolled_at=row.enrolled_at,
                changed_at=row.changed_at,
                changed_by_id=row.changed_by_id,
            )
        )
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_a_participant_reads_on_the_module_until_when_it_is_due(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    assert soup(amira.get("modules/MTL1")).select_one("#due") is None
    do(lead, amira, "MTL1", "set_due", **on(SOON))
    told = check_page(amira.get("modules/MTL1"), 200).select_one("#due")
    assert told is not None
    words = " ".join(told.get_text(" ").split())
    assert words == (
        f"Due by the end of {SOON.day} {SOON:%B %Y} : in 12 days . This date is your own."
    )
    hand_in(amira, "MTL1")
    assert soup(amira.get("modules/MTL1")).select_one("#due") is None


def test_a_date_that_has_gone_by_stands_in_the_way_of_no_verb_but_a_further_attempt(
    world: World,
) -> None:
    amira, tessa, lead = world.participant(), world.tutor(), world.lead()
    do(lead, amira, "MTL1", "set_due", **on(SOON))
    participant_id, gone = amira.participant_id(), today() - timedelta(days=3)
    with world.tool.app.app_context():
        row = db.session.scalars(
            select(ModuleEnrolment).where(ModuleEnrolment.participant_id == participant_id)
        ).one()
        row.due_on = gone
        db.session.commit()
    do(lead, amira, "MTL1", "close")
    do(lead, amira, "MTL1", "open")
    assert rows(amira) == [("MTL1", "open", gone, 1)]
    release_mark(tessa, hand_in(amira, "MTL1"), 30)
    answer = do(lead, amira, "MTL1", "reassess")
    assert "The due date must not be in the past." in text_of(answer)
    do(lead, amira, "MTL1", "reassess", **on(SOON))
    assert rows(amira) == [("MTL1", "open", SOON, 2)]


def test_a_module_that_is_held_back_says_why_on_its_page(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    do(lead, amira, "MTL1", "close")
    assert "MTL1 is closed: the programme lead opens it again." in text_of(
        amira.get("modules/MTL1")
    )
    assert "MTL1 is closed" not in text_of(amira.get("modules/MTL2"))


def test_new_evidence_is_offered_for_the_module_whose_further_attempt_is_open(
    world: World,
) -> None:
    def offered() -> str:
        page = soup(amira.get("evidence/new"))
        chosen = page.select_one("select[name=module] option[selected]")
        assert chosen is not None
        return str(chosen["value"])

    amira, tessa, lead = world.participant(), world.tutor(), world.lead()
    release_mark(tessa, hand_in(amira, "MTL1"), 30)
    assert offered() == "MTL2"
    do(lead, amira, "MTL1", "reassess")
    assert offered() == "MTL1"
    do(lead, amira, "MTL1", "close")
    assert offered() == "MTL2"
