"""Late, excused, deferred, held: what counts follows the rules, and each is told their part."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from requests import Response
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from lti_tool.clock import now, today
from lti_tool.cohort.facts import participant_facts
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import holds, marking, release
from lti_tool.grades.adjustment_models import AdjustmentDecision, AdjustmentRequest
from lti_tool.grades.marking import Draft
from lti_tool.grades.models import Grade
from lti_tool.identity import Role
from lti_tool.learning.models import ModuleEnrolment
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.programme.enrolment import attempts_left
from lti_tool.programme.timing import spoken
from tests.integration.cohort.story import add_evidence, check_accepted, submit_module
from tests.integration.grades.factories import FEEDBACK, hand_in, release_mark
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

LONG_AGO = today() - timedelta(days=40)
SOON = today() + timedelta(days=12)
LATER = today() + timedelta(days=19)
on_sqlite = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
RELEASE = "form:has([value=release])"
WHY = "My daughter broke her arm."


def on(day: date, name: str) -> dict[str, str]:
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def due(person: Person, lead: Person, day: date, code: str = "MTL1") -> None:
    """A date of their own, which may have gone by since."""
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        moment = now()
        db.session.add(
            ModuleEnrolment(
                participant_id=participant_id, module_code=code, due_on=day, enrolled_at=moment,
                changed_at=moment, changed_by_id=lead.user().id,
            )
        )  # fmt: skip
        db.session.commit()


def ask(person: Person, kind: str, code: str = "MTL1", **fields: str) -> Response:
    page = person.get(f"modules/{code}/ask/{kind}")
    values = {"reason": "caring", "words": WHY, **fields}
    return person.submit(page, values, button=("action", "save"), form="#form")


def answer(staff: Person, person: Person, outcome: str, **fields: Any) -> Response:
    """To the newest request of this person, as its page offers it."""
    rows = soup(staff.get(f"participants/{person.participant_id()}/requests"))
    link = rows.select_one("tr[data-request] a")
    assert link is not None, text_of(staff.page)
    page = staff.visitor.get(f"{staff.world.tool.url}{link['href']}")
    return staff.submit(page, {"outcome": outcome, "sentence": "Decided.", **fields}, form="#form")


def grades_of(world: World, attempt_id: int) -> list[tuple[int, int, list[str]]]:
    """Each revision: what was judged, what counts, and by which rules."""
    with world.tool.app.app_context():
        query = select(Grade).where(Grade.attempt_id == attempt_id).order_by(Grade.revision)
        return [
            (each.judged, each.mark, [step["rule"] for step in each.steps])
            for each in db.session.scalars(query)
        ]


def attempt_of(world: World, person: Person) -> int:
    participant_id = person.participant_id()
    with world.tool.app.app_context():
        query = select(Attempt.id).where(Attempt.participant_id == participant_id)
        return int(db.session.scalars(query.order_by(Attempt.number.desc())).first() or 0)


def finalise(tessa: Person, attempt_id: int, mark: int) -> None:
    with tessa.world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        marking.finalise(tessa.viewer(Role.TUTOR), attempt, Draft(mark, FEEDBACK))
        db.session.commit()


def press_release(tessa: Person, attempt_id: int, **values: str) -> Response:
    page = tessa.get(f"marking/{attempt_id}")
    return tessa.submit(page, values, button=("action", "release"), form=RELEASE)


def test_late_work_is_penalised_told_and_restored_when_circumstances_are_accepted(
    world: World,
) -> None:
    amira, tessa, lead = world.participant(opens="MTL1"), world.tutor(), world.lead()
    due(amira, lead, LONG_AGO)
    add_evidence(amira, "A seen lesson")
    submit_module(amira)
    attempt_id = attempt_of(world, amira)
    finalise(tessa, attempt_id, 64)
    preview = soup(tessa.get(f"marking/{attempt_id}")).select_one("[data-release-preview]")
    assert "0 out of 100" in " ".join(preview.get_text(" ").split())
    assert press_release(tessa, attempt_id).status_code == 200
    assert grades_of(world, attempt_id) == [(64, 0, ["judged", "late_penalty"])]
    told = text_of(amira.get("modules/MTL1"))
    assert "How your mark was formed The markers judged the work at 64." in told
    assert "working days late; after more than 5 working days it counts 0." in told

    assert "Amira Khan" not in text_of(tessa.get("release"))
    assert "You have told of your circumstances" in text_of(ask(amira, "circumstances"))
    check_accepted(answer(lead, amira, "penalty_removed"))
    assert "Amira Khan" in text_of(tessa.get("release"))
    assert grades_of(world, attempt_id) == [(64, 0, ["judged", "late_penalty"])]
    again = press_release(tessa, attempt_id, reason="The rules were asked again.")
    assert again.status_code == 200
    assert grades_of(world, attempt_id)[1] == (64, 64, ["judged", "late_penalty"])
    assert "no marks are taken off for it" in text_of(amira.get("modules/MTL1"))
    world.deliver()
    scores = [cell.score for column in world.vle.site.columns_of(
        world.vle.site.courses[world.course.id]) for cell in column.cells.values()]  # fmt: skip
    assert scores == [64]


@on_sqlite
def test_an_extension_is_asked_for_granted_and_kept_with_what_is_handed_in(world: World) -> None:
    amira, tessa, lead = world.participant(opens="MTL1"), world.tutor(), world.lead()
    coach = world.coach()
    world.allocate(coach, to=amira)
    due(amira, lead, SOON)
    early = check_page(ask(amira, "extension", **on(SOON, "wished_on")), 422)
    assert "after the due date" in early.select_one(".govuk-error-summary").get_text()
    check_accepted(ask(amira, "extension", **on(LATER, "wished_on")))
    assert "waits for an answer" in text_of(ask(amira, "extension", **on(LATER, "wished_on")))
    assert "1 request to answer" in text_of(tessa.get("participants"))
    assert "Extension for MTL1" in text_of(tessa.get("requests"))
    assert coach.get(f"participants/{amira.participant_id()}/requests").status_code == 403
    [link] = soup(tessa.get("requests")).select("tr[data-request] a")
    assert WHY in text_of(tessa.visitor.get(f"{world.tool.url}{link['href']}"))

    check_accepted(answer(tessa, amira, "extension", **on(LATER, "due_on")))
    assert f"Due by the end of {spoken(LATER)}" in text_of(amira.get("modules/MTL1"))
    other = world.tutor("Otto Lang")
    shown = text_of(other.visitor.get(f"{world.tool.url}{link['href']}"))
    assert WHY not in shown
    assert "Decided." in shown
    assert WHY in text_of(lead.visitor.get(f"{world.tool.url}{link['href']}"))
    taken_back = check_page(answer(tessa, amira, "refused"), 422)
    assert "not be taken back" in taken_back.get_text()
    add_evidence(amira, "A seen lesson")
    submit_module(amira)
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_of(world, amira))
        assert attempt.due_on == LATER


@on_sqlite
def test_circumstances_are_the_leads_to_know_and_hold_the_result_until_decided(
    world: World,
) -> None:
    amira, tessa, lead = world.participant(opens="MTL1"), world.tutor(), world.lead()
    attempt_id = hand_in(amira)
    finalise(tessa, attempt_id, 64)
    check_accepted(ask(amira, "circumstances"))
    assert "Circumstances" not in text_of(tessa.get("requests")).replace("and circumstances", "")
    page = tessa.get(f"participants/{amira.participant_id()}/requests")
    assert soup(page).select("tr[data-request]") == []
    with world.tool.app.app_context():
        request_id = db.session.scalars(
            select(AdjustmentRequest.id).order_by(AdjustmentRequest.id.desc())
        ).first()
    path = f"participants/{amira.participant_id()}/requests/{request_id}"
    assert tessa.get(path).status_code == 404
    held = text_of(tessa.get(f"marking/{attempt_id}"))
    assert holds.HELD in held
    assert WHY not in held
    check_accepted(answer(lead, amira, "refused"))
    assert press_release(tessa, attempt_id).status_code == 200
    assert "Tell" not in text_of(lead.get(path))
    history = f"participants/{amira.participant_id()}/history"
    assert "told of circumstances" in text_of(lead.get(history))
    assert "told of circumstances" not in text_of(tessa.get(history))


def test_what_was_asked_is_taken_back_until_it_is_decided(world: World) -> None:
    amira, tessa, lead = world.participant(opens="MTL1"), world.tutor(), world.lead()
    attempt_id = hand_in(amira)
    finalise(tessa, attempt_id, 64)
    path = f"participants/{amira.participant_id()}/requests"

    def take_back() -> Response:
        [link] = soup(amira.get(path)).select("tr[data-request]:first-child a")
        page = amira.visitor.get(f"{world.tool.url}{link['href']}")
        return amira.submit(page, form="#take-back")

    check_accepted(ask(amira, "circumstances"))
    [link] = soup(lead.get(path)).select("tr[data-request] a")
    asked = lead.visitor.get(f"{world.tool.url}{link['href']}")
    assert "Taken back" in text_of(check_accepted(take_back()))
    late = lead.submit(asked, {"outcome": "penalty_removed", "sentence": "Yes."}, form="#form")
    assert "taken this back" in text_of(check_page(late, 422))
    assert WHY not in late.text
    assert press_release(tessa, attempt_id).status_code == 200  # nothing holds it any more
    check_accepted(ask(amira, "circumstances"))  # a second time, and now it is decided
    request = soup(amira.get(path)).select_one("tr[data-request] a")
    page = amira.visitor.get(f"{world.tool.url}{request['href']}")
    check_accepted(answer(lead, amira, "refused"))
    assert "decided already" in text_of(amira.submit(page, form="#take-back"))


@on_sqlite
def test_a_hold_blocks_every_release_and_tells_its_reason_to_few(world: World) -> None:
    amira, tessa, lead = world.participant(opens="MTL1"), world.tutor(), world.lead()
    attempt_id = hand_in(amira)
    finalise(tessa, attempt_id, 64)
    path = f"participants/{amira.participant_id()}/requests"
    opened = lead.submit(
        lead.get(path), {"reason": "suspected"}, button=("action", "open_hold"),
        form="#form-open",
    )  # fmt: skip
    assert "Suspected misconduct" in text_of(check_accepted(opened))
    seen = text_of(tessa.get(path))
    assert holds.HELD in seen
    assert "misconduct" not in seen
    assert "integrity" not in seen
    assert holds.HELD in text_of(tessa.get(f"participants/{amira.participant_id()}"))
    assert holds.HELD in text_of(tessa.get(f"marking/{attempt_id}"))
    assert "integrity of your work is being looked into" in text_of(amira.get(path))
    with world.tool.app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        with pytest.raises(Refused, match="are held"):
            release.release(tessa.viewer(Role.TUTOR), attempt)
    ended = lead.submit(
        lead.get(path), {"outcome": "cleared"}, button=("action", "close_hold"),
        form="#form-integrity",
    )  # fmt: skip
    check_accepted(ended)
    assert press_release(tessa, attempt_id).status_code == 200
    assert len(grades_of(world, attempt_id)) == 1


@pytest.mark.parametrize("tool", ["postgres"], indirect=True)
@pytest.mark.each_store
def test_no_release_slips_past_a_hold_that_is_being_opened(world: World) -> None:
    amira, tessa, lead = world.participant(opens="MTL1"), world.tutor(), world.lead()
    attempt_id, participant_id = hand_in(amira), amira.participant_id()
    finalise(tessa, attempt_id, 64)
    said: list[str] = []

    def let_go() -> None:
        with world.tool.app.app_context():
            begin_as_writer()
            try:
                release.release(tessa.viewer(Role.TUTOR), db.session.get_one(Attempt, attempt_id))
                db.session.commit()
                said.append("released")
            except Refused as error:
                said.append(error.sentence)

    other = threading.Thread(target=let_go)
    with world.tool.app.app_context():
        begin_as_writer()
        holds.open_hold(lead.viewer(Role.LEAD), participant_id, "suspected")
        db.session.flush()
        other.start()
        other.join(timeout=1)
        assert other.is_alive(), "The release did not wait for the hold."
        db.session.commit()
    other.join(timeout=20)
    assert said == [holds.HELD]


@on_sqlite
def test_a_further_attempt_is_capped_and_one_after_a_deferral_is_a_first_sit(
    world: World,
) -> None:
    amira, ben = world.participant(opens="MTL1"), world.participant("Ben Ito", opens="MTL1")
    tessa, lead = world.tutor(), world.lead()
    for person in (amira, ben):
        release_mark(tessa, hand_in(person), 40)
    check_accepted(ask(amira, "circumstances"))
    no_day = check_page(answer(lead, amira, "deferral"), 422)
    assert "Say until when" in no_day.get_text()
    check_accepted(answer(lead, amira, "deferral", **on(SOON, "due_on")))
    page = text_of(amira.get("modules/MTL1"))
    assert f"Due by the end of {spoken(SOON)}" in page
    with world.tool.app.app_context():
        participant = db.session.get_one(Participant, amira.participant_id())
        [facts] = participant_facts([participant])
        assert attempts_left(programme_of(participant), "MTL1", facts) == 1
    again = {person: hand_in(person, number=2) for person in (amira, ben)}
    for attempt_id in again.values():
        release_mark(tessa, attempt_id, 64)
    assert grades_of(world, again[amira]) == [(64, 64, ["judged"])]
    assert grades_of(world, again[ben]) == [(64, 50, ["judged", "resit_cap"])]


@on_sqlite
@pytest.mark.each_store
def test_what_was_decided_is_never_changed(world: World) -> None:
    amira, lead = world.participant(opens="MTL1"), world.lead()
    due(amira, lead, SOON)
    check_accepted(ask(amira, "extension", **on(LATER, "wished_on")))
    check_accepted(answer(lead, amira, "extension", **on(LATER, "due_on")))
    with world.tool.app.app_context():
        made = db.session.scalars(
            select(AdjustmentDecision).order_by(AdjustmentDecision.id.desc())
        ).first()
        assert made is not None
        made.due_on = SOON
        with pytest.raises(DBAPIError, match="never changed"):
            db.session.flush()
