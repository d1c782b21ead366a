"""Mail is handed to a real SMTP server, and its refusals are told apart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lti_tool.errors import Invalid
from lti_tool.mail import (
    FolderMailer,
    MailDown,
    MailRefused,
    Message,
    SmtpMailer,
    build,
    open_mailer,
    parse_address,
)
from lti_tool.settings import load_settings
from tests.smtp_sink import free_port, smtp_sink

SENDER = "MTL Tool <mtl@uni.example>"


def a_mail(**changes: object) -> Message:
    given: dict[str, object] = {
        "to": "olga@school.example",
        "subject": "Your code",
        "text": "Hello Zoë\n",
        "html": "<p>Hello Zoë</p>",
        "reference": "abc123",
        "written_at": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    }
    return Message(**(given | changes))  # type: ignore[arg-type]  # each is of its field's type


def test_a_server_gets_text_and_html_with_all_that_a_mail_needs() -> None:
    with smtp_sink() as (url, sink):
        SmtpMailer(url, SENDER).send(a_mail())
    (mail,) = sink.taken
    assert mail["From"] == SENDER
    assert mail["To"] == "olga@school.example"
    assert mail["Message-ID"] == "<abc123@uni.example>"
    assert mail["Date"].datetime == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in mail
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert "Hello Zoë" in part.get_content()


def test_what_nobody_asked_for_can_be_unsubscribed() -> None:
    mail = build(a_mail(unsubscribe="https://mtl.uni.example/unsubscribe/x"), SENDER)
    assert mail["List-Unsubscribe"] == "<https://mtl.uni.example/unsubscribe/x>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("subject", ["One\nBcc: all@uni.example", "One\r\n\r\n<p>Two", "One\tTwo"])
def test_a_subject_is_one_line_whatever_it_holds(subject: str) -> None:
    raw = build(a_mail(subject=subject), SENDER).as_bytes()
    head = raw.split(b"\r\n\r\n")[0].splitlines()
    assert sum(line.lower().startswith(b"subject:") for line in head) == 1
    assert not any(line.lower().startswith(b"bcc:") for line in head)


@pytest.mark.parametrize("to", ["a@b.example\nBcc: c@d.example", "a@b.example, c@d.example", ""])
def test_an_address_that_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(MailRefused):
        build(a_mail(to=to), SENDER)


@pytest.mark.parametrize(
    "typed",
    [
        "", "olga", "olga@", "@school.example", "a b@school.example", "a@b@c.example",
        "a@school", "a@school.example\nBcc: b@c.example", "a@school.example,b@c.example",
        "<a@school.example>", "a" * 250 + "@b.example", 'a"b@c.example', "a@b.example\x00",
    ],
)  # fmt: skip
def test_what_is_typed_has_to_be_one_address(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_address(typed)
    assert refused.value.field == "address"


def test_an_address_may_come_with_spaces_around_it() -> None:
    assert parse_address("  o'neil+mtl@sub.school.example ") == "o'neil+mtl@sub.school.example"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("450 Try later", MailDown), ("550 No such person", MailRefused)],
)
def test_not_now_and_never_are_told_apart(answer: str, kind: type[Exception]) -> None:
    with smtp_sink() as (url, sink):
        sink.recipient_answer = answer
        with pytest.raises(kind):
            SmtpMailer(url, SENDER).send(a_mail())
        sink.recipient_answer, sink.data_answer = "", answer
        with pytest.raises(kind):
            SmtpMailer(url, SENDER).send(a_mail())


@pytest.mark.parametrize("query", ["", "?tls=implicit"])
def test_a_server_that_is_not_there_is_down(query: str) -> None:
    with pytest.raises(MailDown):
        SmtpMailer(f"smtp://127.0.0.1:{free_port()}{query}", SENDER).send(a_mail())


def test_nothing_is_sent_in_the_open_where_encryption_was_asked_for() -> None:
    with smtp_sink() as (url, sink):
        for query in ("?tls=starttls", "?tls=implicit"):
            with pytest.raises((MailDown, MailRefused)):
                SmtpMailer(url + query, SENDER).send(a_mail())
    assert sink.taken == []


def test_a_folder_keeps_one_file_a_mail_however_often_it_is_sent(tmp_path: Path) -> None:
    settings = {"SECRET_KEY": "x" * 20, "MAIL_URL": f"file://{tmp_path}/mail"}
    mailer = open_mailer(load_settings(settings))
    assert isinstance(mailer, FolderMailer)
    for _ in range(2):
        mailer.send(a_mail())
    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert b"Message-ID: <abc123@uni.example>" not in file.read_bytes()
    assert b"Message-ID: <abc123@localhost>" in file.read_bytes()


def test_a_folder_that_cannot_be_written_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MailDown):
        FolderMailer(tmp_path / "file", SENDER).send(a_mail())
