"""Nobody vouches for themselves: how well it must be known who signs, and who never may."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import exists, func, select

from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.identity import Viewer
from lti_tool.people.models import CoachInvitation, Participant, PersonalLink, User

# How somebody signed in → the word that their signature keeps. Whatever is not here may not sign.
PROOFS = {
    "launch": "lti",  # the VLE knows them
    "code": "code",  # mailed to an address that staff entered or confirmed
    "browser": "browser",  # one that such a code was entered in, and that is said to be their own
}
# What follows the name of a coach who came in on the participant's word alone.
ON_TRUST = " (not confirmed by the university)"
UNPROVEN = (
    "You may look and comment, and add evidence of your own. To attest, sign in by the personal "
    "link that is mailed to you once a tutor or programme lead has confirmed your address."
)
SAME_ADDRESS = (
    "You and this participant have the same e-mail address. Nobody vouches for themselves: "
    "ask a tutor or programme lead to put the addresses right."
)
OWN_ADDRESS = "This is the participant's own address. Enter that of their coach."


@dataclass(frozen=True)
class Decision:
    """Whether somebody may; and if not, the sentence that says what helps."""

    allowed: bool
    reason: str = ""


def may_attest(viewer: Viewer, participant: Participant) -> Decision:
    """Whether what is known of the viewer is enough for their word to count.

    That they coach this participant today is asked elsewhere.
    """
    if viewer.authenticated_by not in PROOFS:
        return Decision(False, UNPROVEN)
    if is_own_address(participant, _address_of(viewer)):
        return Decision(False, SAME_ADDRESS)
    return Decision(True)


def proof_of(viewer: Viewer) -> str:
    """The word that a signature of this viewer keeps of how they proved who they are."""
    return PROOFS[viewer.authenticated_by]


def known_as(author: User) -> str:
    """The name of whoever wrote something; with it, that only the participant gave them that name.

    So it is for a coach who came in by the participant's screen, until staff confirm the address.
    """
    on_trust = select(CoachInvitation.id).where(
        CoachInvitation.user_id == author.id,
        func.coalesce(CoachInvitation.outcome, "") != "confirmed",
        ~exists().where(PersonalLink.user_id == author.id, PersonalLink.accepted_at.is_not(None)),
    )
    if db.session.scalar(on_trust) is None:
        return author.name
    return f"{author.name}{ON_TRUST}"


def check_address(participant: Participant, address: str, *, field: str = "address") -> None:
    """Refuse the participant's own address for their coach. Raises Invalid."""
    if is_own_address(participant, address):
        raise Invalid(OWN_ADDRESS, field=field)


def is_own_address(participant: Participant, address: str | None) -> bool:
    """Whether mail to this address reaches the participant, as far as the tool knows."""
    known = participant.user.email
    return bool(known and address) and _plain(known or "") == _plain(address or "")


def _plain(address: str) -> str:
    """As mail servers commonly read it: case and what follows a plus sign lead nowhere else.

    Nor do wide letters and characters that nobody sees: domains are read without them (UTS 46).
    """
    alike = unicodedata.normalize("NFKC", address).strip().casefold()
    seen = "".join(each for each in alike if unicodedata.category(each) != "Cf")
    name, _, domain = seen.rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


def _address_of(viewer: Viewer) -> str | None:
    if viewer.link_id is not None:
        return db.session.get_one(PersonalLink, viewer.link_id).address
    return db.session.get_one(User, viewer.user_id).email
