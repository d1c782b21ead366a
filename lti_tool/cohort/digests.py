"""The weekly mail: at most one a person and week, only where something waits, and never asked for.

The worker writes it. A row for each person and week keeps several workers from writing two; a row
for each provider and week keeps them from looking at everybody again every minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.cohort.digest_rules import lines, next_opens_at, opens_at, subject, week_of
from lti_tool.cohort.models import Digest, DigestRound, DigestStop
from lti_tool.cohort.waiting import waiting_for_each
from lti_tool.db import begin_as_writer, db
from lti_tool.identity import Viewer
from lti_tool.logs import get_logger
from lti_tool.people import letters
from lti_tool.people.letters import office
from lti_tool.people.models import PersonalLink, Provider, User
from lti_tool.people.personal_links import TOKEN, digest, new_token

log = get_logger(__name__)

JOB = "digests"
USELESS_AFTER = timedelta(days=3)  # what waits will be something else by then


def write_due(*, stopping: Callable[[], bool] = lambda: False) -> datetime | None:
    """Write the mails of this week; tells when those of the next are due. A job's handler."""
    moment = now()
    if office().settings.public_url is None:
        return None  # there would be no way to stop it
    if moment < opens_at(moment):
        return opens_at(moment)
    week = week_of(moment)
    for provider_id in _providers_left(week):
        _write_all(provider_id, week, stopping)
        if stopping():
            return None
        _close(provider_id, week)
    return next_opens_at(moment)


def wants_digest(user_id: int) -> bool:
    """Whether somebody gets the weekly mail: everybody does until they stop it."""
    return db.session.scalar(select(DigestStop.id).where(DigestStop.user_id == user_id)) is None


def set_digest(viewer: Viewer, *, wanted: bool) -> None:
    """Stop one's own weekly mail, or have it again."""
    user = db.session.get_one(User, viewer.user_id, with_for_update=True)
    if wanted == wants_digest(user.id):
        return
    if wanted:
        db.session.execute(delete(DigestStop).where(DigestStop.user_id == user.id))
        record(viewer, "weekly_mail.started", user)
    else:
        db.session.add(DigestStop(user_id=user.id, stopped_at=now()))
        record(viewer, "weekly_mail.stopped", user)


def find_digest(token: str) -> Digest | None:
    """The mail that a way to stop it was in; it works as long as the row is kept."""
    if not TOKEN.fullmatch(token):
        return None
    return db.session.scalars(
        select(Digest).where(Digest.token_hash == digest(token))
    ).one_or_none()


def stop_by_mail(found: Digest) -> None:
    """Stop it for whoever the mail was sent to; they need not sign in for it."""
    user = db.session.get_one(User, found.user_id, with_for_update=True)
    if wants_digest(user.id):
        db.session.add(DigestStop(user_id=user.id, stopped_at=now()))
        record(None, "weekly_mail.stopped", user, acted_as="mail")


def address_of(user: User) -> str | None:
    """Where mail reaches somebody: what their VLE says, or what staff confirmed for their link."""
    link = db.session.scalars(
        select(PersonalLink)
        .where(
            PersonalLink.user_id == user.id,
            PersonalLink.revoked_at.is_(None),
            PersonalLink.expires_at > now(),
        )
        .order_by(PersonalLink.id)
    ).first()
    if link is not None:
        return link.address
    return user.email if user.identities else None


def _providers_left(week: str) -> list[int]:
    done = exists().where(DigestRound.provider_id == Provider.id, DigestRound.week == week)
    found = list(db.session.scalars(select(Provider.id).where(~done).order_by(Provider.id)))
    db.session.rollback()
    return found


def _write_all(provider_id: int, week: str, stopping: Callable[[], bool]) -> None:
    waiting = waiting_for_each(provider_id)
    db.session.rollback()
    for user_id, kinds in waiting.items():
        if stopping():
            return
        begin_as_writer()
        try:
            _write(provider_id, user_id, week, kinds)
            db.session.commit()
        except IntegrityError:  # another worker was here first
            db.session.rollback()


def _write(provider_id: int, user_id: int, week: str, kinds: dict[str, int]) -> None:
    user = db.session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    had = select(Digest.id).where(Digest.user_id == user_id, Digest.week == week)
    if not wants_digest(user_id) or db.session.scalar(had) is not None:
        return
    address = address_of(user)
    if address is None:
        return
    token = new_token()
    written = Digest(
        provider_id=provider_id,
        user_id=user_id,
        week=week,
        waiting=kinds,
        token_hash=digest(token),
        written_at=now(),
    )
    db.session.add(written)
    db.session.flush()
    letters.write(
        "digest", provider_id=provider_id, address=address, user_id=user_id, secret=token,
        useless_at=now() + USELESS_AFTER, digest=written.id,
    )  # fmt: skip


def _close(provider_id: int, week: str) -> None:
    begin_as_writer()
    db.session.add(DigestRound(provider_id=provider_id, week=week, done_at=now()))
    try:
        db.session.commit()
    except IntegrityError:  # another worker has just done it
        db.session.rollback()
    log.info("digests_written", provider=provider_id, week=week)


def _about(about: Mapping[str, int]) -> dict[str, Any]:
    found = db.session.get_one(Digest, about["digest"])
    return {
        "name": found.user.name,
        "told": subject(found.waiting),
        "lines": lines(found.waiting),
    }


letters.add_letter("digest", _about, unsubscribe="/mail/{secret}/stop")
