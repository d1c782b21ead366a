"""Who marks an attempt in which role, and what several markers came to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.grades.models import Mark
from lti_tool.people.models import User

CURRENT = text("ended_at IS NULL")


class MarkerAllocation(Base):
    """One person's part in the marking of one attempt, given by the lead or taken by saving."""

    __tablename__ = "marker_allocation"
    __table_args__ = (
        CheckConstraint("marking_role IN ('first', 'second', 'third')", name="role"),
        # One marker a role, and one role a marker.
        Index(
            "uq_marker_allocation_role",
            "attempt_id",
            "marking_role",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
        Index(
            "uq_marker_allocation_marker",
            "attempt_id",
            "marker_id",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
        Index("ix_marker_allocation_marker_id", "marker_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    marking_role: Mapped[str] = mapped_column(String(10))
    marker_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    allocated_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    allocated_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    marker: Mapped[User] = relationship(foreign_keys=[marker_id])


class MarkerReplacement(Base):
    """That somebody took the place of a marker who had begun, and why. Written once.

    The mark that was begun stays as it was; its `marking_role` says that it is laid aside.
    """

    __tablename__ = "marker_replacement"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("marking_role IN ('first', 'second', 'third')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mark_id: Mapped[int] = mapped_column(ForeignKey("mark.id"), unique=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    marking_role: Mapped[str] = mapped_column(String(10))  # that they had
    reason: Mapped[str] = mapped_column(Text)
    replaced_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))  # who decided it
    replaced_at: Mapped[datetime] = mapped_column(Instant)

    mark: Mapped[Mark] = relationship()
    replaced_by: Mapped[User] = relationship()


class AgreementProposal(Base):
    """What one of two markers offered the other. Written once; the newest of a round counts."""

    __tablename__ = "agreement_proposal"
    __table_args__ = (
        CheckConstraint("mark BETWEEN 0 AND 100", name="range"),
        Index("ix_agreement_proposal_attempt_id", "attempt_id", "round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    round: Mapped[int]  # the number of the agreement that it would become
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    mark: Mapped[int]
    feedback: Mapped[str] = mapped_column(Text)
    criteria: Mapped[dict[str, Any]] = mapped_column(JSON)
    rationale: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(Instant)


class Agreement(Base):
    """The one mark that several markers came to, and how. Written once."""

    __tablename__ = "agreement"
    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        CheckConstraint("mark BETWEEN 0 AND 100", name="range"),
        CheckConstraint("method IN ('rule', 'discussion', 'third_marker')", name="method"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    number: Mapped[int]
    method: Mapped[str] = mapped_column(String(15))
    mark: Mapped[int]
    feedback: Mapped[str] = mapped_column(Text)
    criteria: Mapped[dict[str, Any]] = mapped_column(JSON)
    rationale: Mapped[str] = mapped_column(Text)
    root_hash: Mapped[str] = mapped_column(String(64))
    # What each marker had given; the third's where there is one.
    first_mark: Mapped[int]
    second_mark: Mapped[int]
    third_mark: Mapped[int | None]
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_proposal.id"))
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: by rule
    agreed_at: Mapped[datetime] = mapped_column(Instant)


class AgreementTakenUp(Base):
    """That an agreement is taken up again to correct it; the agreement itself stays as written."""

    __tablename__ = "agreement_taken_up"

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), unique=True)
    taken_up_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text)
    taken_up_at: Mapped[datetime] = mapped_column(Instant)
