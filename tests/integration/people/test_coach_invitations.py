"""A participant invites a coach: on trust at once, to attest once staff vouch for the address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from requests import Response
from sqlalchemy import select

from demo_vle.browser import Visitor
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence.models import Attestation
from lti_tool.people.models import Allocation, CoachInvitation
from tests.integration.attacks.hands import at_once
from tests.integration.evidence.steps import added, id_of, problems, submit, words
from tests.integration.evidence.test_vouching import proofs, signs
from tests.integration.learning.planning import diagnose, path, state_of
from tests.integration.people.outsiders import COURSE, Outsider, invited_coach
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

ON_ONE_STORE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
SAVE, SHOW, BACK = ("action", "save"), ("action", "sync"), ("action", "cancel")


@pytest.fixture
def amira(world: World) -> Person:
    return world.participant("Amira Khan")


@pytest.fixture
def olga(world: World) -> Outsider:
    return Outsider(world)


def invites(amira: Person, olga: Outsider, **more: str) -> Response:
    """Amira asks for Olga as her coach."""
    values = {"name": olga.name, "address": olga.address, "basis": "own_school", **more}
    return amira.submit(amira.get("my-coach"), values, button=SAVE, form="form:has(#name)")


def shows_code(amira: Person) -> str:
    """The code on Amira's screen, once she has asked for one."""
    page = amira.submit(amira.get("my-coach"), button=SHOW, form='form:has(button[value="sync"])')
    shown = soup(page).select_one("[data-code]")
    assert shown is not None, text_of(page)
    return str(shown["data-code"])


def comes_in(amira: Person, code: str, browser: Visitor) -> Response:
    page = browser.get(f"{amira.world.tool.url}/coach/screen")
    return browser.submit(page, None, {"code": code}, button=SAVE)


def settles(staff: Person, olga: Outsider, *, button: Any = SAVE, **values: str) -> Response:
    page = staff.get("coach-addresses")
    form = next(
        each for each in soup(page).select("form:has(input[name=invitation])")
        if olga.name in each.get_text() or olga.address.lower() in str(each)
    )  # fmt: skip
    field = form.select_one("input[name=address]")
    assert field is not None
    return staff.submit(page, values, button=button, form=f"form:has(#{field['id']})")


def coaches_of(amira: Person) -> list[tuple[str, bool]]:
    """The names of all who coached, with whether they still do."""
    person = amira.participant_id()
    with amira.world.tool.app.app_context():
        found = db.session.scalars(
            select(Allocation).where(Allocation.participant_id == person).order_by(Allocation.id)
        )
        return [(each.user.name, each.ended_on is None) for each in found]


def test_an_invited_coach_is_told_by_a_mail_that_lets_nobody_in(
    amira: Person, olga: Outsider
) -> None:
    check_page(amira.get("my-coach"), 200)
    check_page(invites(amira, olga), 200)
    assert olga.mails() == ["You are asked to coach on the Masters in Teaching and Learning"]
    page = olga.browser.get(olga.newest_link())
    check_page(page, 200)
    assert "Amira" not in page.text
    assert coaches_of(amira) == []


def test_a_coach_by_the_screen_looks_and_uploads_and_cannot_attest(
    world: World, amira: Person, olga: Outsider
) -> None:
    invites(amira, olga)
    landed = comes_in(amira, shows_code(amira), olga.browser)
    check_page(landed, 200)
    assert "Amira Khan" in text_of(landed)
    assert coaches_of(amira) == [("Olga Marsh", True)]
    item = added(amira, button="submit")
    at = COURSE.search(landed.url)
    assert at is not None
    page = olga.browser.get(f"{landed.url[: at.end()]}evidence/{item}")
    check_page(page, 200)
    assert "To attest, sign in by the personal link" in words(page)
    assert not soup(page).select("#statement")
    own = olga.browser.get(f"{landed.url[: at.end()]}evidence/new?participant={_id(amira)}")
    form = olga.browser.form_of(own, "#form").with_fields(
        version="1", content_hash="0" * 64, statement="I did it.", action="attest"
    )
    form.action = f"{landed.url[: at.end()]}evidence/{item}/attest"
    refused = olga.browser.send(form)
    assert refused.status_code == 409
    assert "sign in by the personal link" in problems(refused)["form"]
    assert proofs(world, item) == []


def test_a_coach_by_the_screen_agrees_to_no_diagnosis(amira: Person, olga: Outsider) -> None:
    invites(amira, olga)
    landed = comes_in(amira, shows_code(amira), olga.browser)
    at = COURSE.search(landed.url)
    assert at is not None
    check_page(diagnose(amira, amira), 200)
    plan = olga.browser.get(f"{landed.url[: at.end()]}{path(amira)}")
    refused = olga.browser.send(olga.browser.form_of(plan, 'form[action$="/diagnosis/agree"]'))
    assert refused.status_code == 403
    assert "sign in by the personal link" in text_of(refused)
    assert state_of(amira, amira) == "proposed"


def _id(amira: Person) -> int:
    return amira.participant_id()


def test_a_qr_code_brings_the_code_along(amira: Person, olga: Outsider) -> None:
    invites(amira, olga)
    code = shows_code(amira)
    page = amira.get("my-coach")
    check_page(page, 200)
    assert len(soup(page).select("[role=img] svg path")) == 2
    scanned = olga.browser.get(f"{amira.world.tool.url}/coach/screen/{code.replace('-', '')}")
    check_page(scanned, 200)
    assert "Amira" not in scanned.text
    assert scanned.headers["Referrer-Policy"] == "same-origin"
    assert "Amira Khan" in text_of(olga.browser.submit(scanned, None, button=SAVE))


def test_a_code_of_a_screen_works_once_and_not_for_long(amira: Person, olga: Outsider) -> None:
    invites(amira, olga)
    code = shows_code(amira)
    browsers = [olga.new_browser() for _ in range(3)]
    calls = [lambda each=each: comes_in(amira, code, each) for each in browsers]
    assert at_once(*calls) == [200, 422, 422]
    newer = shows_code(amira)
    with time_machine.travel(now() + timedelta(minutes=15), tick=True):
        assert comes_in(amira, newer, olga.new_browser()).status_code == 422
    newest = shows_code(amira)
    assert comes_in(amira, newer, olga.new_browser()).status_code == 422
    assert "Amira Khan" in text_of(comes_in(amira, newest.lower(), olga.new_browser()))
    assert coaches_of(amira) == [("Olga Marsh", True)]


def test_staff_confirm_and_the_coach_signs_by_a_mailed_code(
    world: World, amira: Person, olga: Outsider
) -> None:
    invites(amira, olga)
    landed = comes_in(amira, shows_code(amira), olga.browser)
    tutor = world.tutor()
    check_page(tutor.get("coach-addresses"), 200)
    check_page(settles(tutor, olga), 200)
    assert olga.browser.get(landed.url).status_code == 401
    item = added(amira, button="submit")
    landed = olga.sign_in(olga.newest_link())
    assert signs(olga.browser, landed, item).status_code == 200
    assert proofs(world, item) == ["code"]
    assert coaches_of(amira) == [("Olga Marsh", True)]
    assert "No address waits" in text_of(tutor.get("coach-addresses"))
    with world.tool.app.app_context():
        signed = db.session.scalars(select(Attestation).order_by(Attestation.id.desc())).first()
        invited = db.session.scalars(
            select(CoachInvitation).where(CoachInvitation.address == olga.address.lower())
        ).one()
        assert signed is not None
        assert signed.coach_id == invited.user_id
        assert (invited.outcome, invited.settled_by) == ("confirmed", tutor.user().id)


def test_a_refused_coach_is_out_at_once(world: World, amira: Person, olga: Outsider) -> None:
    invites(amira, olga)
    landed = comes_in(amira, shows_code(amira), olga.browser)
    settles(world.tutor(), olga, button=BACK)
    assert olga.browser.get(landed.url).status_code == 401
    assert coaches_of(amira) == [("Olga Marsh", False)]
    assert "Invite your coach" in text_of(amira.get("progress"))


def test_a_replacement_takes_over_when_staff_confirm_and_not_before(
    world: World, amira: Person, olga: Outsider
) -> None:
    colin = world.coach("Colin Hughes")
    world.allocate(colin, to=amira)
    page = invites(amira, olga)
    assert "Colin Hughes does no more" in words(page)
    assert not soup(page).select('button[value="sync"]')
    assert coaches_of(amira) == [("Colin Hughes", True)]
    settles(world.tutor(), olga)
    assert coaches_of(amira) == [("Colin Hughes", False), ("Olga Marsh", True)]
    assert colin.get(f"participants/{amira.participant_id()}").status_code == 404
    assert "Amira Khan" in text_of(olga.sign_in(olga.newest_link()))


def test_who_has_the_address_already_is_the_same_coach(
    world: World, amira: Person, olga: Outsider
) -> None:
    tutor, ben = world.tutor(), world.participant("Ben Osei")
    known = invited_coach(world, tutor, ben)
    known.sign_in(known.newest_link())
    link = known.newest_link()
    invites(amira, olga, address=known.address)
    screen = comes_in(amira, shows_code(amira), olga.new_browser())
    assert "Amira Khan" in text_of(screen)
    assert "Ben Osei" not in text_of(screen)
    settles(tutor, known)
    assert known.mails()[-1].startswith("You coach one more teacher")
    both = text_of(known.browser.get(link))
    assert "Amira Khan" in both
    assert "Ben Osei" in both


def test_a_screen_shows_no_other_participant_whoever_is_allocated_later(
    world: World, amira: Person, olga: Outsider
) -> None:
    invites(amira, olga)
    landed = comes_in(amira, shows_code(amira), olga.browser)
    ben = world.participant("Ben Osei")
    world_allocates(world, olga, ben, amira)
    at = COURSE.search(landed.url)
    assert at is not None
    page = olga.browser.get(f"{landed.url[: at.end()]}participants/{ben.participant_id()}")
    assert page.status_code == 404


def world_allocates(world: World, olga: Outsider, ben: Person, amira: Person) -> None:
    """Staff give the coach whom nobody has confirmed a second participant."""
    person, other = ben.participant_id(), amira.participant_id()
    with world.tool.app.app_context():
        found = select(CoachInvitation.user_id).where(CoachInvitation.participant_id == other)
        db.session.add(
            Allocation(
                participant_id=person, user_id=db.session.scalars(found).one(), kind="coach",
                started_on=now().date(),
            )
        )  # fmt: skip
        db.session.commit()


@pytest.mark.parametrize(
    ("wrong", "field", "told"),
    [
        ({"name": " "}, "name", "Enter the name"),
        ({"address": "nobody"}, "address", "address"),
        ({"basis": "moon"}, "basis", "Choose where"),
    ],
)
def test_a_wrong_invitation_is_shown_again_and_sends_nothing(
    amira: Person, olga: Outsider, wrong: dict[str, str], field: str, told: str
) -> None:
    page = amira.get("my-coach")
    values = {"name": olga.name, "address": olga.address, "basis": "own_school"}
    form = amira.visitor.form_of(page, "form:has(#name)")
    answer = amira.visitor.send(form.with_fields(action="save", **{**values, **wrong}))
    check_page(answer, 422)
    assert told in problems(answer)[field]
    assert olga.mails() == []


def test_the_participants_own_address_is_refused_by_whoever_enters_it(
    world: World, amira: Person, olga: Outsider
) -> None:
    own = str(amira.visitor.person.email)  # type: ignore[attr-defined]
    answer = invites(amira, olga, address=own)
    assert answer.status_code == 422
    assert "participant's own address" in problems(answer)["address"]
    invites(amira, olga)
    answer = settles(world.tutor(), olga, address=own)
    check_page(answer, 422)
    assert coaches_of(amira) == []


def test_an_invitation_is_taken_back_and_five_a_day_are_enough(
    amira: Person, olga: Outsider
) -> None:
    for _ in range(5):
        assert invites(amira, olga).status_code == 200
        page = amira.submit(
            amira.get("my-coach"), button=BACK, form='form:has(button[value="cancel"])'
        )
        assert "taken back" in text_of(page)
    answer = invites(amira, olga)
    assert answer.status_code == 422
    assert "within a day" in problems(answer)["form"]
    assert len(olga.mails()) == 5


def test_only_staff_see_and_settle_addresses(world: World, amira: Person, olga: Outsider) -> None:
    invites(amira, olga)
    colin = world.coach("Colin Hughes")
    for person in (amira, colin):
        assert person.get("coach-addresses").status_code == 403
    for person in (colin, world.tutor()):
        assert person.get("my-coach").status_code == 403
    form = amira.visitor.form_of(amira.get("my-coach"), 'form:has(button[value="cancel"])')
    form = form.with_fields(invitation="1", address=olga.address, action="save")
    form.action = form.action.replace("my-coach", "coach-addresses")
    assert amira.visitor.send(form).status_code == 403


def test_a_scanner_that_opens_the_way_in_changes_nothing(amira: Person, olga: Outsider) -> None:
    invites(amira, olga)
    code = shows_code(amira)
    scanner = olga.new_browser()
    for place in ("", f"/{code}", "/AAAAAAAA"):
        scanner.session.head(f"{amira.world.tool.url}/coach/screen{place}")
        scanner.get(f"{amira.world.tool.url}/coach/screen{place}")
    page = scanner.get(f"{amira.world.tool.url}/coach/screen")
    for typed in ("", "AAAA-AAAA"):
        answer = scanner.submit(page, None, {"code": typed}, button=SAVE)
        check_page(answer, 422)
        assert "Amira" not in answer.text
    assert coaches_of(amira) == []
    assert "Amira Khan" in text_of(comes_in(amira, code, olga.browser))


def test_a_coach_by_the_screen_adds_evidence(amira: Person, olga: Outsider) -> None:
    invites(amira, olga)
    landed = comes_in(amira, shows_code(amira), olga.browser)
    at = COURSE.search(landed.url)
    assert at is not None
    page = olga.browser.get(
        f"{landed.url[: at.end()]}evidence/new?participant={amira.participant_id()}"
    )
    values = {"title": "What I saw", "strands": ["1.1"], "duty": "d", "pupils": "none"}
    answer = olga.browser.submit(page, "#form", values, button=SAVE)
    assert answer.status_code == 200
    assert "What I saw" in text_of(amira.get("evidence"))


def test_one_invitation_is_open_at_a_time_and_none_is_taken_back_once_taken_up(
    amira: Person, olga: Outsider
) -> None:
    empty = amira.get("my-coach")
    values = {"name": olga.name, "address": olga.address, "basis": "own_school"}
    invites(amira, olga)
    answer = amira.submit(empty, values, button=SAVE, form="form:has(#name)")
    check_page(answer, 422)
    assert "invited somebody already" in problems(answer)["form"]
    invited = amira.get("my-coach")
    comes_in(amira, shows_code(amira), olga.browser)
    answer = amira.submit(invited, button=BACK, form='form:has(button[value="cancel"])')
    check_page(answer, 422)
    assert "come in already" in problems(answer)["form"]
    assert coaches_of(amira) == [("Olga Marsh", True)]


@ON_ONE_STORE
def test_what_a_coach_on_trust_wrote_says_that_nobody_has_confirmed_them(
    amira: Person, olga: Outsider
) -> None:
    invites(amira, olga)
    landed = comes_in(amira, shows_code(amira), olga.browser)
    at = COURSE.search(landed.url)
    assert at, landed.url
    page = olga.browser.get(f"{landed.url[: at.end()]}evidence/new")
    said = {"title": "She led", "strands": ["1.1"], "duty": "d", "pupils": "none", "module": "MTL1"}
    item = id_of(olga.browser.submit(page, "#form", said, button=SAVE))
    tutor = amira.world.tutor()
    told = "written by Olga Marsh (not confirmed by the university), coach"
    assert told[8:] in words(tutor.get(f"evidence/{item}"))
    handed_in = submit(amira, item)
    assert told in words(handed_in)
    settles(tutor, olga)
    assert "not confirmed" not in words(tutor.get(f"evidence/{item}"))
    assert told in words(amira.visitor.get(handed_in.url)), "what was handed in stays as it was"
