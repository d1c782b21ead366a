"""What the tool writes to people: a row in the commit of the deed, put into words when it is sent.

A letter has a name, two templates (`templates/mail/<name>.txt`, whose first line is the subject,
and `.html`), and a function that looks up what they say. No letter names a pupil or tells a mark.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session, sessionmaker

from lti_tool.clock import LONDON, now
from lti_tool.db import db
from lti_tool.errors import Unavailable
from lti_tool.jobs import MAIL, wake_after_commit
from lti_tool.mail import Mailer, MailRefused, Message
from lti_tool.people.models import Mail
from lti_tool.settings import Settings

KEY = "mail"
NO_ADDRESS = "The tool cannot write links into mail: the operator needs to set PUBLIC_URL."
UNREADABLE = "What this mail was to tell cannot be read any more. Ask for a new one."

# From what a mail is about (names → ids) to what its templates show.
Lookup = Callable[[Mapping[str, int]], Mapping[str, Any]]


@dataclass(frozen=True)
class Office:
    """What writing and sending need of the application, one a process."""

    settings: Settings
    mailer: Mailer


_lookups: dict[str, Lookup] = {}
_ways_to_stop: dict[str, str] = {}
_words = Environment(
    loader=PackageLoader("lti_tool", "templates/mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_words.filters["day"] = lambda instant: f"{instant.astimezone(LONDON):%-d %B %Y}"


def attach(sessions: sessionmaker[Session], settings: Settings, mailer: Mailer) -> None:
    """Let every database session of this application carry the office along."""
    before = sessions.kw.get("info") or {}
    sessions.configure(info={**before, KEY: Office(settings, mailer)})


def office() -> Office:
    """The office of the application at hand."""
    found: Office = db.session.info[KEY]
    return found


def add_letter(name: str, lookup: Lookup, *, unsubscribe: str = "") -> None:
    """Make a letter known; packages above this one have letters of their own.

    `unsubscribe` is the path, with the letter's `{secret}` in it, that stops what nobody asked for.
    """
    _lookups[name] = lookup
    if unsubscribe:
        _ways_to_stop[name] = unsubscribe


def write(
    letter: str,
    *,
    provider_id: int,
    address: str,
    user_id: int | None = None,
    secret: str | None = None,
    useless_at: datetime | None = None,
    **about: int,
) -> Mail:
    """Put a mail into the outbox: it is sent once this transaction is committed, and only then.

    `secret` is a token or code that the mail tells: kept encrypted, and only until it is sent.
    """
    if office().settings.public_url is None:
        raise Unavailable(NO_ADDRESS)
    assert letter in _lookups, f"There is no letter {letter}."
    mail = Mail(
        provider_id=provider_id,
        user_id=user_id,
        address=address,
        letter=letter,
        about=about,
        sealed=None if secret is None else _seal().encrypt(secret.encode()).decode(),
        reference=secrets.token_hex(16),
        written_at=now(),
        due_at=now(),
        useless_at=useless_at,
    )
    db.session.add(mail)
    wake_after_commit(MAIL)
    return mail


def compose(mail: Mail) -> Message:
    """The mail in words, as things stand now. Raises MailRefused."""
    shown = {
        **_lookups[mail.letter](mail.about),
        "secret": _unsealed(mail),
        "base": office().settings.public_url,
    }
    subject, _, text = _words.get_template(f"{mail.letter}.txt").render(shown).partition("\n")
    return Message(
        to=mail.address,
        subject=subject,
        text=text.strip() + "\n",
        html=_words.get_template(f"{mail.letter}.html").render(shown, subject=subject),
        reference=mail.reference,
        written_at=mail.written_at,
        unsubscribe=_way_to_stop(mail, shown),
    )


def _way_to_stop(mail: Mail, shown: Mapping[str, Any]) -> str | None:
    path = _ways_to_stop.get(mail.letter)
    return f"{shown['base']}{path.format(secret=shown['secret'])}" if path else None


def _unsealed(mail: Mail) -> str | None:
    if mail.sealed is None:
        return None
    try:
        return _seal().decrypt(mail.sealed.encode()).decode()
    except InvalidToken as error:  # the operator has changed the keys meanwhile
        raise MailRefused(UNREADABLE) from error


def _seal() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in office().settings.encryption_keys])
