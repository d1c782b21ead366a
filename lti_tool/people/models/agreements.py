"""What a head teacher has agreed: who coaches, and that there is time for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant

COACH = text("allocation_id IS NOT NULL")
RELEASE = text("academic_year IS NOT NULL")


class SchoolAgreement(Base):
    """A head teacher's yes, to one coach's period or to release time in one academic year.

    `academic_year` is the year in which it begins. A yes is given once; a new coach needs another.
    """

    __tablename__ = "school_agreement"
    __table_args__ = (
        CheckConstraint("(allocation_id IS NULL) <> (academic_year IS NULL)", name="what"),
        Index(
            "uq_school_agreement_coach",
            "school_id",
            "allocation_id",
            unique=True,
            sqlite_where=COACH,
            postgresql_where=COACH,
        ),
        Index(
            "uq_school_agreement_release",
            "school_id",
            "participant_id",
            "academic_year",
            unique=True,
            sqlite_where=RELEASE,
            postgresql_where=RELEASE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocation.id"))
    academic_year: Mapped[int | None]
    agreed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    agreed_at: Mapped[datetime] = mapped_column(Instant)
