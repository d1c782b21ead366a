"""What protects pupils in evidence once it is shared: reports of a problem, and who read what."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.people.models import User

OPEN = text("outcome IS NULL")


class EvidenceReport(Base):
    """That somebody saw a problem, for which the item went out of sight, and how it was settled."""

    __tablename__ = "evidence_report"
    __table_args__ = (
        CheckConstraint("outcome IN ('restored', 'removed')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_evidence_report_open",
            "item_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_item.id"), index=True)
    version_number: Mapped[int]
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reported_as: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20))  # one of the codes in `reports.REASONS`
    reported_at: Mapped[datetime] = mapped_column(Instant)
    state_before: Mapped[str] = mapped_column(String(30))  # what a restored item goes back to
    outcome: Mapped[str | None] = mapped_column(String(10))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    item: Mapped[EvidenceItem] = relationship()
    reported_by: Mapped[User] = relationship(foreign_keys=reported_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)


class EvidenceRead(Base):
    """That somebody was shown a version that another person wrote, once for each day."""

    __tablename__ = "evidence_read"
    __table_args__ = (UniqueConstraint("reader_id", "version_id", "read_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("evidence_version.id"), index=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    read_as: Mapped[str] = mapped_column(String(20))
    read_on: Mapped[date] = mapped_column(Date)
    read_at: Mapped[datetime] = mapped_column(Instant)

    version: Mapped[EvidenceVersion] = relationship()
    reader: Mapped[User] = relationship()
