"""A lead takes an application from interest to enrolment; what was decided is never undone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import NotAllowed, NotFound
from lti_tool.identity import Role
from lti_tool.people import application_lists, applications, eligibility, schools, starting
from lti_tool.people.models import Application, EligibilityDecision, Participant
from lti_tool.people.programmes import programme_of
from lti_tool.programme.definition import Programme, ProgressionMode
from tests.integration.people.test_places import add_school, on
from tests.pages import check_page
from tests.world import Person, World, text_of

NQT = {"role": "nqt", "qts_year": "2008/09", "post_year": "2009/10"}
THEN = date(2009, 10, 1)


def school_with(
    lead: Person, phase: str = "secondary", region: str = "london", **flags: str
) -> str:
    """A school of the register of which this is said since 2009."""
    urn = add_school(lead, "Hope High")
    with lead.world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        found = schools.school_called(viewer, urn)
        found.phase, found.region = phase, region
        for flag, value in flags.items():
            schools.flag_school(viewer, found, flag, value, "a list", date(2009, 1, 5))
        db.session.commit()
    return urn


def fill(lead: Person, path: str, values: dict[str, str]) -> list[str]:
    page = lead.get(path)
    check_page(page, 200)
    answer = lead.submit(page, values, form="form#form")
    found = check_page(answer).select(".govuk-error-summary li")
    assert (answer.status_code == 422) == bool(found), text_of(answer)
    return [each.get_text(" ", strip=True) for each in found]


def add(lead: Person, name: str = "Nadia Quinn", **values: str) -> str:
    """Write an application down; the path of its page."""
    assert fill(lead, "applications/new", {"name": name, **values}) == []
    return "applications/" + lead.page.url.rsplit("/", 1)[1]


def press(lead: Person, path: str, act: str) -> str:
    """Press the button of a step on the application's page."""
    page = lead.get(path)
    check_page(page, 200)
    lead.submit(page, button=("action", act), form="main form")
    check_page(lead.page)
    return text_of(lead.page)


def stored(lead: Person, path: str) -> dict[str, Any]:
    with lead.world.tool.app.app_context():
        found = db.session.get_one(Application, int(path.rsplit("/", 1)[1]))
        decisions = [
            {column.name: getattr(each, column.key) for column in each.__table__.columns}
            for each in eligibility.decisions(found)
        ]
        return {
            "state": found.state,
            "answer": found.answer,
            "participant": found.participant_id,
            "decisions": decisions,
        }


def events(lead: Person, path: str) -> list[str]:
    with lead.world.tool.app.app_context():
        query = select(AuditEvent.event).where(
            AuditEvent.subject_kind == "application",
            AuditEvent.subject_id == int(path.rsplit("/", 1)[1]),
        )
        return list(db.session.scalars(query.order_by(AuditEvent.id)))


def offered(lead: Person, urn: str, name: str = "Nadia Quinn", email: str = "") -> str:
    path = add(lead, name, email=email, school=urn, **NQT)
    for act in ("check", "pass_on", "offer"):
        press(lead, path, act)
    return path


def test_a_teacher_goes_from_interest_to_enrolment(world: World) -> None:
    lead = world.lead()
    urn = school_with(lead, national_challenge_support="yes")
    path = add(lead, "Nadia Quinn", email="nadia@school.example", school=urn, **NQT)
    told = press(lead, path, "check")
    assert "Eligible By rule E2: newly qualified, in a National Challenge" in told
    assert "can enrol from 1 January 2010 on and start from 1 April 2010 on" in told
    assert "as for newly qualified teachers, apply" in told
    assert "National Challenge support yes a list, so since 5 January 2009" in told
    assert "with the provider" in press(lead, path, "pass_on")
    assert "The place is offered." in press(lead, path, "offer")
    nadia = world.participant("Nadia Quinn-Hall")
    with world.tool.app.app_context():
        number = db.session.get_one(Participant, nadia.participant_id()).candidate_number
    assert fill(lead, f"{path}/enrol", {"candidate_number": number.lower()}) == []
    assert f"As Nadia Quinn-Hall , {number}." in text_of(lead.page)
    with world.tool.app.app_context():
        assert db.session.get_one(Participant, nadia.participant_id()).window_rule == "nqt"
    assert stored(lead, path)["state"] == "enrolled"
    assert events(lead, path) == [
        f"application.{each}" for each in ("added", "checked", "passed_on", "offered", "enrolled")
    ]


def test_a_missing_fact_is_asked_for_and_never_refuses(world: World) -> None:
    lead = world.lead()
    path = add(lead)
    told = press(lead, path, "check")
    assert "Cannot decide yet" in told
    assert "Needed: Post Newly recruited to this post" in told
    assert "pass_on" not in lead.page.text
    decided = stored(lead, path)["decisions"][0]
    assert (decided["answer"], decided["facts"]) == ("undecided", {})
    assert set(decided["needs"]) >= {"role", "region", "national_challenge_support"}
    urn = school_with(lead, region="north_west")
    assert fill(lead, f"{path}/edit", {"name": "Nadia Quinn", "school": urn, **NQT}) == []
    assert "decided on other details than are known now" in text_of(lead.page)
    assert stored(lead, path)["state"] == "interested"
    assert "Eligible By rule E1" in press(lead, path, "check")
    assert [each["answer"] for each in stored(lead, path)["decisions"]] == ["eligible", "undecided"]
    assert "Earlier answers" in text_of(lead.page)


def test_a_refusal_names_what_failed_in_every_rule(world: World) -> None:
    lead = world.lead()
    path = add(lead, role="teacher")
    told = press(lead, path, "check")
    assert "Not eligible No rule matches." in told
    assert "Post: another teacher, needed newly qualified teacher" in told
    assert "Post: another teacher, needed head of department" in told
    assert [each["holds"] for each in stored(lead, path)["decisions"][0]["reasons"]] == [False] * 5


def test_what_the_rules_leave_open_is_said_so(world: World) -> None:
    lead = world.lead()
    no = {"national_challenge_support": "no", "in_city_challenge_area": "no"}
    urn = school_with(lead, "special", "north_west", **no)
    told = press(lead, add(lead, school=urn, **NQT), "check")
    assert "The rules themselves leave this case open" in told
    assert "Phase of the school: Special school, which the rules leave open" in told


def test_a_later_flag_undoes_neither_a_decision_nor_an_enrolment(world: World) -> None:
    lead, nadia = world.lead(), world.participant("Nadia Quinn")
    urn = school_with(lead, national_challenge_support="yes")
    path = offered(lead, urn)
    assert fill(lead, f"{path}/enrol", {"participant": str(nadia.participant_id())}) == []
    before = stored(lead, path)
    with world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        found = schools.school_called(viewer, urn)
        schools.flag_school(
            viewer, found, "national_challenge_support", "no", "a new list", today()
        )
        found.region = "south_east"
        db.session.commit()
    assert stored(lead, path) == before
    assert before["decisions"][0]["facts"]["national_challenge_support"] == {
        "value": "yes", "source": "a list", "since": "2009-01-05",
    }  # fmt: skip
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, nadia.participant_id())
        assert (participant.state, participant.window_rule) == ("active", "nqt")
    assert "Eligible By rule E2" in text_of(lead.get(path))


def test_what_was_said_of_a_school_is_taken_as_on_the_day_that_is_given(world: World) -> None:
    lead = world.lead()
    urn = school_with(lead, national_challenge_support="yes")
    with world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        found = schools.school_called(viewer, urn)
        schools.flag_school(
            viewer, found, "national_challenge_support", "no", "a new list", date(2010, 9, 1)
        )
        db.session.commit()
    then = on(THEN, "school_as_on")
    early = add(lead, school=urn, **NQT, **then)
    late = add(lead, school=urn, **NQT, **on(date(2010, 9, 1), "school_as_on"))
    assert "Eligible By rule E2" in press(lead, early, "check")
    assert "Cannot decide yet" in press(lead, late, "check")
    assert fill(
        lead, "applications/new", {"name": "X", **on(date(2999, 1, 1), "school_as_on")}
    ) == ["Give a day up to today."]


@pytest.mark.parametrize("change", [update(EligibilityDecision).values(answer="not_eligible"),
                                    delete(EligibilityDecision)])  # fmt: skip
@pytest.mark.each_store
def test_the_database_refuses_to_change_a_decision(world: World, change: Any) -> None:
    lead = world.lead()
    path = add(lead)
    press(lead, path, "check")
    with world.tool.app.app_context(), pytest.raises(IntegrityError, match="never changed"):
        db.session.execute(change)
    assert stored(lead, path)["decisions"][0]["answer"] == "undecided"


def test_the_same_address_is_a_hint_and_enrols_nobody(world: World) -> None:
    lead = world.lead()
    urn = school_with(lead, national_challenge_support="yes")
    shared = f"office-{urn}@school.example"
    path = offered(lead, urn, "Nadia Quinn", shared)
    other = add(lead, "Omar Quinn", email=shared.upper())
    assert "The same e-mail address: Nadia Quinn ." in text_of(lead.page)
    visitor = world.visitor("Omar Q", "participant", email=shared)
    omar = Person(world, visitor, "progress")
    assert stored(lead, path)["participant"] is None
    page = lead.get(f"{path}/enrol")
    check_page(page, 200)
    assert "Omar Q" in text_of(page)
    assert f"{shared}, as in the application" in text_of(page)
    assert "checked" not in page.text
    assert fill(lead, f"{path}/enrol", {}) == ["Choose a participant, or give a candidate number."]
    assert stored(lead, path)["state"] == "offered"
    assert fill(lead, f"{path}/enrol", {"participant": str(omar.participant_id())}) == []
    assert "The enrolment is taken back." in press(lead, path, "take_back")
    assert stored(lead, path)["participant"] is None
    assert stored(lead, other)["state"] == "interested"


def test_a_participant_is_enrolled_by_one_application(world: World) -> None:
    lead, nadia = world.lead(), world.participant("Nadia Quinn")
    urn = school_with(lead, national_challenge_support="yes")
    first, second = offered(lead, urn), offered(lead, urn)
    chosen = {"participant": str(nadia.participant_id())}
    assert fill(lead, f"{first}/enrol", chosen) == []
    assert fill(lead, f"{second}/enrol", {"candidate_number": "nobody"}) == [
        "There is no participant of this number."
    ]
    with world.tool.app.app_context():
        number = db.session.get_one(Participant, nadia.participant_id()).candidate_number
    (refused,) = fill(lead, f"{second}/enrol", {"candidate_number": number, **chosen})
    assert refused == "Choose a participant or give a number, not both."
    (refused,) = fill(lead, f"{second}/enrol", {"candidate_number": number})
    assert refused == "Nadia Quinn was enrolled by another application."


def test_two_leads_at_once_enrol_a_participant_by_one_application(world: World) -> None:
    leads, nadia = (world.lead(), world.lead("Lars Odell")), world.participant("Nadia Quinn")
    urn = school_with(leads[0], national_challenge_support="yes")
    paths = [offered(lead, urn) for lead in leads]
    pages = [lead.get(f"{path}/enrol") for lead, path in zip(leads, paths, strict=True)]
    chosen = {"participant": str(nadia.participant_id())}
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(
            lambda pair: pair[0].submit(pair[1], chosen, form="form#form").status_code,
            zip(leads, pages, strict=True),
        )
        assert sorted(answers) == [200, 422]
    states = [stored(lead, path)["state"] for lead, path in zip(leads, paths, strict=True)]
    assert sorted(states) == ["enrolled", "offered"]


def test_nobody_enrols_before_the_rule_lets_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, nadia = world.lead(), world.participant("Nadia Quinn")
    path = offered(lead, school_with(lead, national_challenge_support="yes"))
    monkeypatch.setattr(applications, "today", lambda: date(2009, 12, 31))
    (refused,) = fill(lead, f"{path}/enrol", {"participant": str(nadia.participant_id())})
    assert refused == "Rule E2 lets teachers enrol from 1 January 2010 on."


def blocking(participant: Participant) -> Programme:
    """Their programme, had it been published as one that blocks."""
    return replace(programme_of(participant), mode=ProgressionMode.BLOCK)


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_start_before_the_decision_allows_it_is_told_or_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, nadia = world.lead(), world.participant("Nadia Quinn")
    participant_id = nadia.participant_id()
    with world.tool.app.app_context():
        db.session.get_one(Participant, participant_id).enrolled_on = date(2010, 1, 5)
        db.session.commit()
    path = offered(lead, school_with(lead, national_challenge_support="yes"))
    assert fill(lead, f"{path}/enrol", {"participant": str(participant_id)}) == []
    places = f"participants/{participant_id}/places"
    assert "Earliest start by the decision 1 April 2010" in text_of(lead.get(places))
    early = {"on-day": "1", "on-month": "2", "on-year": "2010"}
    told = "Rule E2, by which they joined, lets teachers start from 1 April 2010 on."
    with monkeypatch.context() as patched:
        patched.setattr(starting, "programme_of", blocking)
        answer = lead.submit(lead.get(f"{places}/start"), early)
        assert (answer.status_code, told in text_of(answer)) == (409, True)
    assert "started" not in text_of(lead.get(places))
    answer = lead.submit(lead.get(f"{places}/start"), early)
    assert f"The start is noted as 1 February 2010. {told}" in text_of(answer)
    # Tied to a participant who began too early: the same words, and the same rule of the programme.
    assert "is taken back" in press(lead, path, "take_back")
    with monkeypatch.context() as patched:
        patched.setattr(starting, "programme_of", blocking)
        (refused,) = fill(lead, f"{path}/enrol", {"participant": str(participant_id)})
        assert refused.startswith(told)
    assert fill(lead, f"{path}/enrol", {"participant": str(participant_id)}) == []
    assert told in text_of(lead.page)


@pytest.mark.parametrize(("reason", "state"), [("no_place", "declined"), ("no_answer", "lapsed")])
def test_an_application_ends_with_a_reason_and_can_be_taken_up_again(
    world: World, reason: str, state: str
) -> None:
    lead = world.lead()
    path = offered(lead, school_with(lead, national_challenge_support="yes"))
    assert fill(lead, f"{path}/end", {}) == ["Choose a reason."]
    assert fill(lead, f"{path}/end", {"reason": "dislike"}) == ["Choose one of the reasons."]
    assert fill(lead, f"{path}/end", {"reason": reason}) == []
    assert stored(lead, path)["state"] == state
    (refused,) = fill(lead, f"{path}/end", {"reason": reason})
    assert refused.startswith("This cannot be done now")
    press(lead, path, "reopen")
    assert (stored(lead, path)["state"], stored(lead, path)["answer"]) == ("interested", None)


def test_a_step_that_was_taken_already_is_refused_with_its_reason(world: World) -> None:
    lead = world.lead()
    path = add(lead, role="teacher")
    press(lead, path, "check")
    old = lead.get(path)
    press(lead, path, "check")
    answer = lead.submit(old, button=("action", "pass_on"), form="main form")
    check_page(answer, 422)
    assert "By the rules this teacher is not eligible." in text_of(answer)
    answer = lead.submit(old, button=("action", "offer"), form="main form")
    check_page(answer, 422)
    assert "This cannot be done now: the application's state is “Checked”." in text_of(answer)
    assert stored(lead, path)["state"] == "checked"


def test_what_decided_cannot_change_once_a_place_is_spoken_of(world: World) -> None:
    lead = world.lead()
    urn = school_with(lead, national_challenge_support="yes")
    path = offered(lead, urn)
    facts = {"school": urn, **NQT}
    (refused,) = fill(lead, f"{path}/edit", {"name": "N Quinn", **facts, "role": "teacher"})
    assert refused.startswith("This cannot be done now")
    assert fill(lead, f"{path}/edit", {"name": "N Quinn", **facts}) == []
    assert stored(lead, path)["answer"] == "eligible"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "Give the name."),
        ({"qts_year": "2008"}, "Use a year such as 2008/09, or choose one of the list."),
        ({"role": "king"}, "Use a year such as 2008/09, or choose one of the list."),
        ({"email": "not an address"}, "Enter an e-mail address"),
        ({"school": "no school of ours"}, "No school fits."),
    ],
)
def test_an_application_that_cannot_be_is_told(
    world: World, values: dict[str, str], sentence: str
) -> None:
    (told,) = fill(world.lead(), "applications/new", {"name": "Nadia Quinn", **values})
    assert told.startswith(sentence)


def test_the_funnel_counts_how_far_applications_came(world: World) -> None:
    lead = world.lead()

    def counts() -> dict[str, int]:
        with world.tool.app.app_context():
            found = application_lists.funnel(lead.viewer(Role.LEAD))
        reached = {step.stage.value: step.reached for step in found.steps}
        return reached | {stage.value: count for stage, count in found.ended.items()}

    before = counts()
    urn = school_with(lead, national_challenge_support="yes")
    add(lead)
    declined = offered(lead, urn)
    fill(lead, f"{declined}/end", {"reason": "teacher_declined"})
    press(lead, add(lead), "check")
    grown = {name: count - before[name] for name, count in counts().items()}
    assert grown == {
        "interested": 3, "checked": 2, "passed_to_provider": 1, "offered": 1, "enrolled": 0,
        "declined": 1, "lapsed": 0,
    }  # fmt: skip
    check_page(lead.get("applications"), 200)


def test_the_list_is_searched_and_filtered(world: World) -> None:
    lead = world.lead()
    name = f"Quill {add_school(lead, 'Hope High')}"
    path = add(lead, name, role="teacher")
    press(lead, path, "check")
    for query, is_there in (
        (f"q={name}", True), (f"q={name}&show=checked", True),
        (f"q={name}&show=not_eligible", True), (f"q={name}&show=offered", False),
        (f"q={name}&show=eligible", False),
        (f"q={name}&show=nonsense", True),
    ):  # fmt: skip
        page = lead.get(f"applications?{query}")
        check_page(page, 200)
        assert (path in page.text) is is_there, query


@pytest.mark.parametrize("path", ["applications", "applications/new", "applications/1"])
def test_applications_are_for_leads_alone(world: World, path: str) -> None:
    for person in (world.participant(), world.coach(), world.tutor()):
        assert person.get(path).status_code == 403
    assert world.lead().get("applications/2147483647").status_code == 404


def test_a_lead_of_another_partnership_does_not_find_an_application(world: World) -> None:
    lead = world.lead()
    path = add(lead)
    with world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        number = int(path.rsplit("/", 1)[1])
        with pytest.raises(NotFound):
            applications.get_application(replace(viewer, provider_id=-1), number)
        with pytest.raises(NotAllowed):
            applications.get_application(replace(viewer, role=Role.TUTOR), number)
