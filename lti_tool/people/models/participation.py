"""Where a participant teaches and is assessed, and when their clock stood still.

Each is a dated period; `ended_on` is exclusive, and one that ends the day it begins never
counts. That none overlap is a constraint on PostgreSQL and a trigger on SQLite (migration 009).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models.members import Participant
from lti_tool.people.models.schools import Institution, School

OPEN_PAUSE = text("ended_on IS NULL")
STILL_AHEAD = text("state = 'ahead'")


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


class PlannedAct(Base):
    """A pause or a leaving that is noted ahead: until its day it changes nothing but what is shown.

    `overtaken` is what could not be done any more when its day came.
    """

    __tablename__ = "planned_act"
    __table_args__ = (
        CheckConstraint("act IN ('pause', 'withdraw', 'leave_school')", name="act"),
        CheckConstraint("state IN ('ahead', 'done', 'called_off', 'overtaken')", name="state"),
        CheckConstraint("(state = 'ahead') = (settled_at IS NULL)", name="settled"),
        CheckConstraint("(act = 'leave_school') = (reason IS NULL)", name="reason"),
        Index(
            "uq_planned_act_ahead",
            "participant_id",
            "act",
            unique=True,
            sqlite_where=STILL_AHEAD,
            postgresql_where=STILL_AHEAD,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    act: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(30))
    starts_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default="ahead")
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    noted_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    participant: Mapped[Participant] = relationship()
