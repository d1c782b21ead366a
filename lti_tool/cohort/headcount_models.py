"""Headcounts as they were taken. The database refuses any change (migration 036)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models import User


class Headcount(Base):
    """Everybody who was on the programme on one day, as it was known when it was taken.

    `sha256` is that of the file in which it is handed on (`headcounts.py`).
    """

    __tablename__ = "headcount"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    as_at: Mapped[date]
    taken_at: Mapped[datetime] = mapped_column(Instant)
    taken_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    people: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))

    taken_by: Mapped[User] = relationship()


class HeadcountRow(Base):
    """One participant, counted once. Codes and no name, so that an erasure changes no count.

    `counted_id` is the participant's id, and no reference: the person may be gone. What is not
    known is empty.
    """

    __tablename__ = "headcount_row"

    headcount_id: Mapped[int] = mapped_column(ForeignKey("headcount.id"), primary_key=True)
    counted_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    school: Mapped[str] = mapped_column(String(6))  # its URN
    school_name: Mapped[str] = mapped_column(String(200))
    university: Mapped[str] = mapped_column(String(200))
    region: Mapped[str] = mapped_column(String(30))
    rule: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str] = mapped_column(String(100))
    cohort: Mapped[str] = mapped_column(String(60))
    intake: Mapped[str] = mapped_column(String(7))  # the academic year of enrolment
    term: Mapped[str] = mapped_column(String(10))  # the term of enrolment
    state: Mapped[str] = mapped_column(String(30))
    phase: Mapped[int]
