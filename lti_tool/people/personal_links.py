"""Personal links: a way in for coaches, head teachers and examiners without a VLE account.

An invitation is accepted once and makes the link; the link is used until it expires or is revoked.
Neither lets anybody in by itself: `link_sign_in.py` asks for a code, or for a known browser.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, Refused
from lti_tool.identity import LinkHolder, Role, Viewer
from lti_tool.mail import parse_address
from lti_tool.people import letters
from lti_tool.people.models import (
    KnownBrowser,
    LinkInvitation,
    PersonalLink,
    School,
    User,
)

LINK_LIFE = timedelta(days=365)
INVITATION_LIFE = timedelta(days=14)
LONGEST_NAME = 300
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
MOST_INVITATIONS = 5  # to one person within an hour
TOO_MANY = (
    f"{MOST_INVITATIONS} invitations went there within an hour. Have them look for the last one, "
    "also among unwanted mail, before you send another."
)
STAFF_ONLY = "Only tutors and programme leads give personal links."


@dataclass(frozen=True)
class Opened:
    """What the token of an address stands for: a personal link, or an invitation to one."""

    link: PersonalLink
    invitation: LinkInvitation | None = None

    @property
    def is_used(self) -> bool:
        """An invitation that was accepted: it lets nobody in any more."""
        return self.invitation is not None and self.invitation.used_at is not None


def find_opened(kind: str, token: str) -> Opened | None:
    """The open link or invitation behind a token; None for all that does not work, alike."""
    if not TOKEN.fullmatch(token):
        return None
    is_ours = (PersonalLink.kind == kind, PersonalLink.revoked_at.is_(None))
    link = db.session.scalars(
        select(PersonalLink).where(
            PersonalLink.token_hash == digest(token), PersonalLink.expires_at > now(), *is_ours
        )
    ).one_or_none()
    if link is not None:
        return Opened(link)
    invitation = db.session.scalars(
        select(LinkInvitation)
        .join(LinkInvitation.link)
        .where(
            LinkInvitation.token_hash == digest(token), LinkInvitation.expires_at > now(), *is_ours
        )
    ).one_or_none()
    return Opened(invitation.link, invitation) if invitation else None


def find_holder(kind: str, token: str) -> LinkHolder | None:
    """Whose link this is, while it is open; an invitation is nobody's yet."""
    opened = find_opened(kind, token)
    return as_holder(opened.link) if opened and opened.invitation is None else None


def as_holder(link: PersonalLink, authenticated_by: str = "code") -> LinkHolder:
    """The person behind a link, as activities ask for them."""
    return LinkHolder(
        user_id=link.user_id,
        provider_id=link.provider_id,
        link_id=link.id,
        kind=link.kind,
        school_id=link.school_id,
        authenticated_by=authenticated_by,
    )


def may_stay(viewer: Viewer) -> bool:
    """Whether what a link opened stays open: revoking it ends its sessions at once."""
    query = select(PersonalLink.id).where(
        PersonalLink.id == viewer.link_id,
        PersonalLink.user_id == viewer.user_id,
        PersonalLink.revoked_at.is_(None),
        PersonalLink.expires_at > now(),
    )
    return db.session.scalar(query) is not None


def find_open_link(user_id: int, kind: str) -> PersonalLink | None:
    """The link of this person that was not revoked."""
    return db.session.scalars(
        select(PersonalLink).where(
            PersonalLink.user_id == user_id,
            PersonalLink.kind == kind,
            PersonalLink.revoked_at.is_(None),
        )
    ).one_or_none()


def find_link_user(viewer: Viewer, kind: str, address: str, school: School | None) -> User | None:
    """Whom staff have given a link of this kind to this address before.

    Only people of links are found by their address: people of platforms never are.
    """
    query = select(User).join(PersonalLink, PersonalLink.user_id == User.id).where(
        PersonalLink.provider_id == viewer.provider_id,
        PersonalLink.kind == kind,
        PersonalLink.address == address.lower(),
        PersonalLink.revoked_at.is_(None),
        PersonalLink.school_id == (school.id if school else None),
        ~User.identities.any(),
    )  # fmt: skip
    return db.session.scalars(query).first()


def new_user(viewer: Viewer, name: str, address: str) -> User:
    """Somebody whom no platform has told us of. Raises Invalid."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"Enter a name of up to {LONGEST_NAME} characters.", field="name")
    user = User(provider_id=viewer.provider_id, name=name, email=address, created_at=now())
    db.session.add(user)
    db.session.flush()
    record(viewer, "user.created", user)
    return user


def invite(
    viewer: Viewer, user: User, kind: str, address: str, *, school: School | None = None
) -> PersonalLink:
    """Send an invitation to an address that the viewer enters or confirms by this.

    An earlier invitation that was not accepted is of no use any more; a link that is in use stays,
    until the new invitation is accepted. A link to another address is revoked.
    """
    if not viewer.is_staff or (kind != "coach" and viewer.role is not Role.LEAD):
        raise NotAllowed(STAFF_ONLY)
    address = parse_address(address).lower()
    if kind == "head" and school is None:
        raise Invalid("Choose a school.", field="school")
    link = find_open_link(user.id, kind)
    if link is not None and link.address != address:
        # Perhaps another person's: nobody stays in who came by it, and nothing of it is trusted.
        revoke(viewer, link)
        db.session.flush()  # a person has one open link at a time
        link = None
    if link is None:
        link = PersonalLink(
            provider_id=viewer.provider_id,
            kind=kind,
            user_id=user.id,
            school_id=school.id if school else None,
            address=address,
            address_confirmed_by=viewer.user_id,
            made_at=now(),
        )
        db.session.add(link)
        db.session.flush()
    link.address_confirmed_by = viewer.user_id
    _send_invitation(viewer, link)
    return link


def reissue(viewer: Viewer, link: PersonalLink) -> None:
    """A new invitation to the address that staff confirmed; a participant may ask for it alone.

    Whether the viewer may see this link's person is for the caller to have looked up.
    """
    if link.revoked_at is not None:
        raise Refused("This link was revoked. Give a new one.")
    if _sent_lately(link) >= MOST_INVITATIONS:
        raise Refused(TOO_MANY)
    _send_invitation(viewer, link)


def revoke(viewer: Viewer, link: PersonalLink) -> None:
    """Shut the link, its invitations, its sessions and the browsers that knew it, at once."""
    if not viewer.is_staff or link.provider_id != viewer.provider_id:
        raise NotAllowed("Only tutors and programme leads revoke a personal link.")
    if link.revoked_at is None:
        link.revoked_at = now()
        _forget_browsers(link)
        record(viewer, "personal_link.revoked", link, kind=link.kind)


def replace_token(link: PersonalLink) -> str:
    """Give the link a new token, which the earlier one makes room for, and send it."""
    token = new_token()
    link.token_hash = digest(token)
    link.expires_at = now() + LINK_LIFE
    letters.write(
        "personal_link", provider_id=link.provider_id, address=link.address,
        user_id=link.user_id, secret=token, link=link.id,
    )  # fmt: skip
    return token


def new_token() -> str:
    """256 bits, fit for an address."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret that cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _forget_browsers(link: PersonalLink) -> None:
    db.session.execute(delete(KnownBrowser).where(KnownBrowser.link_id == link.id))


def _sent_lately(link: PersonalLink) -> int:
    query = select(func.count(LinkInvitation.id)).where(
        LinkInvitation.link_id == link.id, LinkInvitation.made_at > now() - timedelta(hours=1)
    )
    return db.session.scalar(query) or 0


def _send_invitation(viewer: Viewer, link: PersonalLink) -> None:
    token = new_token()
    db.session.execute(
        update(LinkInvitation)
        .where(LinkInvitation.link_id == link.id, LinkInvitation.used_at.is_(None))
        .values(expires_at=now())
    )
    invitation = LinkInvitation(
        link_id=link.id,
        token_hash=digest(token),
        invited_by=viewer.user_id,
        made_at=now(),
        expires_at=now() + INVITATION_LIFE,
    )
    db.session.add(invitation)
    db.session.flush()
    letters.write(
        "link_invitation", provider_id=link.provider_id, address=link.address,
        user_id=link.user_id, secret=token, useless_at=invitation.expires_at,
        invitation=invitation.id,
    )  # fmt: skip
    record(viewer, "personal_link.invited", link, kind=link.kind)


def _about_invitation(about: Any) -> dict[str, Any]:
    invitation = db.session.get_one(LinkInvitation, about["invitation"])
    link = invitation.link
    school = db.session.get(School, link.school_id) if link.school_id else None
    return {
        "kind": link.kind,
        "name": link.user.name,
        "inviter": db.session.get_one(User, invitation.invited_by).name,
        "school": school.name if school else "",
        "expires_at": invitation.expires_at,
    }


def _about_link(about: Any) -> dict[str, Any]:
    link = db.session.get_one(PersonalLink, about["link"])
    return {"kind": link.kind, "name": link.user.name, "expires_at": link.expires_at}


letters.add_letter("link_invitation", _about_invitation)
letters.add_letter("link_code", _about_link)
letters.add_letter("personal_link", _about_link)
