"""Mail leaves by here: one message to one address, to an SMTP server or into a folder of files.

What is sent, and when, is decided above; see `people/letters.py` and `people/outbox.py`.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from lti_tool.errors import Invalid
from lti_tool.settings import LOOPBACK, Settings

TIMEOUT = 20
LONGEST_ADDRESS = 254  # https://www.rfc-editor.org/errata/eid1690
# Stricter than RFC 5321, which allows quoted local parts that no school has.
ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f_]+\.\w+"
)
NOT_AN_ADDRESS = "Enter an e-mail address in the form name@school.example."
AWAY = "The mail server does not answer."


class MailDown(Exception):
    """The message could not be handed over now; the text is a sentence, and it is tried again."""


class MailRefused(Exception):
    """The server will never take this message; the text is a sentence."""


@dataclass(frozen=True)
class Message:
    """One mail to one person. `reference` stays the same when the sending is repeated."""

    to: str
    subject: str
    text: str
    html: str
    reference: str
    written_at: datetime
    unsubscribe: str | None = None  # an address that takes a POST; for what is not asked for


class Mailer(Protocol):
    """A way out for mail."""

    def send(self, message: Message) -> None:
        """Hand one message over. Raises MailDown or MailRefused."""


def open_mailer(settings: Settings) -> Mailer:
    """The way out that MAIL_URL names."""
    parts = urlsplit(settings.mail_url)
    if parts.scheme in {"smtp", "smtps"}:
        return SmtpMailer(settings.mail_url, settings.mail_from)
    return FolderMailer(Path(settings.mail_url), settings.mail_from)


class FolderMailer:
    """Keeps each message as a file that mail programs open: for development and for tests."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, message: Message) -> None:
        content = build(message, self._sender).as_bytes()
        name = f"{message.written_at:%Y%m%dT%H%M%S}-{message.reference}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = self._folder / f".{name}"
            unfinished.write_bytes(content)
            os.replace(unfinished, self._folder / f"{name}.eml")
        except OSError as error:
            raise MailDown("The folder for mail cannot be written.") from error


class SmtpMailer:
    """Hands messages to a mail server, encrypted unless the URL says otherwise.

    `smtp://user:password@host:587?tls=starttls`; `tls` is starttls, implicit or none.
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = tls_of(url)
        self._port = parts.port or {"starttls": 587, "implicit": 465, "none": 25}[self._tls]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender

    def send(self, message: Message) -> None:
        built = build(message, self._sender)
        try:
            with self._connected() as server:
                server.send_message(built)
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = next(iter(error.recipients.values()))
            raise _judged(code, "The mail server knows no such address.") from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailDown(
                "The mail server does not accept the tool's name or password."
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused("The mail server cannot send to such an address.") from error
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code, "The mail server refused the message.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailDown(AWAY) from error

    def _connected(self) -> smtplib.SMTP:
        if self._tls == "implicit":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
        try:
            if self._tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self._user:
                server.login(self._user, self._password)
        except Exception:
            server.close()
            raise
        return server


def tls_of(url: str) -> str:
    """How a connection is protected: by STARTTLS, except on this machine or as the URL says."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query).get("tls", [""])[0]
    if asked:
        return asked
    if parts.scheme == "smtps":
        return "implicit"
    return "none" if parts.hostname in LOOPBACK else "starttls"


def build(message: Message, sender: str) -> EmailMessage:
    """The message as it travels: text and HTML, and headers that hold one line each."""
    built = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    try:
        built["From"] = Address(_one_line(name), addr_spec=address)
        built["To"] = Address(addr_spec=message.to)
        built["Subject"] = _one_line(message.subject)
    except (ValueError, IndexError, MessageError) as error:
        raise MailRefused("This is no address that mail can be sent to.") from error
    built["Date"] = format_datetime(message.written_at)
    built["Message-ID"] = f"<{message.reference}@{address.rpartition('@')[2]}>"
    # https://www.rfc-editor.org/rfc/rfc3834#section-5: holiday replies stay away.
    built["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe:
        # https://www.rfc-editor.org/rfc/rfc8058#section-3.1
        built["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        built["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    built.set_content(message.text)
    built.add_alternative(message.html, subtype="html")
    return built


def parse_address(typed: str, *, field: str = "address") -> str:
    """The one address that was typed. Raises Invalid."""
    found = typed.strip()
    if len(found) > LONGEST_ADDRESS or not ADDRESS.fullmatch(found):
        raise Invalid(NOT_AN_ADDRESS, field=field)
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _judged(code: int, sentence: str) -> Exception:
    """A server's 4xx is "not now", its 5xx is "never": https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1"""
    return MailRefused(sentence) if code >= 500 else MailDown(AWAY)
