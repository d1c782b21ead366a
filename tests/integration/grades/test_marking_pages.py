"""A tutor finds work, marks it, releases it, and follows it, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import marking
from lti_tool.identity import Role
from tests.integration.cohort.test_participants import statements
from tests.integration.grades.factories import FEEDBACK, Released, an_item, hand_in, release_mark
from tests.world import Person, World, soup, text_of

FORM = "form[data-autosave]"
TEXTS = {"mark": "64", "feedback": FEEDBACK, "criterion-K": "Deep knowledge."}


def marked(world: World, attempt_id: int) -> dict[str, Any] | None:
    """What is kept of the mark."""
    with world.tool.app.app_context():
        mark = marking.find_mark(db.session.get_one(Attempt, attempt_id))
        if mark is None:
            return None
        return {"state": mark.state, "mark": mark.mark, "feedback": mark.feedback}


def press(person: Person, attempt_id: int, values: dict[str, str], action: str) -> int:
    page = person.get(f"marking/{attempt_id}")
    return person.submit(page, values, button=("action", action), form=FORM).status_code


def test_a_tutor_marks_and_releases_and_sees_it_confirmed(world: World) -> None:
    amira, tessa = world.participant("Amira Khan", opens="MTL1"), world.tutor()
    attempt_id = hand_in(amira)
    queue = tessa.get("marking")
    assert "To mark" in text_of(queue)
    page = tessa.visitor.get(
        str(soup(queue).select_one("tbody a")["href"]).replace(
            "/courses", f"{world.tool.url}/courses", 1
        )
    )
    assert "Level 7 criteria" in text_of(page)
    assert tessa.submit(page, TEXTS, button=("action", "save"), form=FORM).status_code == 200
    again = tessa.get(f"marking/{attempt_id}")
    assert soup(again).select_one("#criterion-K").text.strip() == "Deep knowledge."
    assert "Draft saved" in text_of(again)
    final = tessa.submit(again, button=("action", "final"), form=FORM)
    shown = text_of(final)
    assert "64 out of 100" in shown
    assert f"{FEEDBACK} Provisional until confirmed by the board." in shown
    assert "Amira Khan" in shown
    button = soup(final).select_one("button[value=release]")
    released = tessa.submit(final, button=("action", "release"), form="form:has([value=release])")
    assert button is not None
    assert soup(released).select_one("[data-delivery-state]")["data-delivery-state"] == "queued"
    world.deliver()
    after = tessa.get(f"marking/{attempt_id}")
    assert soup(after).select_one("[data-delivery-state]")["data-delivery-state"] == "confirmed"
    assert Released(world, amira, tessa, attempt_id).cell().score == 64


def test_unmarked_work_stands_first_in_the_queue_and_released_work_last(world: World) -> None:
    tessa = world.tutor()
    attempts = [hand_in(world.participant(name, opens="MTL1")) for name in ("A A", "B B", "C C")]
    release_mark(tessa, attempts[0], 64)
    press(tessa, attempts[1], TEXTS, "final")
    rows = soup(tessa.get("marking")).select("tbody tr")
    assert [row.select_one("a").get_text().split(",")[0] for row in rows] == ["C C", "B B", "A A"]
    assert "1 final mark waits to be released" in text_of(tessa.page)
    assert soup(tessa.get("marking?module=MTL2")).select("tbody tr") == []


def test_the_bundle_is_read_beside_the_criteria(world: World) -> None:
    amira, tessa = world.participant(opens="MTL1"), world.tutor()
    later = an_item("Changed since", attestations=[])
    written_by_coach = {"id": 7, "role": "coach", "name": "Colin Hughes"}
    by_coach = an_item("A visit", author=written_by_coach, files=[], narrative="")
    attempt_id = hand_in(amira, items=[an_item(), later, by_coach])
    page = tessa.get(f"marking/{attempt_id}")
    articles = [" ".join(each.get_text(" ").split()) for each in soup(page).select("article")]
    assert "Attested by Colin Hughes" in articles[0]
    assert "lesson plan.pdf (12 KB)" in articles[0].replace(" )", ")")
    assert "Nobody has attested this." in articles[1]
    assert "written by Colin Hughes" in articles[2]
    link = soup(page).select_one("article a[href*=files]")
    assert f"attempts/{attempt_id}/files/{'a' * 64}" in str(link["href"])


@pytest.mark.parametrize("typed", ["64.5", "-1", "101", "sixty", "６４"])
def test_a_mark_that_is_none_is_told_in_the_form_and_nothing_is_stored(
    world: World, typed: str
) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"))
    page = tessa.get(f"marking/{attempt_id}")
    refused = tessa.submit(page, {**TEXTS, "mark": typed}, button=("action", "save"), form=FORM)
    assert refused.status_code == 422
    assert soup(refused).select_one(".govuk-error-summary a")["href"] == "#mark"
    assert soup(refused).select_one("#mark")["value"] == typed
    assert soup(refused).select_one("#feedback").text.strip() == FEEDBACK
    assert marked(world, attempt_id) is None


@pytest.mark.parametrize(("missing", "field"), [("mark", "#mark"), ("feedback", "#feedback")])
def test_a_final_mark_needs_a_number_and_feedback(world: World, missing: str, field: str) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"))
    page = tessa.get(f"marking/{attempt_id}")
    refused = tessa.submit(page, {**TEXTS, missing: ""}, button=("action", "final"), form=FORM)
    assert refused.status_code == 422
    assert soup(refused).select_one(".govuk-error-summary a")["href"] == field
    assert marked(world, attempt_id) is None


def test_a_second_window_is_told_and_overwrites_nothing(world: World) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"))
    one, other = tessa.get(f"marking/{attempt_id}"), tessa.get(f"marking/{attempt_id}")
    first = {"mark": "64", "feedback": "From the first window."}
    second = {"mark": "70", "feedback": "From the second window."}
    tessa.submit(one, first, button=("action", "save"), form=FORM)
    refused = tessa.submit(other, second, button=("action", "save"), form=FORM)
    assert refused.status_code == 422
    assert "another window" in text_of(refused)
    assert "From the first window." in text_of(refused)
    assert soup(refused).select_one("#feedback").text.strip() == "From the second window."
    assert marked(world, attempt_id) == {
        "state": "draft",
        "mark": 64,
        "feedback": first["feedback"],
    }
    kept = tessa.submit(refused, button=("action", "save"), form=FORM)
    assert kept.status_code == 200
    assert marked(world, attempt_id) == {
        "state": "draft",
        "mark": 70,
        "feedback": second["feedback"],
    }


def test_one_window_may_save_again_and_again_without_loading_the_page_anew(world: World) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"))
    page = tessa.get(f"marking/{attempt_id}")
    for feedback in ("One.", "One. Two.", "One. Two. Three."):
        saved = tessa.submit(page, {"feedback": feedback}, button=("action", "save"), form=FORM)
        assert saved.status_code == 200
    found = marked(world, attempt_id)
    assert found is not None
    assert found["feedback"] == "One. Two. Three."


def test_another_tutor_is_told_who_marks_and_sees_no_draft(world: World) -> None:
    amira, tessa, norman = world.participant(opens="MTL1"), world.tutor(), world.tutor("Norman Lee")
    attempt_id = hand_in(amira)
    early = norman.get(f"marking/{attempt_id}")
    press(tessa, attempt_id, {"mark": "64", "feedback": "Not yet for others."}, "save")
    page = norman.get(f"marking/{attempt_id}")
    assert "Tessa Grant is marking this work." in text_of(page)
    assert "Not yet for others." not in page.text
    assert soup(page).select_one(FORM) is None
    late = norman.submit(early, {"mark": "1"}, button=("action", "save"), form=FORM)
    assert late.status_code == 422
    assert "Not yet for others." not in late.text
    found = marked(world, attempt_id)
    assert found is not None
    assert found["mark"] == 64


def test_another_tutor_does_not_release(world: World) -> None:
    tessa, norman = world.tutor(), world.tutor("Norman Lee")
    attempt_id = hand_in(world.participant(opens="MTL1"))
    page = norman.get(f"marking/{attempt_id}")
    press(tessa, attempt_id, TEXTS, "final")
    refused = norman.submit(page, TEXTS, button=("action", "release"), form=FORM)
    assert refused.status_code == 422
    assert soup(norman.get("deliveries")).select("tbody tr") == []


def test_a_programme_lead_releases_from_the_list_of_final_marks(world: World) -> None:
    amira, tessa = world.participant("Amira Khan", opens="MTL1"), world.tutor()
    attempt_id = hand_in(amira)
    press(tessa, attempt_id, TEXTS, "final")
    lead = world.lead()
    page = lead.get("release")
    row = f"[data-attempt='{attempt_id}']"
    assert "64 out of 100" in soup(page).select_one(row).get_text()
    shown = lead.submit(page, {"attempt": str(attempt_id)}, form="form:has([name=attempt])")
    assert "Amira Khan" in text_of(shown)
    done = lead.submit(shown, button=("action", "release"), form="form:has([name=seen])")
    assert done.status_code == 200
    assert soup(done).select_one(row) is None
    world.deliver()
    assert Released(world, amira, tessa, attempt_id).state == "confirmed"


def test_a_coach_and_a_participant_do_not_enter(world: World) -> None:
    amira, coach = world.participant(opens="MTL1"), world.coach()
    world.allocate(coach, to=amira)
    attempt_id = hand_in(amira)
    for person in (amira, coach):
        for path in ("marking", f"marking/{attempt_id}", "release", "deliveries"):
            assert person.get(path).status_code == 403, path


def test_a_tutor_of_another_course_does_not_find_the_work(world: World) -> None:
    attempt_id = hand_in(world.participant(opens="MTL1"))
    stranger = World(world.tool, world.vle).tutor()
    assert stranger.get(f"marking/{attempt_id}").status_code == 404
    assert soup(stranger.get("marking")).select("tbody tr") == []


def test_whoever_coaches_the_participant_does_not_mark(world: World) -> None:
    amira, tessa = world.participant(opens="MTL1"), world.tutor()
    world.allocate(tessa, to=amira)
    attempt_id = hand_in(amira)
    page = tessa.get(f"marking/{attempt_id}")
    assert "You coach this participant" in text_of(page)
    assert soup(page).select_one(FORM) is None


def test_a_module_marked_double_blind_says_what_is_missing(world: World) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"), module=double_blind(world))
    press(tessa, attempt_id, TEXTS, "final")
    assert "needs a second marker" in text_of(tessa.get(f"marking/{attempt_id}"))
    assert "needs a second marker" in text_of(tessa.get("release"))


def double_blind(world: World) -> str:
    from lti_tool.people.models import Provider
    from lti_tool.people.programmes import current_programme

    with world.tool.app.app_context():
        programme = current_programme(db.session.query(Provider.id).limit(1).scalar())
        return next(m.code for m in programme.modules if m.marking.value == "double_blind")


def test_a_delivery_that_failed_is_sent_again_by_hand(world: World) -> None:
    amira, tessa = world.participant(opens="MTL1"), world.tutor()
    attempt_id = hand_in(amira)
    release_mark(tessa, attempt_id, 64)
    one = Released(world, amira, tessa, attempt_id)
    world.vle.site.faults.add("scores", "status", status=422, times=1)
    assert one.send()["state"] == "failed"
    page = tessa.get("deliveries?state=failed")
    form = f"form:has(input[name=delivery][value='{one.delivery()['id']}'])"
    tessa.submit(page, button=("action", "retry"), form=form)
    assert one.state == "queued"
    assert one.settle()["state"] == "confirmed"
    once_more = tessa.submit(page, button=("action", "retry"), form=form)
    assert once_more.status_code == 422
    assert one.posts().count(200) == 1


def test_a_released_mark_is_corrected_and_released_again(world: World) -> None:
    amira, tessa = world.participant(opens="MTL1"), world.tutor()
    attempt_id = hand_in(amira)
    release_mark(tessa, attempt_id, 64)
    one = Released(world, amira, tessa, attempt_id)
    one.settle()
    page = tessa.get(f"marking/{attempt_id}")
    draft = tessa.submit(page, button=("action", "correct"), form="form:has([value=correct])")
    final = tessa.submit(draft, {"mark": "67"}, button=("action", "final"), form=FORM)
    assert "in place of 64 released earlier" in text_of(final)
    form = "form:has([value=release])"
    refused = tessa.submit(final, button=("action", "release"), form=form)
    assert "Say why the mark that was released is corrected." in text_of(refused)
    tessa.submit(refused, {"reason": "Page 9."}, button=("action", "release"), form=form)
    assert one.settle()["state"] == "confirmed"
    assert one.cell().score == 67


def test_the_same_mark_is_not_released_twice(world: World) -> None:
    amira, tessa = world.participant(opens="MTL1"), world.tutor()
    attempt_id = hand_in(amira)
    page = tessa.get(f"marking/{attempt_id}")
    final = tessa.submit(page, TEXTS, button=("action", "final"), form=FORM)
    for status in (200, 422):
        again = tessa.submit(final, button=("action", "release"), form="form:has([value=release])")
        assert again.status_code == status
    one = Released(world, amira, tessa, attempt_id)
    one.settle()
    assert one.posts() == [200]


def test_a_participant_whom_the_platform_does_not_know_cannot_be_sent_a_mark(world: World) -> None:
    from sqlalchemy import delete

    from lti_tool.people.models import PlatformIdentity

    amira, tessa = world.participant("Amira Khan", opens="MTL1"), world.tutor()
    attempt_id = hand_in(amira)
    press(tessa, attempt_id, TEXTS, "final")
    with world.tool.app.app_context():
        user_id = amira.user().id
        db.session.execute(delete(PlatformIdentity).where(PlatformIdentity.user_id == user_id))
        db.session.commit()
    page = tessa.get(f"marking/{attempt_id}")
    assert "has never opened the tool from the platform" in text_of(page)
    assert soup(page).select_one("button[value=release]") is None


def test_a_long_and_odd_text_is_kept_as_it_is(world: World) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"))
    feedback = "<b>bold</b> & “quoted” Zoë\nnext line \U0001f600"
    assert press(tessa, attempt_id, {"feedback": feedback + "\x00"}, "save") == 200
    found = marked(world, attempt_id)
    assert found is not None
    assert found["feedback"] == feedback
    assert "<b>bold</b>" not in tessa.get(f"marking/{attempt_id}").text
    assert press(tessa, attempt_id, {"feedback": "x" * 20_001}, "save") == 422


def test_an_activity_refuses_whoever_is_not_staff(world: World) -> None:
    amira = world.participant(opens="MTL1")
    attempt_id = hand_in(amira)
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        draft = marking.Draft(100, "Excellent.")
        for role in (Role.PARTICIPANT, Role.COACH):
            with pytest.raises(marking.NotAllowed):
                marking.finalise(amira.viewer(role), attempt, draft)
        db.session.rollback()


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_longer_queue_takes_no_more_statements(world: World) -> None:
    people, tessa = [world.participant(opens="MTL1") for _ in range(3)], world.tutor()
    for amira in people:
        hand_in(amira)
    of_three = statements(tessa, "marking")
    for amira in people:
        for number in (2, 3, 4):
            hand_in(amira, number=number)
    assert len(soup(tessa.get("marking")).select("tbody tr")) == 12
    assert statements(tessa, "marking") == of_three
