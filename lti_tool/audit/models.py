"""The trail of what happened. Ids and verbs only; erasing a person leaves it whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class AuditEvent(Base):
    """One past fact, named `object.verb_ed`."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject_kind", "subject_id"),
        Index("ix_audit_event_participant_id_at", "participant_id", "at"),
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
