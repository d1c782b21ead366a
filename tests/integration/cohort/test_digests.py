"""The weekly mail: once a week at most, counts only, and easily stopped."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import requests
import time_machine
from sqlalchemy import func, select

from lti_tool.cohort import digests
from lti_tool.cohort.models import Digest, DigestRound
from lti_tool.db import db
from lti_tool.mail import open_mailer
from lti_tool.people import letters, outbox
from tests.integration.cohort.story import add_evidence
from tests.letters import link_in, mails_to, text_in
from tests.pages import check_page
from tests.smtp_sink import smtp_sink
from tests.world import Person, World, soup, text_of

SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
# A week of its own for each test: all of them share the people of one provider.
MONDAYS = (
    datetime(2031, 1, 6, 9, tzinfo=UTC) + timedelta(weeks=each) for each in itertools.count()
)


def write_all(world: World, moment: datetime) -> datetime | None:
    """What the worker does at that moment."""
    with time_machine.travel(moment, tick=True), world.tool.app.app_context():
        return digests.write_due()


def weekly_mails(person: Person, moment: datetime) -> list[EmailMessage]:
    with time_machine.travel(moment + timedelta(hours=1), tick=True):
        mails = mails_to(person.world.tool, person.visitor.person.email)  # type: ignore[attr-defined]
    return [each for each in mails if "wait" in str(each["Subject"])]


def written_to(person: Person) -> int:
    """How many weekly mails were ever written to somebody."""
    with person.world.tool.app.app_context():
        query = select(func.count()).where(Digest.user_id == person.user().id)
        return db.session.scalar(query) or 0


def asked(world: World, title: str = "Khadija sorts the fractions") -> tuple[Person, Person]:
    """A participant and a coach who has been asked something."""
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    add_evidence(amira, title, ask=True)
    return amira, coach


def test_one_mail_a_week_tells_how_much_waits_and_nothing_else(world: World) -> None:
    amira, coach = asked(world)
    monday = next(MONDAYS)
    before = monday.replace(hour=5)
    assert write_all(world, before) == monday.replace(hour=7)
    assert weekly_mails(coach, before) == []
    assert write_all(world, monday) == monday.replace(hour=7) + timedelta(days=7)
    write_all(world, monday + timedelta(days=2))
    [mail] = weekly_mails(coach, monday + timedelta(days=2))
    assert mail["Subject"] == "1 thing waits for you on the MTL Tool"
    html = mail.get_body(("html",))
    assert html is not None
    for text in (text_in(mail), str(html.get_content())):
        assert "1 request to attest evidence" in text
        assert not [word for word in ("Amira", "Khadija", "fractions") if word in text]
    assert weekly_mails(amira, monday) == []
    write_all(world, next(MONDAYS))
    assert len(weekly_mails(coach, monday + timedelta(days=7))) == 2


def test_several_workers_at_once_write_one_mail_a_person(world: World) -> None:
    _, coach = asked(world)
    monday = next(MONDAYS)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with world.tool.app.app_context():
                digests.write_due()
        except BaseException as error:
            failed.append(error)

    with time_machine.travel(monday, tick=True):
        workers = [threading.Thread(target=work) for _ in range(3)]
        for each in workers:
            each.start()
        for each in workers:
            each.join(60)
    assert not failed
    assert len(weekly_mails(coach, monday)) == 1
    with world.tool.app.app_context():
        week = digests.week_of(monday)
        assert db.session.scalar(
            select(func.count()).select_from(DigestRound).where(DigestRound.week == week)
        ) == 1  # fmt: skip


@SQLITE
def test_a_mail_program_stops_it_with_one_click_through_a_real_server(world: World) -> None:
    _, coach = asked(world)
    address: str = coach.visitor.person.email  # type: ignore[attr-defined]
    monday = next(MONDAYS)
    with smtp_sink() as (url, sink), time_machine.travel(monday, tick=True):
        with world.tool.app.app_context():
            before = letters.office()
            mailer = open_mailer(replace(before.settings, mail_url=url))
            digests.write_due()
            db.session.info[letters.KEY] = replace(before, mailer=mailer)
            outbox.send_due()
            db.session.rollback()
        [mail] = [each for each in sink.taken if each["To"] == address]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    way = str(mail["List-Unsubscribe"]).strip("<>")
    assert way == link_in(mail)
    local = world.tool.url + way[way.index("/mail/") :]
    # A scanner that opens the link, or presses the page's button as it is, changes nothing.
    assert "Are you sure?" in requests.get(local, timeout=10).text
    assert requests.post(local, data={"action": "submit"}, timeout=10).status_code == 422
    assert "You get this mail." in text_of(coach.get("weekly-mail"))
    done = requests.post(local, data={"List-Unsubscribe": "One-Click"}, timeout=10)
    assert done.status_code == 200
    assert "You do not get this mail." in text_of(coach.get("weekly-mail"))
    assert written_to(coach) == 1
    write_all(world, next(MONDAYS))
    assert written_to(coach) == 1
    guessed = world.tool.url + "/mail/" + "A" * 43 + "/stop"
    for answer in (requests.get(guessed, timeout=10), requests.post(guessed, timeout=10)):
        assert answer.status_code == 404


@SQLITE
def test_the_page_of_the_mail_asks_first_and_the_tool_turns_it_on_again(world: World) -> None:
    _, coach = asked(world)
    monday = next(MONDAYS)
    write_all(world, monday)
    [mail] = weekly_mails(coach, monday)
    link = link_in(mail)
    page = coach.visitor.get(world.tool.url + link[link.index("/mail/") :])
    check_page(page, 200)
    answer = coach.submit(page, {"sure": "yes"}, form="main form")
    check_page(answer, 200)
    assert "You get no weekly mail any more" in text_of(answer)
    page = coach.get("weekly-mail")
    [button] = soup(page).select("main form button")
    assert button.get_text(strip=True) == "Get the weekly mail"
    coach.submit(page, button=("action", "start"), form="main form")
    later = next(MONDAYS)
    write_all(world, later)
    assert len(weekly_mails(coach, later)) == 2


@SQLITE
def test_who_has_nothing_waiting_or_no_known_address_gets_none(world: World) -> None:
    amira, coach = asked(world)
    nobody = world.coach("Nora Blake")
    with world.tool.app.app_context():
        coach.user().email = None
        db.session.commit()
    monday = next(MONDAYS)
    write_all(world, monday)
    assert [written_to(each) for each in (amira, coach, nobody)] == [0, 0, 0]
