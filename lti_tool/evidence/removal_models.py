"""Bytes that nothing names any more, on their way out of the file store."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class FileRemoval(Base):
    """`waiting` until `due_at`, `removing` while the store is asked, `removed` for a while after.

    Evidence that names the same bytes anew takes a waiting one back (`removal.py`).
    """

    __tablename__ = "file_removal"
    __table_args__ = (CheckConstraint("state IN ('waiting', 'removing', 'removed')", name="state"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    due_at: Mapped[datetime] = mapped_column(Instant, index=True)
