"""The diagnosis: a draft of one's own, then agreed by two people on exactly the same version."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.learning import diagnosis, plans
from lti_tool.learning.needs import Line
from tests.integration.attacks.hands import at_once, fetch, post, token
from tests.integration.learning.planning import (
    NEED,
    agree,
    agreed,
    coached,
    diagnose,
    has_form,
    path,
    problems,
    state_of,
    typed,
)
from tests.pages import check_page
from tests.world import Person, World, text_of


def agreed_number(world: World, amira: Person) -> int | None:
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        return plans.agreed_diagnosis([participant_id]).get(participant_id)


def test_my_plan_is_in_the_menu_and_leads_a_participant_to_their_own(world: World) -> None:
    amira = world.participant()
    page = amira.visitor.follow(amira.get("progress"), "My plan")
    assert page.url.endswith(path(amira))
    assert "Write the diagnosis" in text_of(page)
    assert world.coach().get("plan").status_code == 403


@pytest.mark.parametrize("first", ["participant", "coach"])
def test_a_diagnosis_is_agreed_by_two_people_whoever_begins(world: World, first: str) -> None:
    amira, colin = coached(world)
    one, other = (amira, colin) if first == "participant" else (colin, amira)
    check_page(diagnose(one, amira), 200)
    assert state_of(one, amira) == "proposed"
    assert not has_form(one.page, "/diagnosis/agree"), "nobody agrees for both"
    check_page(agree(other, amira), 200)
    assert state_of(one, amira) == "agreed"
    assert agreed_number(world, amira) == 1


def test_proposing_alone_does_not_make_it_agreed(world: World) -> None:
    amira, _colin = coached(world)
    diagnose(amira, amira)
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        viewer = amira.viewer(Role.PARTICIPANT)
        diagnosis.agree(viewer, participant_id, number=1)
        db.session.commit()
    assert agreed_number(world, amira) is None


def test_a_draft_is_its_authors_alone_until_it_is_proposed(world: World) -> None:
    amira, colin = coached(world)
    tessa = world.tutor()
    check_page(diagnose(amira, amira, button="save"), 200)
    for person in (colin, tessa):
        assert NEED not in text_of(person.get(path(amira)))
        assert state_of(person, amira) == "none"
    assert NEED not in text_of(colin.get(path(amira, "plan/diagnosis/edit")))
    assert "Go on with your draft" in text_of(amira.get(path(amira)))
    page = amira.get(path(amira, "plan/diagnosis/edit"))
    assert NEED in page.text
    amira.submit(page, button=("action", "submit"), form="#form")
    assert NEED in text_of(tessa.get(path(amira)))
    assert "Go on with your draft" not in text_of(amira.get(path(amira)))


def test_a_change_is_a_new_version_and_asks_anew(world: World) -> None:
    amira, colin = coached(world)
    diagnose(amira, amira)
    diagnose(colin, amira, need_3_1="Deal with low-level disruption", source_3_1="coach")
    assert state_of(amira, amira) == "proposed"
    assert agreed_number(world, amira) is None
    agree(amira, amira)
    assert agreed_number(world, amira) == 2
    first = check_page(amira.get(path(amira, "plan/diagnosis/1")), 200)
    assert first.select_one("[data-diagnosis=replaced]")
    assert "Deal with low-level" not in first.get_text()


def test_what_was_agreed_holds_until_a_newer_version_is_agreed(world: World) -> None:
    amira, colin = agreed(world)
    diagnose(colin, amira, need_1_2="Something else entirely")
    page = text_of(amira.get(path(amira)))
    assert "version 1 holds" in page
    assert NEED in page
    assert "Something else entirely" not in page
    read = amira.get(path(amira, "plan/diagnosis/2"))
    amira.submit(read, form='form[action$="/diagnosis/agree"]')
    assert "Something else entirely" in text_of(amira.get(path(amira)))
    assert state_of(amira, amira) == "agreed"


def test_nobody_agrees_to_a_version_that_they_have_not_read(world: World) -> None:
    amira, colin = coached(world)
    diagnose(amira, amira)
    page = colin.get(path(amira))
    diagnose(amira, amira, need_1_2="Something else entirely")
    answer = colin.submit(page, form='form[action$="/diagnosis/agree"]')
    assert "Version 2 has been proposed since" in check_page(answer, 409).get_text()
    assert agreed_number(world, amira) is None


def test_of_two_who_propose_at_once_one_is_told_and_loses_nothing(world: World) -> None:
    amira, colin = coached(world)
    pages = [person.get(path(amira, "plan/diagnosis/edit")) for person in (amira, colin)]
    fields = [typed(need_4_1="From Amira", source_4_1="self"), typed()]
    statuses = at_once(
        *[
            lambda who=who, page=page, sent=sent: who.submit(
                page, sent, button=("action", "submit"), form="#form"
            )
            for who, page, sent in zip((amira, colin), pages, fields, strict=True)
        ]
    )
    assert statuses == [200, 422]
    told = next(each.page for each in (amira, colin) if each.page.status_code == 422)
    assert "Version 1 has been proposed since" in problems(told)[0]
    assert NEED in told.text


def test_an_empty_diagnosis_is_shown_again_with_what_is_missing(world: World) -> None:
    amira, _colin = coached(world)
    answer = diagnose(amira, amira, level_2_1="", level_3_2="expert", source_1_2="")
    told = problems(answer)
    assert any(sentence.startswith("Choose a level for 2.1") for sentence in told)
    assert "Choose one of the levels listed." in told
    assert "Say how the need in 1.2 is known." in told
    assert NEED in answer.text
    none = diagnose(amira, amira, need_1_2="", source_1_2="")
    assert problems(none) == ["Write at least one need, in whichever strand it is."]
    assert state_of(amira, amira) == "none"


def test_the_same_words_again_are_no_new_version(world: World) -> None:
    amira, _colin = agreed(world)
    answer = diagnose(amira, amira)
    assert problems(answer) == ["This says the same as version 1. Nothing was proposed."]


def test_only_the_participant_and_the_coach_of_today_write_and_agree(world: World) -> None:
    amira, colin = coached(world)
    tessa, ben, nora = world.tutor(), world.participant("Ben Osei"), world.coach("Nora Blake")
    diagnose(amira, amira)
    for person, status in ((tessa, 403), (world.lead(), 403), (ben, 404), (nora, 404)):
        csrf = token(person, "participants" if person is not ben else "evidence/new")
        agreeing = path(amira, "plan/diagnosis/agree")
        fields = {"csrf_token": csrf, "number": "1"}
        assert post(person, agreeing, **fields).status_code == status
        assert fetch(person, path(amira, "plan/diagnosis/edit")).status_code == status
    assert fetch(ben, path(amira)).status_code == 404
    world.allocate(nora, to=amira)
    assert colin.get(path(amira)).status_code == 404
    agree(nora, amira)
    assert state_of(amira, amira) == "agreed"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE diagnosis SET acted_as = 'coach'",
        "UPDATE diagnosis_line SET need = ''",
        "DELETE FROM diagnosis_line",
        "UPDATE diagnosis_agreement SET user_id = 1",
        "DELETE FROM diagnosis_agreement",
    ],
)
@pytest.mark.each_store
def test_the_database_refuses_to_change_a_diagnosis(world: World, change: str) -> None:
    agreed(world)
    with world.tool.app.app_context():
        with pytest.raises(DatabaseError, match="is never changed"):
            db.session.execute(text(change))
        db.session.rollback()


def test_the_database_lets_nobody_agree_twice(world: World) -> None:
    amira, colin = coached(world)
    diagnose(amira, amira)
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        viewer = colin.viewer(Role.COACH)
        found = diagnosis.agree(viewer, participant_id, number=1)
        again = found.agreements[0]
        with pytest.raises(DatabaseError):
            db.session.execute(
                text(
                    "INSERT INTO diagnosis_agreement (diagnosis_id, party, user_id, agreed_at) "
                    "VALUES (:version, 'participant', :coach, :at)"
                ),
                {"version": found.id, "coach": viewer.user_id, "at": again.agreed_at.isoformat()},
            )
        db.session.rollback()


def test_lines_of_an_unknown_strand_are_not_taken(world: World) -> None:
    amira, _colin = coached(world)
    page = amira.get(path(amira, "plan/diagnosis/edit"))
    amira.submit(page, {**typed(), "level-9.9": "new"}, button=("action", "submit"), form="#form")
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        viewer = amira.viewer(Role.PARTICIPANT)
        lines = diagnosis.lines_of(diagnosis.list_versions(viewer, participant_id)[0])
    assert len(lines) == 8
    assert lines["1.2"] == Line("developing", NEED, "induction")
