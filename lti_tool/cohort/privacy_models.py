"""What must not be disposed of yet, what is due, and what was disposed of or erased."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.evidence.models import Attempt
from lti_tool.people.models import Participant, User

CLASSES = "'unsubmitted_evidence', 'assessed_work', 'regulator_sample', 'audit'"


class LegalHold(Base):
    """That nothing about a person goes until it is lifted. Its words stand only here."""

    __tablename__ = "legal_hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(Instant)
    placed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: the operator
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    user: Mapped[User] = relationship(foreign_keys=user_id)


class RetainedWork(Base):
    """A submission in the sample that the regulator asks to be kept."""

    __tablename__ = "retained_work"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), unique=True)
    marked_at: Mapped[datetime] = mapped_column(Instant)
    marked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    attempt: Mapped[Attempt] = relationship()


class DisposalProposal(Base):
    """That something has been kept for as long as its class says: a lead disposes of it, or not."""

    __tablename__ = "disposal_proposal"
    __table_args__ = (
        UniqueConstraint("participant_id", "kept_as"),
        CheckConstraint("state IN ('proposed', 'kept', 'disposed')", name="state"),
        CheckConstraint("(state = 'kept') = (kept_until IS NOT NULL)", name="kept_until"),
        CheckConstraint(f"kept_as IN ({CLASSES})", name="kept_as"),
        Index("ix_disposal_proposal_provider_id_state", "provider_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    kept_as: Mapped[str] = mapped_column(String(30))
    due_on: Mapped[date]
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    reason: Mapped[str | None] = mapped_column(Text)  # why it is kept for longer
    kept_until: Mapped[date | None]
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    participant: Mapped[Participant] = relationship()


class DisposalRecord(Base):
    """Who disposed of what, when and how much. Never changed: the database refuses it."""

    __tablename__ = "disposal_record"
    __table_args__ = (
        Index("ix_disposal_record_provider_id_disposed_at", "provider_id", "disposed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    kept_as: Mapped[str] = mapped_column(String(30))
    due_on: Mapped[date]
    rows: Mapped[int]
    files: Mapped[int]
    disposed_at: Mapped[datetime] = mapped_column(Instant)
    disposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    participant: Mapped[Participant] = relationship()
    disposed_by: Mapped[User | None] = relationship()


class Erasure(Base):
    """That a person's data was erased, by whom and on what ground. Never changed."""

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('asked', 'not_needed', 'unlawful', 'legal_duty')", name="reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(20))
    rows: Mapped[int]
    files: Mapped[int]
    erased_at: Mapped[datetime] = mapped_column(Instant)
    erased_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class DisposalPass(Base):
    """The door in the tables that are never changed: open only while this row stands, and it stands
    in no transaction but the one that opened it."""

    __tablename__ = "disposal_pass"

    id: Mapped[int] = mapped_column(primary_key=True)
