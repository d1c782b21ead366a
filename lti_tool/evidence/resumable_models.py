"""Files on their way: how much of each has arrived, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class Arrival(StrEnum):
    """How far a file on its way has come."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    USED = "used"


class ArrivingFile(Base):
    """A file that somebody sends in pieces. Its row is gone a day after the last of them."""

    __tablename__ = "arriving_file"
    __table_args__ = (
        CheckConstraint(
            "state IN ('receiving', 'received', 'accepted', 'refused', 'used')", name="state"
        ),
        CheckConstraint("received >= 0 AND received <= size", name="received"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    filename: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(100))  # by which a browser knows it again
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(String(10), default=Arrival.RECEIVING)
    sentence: Mapped[str | None] = mapped_column(Text)  # why it was refused
    accepted: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    held_by: Mapped[str | None] = mapped_column(String(32))
    held_until: Mapped[datetime | None] = mapped_column(Instant)


class ArrivedPiece(Base):
    """Where a piece of a file lies in the store."""

    __tablename__ = "arrived_piece"
    __table_args__ = (UniqueConstraint("file_id", "start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[str] = mapped_column(ForeignKey("arriving_file.id", ondelete="CASCADE"))
    start: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
