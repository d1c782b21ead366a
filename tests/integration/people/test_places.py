"""People tell of schools, pauses and leaving: each act is dated, or refused with its reason."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.identity import Role
from lti_tool.people import allocations, moves, participation, schools
from lti_tool.people.models import Participant, School
from lti_tool.people.participation import without_coach
from tests.pages import check_page
from tests.world import Person, World, text_of

DAY = timedelta(days=1)
NOW = today()


def on(day: date, name: str = "on") -> dict[str, str]:
    return {
        f"{name}-day": str(day.day),
        f"{name}-month": str(day.month),
        f"{name}-year": str(day.year),
    }


def add_school(lead: Person, name: str, urn: str = "") -> str:
    """A school of the register, under a URN that nobody has yet."""
    with lead.world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        taken = {each.urn for each in db.session.scalars(select(School))}
        urn = urn or next(str(n) for n in range(100_000, 999_999) if str(n) not in taken)
        schools.add_school(viewer, urn, name)
        db.session.commit()
    return urn


def tell(
    person: Person, amira: Person, deed: str, values: dict[str, str] | None = None, **parts: date
) -> list[str]:
    """Fill in a form about a participant; the refusals, if any."""
    page = person.get(f"participants/{amira.participant_id()}/places/{deed}")
    check_page(page, 200)
    filled = dict(values or {})
    for name, day in parts.items():
        filled |= on(day, name)
    answer = person.submit(page, filled)
    found = check_page(answer).select(".govuk-error-summary li")
    assert (answer.status_code == 422) == bool(found), text_of(answer)
    return [each.get_text(" ", strip=True) for each in found]


def places(person: Person, amira: Person) -> str:
    page = person.get(f"participants/{amira.participant_id()}/places")
    check_page(page, 200)
    return text_of(page)


def events(amira: Person) -> list[str]:
    participant_id = amira.participant_id()
    with amira.world.tool.app.app_context():
        query = select(AuditEvent.event).where(AuditEvent.participant_id == participant_id)
        return list(db.session.scalars(query.order_by(AuditEvent.id)))


def test_a_participant_tells_of_a_school_and_later_of_the_next(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    first, second = add_school(lead, "Hope High"), add_school(lead, "Brook Primary")
    assert tell(amira, amira, "move", {"school": first, "post": "teacher"}, on=NOW - 30 * DAY) == []
    assert "Hope High is now the school." in text_of(amira.page)
    assert tell(amira, amira, "move", {"school": second, "fte": "0.6"}, on=NOW) == []
    told = places(amira, amira)
    assert f"Brook Primary (URN {second}), 0.6 of full time" in told
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, amira.participant_id())
        names = [
            found.name if (found := moves.school_on(participant, day)) else None
            for day in (NOW - 31 * DAY, NOW - 30 * DAY, NOW - DAY, NOW)
        ]
    assert names == [None, "Hope High", "Hope High", "Brook Primary"]
    assert events(amira).count("school_period.started") == 2
    assert events(amira).count("school_period.ended") == 1


def test_a_move_ahead_is_told_and_taken_back(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    first, second = add_school(lead, "Hope High"), add_school(lead, "Brook Primary")
    tell(amira, amira, "move", {"school": first}, on=NOW)
    tell(amira, amira, "move", {"school": second}, on=NOW + 60 * DAY)
    assert "will be from" in text_of(amira.page)
    assert f"Hope High (URN {first})" in places(amira, amira)
    (refused,) = tell(amira, amira, "move", {"school": first}, on=NOW + 30 * DAY)
    assert refused.startswith("The post at Brook Primary begins on")
    assert tell(lead, amira, "take-back") == []
    assert "Take back the move" not in places(amira, amira)
    assert "Brook Primary" not in places(amira, amira)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"school": ""}, "Type the URN or the name of the school."),
        ({"school": "Nowhere"}, "No school fits."),
        ({"school": "e"}, "Several schools fit:"),
        ({"school": "Hope High"}, "Hope High is the school already."),
        (
            {"school": "Closed School"},
            "Closed School closed on 1 September 2020. It became Hope High.",
        ),
        ({"school": "Brook Primary", "fte": "2"}, "Use a share such as 0.6; 1 is full time."),
        ({"school": "Brook Primary", "on-day": "32"}, "Enter a real date"),
    ],
)
def test_a_move_that_cannot_be_is_told_and_changes_nothing(
    world: World, values: dict[str, str], sentence: str
) -> None:
    amira, lead = world.participant(), world.lead()
    hope = add_school(lead, "Hope High")
    add_school(lead, "Brook Primary")
    closed = add_school(lead, "Closed School")
    with world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        schools.change_school(
            viewer,
            schools.school_called(viewer, closed),
            name="Closed School",
            phase=None,
            region=None,
            closed_on=date(2020, 9, 1),
            successor=schools.school_called(viewer, hope),
        )
        db.session.commit()
    tell(amira, amira, "move", {"school": hope}, on=NOW)
    known = {"Hope High": hope, "Closed School": closed}
    given = {**values, "school": known.get(values["school"], values["school"])}
    page = amira.get(f"participants/{amira.participant_id()}/places/move")
    answer = amira.submit(page, {**on(NOW), **given})
    check_page(answer, 422)
    assert sentence in text_of(answer) or "Several schools fit" in text_of(answer)
    assert f"Hope High (URN {hope})" in places(amira, amira)


def test_a_pause_stops_the_clock_and_ends_when_they_come_back(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    tell(
        lead, amira, "facts", {"window_rule": "nqt"},
        teaching_from=date(NOW.year - 1, 9, 1), induction_from=date(NOW.year - 1, 9, 1),
    )  # fmt: skip
    ends = date(NOW.year + 4, 8, 31)
    assert f"{ends:%-d %B %Y}" in places(amira, amira)
    assert tell(amira, amira, "pause", {"reason": "parental_leave"}, on=NOW) == []
    assert "State Paused" in places(amira, amira)
    page = amira.get(f"participants/{amira.participant_id()}/places/pause")
    check_page(page, 409)
    (refused,) = tell(amira, amira, "resume", on=NOW + DAY)
    assert refused == "Give a day up to today; come back when the day is there."
    assert tell(amira, amira, "resume", on=NOW) == []
    assert "State On the programme" in places(amira, amira)
    assert events(amira)[-3:] == [
        "participant.facts_changed",
        "participant.paused",
        "participant.resumed",
    ]


def test_somebody_who_leaves_loses_nothing_and_may_come_back(world: World) -> None:
    amira, coach, lead = world.participant(), world.coach(), world.lead()
    world.allocate(coach, to=amira)
    (refused,) = tell(amira, amira, "leave", on=NOW)
    assert refused == "Choose a reason, or say that you would rather not."
    assert tell(amira, amira, "leave", {"reason": "not_said"}, on=NOW) == []
    assert "Left the programme" in places(amira, amira)
    amira.launch("progress")
    check_page(amira.page, 200)
    assert coach.get(f"participants/{amira.participant_id()}/places").status_code == 404
    page = lead.get(f"participants/{amira.participant_id()}/allocations")
    with world.tool.app.app_context():
        user_id = str(coach.user().id)
    answer = lead.submit(page, {"kind": "coach", "user": user_id}, button=("action", "save"))
    check_page(answer, 409)
    assert tell(lead, amira, "return") == []
    assert "No coach" in places(lead, amira)
    world.allocate(coach, to=amira)
    assert events(amira)[-4:] == [
        "allocation.ended",
        "participant.withdrawn",
        "participant.reinstated",
        "allocation.started",
    ]


def test_leaving_a_school_is_not_leaving_the_programme(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    urn = add_school(lead, "Hope High")
    tell(amira, amira, "move", {"school": urn}, on=NOW - DAY)
    assert tell(amira, amira, "leave-school", on=NOW) == []
    assert "State Between schools School None on record" in places(amira, amira)
    tell(amira, amira, "move", {"school": urn}, on=NOW)
    assert "State On the programme" in places(amira, amira)


def test_the_new_school_completes_a_move_alone_and_learns_nothing_else(world: World) -> None:
    amira, lead = world.participant("Amira Díaz-Khan"), world.lead()
    urn = add_school(lead, "Hope High")
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, amira.participant_id())
        school = db.session.scalars(select(School).where(School.urn == urn)).one()
        number = participant.candidate_number
        answers = set()
        for candidate, name in [(number, "Smith"), ("C999999", "Khan"), (number, ""), ("", "Khan")]:
            with pytest.raises(DomainError) as refused:
                moves.complete_move(school, candidate, name, NOW)
            answers.add(str(refused.value))
        assert len(answers) == 1
        for name in ("khan", "Diaz Khan", "DÍAZ-KHAN"):
            made = moves.complete_move(school, f" {number.lower()}", name, NOW)
            assert made.school_id == school.id
        db.session.commit()
    assert f"Hope High (URN {urn})" in places(amira, amira)
    assert events(amira).count("school_period.started") == 1


def test_evidence_keeps_the_coach_of_its_date_after_a_move(world: World) -> None:
    amira, first, second = world.participant(), world.coach(), world.coach("Nora Blake")
    world.allocate(first, to=amira)
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, amira.participant_id())
        viewer = amira.viewer(Role.LEAD)
        later = NOW + 30 * DAY
        allocations.allocate(
            viewer, participant, second.user().id, "coach", on=later, handover="Year 9 next."
        )
        db.session.commit()
        names = [
            found.name if (found := allocations.coach_on(participant, day)) else None
            for day in (NOW - DAY, NOW, later - DAY, later)
        ]
    assert names == [None, "Colin Hughes", "Colin Hughes", "Nora Blake"]
    assert "Handover: Year 9 next." in places(amira, amira)
    assert first.get(f"participants/{amira.participant_id()}/places").status_code == 200
    first.launch("coach-evidence")
    assert first.get(f"participants/{amira.participant_id()}/places").status_code == 200


def test_a_coach_reads_and_tells_nothing(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    told = places(coach, amira)
    assert "What can be noted" not in told
    assert coach.get(f"participants/{amira.participant_id()}/places/leave").status_code == 403


def test_a_participant_reaches_only_their_own_places(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    for path in ("places", "places/leave"):
        assert amira.get(f"participants/{ben.participant_id()}/{path}").status_code == 404


def test_what_only_a_lead_does_is_no_page_for_others(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    path = f"participants/{amira.participant_id()}/places"
    for person, deeds in {amira: ["university", "start"], tutor: ["university", "leave"]}.items():
        for deed in deeds:
            assert person.get(f"{path}/{deed}").status_code == 404, deed
    assert tutor.get(f"{path}/nonsense").status_code == 404


def test_facts_of_a_career_are_the_leads_and_the_subject_is_anybodys(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    values = {"subject_taught": "History", "school_phase": "secondary"}
    assert tell(amira, amira, "facts", values) == []
    assert "Teaches History, secondary" in places(amira, amira)
    assert "Needed: the eligibility rule" in places(lead, amira)
    (refused,) = tell(lead, amira, "facts", {"trn": "12"})
    assert refused == "A teacher reference number has seven digits."
    (refused,) = tell(
        lead, amira, "facts", induction_from=date(2020, 9, 1), induction_to=date(2019, 9, 1)
    )
    assert refused == "Induction cannot end before it begins."
    assert tell(lead, amira, "facts", {"trn": "1234567", "window_rule": "none"}) == []
    assert "Teaches History, secondary" in places(amira, amira)


def test_a_lead_moves_somebody_to_another_university(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    names = [f"University {amira.participant_id()} {letter}" for letter in "AB"]
    with world.tool.app.app_context():
        viewer = lead.viewer(Role.LEAD)
        ids = [schools.add_institution(viewer, name).id for name in names]
        db.session.commit()
    assert tell(lead, amira, "university", {"institution": str(ids[0])}, on=NOW - DAY) == []
    assert tell(lead, amira, "university", {"institution": str(ids[1])}, on=NOW) == []
    assert f"University {names[1]}, since" in places(amira, amira)
    assert tell(lead, amira, "university", {"institution": str(ids[1])}, on=NOW) == [
        f"{names[1]} assesses them already."
    ]


def test_a_second_school_begins_and_ends_beside_the_first(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    first, second = add_school(lead, "Hope High"), add_school(lead, "Brook Primary")
    tell(amira, amira, "move", {"school": first}, on=NOW)
    assert tell(amira, amira, "second-school", {"school": second}, on=NOW) == []
    assert "Brook Primary Second school" in places(amira, amira)
    page = amira.get(f"participants/{amira.participant_id()}/places/end-second-school")
    period = check_page(page, 200).select_one("input[name=period]")
    assert period is not None
    values = {"period": str(period["value"])}
    assert tell(amira, amira, "end-second-school", values, on=NOW + DAY) == []


def test_whoever_rests_or_has_left_is_not_missing_a_coach(world: World) -> None:
    amira, lead = world.participant(), world.lead()
    participant_id = amira.participant_id()

    def is_missing_one() -> bool:
        with world.tool.app.app_context():
            viewer = lead.viewer(Role.LEAD)
            found = without_coach(viewer).where(Participant.id == participant_id)
            return db.session.scalars(found).first() is not None

    assert is_missing_one()
    tell(lead, amira, "pause", {"reason": "other"}, on=NOW)
    assert not is_missing_one()
    tell(lead, amira, "resume", on=NOW)
    assert is_missing_one()


def test_a_start_is_noted_within_the_registration(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    (refused,) = tell(tutor, amira, "start", on=NOW + DAY)
    assert refused.startswith("Give a day up to today")
    assert tell(tutor, amira, "start", on=NOW) == []
    assert "Expected end" in places(amira, amira)
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, amira.participant_id())
        assert participation.career_of(participant).started_on == NOW
