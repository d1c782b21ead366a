"""Name, addresses and the other words about a person that do not belong to a piece of work."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from lti_tool.board.board_models import Board
from lti_tool.clock import now
from lti_tool.cohort.erasure_rows import Gone
from lti_tool.cohort.erasure_rules import WITH_THE_PERSON
from lti_tool.cohort.filter_models import SavedFilter
from lti_tool.cohort.models import AttestationDraft, Digest, DigestStop
from lti_tool.cohort.privacy_models import DisposalProposal, LegalHold
from lti_tool.db import db, folded
from lti_tool.evidence.resumable_models import Arrival, ArrivingFile
from lti_tool.grades.adjustment_models import (
    AdjustmentDecision,
    AdjustmentReason,
    AdjustmentRequest,
)
from lti_tool.grades.models import Delivery, HandIn
from lti_tool.grades.release_models import GradebookDifference
from lti_tool.grades.sheet_models import MarksSheet, SavedComment
from lti_tool.jobs import UPLOADS, wake_after_commit
from lti_tool.launch.models import ResourceLink
from lti_tool.learning.models import (
    Collaboration,
    CollaborationPart,
    DiagnosisDraft,
    Specialism,
)
from lti_tool.people import erased
from lti_tool.people.models import (
    Allocation,
    Application,
    CoachInvitation,
    CoachTraining,
    Course,
    CourseMember,
    ImportBatch,
    KnownBrowser,
    LinkCode,
    LinkInvitation,
    Mail,
    Participant,
    PersonalLink,
    PlatformIdentity,
    RosterEntry,
    RosterSync,
    User,
)

GONE = "Erased"
NO_WORDS = ""


def forget_participant(gone: Gone, participant_id: int) -> None:
    """What the programme knows of somebody beside their work."""
    mine = Participant.id == participant_id
    gone.set(Participant, {"trn": None, "subject_taught": None, "left_reason": None}, mine)
    gone.set(Allocation, {"handover": None}, Allocation.participant_id == participant_id)
    gone.delete(CoachInvitation, CoachInvitation.participant_id == participant_id)
    asked = select(AdjustmentRequest.id).where(AdjustmentRequest.participant_id == participant_id)
    gone.delete(AdjustmentReason, AdjustmentReason.request_id.in_(asked))
    gone.set(AdjustmentDecision, {"sentence": NO_WORDS}, AdjustmentDecision.request_id.in_(asked))
    words = {"title": GONE, "reason": NO_WORDS, "words": None}
    gone.set(Specialism, words, Specialism.participant_id == participant_id)
    part = {"learned": NO_WORDS, "shared": NO_WORDS}
    gone.set(CollaborationPart, part, CollaborationPart.participant_id == participant_id)
    started = {"others": NO_WORDS, "code": None, "code_expires_at": None}
    gone.set(Collaboration, started, Collaboration.starter_id == participant_id)
    with_others = select(CollaborationPart.collaboration_id).where(
        CollaborationPart.participant_id != participant_id
    )
    alone = Collaboration.starter_id == participant_id, Collaboration.id.not_in(with_others)
    gone.set(Collaboration, {"title": GONE}, *alone)
    gone.set(ResourceLink, {"title": None}, ResourceLink.participant_id == participant_id)
    applied = Application.participant_id == participant_id
    gone.set(Application, {"name": erased.ERASED, "email": None}, applied)
    _forget_gradebook(gone, participant_id)
    proposed = DisposalProposal.participant_id == participant_id
    gone.set(DisposalProposal, {"reason": None}, proposed)
    # What these asked for has happened with this.
    asked_for = DisposalProposal.kept_as.in_(WITH_THE_PERSON)
    settled = {"state": "disposed", "kept_until": None, "settled_at": now()}
    gone.set(DisposalProposal, settled, proposed, asked_for, DisposalProposal.state != "disposed")


def _forget_gradebook(gone: Gone, participant_id: int) -> None:
    """What was sent stays on record without whose cell it was, so nothing is ever sent there again.

    What a gradebook said may name the person, and so may what staff wrote of a difference.
    """
    mine = Delivery.participant_id == participant_id
    sent = {"subject": f"erased-{participant_id}", "comment": NO_WORDS, "seen": None}
    gone.set(Delivery, {**sent, "check_at": None, "reason": None}, mine)
    open_ends = Delivery.state.in_(("kept", "failed", "conflict"))
    ended = {"state": "superseded", "reason": erased.NOTHING_SENT}
    gone.set(Delivery, ended, mine, open_ends)
    differing = GradebookDifference.delivery_id.in_(select(Delivery.id).where(mine))
    gone.set(GradebookDifference, {"says": NO_WORDS, "reason": NO_WORDS}, differing)
    gone.set(GradebookDifference, {"state": "gone"}, differing, GradebookDifference.state == "open")
    told = HandIn.participant_id == participant_id
    gone.set(HandIn, {"subject": f"erased-{participant_id}", "reason": None}, told)
    gone.set(HandIn, {"reason": erased.NOTHING_SENT}, told, HandIn.state == "failed")


def forget_person(gone: Gone, user: User) -> None:
    """Account, ways in, mail and unfinished words of anybody."""
    _forget_identities(gone, user.id)
    _forget_links(gone, user)
    gone.delete(Mail, _at(user, Mail.user_id, Mail.address))
    for model in (SavedComment, SavedFilter, Digest, DigestStop, CoachTraining, CourseMember):
        gone.delete(model, model.user_id == user.id)
    gone.delete(AttestationDraft, AttestationDraft.coach_id == user.id)
    gone.delete(DiagnosisDraft, DiagnosisDraft.author_id == user.id)
    for sheet in (ImportBatch, MarksSheet):
        # Also those of others: nobody can look for a name in a spreadsheet that waits.
        gone.delete(sheet, sheet.provider_id == user.provider_id, sheet.done_at.is_(None))
        gone.set(sheet, {"filename": GONE}, sheet.user_id == user.id)
    _forget_staffs_words(gone, user)
    _forget_files_on_their_way(gone, user.id)
    if user.email:
        same = func.lower(Application.email) == user.email.lower()
        here = Application.provider_id == user.provider_id, Application.participant_id.is_(None)
        gone.set(Application, {"name": erased.ERASED, "email": None}, same, *here)
    nameless = {"name": erased.ERASED, "email": None, "lead_since": None, "erased_at": now()}
    gone.set(User, nameless, User.id == user.id)


def _forget_staffs_words(gone: Gone, user: User) -> None:
    """Why a person was held before, who sat on a board, and what a lead looks for by a name."""
    gone.set(LegalHold, {"reason": NO_WORDS}, LegalHold.user_id == user.id)
    here = Board.provider_id == user.provider_id
    for number, members in db.session.execute(
        select(Board.id, Board.members).where(here).order_by(Board.id)
    ).all():
        if any(one["user"] == user.id for one in members):
            nameless = [
                {**one, "name": erased.ERASED} if one["user"] == user.id else one for one in members
            ]
            gone.set(Board, {"members": nameless}, Board.id == number)
    known = set((folded(f"{user.name} {user.email or ''}") or "").split())
    mine = SavedFilter.provider_id == user.provider_id
    for number, name, asked in db.session.execute(
        select(SavedFilter.id, SavedFilter.name, SavedFilter.asked).where(mine)
        .order_by(SavedFilter.id)
    ).all():  # fmt: skip
        sought = set((folded(asked.get("q")) or "").split())
        is_named = (folded(user.name) or "") in (folded(name) or "")
        if is_named or (sought and sought <= known):
            gone.delete(SavedFilter, SavedFilter.id == number)


def _forget_identities(gone: Gone, user_id: int) -> None:
    known = db.session.scalars(select(PlatformIdentity).where(PlatformIdentity.user_id == user_id))
    for one in known.all():
        erased.remember(one.registration_id, one.subject)
        # Another platform may give the same id to somebody else.
        syncs = select(RosterSync.id).join(Course, Course.id == RosterSync.course_id).where(
            Course.registration_id == one.registration_id
        )  # fmt: skip
        mine = RosterEntry.subject == one.subject, RosterEntry.sync_id.in_(syncs)
        gone.delete(RosterEntry, *mine)
    gone.delete(PlatformIdentity, PlatformIdentity.user_id == user_id)


def _forget_links(gone: Gone, user: User) -> None:
    links = select(PersonalLink.id).where(PersonalLink.user_id == user.id)
    for model in (LinkCode, LinkInvitation, KnownBrowser):
        gone.delete(model, model.link_id.in_(links))
    ended = func.coalesce(PersonalLink.revoked_at, now())
    shut = {"address": GONE, "token_hash": None, "revoked_at": ended}
    gone.set(PersonalLink, shut, PersonalLink.user_id == user.id)
    invited = _at(user, CoachInvitation.user_id, CoachInvitation.address)
    settled = {"name": erased.ERASED, "address": GONE, "code_hash": None}
    gone.set(CoachInvitation, settled, invited)


def _forget_files_on_their_way(gone: Gone, user_id: int) -> None:
    """The worker removes their pieces and rows, as it does with those that nobody goes on with."""
    over = {"filename": GONE, "fingerprint": GONE, "accepted": None, "expires_at": now()}
    mine = ArrivingFile.user_id == user_id
    query = select(ArrivingFile.sha256).where(mine, ArrivingFile.sha256.is_not(None))
    gone.digests |= {one for one in db.session.scalars(query) if one}
    stopped = {**over, "state": Arrival.REFUSED, "sentence": GONE, "sha256": None}
    gone.set(ArrivingFile, stopped, mine)
    wake_after_commit(UPLOADS)


def _at(user: User, owner: Any, address: Any) -> ColumnElement[bool]:
    """Rows of a person, or, where nobody owns them, that name their address."""
    mine: ColumnElement[bool] = owner == user.id
    if not user.email:
        return mine
    return or_(mine, and_(owner.is_(None), func.lower(address) == user.email.lower()))
