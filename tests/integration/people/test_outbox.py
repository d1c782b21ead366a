"""Mail goes out after the commit and not before, and once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.mail import MailDown, Mailer, Message, open_mailer
from lti_tool.people import letters, outbox
from lti_tool.people.models import Mail, Provider
from tests.smtp_sink import free_port, smtp_sink
from tests.tool_server import RunningTool

ADDRESS = "olga@outbox.example"


@pytest.fixture(autouse=True)
def only_ours(tool: RunningTool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outbox with nothing else in it, and a letter about nobody in particular."""
    monkeypatch.setitem(letters._lookups, "link_code", lambda _about: {"name": "Olga"})
    with tool.app.app_context():
        outbox.send_due()


@contextmanager
def office(tool: RunningTool, mailer: Mailer | str) -> Iterator[None]:
    """The application with another way out for its mail, inside its context."""
    with tool.app.app_context():
        before = letters.office()
        settings = before.settings
        if isinstance(mailer, str):
            mailer = open_mailer(replace(settings, mail_url=mailer))
        db.session.info[letters.KEY] = replace(before, mailer=mailer)
        yield
        db.session.rollback()


def write(**given: object) -> Mail:
    provider = db.session.scalars(select(Provider)).first()
    assert provider is not None
    return letters.write(
        "link_code", provider_id=provider.id, address=ADDRESS, secret="KEPT-SAFE", **given
    )  # type: ignore[arg-type]  # fmt: skip


def stored(mail_id: int) -> Mail:
    """The row as it is now, with no transaction left open behind it."""
    db.session.rollback()
    found = db.session.get_one(Mail, mail_id, populate_existing=True)
    db.session.expunge(found)
    db.session.rollback()
    return found


class Crash(BaseException):
    """The process is killed."""


class Dying:
    """A way out on which the process dies, before or after the server took the mail."""

    def __init__(self, then: Mailer | None = None) -> None:
        self.then = then

    def send(self, message: Message) -> None:
        if self.then is not None:
            self.then.send(message)
        raise Crash


def test_a_mail_of_a_failed_transaction_was_never_written(tool: RunningTool) -> None:
    with smtp_sink() as (url, sink), office(tool, url):
        mail = write()
        db.session.flush()
        mail_id = mail.id
        db.session.rollback()
        outbox.send_due()
        assert db.session.get(Mail, mail_id) is None
    assert sink.taken == []


def test_a_mail_is_sent_once_after_the_commit(tool: RunningTool) -> None:
    with smtp_sink() as (url, sink), office(tool, url):
        mail = write()
        db.session.commit()
        mail_id = mail.id
        assert "KEPT-SAFE" not in str(mail.sealed)
        assert sink.taken == []
        for _ in range(2):
            outbox.send_due()
        sent = stored(mail_id)
        assert (sent.state, sent.tries, sent.sealed) == ("sent", 1, None)
    (taken,) = sink.taken
    assert taken["To"] == ADDRESS
    assert "KEPT-SAFE" in taken.as_string()


def test_while_the_server_is_away_mail_waits_and_then_goes_once(tool: RunningTool) -> None:
    port = free_port()
    url = f"smtp://127.0.0.1:{port}"
    with office(tool, url):
        mail = write()
        db.session.commit()
        mail_id = mail.id
        due = outbox.send_due()
        waiting = stored(mail_id)
        assert (waiting.state, waiting.tries) == ("queued", 1)
        assert waiting.sentence == "The mail server does not answer."
        assert due is not None
        assert due > now()
        with smtp_sink(port) as (_, sink):
            outbox.send_due()
            assert sink.taken == []
            with time_machine.travel(now() + timedelta(minutes=1), tick=True):
                outbox.send_due()
                outbox.send_due()
        assert len(sink.taken) == 1
        assert stored(mail_id).state == "sent"
        assert stored(mail_id).sentence is None


def test_a_server_that_is_away_for_three_days_is_given_up(tool: RunningTool) -> None:
    class Away:
        def send(self, message: Message) -> None:
            raise MailDown("The mail server does not answer.")

    with office(tool, Away()):
        mail = write()
        db.session.commit()
        mail_id = mail.id
        start = now()
        for hours in (0, 1, 24, 48, 73):
            with time_machine.travel(start + timedelta(hours=hours), tick=True):
                outbox.send_due()
        given_up = stored(mail_id)
        assert (given_up.state, given_up.sealed) == ("failed", None)
        assert given_up.tries == 5


def test_an_address_that_the_server_refuses_is_not_tried_again(tool: RunningTool) -> None:
    with smtp_sink() as (url, sink), office(tool, url):
        sink.recipient_answer = "550 No such person"
        mail = write()
        db.session.commit()
        mail_id = mail.id
        outbox.send_due()
        refused = stored(mail_id)
        assert refused.state == "failed"
        assert refused.sentence == "The mail server knows no such address."
        assert refused.sealed is None


def test_a_code_that_is_too_old_to_work_is_not_sent(tool: RunningTool) -> None:
    with smtp_sink() as (url, sink), office(tool, url):
        mail = write(useless_at=now() + timedelta(minutes=15))
        db.session.commit()
        mail_id = mail.id
        with time_machine.travel(now() + timedelta(minutes=16), tick=True):
            outbox.send_due()
        assert stored(mail_id).state == "failed"
    assert sink.taken == []


def test_a_worker_that_is_killed_leaves_the_mail_to_the_next(tool: RunningTool) -> None:
    with smtp_sink() as (url, sink), office(tool, Dying()):
        mail = write()
        db.session.commit()
        mail_id = mail.id
        with pytest.raises(Crash):
            outbox.send_due()
        assert stored(mail_id).state == "sending"
        with office(tool, url):
            outbox.send_due()
            assert sink.taken == []
            with time_machine.travel(now() + outbox.LEASE_LIFE, tick=True):
                outbox.send_due()
        assert stored(mail_id).state == "sent"
    assert len(sink.taken) == 1


def test_a_mail_that_is_repeated_after_a_crash_is_the_same_message(tool: RunningTool) -> None:
    with smtp_sink() as (url, sink):
        settings = tool.app.config["SETTINGS"]
        with office(tool, Dying(open_mailer(replace(settings, mail_url=url)))):
            write()
            db.session.commit()
            with pytest.raises(Crash):
                outbox.send_due()
            with office(tool, url), time_machine.travel(now() + outbox.LEASE_LIFE, tick=True):
                outbox.send_due()
    first, again = sink.taken
    assert first["Message-ID"] == again["Message-ID"]


def test_a_worker_whose_lease_ran_out_writes_nothing(tool: RunningTool) -> None:
    class Slow:
        def send(self, message: Message) -> None:
            with time_machine.travel(now() + outbox.LEASE_LIFE, tick=True), office(tool, url):
                outbox.send_due()
            raise MailDown("The mail server does not answer.")

    with smtp_sink() as (url, sink), office(tool, Slow()):
        mail = write()
        db.session.commit()
        mail_id = mail.id
        outbox.send_due()
        assert stored(mail_id).state == "sent"
    assert len(sink.taken) == 1
