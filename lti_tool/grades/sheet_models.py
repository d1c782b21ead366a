"""What a marker keeps for later, and marks on their way in from a spreadsheet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class SavedComment(Base):
    """Words that a marker uses again; theirs alone, and about nobody in particular."""

    __tablename__ = "saved_comment"
    # By digest: a text may be too long for an index.
    __table_args__ = (UniqueConstraint("user_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    saved_at: Mapped[datetime] = mapped_column(Instant)


class MarksSheet(Base):
    """One uploaded sheet of marks, from its check until it is confirmed; then only its digest.

    It belongs to whoever uploaded it, and one that is never confirmed is deleted after a day.
    """

    __tablename__ = "marks_sheet"
    __table_args__ = (CheckConstraint("(done_at IS NULL) = (content IS NOT NULL)", name="content"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    are_final: Mapped[bool]  # whether confirming makes the marks final
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    stored: Mapped[int | None]  # how many marks came of it
