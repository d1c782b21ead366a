"""What a teacher's practice changed for pupils, as a record that others can weigh."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class ImpactRecord(Base):
    """One version of an impact record. It is never changed: an edit adds a version.

    Whatever rests on a record names one version by its id. `first_id` leads from a later version
    to the first one.
    """

    __tablename__ = "impact_record"
    __table_args__ = (
        UniqueConstraint("first_id", "number"),
        CheckConstraint("confidence IN ('low', 'medium', 'high')", name="confidence"),
        CheckConstraint("group_size IS NULL OR group_size > 0", name="group_size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    first_id: Mapped[int | None] = mapped_column(ForeignKey("impact_record.id"))
    number: Mapped[int]
    baseline: Mapped[str] = mapped_column(Text)
    change: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    group_size: Mapped[int | None]
    source: Mapped[str] = mapped_column(Text)
    explanations: Mapped[str] = mapped_column(Text)
    confidence: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(Instant)
    content_hash: Mapped[str] = mapped_column(String(64))
