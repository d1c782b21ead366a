"""Sets of marks that are moderated together: what was drawn, looked at and decided.

Each row is written once (migration 028): a later look is a later row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.evidence.models import Attempt
from lti_tool.people.models import User


class ModerationBatch(Base):
    """The final marks of a module that no earlier set holds, with rule and seed of the sample."""

    __tablename__ = "moderation_batch"
    __table_args__ = (UniqueConstraint("provider_id", "module_code", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    module_code: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]  # of this module's sets
    seed: Mapped[str] = mapped_column(String(40))
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime] = mapped_column(Instant)

    members: Mapped[list[ModerationMember]] = relationship(
        order_by="ModerationMember.id", back_populates="batch"
    )
    moderators: Mapped[list[Moderator]] = relationship(order_by="Moderator.id")
    decision: Mapped[ModerationDecision | None] = relationship(back_populates="batch")

    @property
    def moderator(self) -> User:
        """Whoever was appointed last."""
        return self.moderators[-1].user


class Moderator(Base):
    """That somebody was made the moderator of a set; the last one counts."""

    __tablename__ = "moderator"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("moderation_batch.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    appointed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    appointed_at: Mapped[datetime] = mapped_column(Instant)

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class ModerationMember(Base):
    """A mark of a set as it was at the draw, and why it is in the sample (no reason: it is not)."""

    __tablename__ = "moderation_member"
    __table_args__ = (
        UniqueConstraint("batch_id", "attempt_id"),
        # Two draws at once cannot both take a mark.
        UniqueConstraint("attempt_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("moderation_batch.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    number: Mapped[int]  # of the sets that this attempt was in
    marker_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    mark: Mapped[int]
    root_hash: Mapped[str] = mapped_column(String(64))
    reasons: Mapped[list[str]] = mapped_column(JSON)

    batch: Mapped[ModerationBatch] = relationship(back_populates="members")
    attempt: Mapped[Attempt] = relationship()
    marker: Mapped[User] = relationship()
    looks: Mapped[list[ModerationLook]] = relationship(order_by="ModerationLook.id")


class ModerationLook(Base):
    """That a moderator looked at a script, with what they noted on it."""

    __tablename__ = "moderation_look"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("moderation_member.id"), index=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(Text)
    looked_at: Mapped[datetime] = mapped_column(Instant)


class ModerationDecision(Base):
    """What the moderator decided about the whole set, or about one marker's share of it."""

    __tablename__ = "moderation_decision"
    __table_args__ = (
        CheckConstraint(
            "action IN ('confirm', 'remark_all', 'remark_marker', 'scale')", name="action"
        ),
        CheckConstraint("(action = 'remark_marker') = (marker_id IS NOT NULL)", name="marker"),
        CheckConstraint("(action = 'scale') = (by_marks IS NOT NULL)", name="scaling"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("moderation_batch.id"), unique=True)
    action: Mapped[str] = mapped_column(String(15))
    marker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by_marks: Mapped[int | None]
    rationale: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)

    batch: Mapped[ModerationBatch] = relationship(back_populates="decision")
    marker: Mapped[User | None] = relationship(foreign_keys=[marker_id])
    decided_by: Mapped[User] = relationship(foreign_keys=[decided_by_id])
