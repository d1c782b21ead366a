"""Signing in by a personal link: with a code that was mailed, or from a browser that is known."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Table, func, select, update

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db, own_transaction
from lti_tool.errors import Refused
from lti_tool.identity import LinkHolder
from lti_tool.people import letters
from lti_tool.people.models import (
    Allocation,
    Course,
    CourseMember,
    KnownBrowser,
    LinkCode,
    LinkInvitation,
    Mail,
    Participant,
    PersonalLink,
)
from lti_tool.people.personal_links import Opened, as_holder, digest, new_token, replace_token
from lti_tool.people.visibility import is_current

CODE_LIFE = timedelta(minutes=15)
CODE_LENGTH = 8
# Without letters and digits that are taken for one another.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
MOST_TRIES = 5
MOST_MAILS = 5  # to one person within an hour
BROWSER_LIFE = timedelta(days=30)
WRONG = (
    "That is not the code we sent, or it does not work any more. Check it, or ask for a new one."
)
USED = "This invitation was accepted already. Open your personal link from the mail that came then."

codes: Table = LinkCode.__table__  # type: ignore[assignment]  # declared as FromClause
links: Table = PersonalLink.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class SignedIn:
    """Who is in now, and the token of their link where it was only just made."""

    holder: LinkHolder
    token: str | None


def ask_for_code(opened: Opened, typed_address: str) -> None:
    """Send a code, if this is the address that staff confirmed; nothing tells whether it is.

    For an invitation that was accepted before, the personal link itself is sent again.
    """
    link = opened.link
    if typed_address.strip().lower() != link.address or _has_had_enough(link):
        return
    if opened.is_used:
        replace_token(link)
        record(None, "personal_link.sent_again", link)
        return
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    sent = LinkCode(
        link_id=link.id,
        code_hash=_code_hash(link.id, code),
        sent_at=now(),
        expires_at=now() + CODE_LIFE,
    )
    db.session.add(sent)
    letters.write(
        "link_code", provider_id=link.provider_id, address=link.address, user_id=link.user_id,
        secret=f"{code[:4]}-{code[4:]}", useless_at=sent.expires_at, link=link.id,
    )  # fmt: skip


def spend_code(link_id: int, typed: str) -> bool:
    """Whether this is a code of this link. Each look costs a try, and success uses all codes up.

    In a transaction of its own: a wrong try counts though the request around it is rolled back.
    """
    wanted = _code_hash(link_id, "".join(each for each in typed.upper() if each.isalnum()))
    are_open = (
        codes.c.link_id == link_id,
        codes.c.used_at.is_(None),
        codes.c.expires_at > now(),
        codes.c.tries < MOST_TRIES,
    )
    with own_transaction() as connection:
        connection.execute(select(links.c.id).where(links.c.id == link_id).with_for_update())
        tried = connection.execute(
            update(codes).where(*are_open).values(tries=codes.c.tries + 1)
            .returning(codes.c.code_hash)
        ).all()  # fmt: skip
        found = [hmac.compare_digest(row.code_hash, wanted) for row in tried]
        if any(found):
            connection.execute(
                update(codes)
                .where(codes.c.link_id == link_id, codes.c.used_at.is_(None))
                .values(used_at=now())
            )
    return any(found)


def sign_in(opened: Opened, way: str) -> SignedIn:
    """Let the holder in; an invitation is accepted by it, and makes the link. Raises Refused."""
    link = db.session.get_one(
        PersonalLink, opened.link.id, with_for_update=True, populate_existing=True
    )
    if link.revoked_at is not None:
        raise Refused("This link was revoked just now.")
    holder = as_holder(link, way)
    token = _accept(opened.invitation, link, holder) if opened.invitation else None
    link.last_used_at = now()
    record(holder, "personal_link.signed_in", link, way=way)
    return SignedIn(holder, token)


def know_browser(link_id: int) -> str:
    """Note that this browser needs no code for a while; the secret is for its cookie."""
    secret = new_token()
    db.session.add(
        KnownBrowser(
            link_id=link_id,
            secret_hash=digest(secret),
            known_since=now(),
            expires_at=now() + BROWSER_LIFE,
        )
    )
    return secret


def is_known_browser(opened: Opened, secret: str | None) -> bool:
    """Whether this browser's owner has said that it is theirs; an invitation is always by code."""
    if not secret or opened.invitation is not None:
        return False
    query = select(KnownBrowser.id).where(
        KnownBrowser.link_id == opened.link.id,
        KnownBrowser.secret_hash == digest(secret),
        KnownBrowser.expires_at > now(),
    )
    return db.session.scalar(query) is not None


def other_known_browsers(link_id: int, secret: str | None) -> list[KnownBrowser]:
    """Which other browsers need no code to open this link, the last to be forgotten first."""
    query = select(KnownBrowser).where(
        KnownBrowser.link_id == link_id,
        KnownBrowser.secret_hash != digest(secret or ""),
        KnownBrowser.expires_at > now(),
    )
    return list(db.session.scalars(query.order_by(KnownBrowser.expires_at.desc(), KnownBrowser.id)))


def forget_other_browsers(link_id: int, secret: str | None) -> None:
    """Ask for a code again in every browser but the one that keeps this secret."""
    for known in other_known_browsers(link_id, secret):
        db.session.delete(known)


def known_for_others(opened: Opened, secrets_kept: Mapping[int, str]) -> list[KnownBrowser]:
    """As whose own this browser is known, other than the holder's: by link and cookie."""
    query = (
        select(KnownBrowser)
        .join(PersonalLink, PersonalLink.id == KnownBrowser.link_id)
        .where(
            KnownBrowser.link_id.in_(secrets_kept),
            KnownBrowser.secret_hash.in_([digest(each) for each in secrets_kept.values()]),
            KnownBrowser.expires_at > now(),
            PersonalLink.user_id != opened.link.user_id,
        )
    )
    return list(db.session.scalars(query)) if secrets_kept else []


def course_of_coach(holder: LinkHolder) -> Course | None:
    """A course for a coach's pages to be in: one of their participants', else the first."""
    of_theirs = (
        select(Course)
        .join(CourseMember, CourseMember.course_id == Course.id)
        .join(Participant, Participant.user_id == CourseMember.user_id)
        .join(Allocation, Allocation.participant_id == Participant.id)
        .where(
            Allocation.user_id == holder.user_id,
            Allocation.kind == "coach",
            is_current(),
            Course.provider_id == holder.provider_id,
        )
        .order_by(CourseMember.last_launch_at.is_(None), CourseMember.last_launch_at.desc())
        .limit(1)
    )
    any_course = select(Course).where(Course.provider_id == holder.provider_id).order_by(Course.id)
    return db.session.scalars(of_theirs).first() or db.session.scalars(any_course.limit(1)).first()


def _accept(invitation: LinkInvitation, link: PersonalLink, holder: LinkHolder) -> str:
    used = db.session.execute(
        update(LinkInvitation)
        .where(
            LinkInvitation.id == invitation.id,
            LinkInvitation.used_at.is_(None),
            LinkInvitation.expires_at > now(),
        )
        .values(used_at=now())
        .returning(LinkInvitation.id)
    ).first()
    if used is None:
        raise Refused(USED)
    link.accepted_at = link.accepted_at or now()
    token = replace_token(link)
    record(holder, "personal_link.accepted", link)
    return token


def _has_had_enough(link: PersonalLink) -> bool:
    query = select(func.count(Mail.id)).where(
        Mail.user_id == link.user_id,
        Mail.letter.in_(["link_code", "personal_link"]),
        Mail.written_at > now() - timedelta(hours=1),
    )
    return (db.session.scalar(query) or 0) >= MOST_MAILS


def _code_hash(link_id: int, code: str) -> str:
    """Keyed, since a code is short enough to be guessed from a plain digest."""
    key = letters.office().settings.secret_key.encode()
    return hmac.new(key, f"link code {link_id} {code}".encode(), "sha256").hexdigest()
