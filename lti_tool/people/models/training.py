"""What coaches were trained in, and the spreadsheets that leads have checked and applied."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models.members import User


class CoachTraining(Base):
    """A training as coach that somebody has had, and until when it holds; None: for good."""

    __tablename__ = "coach_training"
    __table_args__ = (
        UniqueConstraint("user_id", "trained_on"),
        CheckConstraint("refresh_due_on IS NULL OR refresh_due_on > trained_on", name="refresh"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    trained_on: Mapped[date]
    standard: Mapped[str] = mapped_column(String(100))
    refresh_due_on: Mapped[date | None]

    user: Mapped[User] = relationship()


class ImportBatch(Base):
    """One uploaded spreadsheet, from its check until it is applied; then only its digest is kept.

    It belongs to whoever uploaded it, and one that is never applied is deleted after a day.
    """

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('participants', 'schools', 'allocations', 'training', 'applications')",
            name="kind",
        ),
        CheckConstraint("(done_at IS NULL) = (content IS NOT NULL)", name="content"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(20))
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    added: Mapped[int | None]
    changed: Mapped[int | None]
    same: Mapped[int | None]
