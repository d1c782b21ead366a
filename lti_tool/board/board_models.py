"""Boards with their papers, what they decided, and the credit that came of it.

All but the board itself is written once. A board is changed until its minutes are locked; then the
database refuses any change to it and any further row under it (migration 033).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Grade
from lti_tool.people.models import Participant, User


class Board(Base):
    """One meeting of a board, or an action of its chair between two meetings."""

    __tablename__ = "board"
    __table_args__ = (
        CheckConstraint("kind IN ('meeting', 'chairs_action')", name="kind"),
        CheckConstraint("state IN ('planned', 'papers_ready', 'held', 'minuted')", name="state"),
        CheckConstraint("examiner IN ('absent', 'present', 'consulted')", name="examiner"),
        CheckConstraint("quorum >= 1", name="quorum"),
        CheckConstraint("(state = 'minuted') = (minuted_at IS NOT NULL)", name="minuted"),
        CheckConstraint("kind = 'meeting' OR reason <> ''", name="reason"),
        Index("ix_board_provider_id", "provider_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    kind: Mapped[str] = mapped_column(String(15))
    title: Mapped[str] = mapped_column(String(200))
    held_on: Mapped[date]
    quorum: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)  # why a chair acts between two meetings
    state: Mapped[str] = mapped_column(String(15))
    papers: Mapped[int] = mapped_column(default=0)  # which drawing up of the papers counts
    revision: Mapped[int] = mapped_column(default=1)  # so that the second of two editors is told
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # Who was there besides the chair: a name, and the user where the tool knows them.
    members: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    examiner: Mapped[str] = mapped_column(String(10))
    minutes: Mapped[str] = mapped_column(Text)
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    planned_at: Mapped[datetime] = mapped_column(Instant)
    minuted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    minuted_at: Mapped[datetime | None] = mapped_column(Instant)

    chair: Mapped[User | None] = relationship(foreign_keys=[chair_id])
    minuted_by: Mapped[User | None] = relationship(foreign_keys=[minuted_by_id])


class BoardPaper(Base):
    """One result on the table of a board, as it was released when the papers were drawn up."""

    __tablename__ = "board_paper"
    __table_args__ = (UniqueConstraint("board_id", "round", "attempt_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id"))
    round: Mapped[int]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"))

    attempt: Mapped[Attempt] = relationship()
    grade: Mapped[Grade] = relationship()


class ResultDecision(Base):
    """What a board said of one result. Of several by one board the last counts."""

    __tablename__ = "result_decision"
    __table_args__ = (
        UniqueConstraint("board_id", "attempt_id", "number"),
        CheckConstraint("decision IN ('ratify', 'defer', 'change', 'compensate')", name="decision"),
        CheckConstraint("(decision = 'defer') = (mark IS NULL)", name="mark"),
        CheckConstraint("mark IS NULL OR mark BETWEEN 0 AND 100", name="range"),
        CheckConstraint("decision = 'ratify' OR rationale <> ''", name="rationale"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    number: Mapped[int]
    decision: Mapped[str] = mapped_column(String(12))
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"))  # the one that lay on the table
    old_mark: Mapped[int]
    mark: Mapped[int | None]
    rationale: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)

    board: Mapped[Board] = relationship()
    attempt: Mapped[Attempt] = relationship()


class AwardDecision(Base):
    """What a board said of one person's award, with the numbers from which it follows."""

    __tablename__ = "award_decision"
    __table_args__ = (
        UniqueConstraint("board_id", "participant_id", "number"),
        CheckConstraint("outcome IN ('award', 'exit_award', 'not_yet')", name="outcome"),
        CheckConstraint("(outcome = 'not_yet') = (award IS NULL)", name="award"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    number: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(10))
    award: Mapped[str | None] = mapped_column(String(200))
    classification: Mapped[str | None] = mapped_column(String(20))
    credits: Mapped[int]
    # The exact mean as a fraction; without marks both are None.
    mean_points: Mapped[int | None]
    mean_weight: Mapped[int | None]
    reasons: Mapped[list[str]] = mapped_column(JSON)  # what was lacking
    rationale: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)

    board: Mapped[Board] = relationship()
    participant: Mapped[Participant] = relationship()


class Confirmation(Base):
    """Which final grade came of a decision; there once the minutes are locked."""

    __tablename__ = "confirmation"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("result_decision.id"), unique=True)
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), unique=True)

    decision: Mapped[ResultDecision] = relationship()


class CreditEntry(Base):
    """One line of a credit ledger. The lines of a module alternate: entered, taken out, entered."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("participant_id", "module_code", "number"),
        CheckConstraint("kind IN ('earned', 'compensated', 'reversed')", name="kind"),
        CheckConstraint(
            "(kind = 'reversed') = (number % 2 = 0) AND (kind = 'reversed') = (credits < 0) "
            "AND credits <> 0",
            name="alternates",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    module_code: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    credits: Mapped[int]
    decision_id: Mapped[int] = mapped_column(ForeignKey("result_decision.id"))
    entered_at: Mapped[datetime] = mapped_column(Instant)

    decision: Mapped[ResultDecision] = relationship()


class ActionReport(Base):
    """That a meeting was told what its chair had done since the one before."""

    __tablename__ = "action_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("board.id"), unique=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id"), index=True)
