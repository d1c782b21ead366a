"""A coach without an account comes in by a mail, and nobody else does by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.people.models import LinkCode, LinkInvitation
from tests.integration.attacks.hands import at_once
from tests.integration.people.outsiders import (
    COURSE,
    Outsider,
    events_of,
    invited_coach,
    link_row,
)
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

DEAD = "This link does not work"
WRONG = "That is not the code we sent"


@pytest.fixture
def amira(world: World) -> Person:
    return world.participant("Amira Khan")


@pytest.fixture
def tutor(world: World) -> Person:
    return world.tutor()


@pytest.fixture
def olga(world: World, amira: Person, tutor: Person) -> Outsider:
    """Invited by a tutor to coach Amira; the mail lies in front of her."""
    return invited_coach(world, tutor, amira)


def accepted(olga: Outsider) -> str:
    """Let her accept, in a browser that is then put aside; her personal link."""
    olga.sign_in(olga.newest_link(), browser=olga.new_browser())
    return olga.newest_link()


def test_a_coach_comes_from_a_mail_to_her_teacher_without_an_account(
    olga: Outsider, amira: Person
) -> None:
    invitation = olga.newest_link()
    check_page(olga.browser.get(invitation), 200)
    check_page(olga.ask_for_code(invitation), 200)
    landed = olga.enter(invitation, olga.newest_code())
    check_page(landed, 200)
    assert COURSE.search(landed.url), landed.url
    assert "Amira Khan" in text_of(landed)
    assert olga.mails() == [
        "You are invited to coach on the Masters in Teaching and Learning",
        "Your code for the MTL Tool",
        "Your personal link to the MTL Tool",
    ]
    person = olga.browser.get(f"{landed.url.rstrip('/')}/{amira.participant_id()}")
    check_page(person, 200)
    assert events_of(olga) == [
        "personal_link.invited", "personal_link.accepted", "personal_link.signed_in",
    ]  # fmt: skip


def test_the_personal_link_is_used_again_and_the_invitation_is_not(olga: Outsider) -> None:
    invitation = olga.newest_link()
    link = accepted(olga)
    assert link != invitation
    for _ in range(2):
        assert "Amira Khan" in text_of(olga.sign_in(link, browser=olga.new_browser()))
    other = olga.new_browser()
    assert "accepted, which works once" in text_of(other.get(invitation))
    olga.ask_for_code(invitation, browser=other)
    assert olga.mails()[-1] == "Your personal link to the MTL Tool"
    assert olga.newest_link() != link
    assert DEAD in text_of(other.get(link))


def test_nothing_private_is_told_before_sign_in(olga: Outsider) -> None:
    for link in (olga.newest_link(), accepted(olga)):
        for path in ("", "/code", "/nothing-yet"):
            page = olga.new_browser().get(link + path)
            check_page(page, 200)
            for word in ("Amira", "Khan", "Olga", "Marsh", olga.address, "Tessa"):
                assert word not in page.text
            assert page.headers["Referrer-Policy"] == "same-origin"
            assert page.headers["Cache-Control"] == "no-store"


def test_a_scanner_that_opens_and_presses_everything_changes_nothing(olga: Outsider) -> None:
    invitation = olga.newest_link()
    before = events_of(olga)
    scanner = olga.new_browser()
    scanner.session.head(invitation)
    for path in ("", "/code"):
        page = scanner.get(invitation + path)
        for form in soup(page).select("form[method=post]"):
            for button in form.select("button[name]"):
                pressed = (str(button["name"]), str(button["value"]))
                assert scanner.submit(page, None, button=pressed).status_code == 422
        scanner.session.post(invitation + path, data={})
    assert events_of(olga) == before
    assert len(olga.mails()) == 1
    with olga.world.tool.app.app_context():
        assert link_row(olga).token_hash is None
    assert "Amira Khan" in text_of(olga.sign_in(invitation))


def test_a_code_goes_only_to_the_address_that_staff_entered(olga: Outsider) -> None:
    thief = Outsider(olga.world, "Theo Thief")
    answer = thief.ask_for_code(olga.newest_link())
    told = text_of(answer)
    assert "If what you typed is the address that we know" in told
    assert thief.mails() == []
    assert len(olga.mails()) == 1
    assert told == text_of(olga.ask_for_code(olga.newest_link()))


def test_a_code_works_once(olga: Outsider) -> None:
    link = accepted(olga)
    olga.ask_for_code(link)
    code = olga.newest_code()
    assert "Amira Khan" in text_of(olga.enter(link, code.lower().replace("-", " ")))
    again = olga.enter(link, code, browser=olga.new_browser())
    assert again.status_code == 422
    assert WRONG in text_of(again)


def test_of_two_browsers_with_one_code_one_gets_in(olga: Outsider) -> None:
    link = accepted(olga)
    olga.ask_for_code(link)
    code = olga.newest_code()
    browsers = [olga.new_browser() for _ in range(3)]
    calls = [lambda each=each: olga.enter(link, code, browser=each) for each in browsers]
    assert at_once(*calls) == [200, 422, 422]


def test_five_wrong_codes_use_a_code_up(olga: Outsider) -> None:
    link = accepted(olga)
    olga.ask_for_code(link)
    code = olga.newest_code()
    browser = olga.new_browser()
    for _ in range(5):
        assert WRONG in text_of(olga.enter(link, "AAAA-AAAA", browser=browser))
    assert WRONG in text_of(olga.enter(link, code, browser=browser))
    with olga.world.tool.app.app_context():
        query = select(LinkCode.tries).where(LinkCode.link_id == link_row(olga).id)
        assert sorted(db.session.scalars(query)) == [1, 5]
    assert "Amira Khan" in text_of(olga.sign_in(link, browser=browser))


def test_a_code_of_another_link_does_not_work(olga: Outsider, tutor: Person) -> None:
    ben = olga.world.participant("Ben Osei")
    other = invited_coach(olga.world, tutor, ben)
    olga.ask_for_code(olga.newest_link())
    assert WRONG in text_of(other.enter(other.newest_link(), olga.newest_code()))


def test_a_code_is_too_old_after_a_quarter_of_an_hour(olga: Outsider) -> None:
    link = accepted(olga)
    olga.ask_for_code(link)
    code = olga.newest_code()
    with time_machine.travel(now() + timedelta(minutes=15), tick=True):
        assert WRONG in text_of(olga.enter(link, code, browser=olga.new_browser()))


def test_no_more_than_five_codes_are_sent_within_an_hour(olga: Outsider) -> None:
    link = olga.newest_link()
    for _ in range(7):
        olga.ask_for_code(link)
    assert len(olga.mails("code")) == 5
    with time_machine.travel(now() + timedelta(hours=1), tick=True):
        olga.ask_for_code(link)
        assert len(olga.mails("code")) == 6


def test_a_known_browser_needs_no_code_and_another_does(olga: Outsider) -> None:
    link = accepted(olga)
    own = olga.new_browser()
    olga.sign_in(link, browser=own, own=True)
    session = next(each for each in own.session.cookies if each.name == "__Host-mtl")
    own.session.cookies.clear(session.domain, session.path, session.name)
    page = own.get(link)
    check_page(page, 200)
    assert "Amira" not in page.text
    landed = own.submit(page, "form:not(:has(#address))", button=("action", "save"))
    assert "Amira Khan" in text_of(landed)
    stranger = olga.new_browser()
    page = stranger.get(link)
    refused = stranger.submit(page, None, {"address": ""}, button=("action", "save"))
    assert refused.status_code == 422
    assert len(olga.mails("code")) == 2
    with olga.world.tool.app.app_context():
        assert link_row(olga).last_used_at is not None
    late = now() + timedelta(days=30)
    with time_machine.travel(late, tick=True):
        assert "You told the tool" not in text_of(own.get(link))


def test_a_revoked_link_ends_its_session_its_codes_and_its_browsers_at_once(
    olga: Outsider, amira: Person, tutor: Person
) -> None:
    link = accepted(olga)
    landed = olga.sign_in(link, own=True)
    olga.ask_for_code(link, browser=olga.new_browser())
    page = tutor.get(f"participants/{amira.participant_id()}/coach-link")
    answer = tutor.submit(page, button=("action", "cancel"), form='form:has([value="cancel"])')
    assert "works no more" in text_of(answer)
    assert olga.browser.get(landed.url).status_code == 401
    for address in (link, f"{link}/code"):
        gone = olga.browser.get(address)
        assert gone.status_code == 404
        assert DEAD in text_of(gone)
    assert events_of(olga)[-1] == "personal_link.revoked"


def test_an_expired_link_and_an_expired_invitation_look_like_a_guessed_one(
    olga: Outsider,
) -> None:
    invitation = olga.newest_link()
    guessed = f"{invitation[:-3]}abc"
    pages = {text_of(olga.new_browser().get(guessed))}
    with time_machine.travel(now() + timedelta(days=14), tick=True):
        pages.add(text_of(olga.new_browser().get(invitation)))
    link = accepted(olga)
    with time_machine.travel(now() + timedelta(days=365), tick=True):
        pages.add(text_of(olga.new_browser().get(link)))
        assert olga.new_browser().session.post(link).status_code in {400, 404}
    assert len(pages) == 1
    assert DEAD in pages.pop()


def test_a_link_of_a_coach_opens_no_other_kind_of_page(olga: Outsider) -> None:
    link = accepted(olga)
    for kind in ("head", "examiner", "tutor"):
        assert olga.browser.get(link.replace("/coach/", f"/{kind}/")).status_code == 404


def test_a_coach_by_link_sees_nobody_who_is_not_theirs_any_more(
    olga: Outsider, amira: Person, tutor: Person
) -> None:
    ben = olga.world.participant("Ben Osei")
    link = accepted(olga)
    olga.sign_in(link)
    landed = olga.browser.get(link)
    at = landed.url.rstrip("/")
    assert olga.browser.get(f"{at}/{amira.participant_id()}").status_code == 200
    assert olga.browser.get(f"{at}/{ben.participant_id()}").status_code == 404
    olga.world.allocate(olga.world.coach("Nora Blake"), to=amira)
    assert olga.browser.get(f"{at}/{amira.participant_id()}").status_code == 404


def test_signing_out_leaves_nothing_behind_that_the_link_would_open(olga: Outsider) -> None:
    link = accepted(olga)
    landed = olga.sign_in(link)
    assert "Amira Khan" in text_of(olga.browser.get(link))
    olga.browser.submit(landed, 'form[action$="/sign-out"]')
    for address in (link, landed.url):
        assert "Amira" not in olga.browser.get(address).text


def test_whoever_launches_next_at_the_same_computer_is_not_the_coach(
    olga: Outsider, tutor: Person
) -> None:
    link = accepted(olga)
    landed = olga.sign_in(link)
    nora = olga.world.visitor("Nora Blake", "coach")
    nora.session.cookies.update(olga.browser.session.cookies)
    nora.launch(olga.world.placement("coach-evidence"))
    assert "Amira" not in nora.get(landed.url).text
    assert "Amira" not in nora.get(link).text


def test_one_address_is_one_coach_with_one_link(
    olga: Outsider, amira: Person, tutor: Person
) -> None:
    link = accepted(olga)
    ben = olga.world.participant("Ben Osei")
    page = tutor.get(f"participants/{ben.participant_id()}/coach-link")
    tutor.submit(
        page, {"name": "O. Marsh", "address": olga.address.upper()}, button=("action", "save"),
        form="form:has(#address)",
    )  # fmt: skip
    seen = text_of(olga.sign_in(link, browser=olga.new_browser()))
    assert "Amira Khan" in seen
    assert "Ben Osei" in seen


def test_a_participant_has_the_invitation_sent_again_but_never_says_where(
    olga: Outsider, amira: Person
) -> None:
    first = olga.newest_link()
    path = f"participants/{amira.participant_id()}/coach-link"
    page = amira.get(path)
    check_page(page, 200)
    assert olga.address not in page.text
    answer = amira.submit(page, button=("action", "sync"), form='form:has([value="sync"])')
    assert "on its way to Olga Marsh" in text_of(answer)
    assert DEAD in text_of(olga.new_browser().get(first))
    thief = Outsider(olga.world, "Theo Thief")
    for action in ("save", "submit", "cancel"):
        page = amira.get(path)
        typed = {"name": thief.name, "address": thief.address, "confirmed": thief.address}
        assert amira.submit(page, typed, button=("action", action)).status_code == 403
    assert thief.mails() == []
    assert "Amira Khan" in text_of(olga.sign_in(olga.newest_link()))


def test_tokens_and_codes_are_nowhere_at_rest(olga: Outsider) -> None:
    link = accepted(olga)
    olga.ask_for_code(link)
    secrets = {link.rpartition("/")[2], olga.newest_code(), olga.newest_code().replace("-", "")}
    with olga.world.tool.app.app_context():
        found = link_row(olga)
        for row in [found, *db.session.scalars(
            select(LinkCode).where(LinkCode.link_id == found.id)
        ), *db.session.scalars(
            select(LinkInvitation).where(LinkInvitation.link_id == found.id)
        )]:  # fmt: skip
            stored = [str(getattr(row, each.key)) for each in row.__table__.columns]
            assert not [each for each in secrets if each in " ".join(stored)]


@pytest.mark.parametrize(
    ("name", "address", "told"),
    [
        ("", "olga@school.example", "Enter a name"),
        ("Olga", "olga", "Enter an e-mail address"),
        ("Olga", "olga@school.example\nBcc: all@school.example", "Enter an e-mail address"),
        ("Olga", "a@b.example,c@d.example", "Enter an e-mail address"),
    ],
)
def test_a_wrong_address_is_told_in_the_form_and_nobody_becomes_coach(
    amira: Person, tutor: Person, name: str, address: str, told: str
) -> None:
    path = f"participants/{amira.participant_id()}/coach-link"
    answer = tutor.submit(
        tutor.get(path), {"name": name, "address": address}, button=("action", "save"),
        form="form:has(#address)",
    )  # fmt: skip
    check_page(answer, 422)
    assert told in text_of(answer)
    assert "Coach today: nobody" in text_of(tutor.get(path))


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_somebody_else_is_told_that_a_link_is_not_theirs_and_gets_no_further(
    olga: Outsider, amira: Person, tutor: Person
) -> None:
    link = accepted(olga)
    olga.ask_for_code(link, browser=olga.new_browser())
    code = olga.newest_code()
    for path in ("", "/code"):
        told = amira.visitor.get(link + path)
        check_page(told, 200)
        assert "You are signed in here as Amira Khan" in text_of(told)
        assert "Olga" not in told.text
        assert not soup(told).select("#address, #code")
    assert amira.get("progress").status_code == 200
    assert events_of(olga)[-1] == "personal_link.signed_in"
    page = amira.visitor.submit(told, "main form", button=("action", "save"))
    assert "Nobody else is signed in here any more" in text_of(page)
    assert amira.get("progress").status_code == 401
    assert "Amira Khan" in text_of(olga.enter(link, code, browser=amira.visitor))


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_a_browser_that_is_known_as_somebody_elses_own_has_to_forget_them(
    olga: Outsider, tutor: Person
) -> None:
    link = accepted(olga)
    other = invited_coach(olga.world, tutor, olga.world.participant("Ben Osei"))
    other.sign_in(other.newest_link(), browser=other.new_browser())
    landed = olga.sign_in(link, own=True)
    olga.browser.submit(landed, 'form[action$="/sign-out"]')
    told = olga.browser.get(other.newest_link())
    check_page(told, 200)
    assert "told the tool that this browser is their own" in text_of(told)
    assert "Olga" not in told.text
    olga.browser.submit(told, "main form", button=("action", "save"))
    seen = text_of(other.sign_in(other.newest_link(), browser=olga.browser))
    assert "Ben Osei" in seen
    assert "Amira" not in seen
    assert "You told the tool" not in olga.browser.get(link).text


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_whoever_came_by_an_address_that_staff_put_right_is_out_at_once(
    olga: Outsider, amira: Person, tutor: Person
) -> None:
    link = accepted(olga)
    landed = olga.sign_in(link, own=True)
    right = Outsider(olga.world)
    path = f"participants/{amira.participant_id()}/coach-link"
    page = soup(tutor.get(path)).select_one("[name=csrf_token]")
    assert page is not None
    # From a window that was opened before there was a link: the page asks for an address no more.
    typed = {"csrf_token": page["value"], "confirmed": right.address, "action": "submit"}
    tutor.visitor.session.post(tutor.page.url, data=typed)
    assert olga.browser.get(landed.url).status_code == 401
    assert DEAD in text_of(olga.browser.get(link))
    assert "Amira Khan" in text_of(right.sign_in(right.newest_link()))


@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_nobody_is_flooded_with_invitations(olga: Outsider, amira: Person) -> None:
    path = f"participants/{amira.participant_id()}/coach-link"
    button, form = ("action", "sync"), 'form:has([value="sync"])'
    answers = [amira.submit(amira.get(path), button=button, form=form) for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 4 + [422] * 2
    assert "5 invitations went there within an hour" in text_of(answers[-1])
    assert len(olga.mails("You are invited")) == 5
    with time_machine.travel(now() + timedelta(hours=1), tick=True):
        amira.launch("progress")
        assert amira.submit(amira.get(path), button=button, form=form).status_code == 200
