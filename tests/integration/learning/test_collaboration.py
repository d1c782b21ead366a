"""Participants write down what they learned together; each says what the others may read."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.identity import Role
from lti_tool.learning import taking_part
from lti_tool.learning.collaboration_entries import list_entries
from lti_tool.learning.models import Collaboration
from lti_tool.people.models import CourseMember, Participant, School, SchoolPeriod
from tests.integration.attacks.hands import at_once, post, token
from tests.integration.evidence.steps import problems
from tests.integration.learning.sharing_steps import (
    LEARNED,
    SHARED,
    code_of,
    fill_in,
    invite,
    list_of,
    page_of,
    press,
    start,
    states,
    together,
    use_code,
)
from tests.integration.people.test_schools import free_urn
from tests.pages import check_page
from tests.world import Person, World, soup, text_of


def pair(world: World) -> tuple[Person, Person]:
    return world.participant("Amira Khan"), world.participant("Ben Osei")


def found(person: Person, entry: int, search: str) -> list[str]:
    """The names that a search for colleagues shows."""
    page = check_page(person.get(page_of(entry, f"/invite?q={search}")), 200)
    return [str(row.th.get_text(strip=True)) for row in page.select("[data-colleague]") if row.th]


def elsewhere(world: World, name: str) -> Person:
    """A participant of the provider who is in another course."""
    return World(world.tool, world.vle).participant(name)


def test_an_entry_is_read_by_its_writer_and_those_who_support_them(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    entry = start(amira, by_coach="yes")
    shown = text_of(amira.get(page_of(entry)))
    for text in ("1 October", "Speech therapist, J. B.", "4.2 Working with others", LEARNED):
        assert text in shown
    assert "Coaching duty c Learning with others" in shown
    for reader in (coach, tutor):
        page = check_page(reader.get(list_of(amira)), 200).get_text(" ", strip=True)
        assert LEARNED in page
        assert SHARED in page
        assert "Learning with others" in page
        assert reader.get(page_of(entry)).status_code == 403
    assert world.lead().get(list_of(amira)).status_code == 403
    assert amira.get("learning-together").url.endswith(list_of(amira))


def test_an_invited_colleague_reads_what_is_shared_once_they_accept(world: World) -> None:
    amira, ben = pair(world)
    entry = start(amira)
    check_page(invite(amira, entry, "osei"), 200)
    assert "Invited" in text_of(amira.page)
    assert states(ben) == {str(entry): "invited"}
    for page in (list_of(ben), page_of(entry)):
        told = check_page(ben.get(page), 200).get_text(" ", strip=True)
        assert "Amira Khan invites you" in told
        assert "Planned a lesson on fractions" in told
        assert SHARED not in told
        assert "Speech therapist" not in told
    assert "1 invitation waits for you" in text_of(
        ben.get(f"{list_of(ben).rsplit('/', 1)[0]}/plan")
    )
    assert "Ben Osei" not in text_of(amira.get(list_of(amira))), "who is asked takes no part yet"
    check_page(press(ben, page_of(entry), "accept"), 200)
    shown = text_of(ben.page)
    assert SHARED in shown
    assert LEARNED not in shown
    assert "Ben Osei" in text_of(amira.get(page_of(entry)))


def test_each_adds_words_of_their_own(world: World) -> None:
    amira, ben = pair(world)
    coach, dora = world.coach(), world.coach("Dora Lind")
    world.allocate(coach, to=amira)
    world.allocate(dora, to=ben)
    entry = together(amira, ben)
    values = {"learned": "I never ask why.", "shared": "Ask why."}
    check_page(fill_in(ben, page_of(entry, "/words"), values), 200)
    assert "I never ask why." in text_of(ben.page)
    for person, of, private in ((amira, amira, LEARNED), (coach, amira, LEARNED)):
        shown = text_of(person.get(list_of(of)))
        assert "Ask why." in shown
        assert private in shown
        assert "I never ask why." not in shown
    shown = text_of(dora.get(list_of(ben)))
    assert "What Ben Osei learned I never ask why." in shown
    assert SHARED in shown
    assert LEARNED not in shown


def test_whoever_declines_sees_the_entry_no_more_and_is_not_asked_again(world: World) -> None:
    amira, ben = pair(world)
    entry = start(amira)
    invite(amira, entry, "Ben")
    check_page(press(ben, page_of(entry), "decline"), 200)
    assert states(ben) == {}
    check_page(ben.get(page_of(entry)), 404)
    assert "Declined" in text_of(amira.get(page_of(entry)))
    assert found(amira, entry, "Ben") == []
    csrf = token(amira, page_of(entry))
    number = str(ben.participant_id())
    again = post(amira, page_of(entry, "/invite"), csrf_token=csrf, colleague=number)
    assert again.status_code == 409
    assert states(ben) == {}


def test_whoever_leaves_keeps_their_words_and_takes_them_from_the_others(world: World) -> None:
    amira, ben = pair(world)
    coach = world.coach()
    world.allocate(coach, to=ben)
    entry = together(amira, ben)
    fill_in(ben, page_of(entry, "/words"), {"learned": "Slow down.", "shared": "Ask why."})
    check_page(press(ben, page_of(entry), "leave"), 200)
    assert states(ben) == {str(entry): "left"}
    for person in (ben, coach):
        shown = text_of(person.get(list_of(ben)))
        assert "Slow down." in shown
        assert "Ask why." in shown
        assert SHARED not in shown
        assert "Amira Khan" not in shown
    shown = text_of(amira.get(page_of(entry)))
    assert "Ask why." not in shown
    assert "Left" in shown
    for more in ("/words", "/edit"):
        assert ben.get(page_of(entry, more)).status_code == 404
    check_page(use_code(ben, code_of(amira, entry)), 200)
    assert SHARED in text_of(ben.page)
    assert "Ask why." in text_of(amira.get(page_of(entry)))


def test_when_the_starter_leaves_the_others_go_on_and_nobody_joins(world: World) -> None:
    amira, ben = pair(world)
    cleo, dan = world.participant("Cleo Marsh"), world.participant("Dan Price")
    entry = together(amira, ben)
    invite(amira, entry, "Cleo")
    code = code_of(amira, entry)
    press(amira, page_of(entry), "leave")
    assert states(amira) == {str(entry): "left"}
    assert states(ben) == {str(entry): "taking_part"}
    assert SHARED not in text_of(ben.get(page_of(entry)))
    check_page(fill_in(ben, page_of(entry, "/words"), {"shared": "Ask why."}), 200)
    assert states(cleo) == {}
    assert "code" in problems(use_code(dan, code))


def test_an_invitation_is_taken_back_and_given_again(world: World) -> None:
    amira, ben = pair(world)
    entry = start(amira)
    invite(amira, entry, "Ben")
    code = code_of(amira, entry)
    page = ben.get(page_of(entry))
    press(amira, page_of(entry), "take-back")
    assert states(ben) == {}
    late = ben.submit(page, form='form[action$="/accept"]')
    check_page(late, 404)
    assert "code" in problems(use_code(ben, code)), "the code is no way round it"
    press(amira, page_of(entry), "invite")
    assert states(ben) == {str(entry): "invited"}
    press(ben, page_of(entry), "accept")
    csrf, number = token(amira, page_of(entry)), str(ben.participant_id())
    late = post(amira, page_of(entry, "/take-back"), csrf_token=csrf, colleague=number)
    assert late.status_code == 409


def test_a_code_invites_whoever_cannot_be_found_by_name(world: World) -> None:
    amira, zoe = world.participant(), elsewhere(world, "Zoe Hart")
    entry = start(amira)
    assert found(amira, entry, "Zoe") == []
    csrf, number = token(amira, page_of(entry)), str(zoe.participant_id())
    assert post(amira, page_of(entry, "/invite"), csrf_token=csrf, colleague=number
                ).status_code == 404  # fmt: skip
    code = code_of(amira, entry)
    check_page(use_code(zoe, f" {code.lower().replace('-', ' ')} "), 200)
    assert states(zoe) == {str(entry): "invited"}
    assert SHARED not in text_of(zoe.get(page_of(entry)))
    press(zoe, page_of(entry), "accept")
    assert SHARED in text_of(zoe.page)
    assert "Zoe Hart" in text_of(amira.get(page_of(entry)))


@pytest.mark.parametrize("why", ["wrong", "empty", "ended", "replaced", "expired"])
def test_a_code_that_does_not_work_says_so(world: World, why: str) -> None:
    amira, ben = pair(world)
    entry = start(amira)
    code = code_of(amira, entry)
    code = {"wrong": "ABCDE-FGHJK", "empty": ""}.get(why, code)
    if why == "ended":
        press(amira, page_of(entry), "end-code")
    elif why == "replaced":
        code_of(amira, entry)
    elif why == "expired":
        with world.tool.app.app_context():
            late = update(Collaboration).where(Collaboration.id == entry)
            db.session.execute(late.values(code_expires_at=now() - timedelta(seconds=1)))
            db.session.commit()
    answer = use_code(ben, code)
    check_page(answer, 422)
    assert "code" in problems(answer)
    assert states(ben) == {}


def test_a_code_is_worth_nothing_at_another_provider(world: World) -> None:
    amira, ben = pair(world)
    code = code_of(amira, start(amira))
    with world.tool.app.app_context():
        viewer = ben.viewer(Role.PARTICIPANT)
        stranger = replace(viewer, provider_id=viewer.provider_id + 1)
        with pytest.raises(Invalid):
            taking_part.use_code(stranger, code)


def test_only_those_are_found_whom_one_meets_anyway(world: World) -> None:
    amira, ben = pair(world)
    zoe, yan = elsewhere(world, "Zoe Hart"), elsewhere(world, "Yan Hart")
    world.tutor("Harriet Hart")
    entry = start(amira)
    assert found(amira, entry, "b") == [], "one letter is too few"
    assert found(amira, entry, "%25") == []
    assert found(amira, entry, "khan") == [], "nobody finds themself"
    assert found(amira, entry, "hart") == []
    own_id = amira.participant_id()
    there = {own_id: None, zoe.participant_id(): None, yan.participant_id(): today()}
    urn = free_urn(world)
    with world.tool.app.app_context():
        own = db.session.get_one(Participant, own_id)
        school = School(provider_id=own.provider_id, urn=urn, name="Hill School")
        db.session.add(school)
        db.session.flush()
        for participant_id, until in there.items():
            db.session.add(
                SchoolPeriod(
                    participant_id=participant_id,
                    school_id=school.id,
                    started_on=today(),
                    ended_on=until,
                )
            )
        db.session.commit()
    assert found(amira, entry, "hart") == ["Zoe Hart"]
    assert found(amira, entry, "BEN") == ["Ben Osei"]
    with world.tool.app.app_context():
        left = update(CourseMember).where(CourseMember.user_id == ben.user().id)
        db.session.execute(left.values(left_at=now()))
        db.session.commit()
    assert found(amira, entry, "ben") == []


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"title": " "}, "title", "Say in a few words what you did together."),
        ({"title": "x" * 201}, "title", "Use 200 characters or fewer."),
        ({"strands": []}, "strands", "Choose at least one strand that it was about."),
        ({"held_on-year": "2999"}, "held_on", "The date must not be in the future."),
        ({"held_on-day": "31", "held_on-month": "2"}, "held_on", "Enter a real date"),
        ({"learned": "x" * 5001}, "learned", "Use 5,000 characters or fewer."),
    ],
)
def test_a_wrong_entry_is_shown_again(
    world: World, changed: dict[str, Any], field: str, told: str
) -> None:
    amira = world.participant()
    values = {"title": "A talk", "others": "Nurse", "strands": ["1.1"], "shared": SHARED, **changed}
    answer = fill_in(amira, "learning-together/new", values)
    check_page(answer, 422)
    assert told in problems(answer)[field]
    assert SHARED in answer.text
    assert states(amira) == {}


def test_a_strand_that_the_programme_lacks_is_refused(world: World) -> None:
    amira = world.participant()
    path = "learning-together/new"
    fields = {f"held_on-{part}": "1" for part in ("day", "month")} | {"held_on-year": "2025"}
    answer = post(
        amira, path, csrf_token=token(amira, path), title="A talk", strands="9.9",
        action="save", **fields,
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Choose strands from the list only." in answer.text


def test_the_starter_changes_what_was_done(world: World) -> None:
    amira, ben = pair(world)
    entry = together(amira, ben)
    answer = fill_in(amira, page_of(entry, "/edit"), {"title": "A walk", "strands": ["3.1", "4.2"]})
    check_page(answer, 200)
    shown = text_of(ben.get(page_of(entry)))
    assert "A walk" in shown
    assert "3.1" in shown
    assert "1.1" not in shown
    assert ben.get(page_of(entry, "/edit")).status_code == 404


@pytest.mark.parametrize(("form", "field"), [("/words", "shared"), ("/edit", "title")])
def test_a_second_window_is_told_before_it_overwrites(world: World, form: str, field: str) -> None:
    amira = world.participant()
    entry = start(amira)
    page = amira.get(page_of(entry, form))
    fill_in(amira, page_of(entry, form), {field: "The first"})
    refused = amira.submit(page, {field: "The second"}, button=("action", "save"), form="#form")
    check_page(refused, 422)
    assert "changed in another window" in text_of(refused)
    assert "The second" in refused.text
    assert "The first" in text_of(amira.get(page_of(entry)))
    check_page(amira.submit(refused, button=("action", "save"), form="#form"), 200)
    assert "The second" in text_of(amira.page)


def test_answers_that_come_at_once_leave_one_of_them(world: World) -> None:
    amira, ben = pair(world)
    entry = start(amira)
    code, number = code_of(amira, entry), str(ben.participant_id())
    hers, his = token(amira, page_of(entry)), token(ben, list_of(ben))
    asked = at_once(
        lambda: post(amira, page_of(entry, "/invite"), csrf_token=hers, colleague=number),
        lambda: post(ben, "learning-together/join", csrf_token=his, code=code),
        lambda: post(ben, "learning-together/join", csrf_token=his, code=code),
    )
    assert set(asked) <= {303, 409}
    assert states(ben) == {str(entry): "invited"}
    answered = at_once(
        lambda: post(ben, page_of(entry, "/accept"), csrf_token=his),
        lambda: post(ben, page_of(entry, "/decline"), csrf_token=his),
        lambda: post(amira, page_of(entry, "/take-back"), csrf_token=hers, colleague=number),
    )
    assert answered.count(303) == 1
    assert set(answered) <= {303, 404, 409}


def test_the_list_costs_the_same_queries_for_one_entry_and_for_many(world: World) -> None:
    amira, ben = pair(world)
    counts = []
    for _ in range(2):
        together(amira, ben)
        participant_id = amira.participant_id()
        asked: list[str] = []
        with world.tool.app.app_context():
            viewer = amira.viewer(Role.PARTICIPANT)

            def note(*said: Any, seen: list[str] = asked) -> None:
                seen.append(said[2])

            event.listen(db.engine, "before_cursor_execute", note)
            list_entries(viewer, participant_id)
            event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_page_asks_not_to_name_pupils(world: World) -> None:
    amira = world.participant()
    page = check_page(amira.get("learning-together/new"), 200)
    assert "Do not name pupils" in page.get_text()
    tabs = [link.get_text() for link in soup(amira.get(list_of(amira))).select(".app-tabs a")]
    assert "Learning together" in tabs


def test_ones_own_record_holds_ones_own_part_and_no_invitation(world: World) -> None:
    amira, ben = pair(world)
    entry = together(amira, ben)
    invite(amira, start(amira, title="Not accepted", others="Nurse"), "Ben")
    code = code_of(amira, entry).replace("-", "")
    fill_in(ben, page_of(entry, "/words"), {"learned": "Slow down."})
    for person, own, foreign in ((ben, "Slow down.", LEARNED), (amira, LEARNED, "Slow down.")):
        archive = zipfile.ZipFile(io.BytesIO(person.get("my-record.zip").content))
        told = archive.read("record.json").decode()
        assert own in told
        assert "Planned a lesson on fractions" in told
        assert "4.2" in told
        assert foreign not in told
        assert code not in told
        assert ("Not accepted" in told) == (person is amira)
