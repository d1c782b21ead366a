"""The outbox: mail written with the change it tells of, sent by the worker afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class Mail(Base):
    """One mail to one address: which letter, and ids of what it is about. Its words come later."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed')", name="state"),
        Index("ix_mail_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    letter: Mapped[str] = mapped_column(String(40))
    about: Mapped[dict[str, int]] = mapped_column(JSON)
    # A token or a code, encrypted, until it is sent: nothing else here could tell it again.
    sealed: Mapped[str | None] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    written_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    useless_at: Mapped[datetime | None] = mapped_column(Instant)  # a code that came too late
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    sentence: Mapped[str | None] = mapped_column(String(500))  # why not yet, or why never
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
