"""What was released together, what was taken back, and where a gradebook says something else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.grades.models import Delivery, Grade
from lti_tool.people.models import User


class ReleaseBatch(Base):
    """One act of releasing: one grade or many, by one person in one commit."""

    __tablename__ = "release_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    released_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    released_at: Mapped[datetime] = mapped_column(Instant)

    released_by: Mapped[User] = relationship()


class BatchGrade(Base):
    """A grade of a batch, and why it takes the place of an earlier one where it does."""

    __tablename__ = "batch_grade"
    __table_args__ = (Index("ix_batch_grade_batch_id", "batch_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("release_batch.id"))
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)

    batch: Mapped[ReleaseBatch] = relationship()
    grade: Mapped[Grade] = relationship()


class Recall(Base):
    """A release taken back: this revision of the attempt and all before it count no more."""

    __tablename__ = "recall"
    __table_args__ = (UniqueConstraint("attempt_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    revision: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    recalled_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recalled_at: Mapped[datetime] = mapped_column(Instant)

    recalled_by: Mapped[User] = relationship()


class GradebookDifference(Base):
    """A cell that was confirmed and shows something else now, until somebody answers."""

    __tablename__ = "gradebook_difference"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'sent_again', 'gone')", name="state"),
        Index(
            "uq_gradebook_difference_open",
            "delivery_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    says: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)  # why it was accepted
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    delivery: Mapped[Delivery] = relationship()
