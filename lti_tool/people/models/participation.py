"""Where a participant teaches and is assessed, and when their clock stood still.

Each is a dated period; `ended_on` is exclusive, and one that ends the day it begins never
counts. That none overlap is a constraint on PostgreSQL and a trigger on SQLite (migration 009).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base
from lti_tool.people.models.schools import Institution, School

OPEN_PAUSE = text("ended_on IS NULL")


class SchoolPeriod(Base):
    """A post at a school. One `main` at a time; a `setting` is a second school beside it."""

    __tablename__ = "school_period"
    __table_args__ = (
        CheckConstraint("kind IN ('main', 'setting')", name="kind"),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="period"),
        CheckConstraint("fte IS NULL OR (fte > 0 AND fte <= 1)", name="fte"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), default="main")
    post: Mapped[str | None] = mapped_column(String(100))
    fte: Mapped[Decimal | None] = mapped_column(Numeric(3, 2))  # 1.00 is full time
    started_on: Mapped[date]
    ended_on: Mapped[date | None]

    school: Mapped[School] = relationship()


class InstitutionPeriod(Base):
    """The university of the partnership that assesses a participant, one at a time."""

    __tablename__ = "institution_period"
    __table_args__ = (CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    started_on: Mapped[date]
    ended_on: Mapped[date | None]

    institution: Mapped[Institution] = relationship()


class Pause(Base):
    """A time in which a participant rests from the programme, with a reason from a short list."""

    __tablename__ = "pause"
    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="period"),
        Index(
            "uq_pause_open",
            "participant_id",
            unique=True,
            sqlite_where=OPEN_PAUSE,
            postgresql_where=OPEN_PAUSE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    reason: Mapped[str] = mapped_column(String(30))
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
