"""The trail of what happened. Ids and verbs only; erasing a person leaves it whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class AuditEvent(Base):
    """One past fact, named `object.verb_ed`."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject_kind", "subject_id"),
        Index("ix_audit_event_participant_id_at", "participant_id", "at"),
        # Who did anything lately, out of everybody.
        Index("ix_audit_event_at_participant_id_user_id", "at", "participant_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    user_id: Mapped[int | None] = mapped_column(index=True)  # None: the tool itself, or an operator
    acted_as: Mapped[str] = mapped_column(String(20))
    event: Mapped[str] = mapped_column(String(60), index=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    participant_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class AuditSeal(Base):
    """A segment of one provider's trail, closed by a hash that also covers the segment before."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        UniqueConstraint("provider_id", "number"),
        Index(
            "uq_audit_seal_number_of_none",
            "number",
            unique=True,
            sqlite_where=text("provider_id IS NULL"),
            postgresql_where=text("provider_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # None: what was done for no provider in particular, which is a chain like any other.
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    number: Mapped[int]
    previous: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    events: Mapped[int]
    last_event_id: Mapped[int]
    sealed_at: Mapped[datetime] = mapped_column(Instant, index=True)


class SealedEvent(Base):
    """The segment that an event belongs to: an id may come to light late, so no range would do."""

    __tablename__ = "audit_sealed_event"
    __table_args__ = (Index("ix_audit_sealed_event_seal_id_event_id", "seal_id", "event_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("audit_seal.id"))
    sha256: Mapped[str] = mapped_column(String(64))
