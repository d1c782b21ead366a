"""A tutor's people by who needs them, the reasons, and the lead's list made of the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.clock import now, today
from lti_tool.cohort import attention
from lti_tool.cohort.time_conditions import time_is_running_out
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.learning import dialogues, records
from lti_tool.learning.dialogues import Account
from lti_tool.learning.models import ModuleDate, ModuleEnrolment, Specialism, Target
from lti_tool.people.models import Participant, Pause
from lti_tool.people.participation import career_of, pauses_of
from lti_tool.people.programmes import programme_of
from lti_tool.programme import timing
from lti_tool.programme.attention import Reason, need
from lti_tool.programme.due_dates import DueDate
from tests.integration.cohort.story import add_evidence, attest
from tests.integration.cohort.test_participants import names_on
from tests.integration.grades.factories import hand_in
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

LONG_AGO = timedelta(days=100)


def change(person: Person, facts: Mapping[str, Any]) -> None:
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        participant = db.session.get_one(Participant, participant_id)
        for name, value in facts.items():
            setattr(participant, name, value)
        db.session.commit()


def keep(person: Person, row: Any) -> None:
    """Store something about somebody."""
    row.participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        if isinstance(row, Target):
            row.set_by_id = person.user().id
        db.session.add(row)
        db.session.commit()


def reasons(viewer: Person, of: Person, role: Role = Role.TUTOR) -> list[Reason]:
    """Why somebody needs the viewer, asked as the page asks it."""
    participant_id = of.participant_id()
    with viewer.world.tool.app.app_context():
        found = attention.conditions(viewer.viewer(role))
        return attention.reasons_of(found, [participant_id])[participant_id]


def coached(world: World, name: str = "Amira Khan") -> tuple[Person, Person]:
    """A participant with a coach, and a tutor who sees them; nothing presses."""
    amira, coach = world.participant(name), world.coach()
    world.allocate(coach, to=amira)
    return amira, world.tutor()


def test_nothing_presses_for_a_newcomer_with_a_coach(world: World) -> None:
    amira, tutor = coached(world)
    assert reasons(tutor, amira) == []
    page = check_page(tutor.get("participants"), 200)
    assert page.select_one("[data-participant] .govuk-tag") is None


def test_whoever_has_the_most_pressing_reason_comes_first(world: World) -> None:
    amira, tutor = coached(world)
    zoe = world.participant("Zoë Ng")
    ben, coach = world.participant("Ben Osei"), world.coach("Nora Blake")
    world.allocate(coach, to=ben)
    hand_in(amira)
    assert names_on(tutor.get("participants")) == ["Zoë Ng", "Amira Khan", "Ben Osei"]
    assert "those who need you most first" in text_of(tutor.page)
    assert names_on(tutor.get("participants?show=to-mark")) == ["Amira Khan"]
    assert names_on(tutor.get("participants?show=no-coach")) == ["Zoë Ng"]
    assert reasons(tutor, zoe) == [Reason.NO_COACH]


def test_the_page_leads_to_plan_and_dialogue_and_shows_activity_in_words(world: World) -> None:
    amira, tutor = coached(world)
    add_evidence(amira, "The first")
    page = check_page(tutor.get("participants"), 200)
    row = page.select_one(f'tr[data-participant="{amira.participant_id()}"]')
    assert row is not None
    paths = [str(link["href"]).rsplit("/", 1)[-1] for link in row.find_all("a")]
    assert paths[1:] == ["plan", "dialogue"]
    assert "1 in all; by weeks, the oldest first: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1" in " ".join(
        row.get_text(" ").split()
    )
    assert len(row.select("rect")) == 1


@pytest.mark.parametrize("state", ["paused", "withdrawn", "completed_awaiting_board", "awarded"])
def test_whoever_rests_or_is_done_is_not_called_silent(world: World, state: str) -> None:
    amira, tutor = coached(world)
    early = {"enrolled_on": today() - LONG_AGO}
    change(amira, early)
    assert reasons(tutor, amira) == [Reason.SILENT, Reason.NO_TALK]
    change(amira, {"state": state})
    assert reasons(tutor, amira) == []


def test_a_deed_ends_the_silence_and_a_confirmed_talk_the_other(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    change(amira, {"enrolled_on": today() - LONG_AGO})
    add_evidence(amira, "The first")
    assert reasons(tutor, amira) == [Reason.NO_TALK]
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        account = Account(today(), 30, "How the lesson went.", ("a",))
        entry = dialogues.add(coach.viewer(Role.COACH), participant_id, account)
        db.session.commit()
        entry_id = entry.id
    assert reasons(tutor, amira) == [Reason.NO_TALK]
    with world.tool.app.app_context():
        dialogues.confirm(amira.viewer(Role.PARTICIPANT), participant_id, entry_id)
        db.session.commit()
    assert reasons(tutor, amira) == []


def test_a_talk_that_names_the_tutor_waits_for_their_word(world: World) -> None:
    amira, tutor = coached(world)
    other = world.tutor("Omar Said")
    world.allocate(tutor, to=amira, kind="tutor")
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        account = Account(today(), 30, "The plan.", (), (), (tutor.user().id,))
        entry = dialogues.add(amira.viewer(Role.PARTICIPANT), participant_id, account)
        db.session.commit()
        entry_id = entry.id
    assert reasons(tutor, amira) == [Reason.TO_CONFIRM]
    assert reasons(other, amira) == []
    with world.tool.app.app_context():
        dialogues.confirm(tutor.viewer(Role.TUTOR), participant_id, entry_id)
        db.session.commit()
    assert reasons(tutor, amira) == []


def test_an_edit_of_what_nobody_attested_is_not_stale(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    add_evidence(amira, "The first", ask=True)
    page = amira.visitor.follow(amira.get("evidence"), "The first")
    edit = amira.visitor.follow(page, "Edit")
    amira.submit(edit, {"narrative": "Something else."}, button=("action", "save"), form="#form")
    assert reasons(tutor, amira) == []
    attest(coach, "The first")
    assert reasons(tutor, amira) == []


def test_an_edit_of_something_attested_is_stale_until_it_is_attested_again(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    add_evidence(amira, "The first", ask=True)
    attest(coach, "The first")
    assert reasons(tutor, amira) == []
    page = amira.visitor.follow(amira.get("evidence"), "The first")
    edit = amira.visitor.follow(page, "Edit")
    amira.submit(edit, {"narrative": "Something else."}, button=("action", "save"), form="#form")
    assert reasons(tutor, amira) == [Reason.STALE]


def test_a_target_past_its_day_and_an_open_question_are_told(world: World) -> None:
    amira, tutor = coached(world)
    keep(amira, Target(
        strand="1.1", action="Read", evidence_intended="", due_on=today() - timedelta(days=1),
        set_as="participant", set_at=now(),
    ))  # fmt: skip
    keep(
        amira, Specialism(state="proposed", title="Grouping", reason="It fits.", proposed_at=now())
    )
    assert reasons(tutor, amira) == [Reason.TO_ANSWER, Reason.OVERDUE]
    assert reasons(tutor, amira, Role.LEAD) == [Reason.OVERDUE]
    words = text_of(tutor.get("participants?show=overdue"))
    assert "Waits for an answer" in words
    assert "Target overdue" in words


YESTERDAY = today() - timedelta(days=1)
OF_COHORT = "those of the overdue module"


@pytest.mark.parametrize(
    ("arranged", "is_overdue"),
    [
        ({}, True),
        ({"due_on": YESTERDAY}, True),
        ({"due_on": today()}, False),
        ({"state": "deferred"}, False),
        ({"state": "closed", "due_on": YESTERDAY}, False),
    ],
)
@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_module_is_overdue_by_the_date_that_is_the_participants(
    world: World, arranged: dict[str, Any], is_overdue: bool
) -> None:
    """The cohort's date was yesterday; a date of one's own goes before it."""
    amira, tutor = coached(world)
    change(amira, {"cohort": OF_COHORT})
    due_for_cohort(amira, YESTERDAY)
    if arranged:
        moment = now()
        keep(amira, ModuleEnrolment(
            module_code="MTL1", enrolled_at=moment, changed_at=moment,
            changed_by_id=user_of(tutor), **arranged,
        ))  # fmt: skip
    assert reasons(tutor, amira) == [Reason.MODULE_DUE] * is_overdue
    due = known_due(amira)
    assert (due is not None and due.on < today()) == (is_overdue or "state" in arranged)


def test_a_module_past_its_date_is_told_until_it_is_handed_in(world: World) -> None:
    amira, tutor = coached(world)
    change(amira, {"cohort": OF_COHORT})
    due_for_cohort(amira, YESTERDAY)
    assert "Module overdue" in text_of(tutor.get("participants?show=module-due"))
    hand_in(amira)
    assert reasons(tutor, amira) == [Reason.TO_MARK]


def user_of(person: Person) -> int:
    with person.world.tool.app.app_context():
        return person.user().id


def known_due(person: Person) -> DueDate | None:
    """The date that the participant's own pages go by."""
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        return records.kept([participant_id])[participant_id].due.get("MTL1")


def due_for_cohort(person: Person, day: date) -> None:
    """Until when the first module is due for those of one cohort; once for all tests."""
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        participant = db.session.get_one(Participant, participant_id)
        version_id = participant.programme_version_id
        query = select(ModuleDate).where(
            ModuleDate.programme_version_id == version_id, ModuleDate.cohort == OF_COHORT
        )
        if db.session.scalars(query).first() is None:
            db.session.add(ModuleDate(
                provider_id=participant.provider_id, programme_version_id=version_id,
                module_code="MTL1", cohort=OF_COHORT, due_on=day, set_at=now(),
                set_by_id=participant.user_id,
            ))  # fmt: skip
            db.session.commit()


CAREERS: tuple[Mapping[str, Any], ...] = (
    {"window_rule": None, "teaching_from": date(2015, 9, 1)},
    {"window_rule": "none", "teaching_from": date(2015, 9, 1)},
    {"window_rule": "nqt", "teaching_from": None},
    {"window_rule": "nqt", "teaching_from": date(2020, 9, 1), "started_on": date(2021, 4, 1)},
    {"window_rule": "nqt", "teaching_from": date(2022, 1, 5), "started_on": date(2022, 4, 1)},
    {"window_rule": "nqt", "teaching_from": date(2023, 9, 1), "started_on": date(2024, 4, 1)},
    {"window_rule": "nqt", "teaching_from": date(2023, 9, 1)},
    {"window_rule": "nqt", "teaching_from": date(2025, 9, 1)},
)
PAUSES = (
    (),
    (("parental_leave", 200, 30),),
    (("parental_leave", 400, 40), ("career_break", 39, None)),
    (("other", 300, 10),),
)


@pytest.mark.parametrize("career", CAREERS, ids=str)
@pytest.mark.each_store
def test_the_database_and_the_rule_agree_on_whose_time_runs_out(
    world: World, career: Mapping[str, Any]
) -> None:
    amira = world.participant()
    change(amira, {"started_on": None, **career})
    day, participant_id = date(2026, 11, 22), amira.participant_id()
    for pauses in PAUSES:
        with world.tool.app.app_context():
            participant = db.session.get_one(Participant, participant_id)
            for reason, first, last in pauses:
                db.session.add(Pause(
                    participant_id=participant.id, reason=reason,
                    started_on=day - timedelta(days=first),
                    ended_on=None if last is None else day - timedelta(days=last),
                ))  # fmt: skip
            db.session.flush()
            programme = programme_of(participant)
            found = pauses_of([participant.id])[participant.id]
            told = timing.warnings(programme, career_of(participant), found, today=day)
            condition = time_is_running_out({participant.programme_version_id: programme}, day)
            query = select(Participant.id).where(Participant.id == participant.id, condition)
            assert bool(db.session.scalar(query)) == bool(told), pauses
            db.session.rollback()


def test_the_need_in_the_database_is_the_rules(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    change(amira, {"enrolled_on": today() - LONG_AGO})
    hand_in(amira)
    expected, participant_id = need(reasons(tutor, amira)), amira.participant_id()
    with world.tool.app.app_context():
        found = attention.conditions(tutor.viewer(Role.TUTOR))
        weights = dict(db.session.execute(attention.weights(tutor.viewer(Role.TUTOR), found)).all())
        assert weights[participant_id] == expected > 0


def test_the_lead_reads_the_same_reasons_counted(world: World) -> None:
    lead, amira = world.lead(), world.participant("Rosa Linden-Vale")
    change(amira, {"enrolled_on": today() - LONG_AGO})
    page = check_page(lead.get("cohort"), 200)
    links = {
        str(link["href"]).rsplit("show=", 1)[-1] for link in page.select("#main a[href*='show=']")
    }
    assert {"no-coach", "silent", "no-talk"} <= links
    for show in ("no-coach", "silent", "no-talk"):
        assert names_on(lead.get(f"participants?q=Linden-Vale&show={show}")) == ["Rosa Linden-Vale"]
    assert "by name" in text_of(lead.get("participants?q=Linden-Vale"))


def test_an_unknown_filter_shows_everybody(world: World) -> None:
    amira, tutor = coached(world)
    assert names_on(tutor.get("participants?show=nonsense")) == [amira.name]
    assert soup(tutor.page).select_one("nav[aria-label=Show] strong") is not None
