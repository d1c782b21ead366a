"""The first diagnosis, strand by strand, and the targets that grow from it.

What was proposed, and who agreed to it, is never changed: the database refuses it. Whether a
diagnosis is agreed follows from its agreements and is stored nowhere.
"""

from __future__ import annotations

from datetime import date, datetime

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
from lti_tool.people.models import Participant, User


class DiagnosisDraft(Base):
    """What one author has written so far, and nobody else sees; proposing it uses it up."""

    __tablename__ = "diagnosis_draft"
    __table_args__ = (UniqueConstraint("participant_id", "author_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    lines: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    based_on: Mapped[int]  # number of the version that was the newest when the draft was begun
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Diagnosis(Base):
    """One proposed version: where the participant stands in each strand, and what they need."""

    __tablename__ = "diagnosis"
    __table_args__ = (UniqueConstraint("participant_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    number: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    acted_as: Mapped[str] = mapped_column(String(20))
    proposed_at: Mapped[datetime] = mapped_column(Instant)

    participant: Mapped[Participant] = relationship()
    author: Mapped[User] = relationship()
    lines: Mapped[list[DiagnosisLine]] = relationship(
        back_populates="diagnosis", order_by="DiagnosisLine.strand"
    )
    agreements: Mapped[list[DiagnosisAgreement]] = relationship(
        back_populates="diagnosis", order_by="DiagnosisAgreement.id"
    )


class DiagnosisLine(Base):
    """What a version says of one strand."""

    __tablename__ = "diagnosis_line"
    __table_args__ = (UniqueConstraint("diagnosis_id", "strand"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(ForeignKey("diagnosis.id"))
    strand: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(20))
    need: Mapped[str] = mapped_column(Text)  # empty: no need is seen here
    source: Mapped[str | None] = mapped_column(String(30))

    diagnosis: Mapped[Diagnosis] = relationship(back_populates="lines")


class DiagnosisAgreement(Base):
    """That one of the two who have to agree did so, for exactly this version."""

    __tablename__ = "diagnosis_agreement"
    __table_args__ = (
        UniqueConstraint("diagnosis_id", "party"),
        UniqueConstraint("diagnosis_id", "user_id"),
        CheckConstraint("party IN ('participant', 'coach')", name="party"),
        # A coach agrees on the strength of a period; afterwards it stays with that period.
        CheckConstraint("(party = 'coach') = (allocation_id IS NOT NULL)", name="allocation"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(ForeignKey("diagnosis.id"))
    party: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocation.id"))
    agreed_at: Mapped[datetime] = mapped_column(Instant)

    diagnosis: Mapped[Diagnosis] = relationship(back_populates="agreements")
    user: Mapped[User] = relationship()


OPEN_TARGET = text("state = 'open'")


class Target(Base):
    """Something to be done for a strand by a day. It lives on until it is met or dropped."""

    __tablename__ = "target"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'met', 'dropped')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state = 'dropped') = (reason IS NOT NULL)", name="reason"),
        # A need that is pressed twice has one target.
        Index(
            "uq_target_open_from_line",
            "line_id",
            unique=True,
            sqlite_where=OPEN_TARGET,
            postgresql_where=OPEN_TARGET,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    strand: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(Text)
    evidence_intended: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="open")
    revision: Mapped[int] = mapped_column(default=1)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    set_as: Mapped[str] = mapped_column(String(20))
    set_at: Mapped[datetime] = mapped_column(Instant)
    # Where it grew from, if anywhere: a need, or an action agreed in a dialogue.
    line_id: Mapped[int | None] = mapped_column(ForeignKey("diagnosis_line.id"))
    action_id: Mapped[int | None] = mapped_column(ForeignKey("dialogue_action.id"))
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_as: Mapped[str | None] = mapped_column(String(20))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Text)

    participant: Mapped[Participant] = relationship()
    set_by: Mapped[User] = relationship(foreign_keys=[set_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    agreements: Mapped[list[TargetAgreement]] = relationship(order_by="TargetAgreement.id")
    evidence: Mapped[list[TargetEvidence]] = relationship(order_by="TargetEvidence.item_id")


class TargetAgreement(Base):
    """Who set a wording of a target or agreed to it; a later wording asks anew."""

    __tablename__ = "target_agreement"
    __table_args__ = (UniqueConstraint("target_id", "revision", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"))
    revision: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    acted_as: Mapped[str] = mapped_column(String(20))
    agreed_at: Mapped[datetime] = mapped_column(Instant)

    user: Mapped[User] = relationship()


class TargetEvidence(Base):
    """A piece of evidence by which a target was met."""

    __tablename__ = "target_evidence"
    __table_args__ = (UniqueConstraint("target_id", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_item.id"), index=True)
