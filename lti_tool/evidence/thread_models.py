"""Comments on evidence. What was said stays as it was said; its author can take it out of sight."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.evidence.models import EvidenceItem
from lti_tool.people.models import User


class Comment(Base):
    """What one person said about an item. The database refuses any change to it."""

    __tablename__ = "evidence_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_item.id"), index=True)
    version_number: Mapped[int]  # the newest version when it was said
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    acted_as: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Instant)

    item: Mapped[EvidenceItem] = relationship()
    author: Mapped[User] = relationship()
    withdrawal: Mapped[CommentWithdrawal | None] = relationship()


class CommentWithdrawal(Base):
    """That the author of a comment took it back: nobody is shown its words any more."""

    __tablename__ = "comment_withdrawal"
    __table_args__ = (UniqueConstraint("comment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("evidence_comment.id"))
    withdrawn_at: Mapped[datetime] = mapped_column(Instant)


class ThreadReading(Base):
    """How far somebody has read the comments on an item; what came later is new to them."""

    __tablename__ = "thread_reading"
    __table_args__ = (UniqueConstraint("item_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_item.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    read_up_to: Mapped[int] = mapped_column(ForeignKey("evidence_comment.id"))
