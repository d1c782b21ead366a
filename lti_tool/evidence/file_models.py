"""What is known of stored bytes, whoever uploaded them and however often."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class FileCheck(Base):
    """Whether bytes were looked at by a scanner, and how many pages of them can be shown."""

    __tablename__ = "file_check"
    __table_args__ = (
        CheckConstraint("state IN ('unscanned', 'waiting', 'clean', 'infected')", name="state"),
    )

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(10))
    found: Mapped[str | None] = mapped_column(String(200))  # the scanner's name for it
    scanned_at: Mapped[datetime | None] = mapped_column(Instant)
    scan_due_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    scan_tries: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    preview_due_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    preview_tries: Mapped[int] = mapped_column(default=0)
