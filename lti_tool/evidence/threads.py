"""Comments on an item: participant, coach and tutor talk about it where it is.

A comment stays as it was said; its author can take it out of sight. Nobody gets a mail for one:
whoever it is for sees it on their first page, and it counts in the weekly mail.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased, joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.declaration import Pupils
from lti_tool.evidence.items import get_item, shown_versions, visible_items
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.evidence.rules import PRIVATE, State
from lti_tool.evidence.thread_models import Comment, CommentWithdrawal, ThreadReading
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Allocation, Participant
from lti_tool.people.visibility import is_current

LONGEST = 5_000
WRITERS = (Role.PARTICIPANT, Role.COACH, Role.TUTOR)
ALONE = "Only its author sees this evidence now, so nobody would read a comment."


@dataclass(frozen=True, slots=True)
class NewComments:
    """That others have said something about an item since the viewer last looked at it."""

    item_id: int
    participant_id: int
    title: str
    count: int
    since: datetime


def comments_on(item: EvidenceItem) -> list[Comment]:
    """What was said about an item that the caller may see, the oldest first."""
    query = select(Comment).where(Comment.item_id == item.id).order_by(Comment.id)
    return list(
        db.session.scalars(
            query.options(joinedload(Comment.author), joinedload(Comment.withdrawal))
        )
    )


def comments_for(viewer: Viewer, item: EvidenceItem) -> list[Comment]:
    """Of these, what was said about the versions that the viewer may read.

    Whoever says what gives a pupil away names it, so their words go no further than it does.
    """
    numbers = {version.number for version in shown_versions(viewer, item)}
    return [one for one in comments_on(item) if one.version_number in numbers]


def may_comment(viewer: Viewer, item: EvidenceItem) -> bool:
    """Whether there is somebody to talk to, and the viewer is one of those who talk."""
    return viewer.role in WRITERS and State(item.state) not in PRIVATE


def comment(viewer: Viewer, item_id: int, words: str) -> Comment:
    """Say something about an item that others see, too."""
    item = get_item(viewer, item_id, to_change=True)
    if viewer.role not in WRITERS:
        raise NotAllowed("Participants, coaches and tutors comment on evidence.")
    if not may_comment(viewer, item):
        raise Refused(ALONE)
    words = words.strip()
    if not words:
        raise Invalid("Write what you would like to say.", field="words")
    if len(words) > LONGEST:
        raise Invalid(f"Use {LONGEST:,} characters or fewer.", field="words")
    said = Comment(
        item_id=item.id,
        version_number=item.current_version,
        author_id=viewer.user_id,
        acted_as=viewer.role.value,
        words=words,
        written_at=now(),
    )
    db.session.add(said)
    record(viewer, "comment.added", said, participant_id=item.participant_id, item=item.id)
    return said


def withdraw_comment(viewer: Viewer, item_id: int, comment_id: int) -> Comment:
    """Take one's own words out of sight. That something was said there stays."""
    item = get_item(viewer, item_id, to_change=True)
    said = db.session.scalars(
        select(Comment).where(Comment.id == comment_id, Comment.item_id == item.id)
    ).one_or_none()
    if said is None:
        raise NotFound("There is no such comment on this evidence.")
    if said.author_id != viewer.user_id:
        raise NotAllowed("Only the person who wrote a comment can take it back.")
    if said.withdrawal is None:
        said.withdrawal = CommentWithdrawal(withdrawn_at=now())
        record(viewer, "comment.withdrawn", said, participant_id=item.participant_id, item=item.id)
    return said


def read_up_to(viewer: Viewer, item: EvidenceItem) -> int:
    """The last comment that the viewer has seen on an item; 0 where there is none."""
    found = db.session.scalar(
        select(ThreadReading.read_up_to).where(
            ThreadReading.item_id == item.id, ThreadReading.user_id == viewer.user_id
        )
    )
    return found or 0


def note_read(viewer: Viewer, item_id: int, last: int) -> None:
    """Remember how far the viewer has read. Two tabs may come at once, in any order."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(ThreadReading).values(
        item_id=item_id, user_id=viewer.user_id, read_up_to=last
    )
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=["item_id", "user_id"],
            set_={"read_up_to": insert.excluded.read_up_to},
            where=ThreadReading.read_up_to < insert.excluded.read_up_to,
        )
    )


def new_comments(viewer: Viewer, participant_ids: Collection[int]) -> list[NewComments]:
    """What others have said to the viewer and waits to be read, the longest wait first.

    A tutor who is allocated to nobody is told of items that they have commented on themself.
    """
    if viewer.role not in WRITERS or not participant_ids:
        return []
    seen = visible_items(viewer).where(EvidenceItem.participant_id.in_(participant_ids))
    query = (
        _grouped()
        .where(
            EvidenceItem.id.in_(seen.with_only_columns(EvidenceItem.id)), _is_new_to(viewer.user_id)
        )
        .order_by(func.min(Comment.written_at), EvidenceItem.id)
    )
    if viewer.role is Role.TUTOR:
        query = query.where(
            or_(_tutors(viewer.user_id), _has_commented(viewer.user_id)), _is_on_open()
        )
    return [NewComments(*row) for row in db.session.execute(query)]


def count_new_comments(provider_id: int) -> dict[int, int]:
    """How many comments wait for each person of a provider, for those who have any."""
    own = select(
        Participant.id.label("participant_id"), Participant.user_id, literal("own").label("kind")
    )
    supporting = select(Allocation.participant_id, Allocation.user_id, Allocation.kind).where(
        is_current()
    )
    concerned = union_all(own, supporting).subquery()
    rows = db.session.execute(
        select(concerned.c.user_id, func.count(func.distinct(Comment.id)))
        .select_from(Comment)
        .join(EvidenceItem, EvidenceItem.id == Comment.item_id)
        .join(concerned, concerned.c.participant_id == EvidenceItem.participant_id)
        .where(
            EvidenceItem.provider_id == provider_id,
            EvidenceItem.state.not_in(PRIVATE),
            or_(concerned.c.kind != "tutor", and_(EvidenceItem.is_open, _is_on_open())),
            _is_new_to(concerned.c.user_id),
        )
        .group_by(concerned.c.user_id)
    )
    return {row[0]: row[1] for row in rows}


def _grouped() -> Select[int, int, str, int, datetime]:
    return (
        select(
            EvidenceItem.id,
            EvidenceItem.participant_id,
            EvidenceVersion.title,
            func.count(Comment.id),
            func.min(Comment.written_at),
        )
        .join(Comment, Comment.item_id == EvidenceItem.id)
        .join(EvidenceItem.current)
        .where(EvidenceItem.state.not_in(PRIVATE))
        .group_by(EvidenceItem.id, EvidenceItem.participant_id, EvidenceVersion.title)
    )


def _is_new_to(user_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Somebody else said it, stands by it, and this user has not been there since."""
    taken_back = exists().where(CommentWithdrawal.comment_id == Comment.id)
    has_read = exists().where(
        ThreadReading.item_id == Comment.item_id,
        ThreadReading.user_id == user_id,
        ThreadReading.read_up_to >= Comment.id,
    )
    return and_(Comment.author_id != user_id, ~taken_back, ~has_read)


@cache
def _is_on_open() -> ColumnElement[bool]:
    """It was said about a version that tutors may read; the rule is `declaration.is_open`."""
    said_on = aliased(EvidenceVersion)
    permitted = and_(said_on.permission_by.is_not(None), said_on.permission_basis.is_not(None))
    return exists().where(
        said_on.item_id == Comment.item_id,
        said_on.number == Comment.version_number,
        or_(
            said_on.pupils.in_([Pupils.NONE, Pupils.ANONYMISED]),
            and_(said_on.pupils == Pupils.IDENTIFIABLE, permitted),
        ),
    )


def _tutors(user_id: int) -> ColumnElement[bool]:
    return exists().where(
        Allocation.participant_id == EvidenceItem.participant_id,
        Allocation.user_id == user_id,
        Allocation.kind == "tutor",
        is_current(),
    )


def _has_commented(user_id: int) -> ColumnElement[bool]:
    own = aliased(Comment)
    return exists().where(own.item_id == EvidenceItem.id, own.author_id == user_id)
