"""What a participant asks for about a deadline or a result, why, what was decided, and holds.

Why somebody asks stands in a table of its own, so that nothing that reads the rest reads it too.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    exists,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models import Participant, User

OPEN = text("closed_at IS NULL")


class AdjustmentRequest(Base):
    """That a participant asks for more time, or tells of circumstances, about one attempt.

    Never changed: the newest of its decisions says what became of it, or that it was taken back.
    """

    __tablename__ = "adjustment_request"
    __table_args__ = (
        CheckConstraint("kind IN ('extension', 'circumstances')", name="kind"),
        CheckConstraint("attempt_number BETWEEN 1 AND 50", name="attempt_number"),
        Index("ix_adjustment_request_about", "participant_id", "module_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    kind: Mapped[str] = mapped_column(String(15))
    module_code: Mapped[str] = mapped_column(String(40))
    attempt_number: Mapped[int]
    wished_on: Mapped[date | None]  # the new date that is asked for
    made_at: Mapped[datetime] = mapped_column(Instant)

    participant: Mapped[Participant] = relationship()
    reason: Mapped[AdjustmentReason] = relationship()
    decisions: Mapped[list[AdjustmentDecision]] = relationship(
        back_populates="request", order_by="AdjustmentDecision.number"
    )
    taken_back: Mapped[RequestTakenBack | None] = relationship()

    @property
    def decision(self) -> AdjustmentDecision | None:
        """The one that counts, or None while it waits."""
        return self.decisions[-1] if self.decisions else None


class RequestTakenBack(Base):
    """That the participant took a request back before anybody had decided about it."""

    __tablename__ = "request_taken_back"

    request_id: Mapped[int] = mapped_column(ForeignKey("adjustment_request.id"), primary_key=True)
    taken_back_at: Mapped[datetime] = mapped_column(Instant)


class AdjustmentReason(Base):
    """Why, in the participant's own words: for them, whoever decides, and the leads."""

    __tablename__ = "adjustment_reason"

    request_id: Mapped[int] = mapped_column(ForeignKey("adjustment_request.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(20))  # one of the codes in `requests.REASONS`
    words: Mapped[str] = mapped_column(Text)


class AdjustmentDecision(Base):
    """What was decided, in a sentence to the participant; a later one takes its place."""

    __tablename__ = "adjustment_decision"
    __table_args__ = (
        UniqueConstraint("request_id", "number"),
        CheckConstraint(
            "outcome IN ('refused', 'extension', 'penalty_removed', 'deferral')", name="outcome"
        ),
        CheckConstraint("outcome <> 'extension' OR due_on IS NOT NULL", name="due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("adjustment_request.id"))
    number: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date | None]
    # Deferred after it was handed in: the attempt is kept and no longer counts as one.
    sets_aside: Mapped[bool] = mapped_column(default=False)
    sentence: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)

    request: Mapped[AdjustmentRequest] = relationship(back_populates="decisions")
    decided_by: Mapped[User] = relationship()


def waits() -> ColumnElement[bool]:
    """Whether a request is still to be decided: nobody has, and it was not taken back."""
    return and_(
        ~exists().where(AdjustmentDecision.request_id == AdjustmentRequest.id),
        ~exists().where(RequestTakenBack.request_id == AdjustmentRequest.id),
    )


class ResultHold(Base):
    """That nothing about a participant is released until a question is settled."""

    __tablename__ = "result_hold"
    __table_args__ = (
        CheckConstraint("kind IN ('integrity', 'circumstances')", name="kind"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
        Index(
            "uq_result_hold_open",
            "participant_id",
            "kind",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    kind: Mapped[str] = mapped_column(String(15))
    reason: Mapped[str] = mapped_column(String(20))  # codes, as in `holds.REASONS`
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str | None] = mapped_column(String(20))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    opened_by: Mapped[User] = relationship(foreign_keys=opened_by_id)
    closed_by: Mapped[User | None] = relationship(foreign_keys=closed_by_id)
