"""Earlier study that a participant asks to have counted for modules of the programme."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.learning.models.impact import ImpactRecord
from lti_tool.people.models import Participant, User


class PriorLearningClaim(Base):
    """One piece of earlier study, what it is claimed for, and what became of the claim.

    The database refuses a change once it is decided or withdrawn.
    """

    __tablename__ = "prior_learning_claim"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'assessed', 'approved', 'part_approved', 'rejected', "
            "'withdrawn')",
            name="state",
        ),
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR "
            "(submitted_at IS NOT NULL AND used_elsewhere IS NOT NULL AND NOT used_elsewhere)",
            name="submitted",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    award: Mapped[str] = mapped_column(String(200))
    institution: Mapped[str] = mapped_column(String(200))
    level: Mapped[int | None]
    credits: Mapped[int | None]
    awarded_on: Mapped[date | None]
    used_elsewhere: Mapped[bool | None]
    statement: Mapped[str] = mapped_column(Text)
    impact_id: Mapped[int | None] = mapped_column(ForeignKey("impact_record.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    assessed_at: Mapped[datetime | None] = mapped_column(Instant)
    assessed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decision_reason: Mapped[str | None] = mapped_column(Text)

    participant: Mapped[Participant] = relationship()
    impact: Mapped[ImpactRecord | None] = relationship()
    assessed_by: Mapped[User | None] = relationship(foreign_keys=[assessed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    modules: Mapped[list[PriorLearningModule]] = relationship(
        cascade="all, delete-orphan", order_by="PriorLearningModule.module_code"
    )
    judgements: Mapped[list[PriorLearningJudgement]] = relationship(
        order_by="PriorLearningJudgement.id"
    )
    evidence: Mapped[list[PriorLearningEvidence]] = relationship(
        cascade="all, delete-orphan", order_by="PriorLearningEvidence.item_id"
    )


TAKEN = text("state IN ('claimed', 'recognised')")


class PriorLearningModule(Base):
    """A whole module that a claim asks for.

    Triggers of the database keep a module from being both claimed or recognised and submitted.
    """

    __tablename__ = "prior_learning_module"
    __table_args__ = (
        CheckConstraint(
            "state IN ('chosen', 'claimed', 'recognised', 'refused', 'withdrawn')", name="state"
        ),
        UniqueConstraint("claim_id", "module_code"),
        Index(
            "uq_prior_learning_module_taken",
            "participant_id",
            "module_code",
            unique=True,
            sqlite_where=TAKEN,
            postgresql_where=TAKEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("prior_learning_claim.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    module_code: Mapped[str] = mapped_column(String(40))
    credits: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))


class PriorLearningJudgement(Base):
    """A tutor's answer to one of the four tests, with a sentence. It is never changed."""

    __tablename__ = "prior_learning_judgement"
    __table_args__ = (
        UniqueConstraint("claim_id", "test"),
        CheckConstraint(
            "test IN ('relevance', 'sufficiency', 'authenticity', 'currency')", name="test"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("prior_learning_claim.id"))
    test: Mapped[str] = mapped_column(String(20))
    is_met: Mapped[bool]
    sentence: Mapped[str] = mapped_column(Text)


class PriorLearningEvidence(Base):
    """An evidence item of the participant that a claim points to."""

    __tablename__ = "prior_learning_evidence"

    claim_id: Mapped[int] = mapped_column(ForeignKey("prior_learning_claim.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_item.id"), primary_key=True)
