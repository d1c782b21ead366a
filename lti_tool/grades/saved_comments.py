"""A marker's own bank of comments: kept from a field, put into another by hand or by the page."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import func, select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound
from lti_tool.grades.sheet_models import SavedComment
from lti_tool.identity import Viewer

LONGEST = 2_000
MOST = 200


def saved_comments(viewer: Viewer) -> list[SavedComment]:
    """The viewer's own, by their words."""
    _check_is_staff(viewer)
    query = select(SavedComment).where(SavedComment.user_id == viewer.user_id)
    return list(db.session.scalars(query.order_by(SavedComment.text, SavedComment.id)))


def keep_comment(viewer: Viewer, text: str, *, field: str = "text") -> SavedComment:
    """Keep words for later. What is kept already stays once; `field` is told where it cannot be."""
    _check_is_staff(viewer)
    kept = text.strip()
    if not kept:
        raise Invalid("There are no words to keep. Write them first.", field=field)
    if len(kept) > LONGEST:
        raise Invalid(f"Keep at most {LONGEST:,} characters as one comment.", field=field)
    digest = sha256(kept.encode()).hexdigest()
    mine = select(SavedComment).where(SavedComment.user_id == viewer.user_id)
    if found := db.session.scalars(mine.where(SavedComment.digest == digest)).one_or_none():
        return found
    if (db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0) >= MOST:
        raise Invalid(f"You have {MOST} comments. Remove one that you use no more.", field=field)
    comment = SavedComment(user_id=viewer.user_id, text=kept, digest=digest, saved_at=now())
    db.session.add(comment)
    db.session.flush()
    record(viewer, "saved_comment.kept", comment)
    return comment


def remove_comment(viewer: Viewer, comment_id: int) -> None:
    """Forget one of one's own."""
    _check_is_staff(viewer)
    found = db.session.get(SavedComment, comment_id)
    if found is None or found.user_id != viewer.user_id:
        raise NotFound("There is no such comment among yours.")
    db.session.delete(found)
    record(viewer, "saved_comment.removed", found)


def _check_is_staff(viewer: Viewer) -> None:
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads keep comments for marking.")
