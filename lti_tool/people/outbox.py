"""The worker's side of the outbox: claim a mail, send it, write down what became of it.

No transaction is open while the mail server is asked. A worker that is killed lets its lease run
out and the mail is sent again, under the same Message-ID, which tells mail programs that it is one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.jobs import MAIL
from lti_tool.logs import get_logger
from lti_tool.mail import MailDown, MailRefused, Message
from lti_tool.people.erased import NOTHING_SENT
from lti_tool.people.letters import compose, office
from lti_tool.people.models import Mail, User

log = get_logger(__name__)

JOB = MAIL
LEASE_LIFE = timedelta(minutes=5)
PAUSES = (1, 2, 5, 10, 30, 60)  # minutes; then hourly
GIVE_UP = timedelta(days=3)
MISTAKE = "The tool made a mistake with this mail."
TOO_LATE = "What this mail told was of no use any more when the mail server answered again."


@dataclass(frozen=True)
class _Claimed:
    """A mail in hand, in plain values; or the reason why it can never be sent."""

    id: int
    lease: str
    tries: int
    written_at: datetime
    message: Message | None
    sentence: str | None = None


def send_due(
    *, life: timedelta = LEASE_LIFE, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Send what is due; tells when something becomes due next. The handler of the "mail" job."""
    while not stopping():
        claimed = _claim(life)
        if claimed is None:
            break
        _send(claimed)
    return _next_due()


def _send(claimed: _Claimed) -> None:
    if claimed.message is None:
        _settle(claimed, "failed", sentence=claimed.sentence)
        return
    try:
        office().mailer.send(claimed.message)
    except MailDown as trouble:
        _later(claimed, str(trouble))
    except MailRefused as refusal:
        _settle(claimed, "failed", sentence=str(refusal))
    except Exception as error:
        # An error's message may quote the mail.
        log.error("mail_failed", mail=claimed.id, kind=type(error).__name__)
        _settle(claimed, "failed", sentence=MISTAKE)
    else:
        _settle(claimed, "sent", sentence=None)


def _claim(life: timedelta) -> _Claimed | None:
    """Take one that waits, or whose sender was killed."""
    begin_as_writer()
    left = and_(Mail.state == "sending", Mail.lease_until <= now())
    mail = db.session.scalars(
        select(Mail)
        .where(or_(and_(Mail.state == "queued", Mail.due_at <= now()), left))
        .order_by(Mail.due_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if mail is None:
        db.session.rollback()
        return None
    lease = secrets.token_hex(16)
    mail.state, mail.lease, mail.lease_until = "sending", lease, now() + life
    mail.tries += 1
    message, sentence = _in_words(mail)
    claimed = _Claimed(mail.id, lease, mail.tries, mail.written_at, message, sentence)
    db.session.commit()
    return claimed


def _in_words(mail: Mail) -> tuple[Message | None, str | None]:
    if mail.user_id is not None and db.session.get_one(User, mail.user_id).erased_at is not None:
        return None, NOTHING_SENT
    if mail.useless_at is not None and mail.useless_at <= now():
        return None, TOO_LATE
    try:
        return compose(mail), None
    except MailRefused as refusal:
        return None, str(refusal)
    except Exception as error:
        log.error("mail_not_composed", mail=mail.id, kind=type(error).__name__)
        return None, MISTAKE


def _later(claimed: _Claimed, sentence: str) -> None:
    if now() - claimed.written_at > GIVE_UP:
        _settle(claimed, "failed", sentence=sentence)
        return
    minutes = PAUSES[min(claimed.tries, len(PAUSES)) - 1]
    _give_back(
        claimed, state="queued", due_at=now() + timedelta(minutes=minutes), sentence=sentence
    )


def _settle(claimed: _Claimed, state: str, *, sentence: str | None) -> None:
    log.info("mail", mail=claimed.id, state=state, tries=claimed.tries)
    _give_back(claimed, state=state, settled_at=now(), sealed=None, sentence=sentence)


def _give_back(claimed: _Claimed, **changes: Any) -> None:
    """Write the outcome, where the lease is still ours."""
    begin_as_writer()
    db.session.execute(
        update(Mail)
        .where(Mail.id == claimed.id, Mail.lease == claimed.lease)
        .values(lease=None, lease_until=None, **changes)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _next_due() -> datetime | None:
    begin_as_writer()
    waiting = select(func.min(Mail.due_at)).where(Mail.state == "queued")
    leased = select(func.min(Mail.lease_until)).where(Mail.state == "sending")
    moments = [db.session.scalar(waiting), db.session.scalar(leased)]
    db.session.rollback()
    return min((moment for moment in moments if moment is not None), default=None)
