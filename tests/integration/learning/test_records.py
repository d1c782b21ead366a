"""A specialism is agreed, networks, clearance and sharing are recorded; who may do and see what."""

from __future__ import annotations

from typing import Any

import pytest
from requests import Response
from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.learning.records import recorded
from lti_tool.learning.specialisms import chosen_strands
from tests.integration.attacks.hands import at_once, post, token
from tests.integration.evidence.steps import added, problems
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

YESTERDAY_YEAR = str(today().year - 1)


def records_of(amira: Person, more: str = "") -> str:
    return f"participants/{amira.participant_id()}/records{more}"


def dated(field: str, year: str = YESTERDAY_YEAR) -> dict[str, str]:
    return {f"{field}-day": "1", f"{field}-month": "10", f"{field}-year": year}


def fill_in(person: Person, path: str, values: dict[str, Any], button: str = "save") -> Response:
    return person.submit(person.get(path), values, button=("action", button), form="#form")


def propose(amira: Person, title: str = "Reading in science", **changed: Any) -> Response:
    values = {"title": title, "strands": ["2.1", "3.2"], "reason": "It is needed.", **changed}
    return fill_in(amira, records_of(amira, "/specialisms/new"), values)


def specialism_of(amira: Person, number: int = 0) -> int:
    found = soup(amira.get(records_of(amira))).select("[data-specialism]")
    return int(str(found[number]["data-specialism"]))


def answer(tutor: Person, amira: Person, specialism: int, button: str, words: str = "") -> Response:
    path = records_of(amira, f"/specialisms/{specialism}")
    return fill_in(tutor, path, {"words": words}, button)


def strands_of(amira: Person) -> set[str]:
    participant_id = amira.participant_id()
    with amira.world.tool.app.app_context():
        return set(chosen_strands([participant_id]).get(participant_id, ()))


def held_by(amira: Person) -> set[str]:
    participant_id = amira.participant_id()
    with amira.world.tool.app.app_context():
        return set(recorded([participant_id])[participant_id])


def test_a_specialism_counts_once_a_tutor_has_agreed_and_no_longer_when_sent_back(
    world: World,
) -> None:
    amira, tutor, coach = world.participant(), world.tutor(), world.coach()
    world.allocate(coach, to=amira)
    check_page(propose(amira), 200)
    assert "Waiting for a tutor" in text_of(amira.page)
    assert strands_of(amira) == set()
    check_page(answer(tutor, amira, specialism_of(amira), "agree", "A good choice."), 200)
    assert strands_of(amira) == {"2.1", "3.2"}
    assert held_by(amira) == {"specialism_agreed"}
    for reader in (amira, coach):
        page = check_page(reader.get(records_of(amira)), 200).get_text(" ", strip=True)
        assert "Agreed" in page
        assert "A good choice." in page
    check_page(answer(tutor, amira, specialism_of(amira), "return", "Narrow it."), 200)
    assert strands_of(amira) == set()
    assert held_by(amira) == set()


def test_a_specialism_that_came_back_is_changed_and_proposed_again(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    propose(amira)
    specialism = specialism_of(amira)
    refused = answer(tutor, amira, specialism, "return")
    assert problems(refused) == {"words": "Say what should be different."}
    answer(tutor, amira, specialism, "return", "Narrow it.")
    path = records_of(amira, f"/specialisms/{specialism}/edit")
    assert "Narrow it." in text_of(amira.get(path))
    fill_in(amira, path, {"title": "Reading in chemistry", "strands": ["2.1"]})
    answer(tutor, amira, specialism, "agree")
    assert strands_of(amira) == {"2.1"}
    refused = amira.get(path)
    assert refused.status_code == 409
    assert "stays as it is" in text_of(refused)


def test_several_specialisms_can_be_agreed(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    propose(amira)
    propose(amira, "Assessment", strands=["1.2"])
    for number in (0, 1):
        answer(tutor, amira, specialism_of(amira, number), "agree")
    assert strands_of(amira) == {"1.2", "2.1", "3.2"}


def test_a_proposal_is_withdrawn_with_a_button(world: World) -> None:
    amira = world.participant()
    propose(amira)
    path = records_of(amira, f"/specialisms/{specialism_of(amira)}/edit")
    assert "The proposal is withdrawn." in text_of(fill_in(amira, path, {}, "withdraw"))
    assert "not proposed a specialism yet" in text_of(amira.page)
    check_page(amira.get(path), 404)


def test_a_tutor_does_not_agree_to_words_that_were_changed_meanwhile(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    propose(amira)
    specialism = specialism_of(amira)
    page = tutor.get(records_of(amira, f"/specialisms/{specialism}"))
    fill_in(amira, records_of(amira, f"/specialisms/{specialism}/edit"), {"title": "Other"})
    refused = tutor.submit(page, {}, button=("action", "agree"), form="#form")
    check_page(refused, 409)
    assert "has changed this since you opened it" in text_of(refused)
    assert strands_of(amira) == set()


def test_a_specialism_is_answered_once(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    propose(amira)
    path = records_of(amira, f"/specialisms/{specialism_of(amira)}")
    fields = {"csrf_token": token(tutor, path), "action": "agree", "revision": "1"}
    assert at_once(*[lambda: post(tutor, path, **fields)] * 3) == [303, 409, 409]
    participant_id = amira.participant_id()
    with world.tool.app.app_context():
        query = select(AuditEvent).where(
            AuditEvent.event == "specialism.agreed", AuditEvent.participant_id == participant_id
        )
        assert len(db.session.scalars(query).all()) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"strands": []}, "strands"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_proposal_that_lacks_something_is_told_where(
    world: World, change: dict[str, Any], field: str
) -> None:
    amira = world.participant()
    refused = propose(amira, **change)
    check_page(refused, 422)
    assert field in problems(refused)


def test_a_strand_that_the_programme_does_not_have_is_refused(world: World) -> None:
    amira = world.participant()
    path = records_of(amira, "/specialisms/new")
    fields = {"title": "x", "reason": "x", "strands": "9.9", "csrf_token": token(amira, path)}
    assert post(amira, path, **fields).status_code == 422


def test_a_network_is_added_with_its_link_and_removed(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    path = records_of(amira, "/networks/new")
    values = {"name": "Maths Hub", "link": "https://hub.example.org/a?b=c", **dated("since_on")}
    check_page(fill_in(amira, path, values), 200)
    link = soup(tutor.get(records_of(amira))).select_one('a[href="https://hub.example.org/a?b=c"]')
    assert link is not None
    assert "noopener" in link["rel"]
    assert held_by(amira) == {"network_link"}
    page = amira.get(records_of(amira))
    amira.submit(page, button=("action", "cancel"), form='form[action*="/networks/"]')
    assert "The network is removed." in text_of(amira.page)
    assert held_by(amira) == set()


@pytest.mark.parametrize(
    "link",
    [
        "http://hub.example.org",
        "javascript:alert(1)",
        "hub.example.org",
        "https://",
        "https://a b.example.org",
        "https://me:secret@hub.example.org",
        "https://[::1",
        "HTTPS:hub.example.org",
    ],
)
def test_a_link_that_is_no_safe_web_address_is_refused(world: World, link: str) -> None:
    amira = world.participant()
    values = {"name": "Maths Hub", "link": link, **dated("since_on")}
    refused = fill_in(amira, records_of(amira, "/networks/new"), values)
    check_page(refused, 422)
    assert "https://" in problems(refused)["link"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (dated("since_on", str(today().year + 1)), "must not be in the future"),
        (dated("since_on", ""), "a real date"),
        (dated("since_on", "25"), "the year in full"),
        (dict.fromkeys(dated("since_on"), ""), "Say since when."),
    ],
)
def test_a_date_that_cannot_be_is_told(world: World, changed: dict[str, str], told: str) -> None:
    amira = world.participant()
    values = {"name": "Maths Hub", **changed}
    refused = fill_in(amira, records_of(amira, "/networks/new"), values)
    check_page(refused, 422)
    assert told in problems(refused)["since_on"]


def clear(amira: Person) -> int:
    values = {"reference": "ETH-2026-17", **dated("cleared_on")}
    page = fill_in(amira, records_of(amira, "/clearances/new"), values)
    found = check_page(page, 200).select("[data-clearance]")
    return int(str(found[-1]["data-clearance"]))


def test_a_clearance_counts_once_a_tutor_has_confirmed_it(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    clearance = clear(amira)
    assert held_by(amira) == set()
    path = records_of(amira, f"/clearances/{clearance}")
    assert problems(fill_in(tutor, path, {}, "return")) == {"words": "Say what is missing."}
    check_page(fill_in(tutor, path, {}, "agree"), 200)
    assert held_by(amira) == {"ethics_clearance"}
    assert "Confirmed by a tutor" in text_of(amira.get(records_of(amira)))
    assert post(amira, path, csrf_token=token(amira, path_of_form(amira)), action="cancel"
                ).status_code == 409  # fmt: skip


def path_of_form(amira: Person) -> str:
    return records_of(amira, "/clearances/new")


def test_a_clearance_that_is_sent_back_is_removed_and_recorded_again(world: World) -> None:
    amira, tutor = world.participant(), world.tutor()
    path = records_of(amira, f"/clearances/{clear(amira)}")
    fill_in(tutor, path, {"words": "The reference is another one."}, "return")
    page = amira.get(records_of(amira))
    assert "The reference is another one." in text_of(page)
    amira.submit(page, button=("action", "cancel"), form='form[action*="/clearances/"]')
    assert "The clearance is removed." in text_of(amira.page)
    check_page(tutor.get(path), 404)


def test_what_was_passed_on_names_its_evidence(world: World) -> None:
    amira, coach, tutor = world.participant(), world.coach(), world.tutor()
    world.allocate(coach, to=amira)
    item = added(amira, title="Slides of the talk", button="submit")
    values = {
        "what": "Drawing helps.",
        "audience": "The mathematics department",
        "how": "A talk",
        "items": [str(item)],
        **dated("shared_on"),
    }
    check_page(fill_in(amira, records_of(amira, "/sharing/new"), values), 200)
    assert held_by(amira) == {"dissemination_record"}
    for reader in (tutor, coach):
        page = check_page(reader.get(records_of(amira)), 200)
        assert page.select_one(f'a[href$="/evidence/{item}"]')
    shown = amira.get(records_of(amira))
    amira.submit(shown, button=("action", "cancel"), form='form[action*="/sharing/"]')
    assert held_by(amira) == set()


def test_evidence_of_somebody_else_cannot_be_named(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    coach = world.coach()
    world.allocate(coach, to=ben)
    item = added(ben, button="submit")
    path = records_of(amira, "/sharing/new")
    fields = {"what": "x", "audience": "x", "how": "x", **dated("shared_on")}
    sent = {**fields, "items": str(item), "csrf_token": token(amira, path), "action": "save"}
    refused = post(amira, path, **sent)
    assert refused.status_code == 422
    assert "Choose from the evidence listed only." in refused.text


def test_others_read_only_what_they_may_and_change_nothing(world: World) -> None:
    amira, ben = world.participant("Amira Khan"), world.participant("Ben Osei")
    coach, other = world.coach(), world.coach("Nora Blake")
    tutor = world.tutor()
    world.allocate(coach, to=amira)
    propose(amira)
    specialism = records_of(amira, f"/specialisms/{specialism_of(amira)}")
    check_page(ben.get(records_of(amira)), 404)
    check_page(ben.get(records_of(amira, "/networks/new")), 404)
    check_page(other.get(records_of(amira)), 404)
    page = check_page(coach.get(records_of(amira)), 200)
    assert not page.select("main form")
    check_page(coach.get(specialism), 403)
    check_page(coach.get(records_of(amira, "/networks/new")), 403)
    check_page(tutor.get(records_of(amira, "/specialisms/new")), 403)
    csrf = token(coach, "evidence/new")
    assert post(coach, specialism, csrf_token=csrf, action="agree").status_code == 403
    other_ones = f"participants/{ben.participant_id()}/records/specialisms/{specialism_of(amira)}"
    check_page(tutor.get(other_ones), 404)
