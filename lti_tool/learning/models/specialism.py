"""The third phase: what a participant specialises in, whom they join, what they pass on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models import Participant, User


class Specialism(Base):
    """What a participant wants to go deeper into, once a tutor has agreed to it."""

    __tablename__ = "specialism"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'agreed', 'returned', 'withdrawn')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    words: Mapped[str | None] = mapped_column(Text)  # of whoever decided

    participant: Mapped[Participant] = relationship()
    decided_by: Mapped[User | None] = relationship()
    strands: Mapped[list[SpecialismStrand]] = relationship(
        cascade="all, delete-orphan", order_by="SpecialismStrand.strand"
    )


class SpecialismStrand(Base):
    """A strand that a specialism is drawn from."""

    __tablename__ = "specialism_strand"

    specialism_id: Mapped[int] = mapped_column(ForeignKey("specialism.id"), primary_key=True)
    strand: Mapped[str] = mapped_column(String(20), primary_key=True)


class NetworkLink(Base):
    """A network of specialists that a participant has joined."""

    __tablename__ = "network_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(500))
    since_on: Mapped[date]
    added_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class EthicsClearance(Base):
    """That an enquiry may be carried out, as the participant says and a tutor has confirmed."""

    __tablename__ = "ethics_clearance"
    __table_args__ = (
        CheckConstraint("state IN ('recorded', 'confirmed', 'returned', 'removed')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(200))
    cleared_on: Mapped[date]
    added_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    words: Mapped[str | None] = mapped_column(Text)

    decided_by: Mapped[User | None] = relationship()


class Dissemination(Base):
    """What a participant passed on of their research, to whom, and how."""

    __tablename__ = "dissemination"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(String(300))
    how: Mapped[str] = mapped_column(String(300))
    shared_on: Mapped[date]
    added_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    evidence: Mapped[list[DisseminationEvidence]] = relationship(
        cascade="all, delete-orphan", order_by="DisseminationEvidence.item_id"
    )


class DisseminationEvidence(Base):
    """An evidence item that shows what was passed on."""

    __tablename__ = "dissemination_evidence"

    dissemination_id: Mapped[int] = mapped_column(ForeignKey("dissemination.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_item.id"), primary_key=True)
