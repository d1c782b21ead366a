"""Marks that a participant shows to somebody at school."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant

OPEN = text("ended_at IS NULL")


class GradeShare(Base):
    """One grade shown to the coach or to the head teacher. A grade that replaces it is not."""

    __tablename__ = "grade_share"
    __table_args__ = (
        CheckConstraint("audience IN ('coach', 'head')", name="audience"),
        Index(
            "uq_grade_share_open",
            "grade_id",
            "audience",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"))
    audience: Mapped[str] = mapped_column(String(10))
    shared_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
