"""Schools and universities, and what was true of them from when to when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base


class School(Base):
    """A school of the partnership, under its unique reference number (URN) of six digits.

    A school that closes keeps its row and its history; `successor` is the one it became.
    """

    __tablename__ = "school"
    __table_args__ = (
        UniqueConstraint("provider_id", "urn"),
        CheckConstraint("length(urn) = 6", name="urn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    urn: Mapped[str] = mapped_column(String(6))
    name: Mapped[str] = mapped_column(String(200), index=True)
    phase: Mapped[str | None] = mapped_column(String(20))
    region: Mapped[str | None] = mapped_column(String(30))  # government office region
    closed_on: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))

    successor: Mapped[School | None] = relationship(remote_side=[id])


class SchoolFlagPeriod(Base):
    """Something said of a school for a time, and by whom: lists of schools move every year.

    `ended_on` is exclusive. One value of a flag at a time: the database refuses an overlap.
    """

    __tablename__ = "school_flag_period"
    __table_args__ = (CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    flag: Mapped[str] = mapped_column(String(50))
    value: Mapped[str] = mapped_column(String(40))
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(200))

    school: Mapped[School] = relationship()


class Institution(Base):
    """A university of the partnership that assesses participants; there may be several."""

    __tablename__ = "institution"
    __table_args__ = (UniqueConstraint("provider_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    name: Mapped[str] = mapped_column(String(200))
