"""Marks, grades, gradebook columns and deliveries."""

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
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.evidence.models import Attempt
from lti_tool.people.models import Participant, User


class Mark(Base):
    """One marker's judgement of an attempt; a draft until the marker says it is final."""

    __tablename__ = "mark"
    __table_args__ = (
        UniqueConstraint("attempt_id", "marking_role"),
        CheckConstraint("mark IS NULL OR mark BETWEEN 0 AND 100", name="range"),
        CheckConstraint("state = 'draft' OR mark IS NOT NULL", name="final_has_mark"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    marker_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    # first, second or third; “first-1”: laid aside, as somebody else took the marker's place.
    marking_role: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))  # draft | final
    mark: Mapped[int | None]
    feedback: Mapped[str] = mapped_column(Text)
    criteria: Mapped[dict[str, Any]] = mapped_column(JSON)  # criterion id -> feedback
    # criterion id -> the items of the bundle that bear on it, as the marker sees it
    links: Mapped[dict[str, list[int]] | None] = mapped_column(JSON)
    revision: Mapped[int]  # rises at each save, so that the second of two editors is told
    saved_at: Mapped[datetime] = mapped_column(Instant)
    # The opened page that saved last: its next save follows on, whatever revision it still shows.
    saved_from: Mapped[str] = mapped_column(String(40))
    finalised_at: Mapped[datetime | None] = mapped_column(Instant)
    # The snapshot that the marker saw; a mark never moves to another.
    root_hash: Mapped[str] = mapped_column(String(64))

    attempt: Mapped[Attempt] = relationship()
    marker: Mapped[User] = relationship()


class Grade(Base):
    """The outcome of an attempt as it was released; a correction is a new revision."""

    __tablename__ = "grade"
    __table_args__ = (
        UniqueConstraint("attempt_id", "revision"),
        CheckConstraint("mark BETWEEN 0 AND 100", name="range"),
        CheckConstraint("status IN ('provisional', 'ratified')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    revision: Mapped[int]
    # What the markers stand by, before any rule. The database refuses a new grade without it.
    judged: Mapped[int] = mapped_column(nullable=True)
    mark: Mapped[int]  # what counts, and what the gradebook is sent
    # From the one to the other; never without.
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, nullable=True)
    feedback: Mapped[str] = mapped_column(Text)
    criteria: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(15))
    released_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    released_at: Mapped[datetime] = mapped_column(Instant)

    attempt: Mapped[Attempt] = relationship()
    released_by: Mapped[User] = relationship()
    delivery: Mapped[Delivery | None] = relationship(back_populates="grade")


class LineItem(Base):
    """A gradebook column: one for a module's attempt in a course. `url` is found by the worker."""

    __tablename__ = "line_item"
    __table_args__ = (UniqueConstraint("course_id", "module_code", "attempt_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    module_code: Mapped[str] = mapped_column(String(40))
    attempt_number: Mapped[int]
    label: Mapped[str] = mapped_column(String(200))
    resource_id: Mapped[str] = mapped_column(String(100))
    tag: Mapped[str] = mapped_column(String(100))
    url: Mapped[str | None] = mapped_column(String(1000))
    # Making a column twice makes two: whoever looks for it or makes it holds this lease.
    lease: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)


CURRENT = text("state <> 'superseded'")


class Delivery(Base):
    """Our record of sending one grade to one gradebook cell, with what became of it."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'sending', 'confirmed', 'kept', 'conflict', 'failed', "
            "'superseded')",
            name="state",
        ),
        Index(
            "uq_delivery_current",
            "line_item_id",
            "participant_id",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
        Index("ix_delivery_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), unique=True)
    line_item_id: Mapped[int] = mapped_column(ForeignKey("line_item.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    subject: Mapped[str] = mapped_column(String(255))  # the participant's id on that platform
    score: Mapped[int]
    comment: Mapped[str] = mapped_column(Text)

    state: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    # Fencing: whoever holds the lease may write the outcome; a sleeper whose lease ran out may not.
    lease: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    # The registration, while a row is being sent to a platform that takes one request at a time.
    lane: Mapped[int | None] = mapped_column(unique=True)
    # The score's timestamp, fixed before the first post so that a repeat is the same message.
    stamp: Mapped[datetime | None] = mapped_column(Instant)
    # Set before each post: after a crash it says that the gradebook may have it already.
    posted_at: Mapped[datetime | None] = mapped_column(Instant)
    # Canvas adds each comment it is sent to those before: set once one was surely taken.
    commented_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Text)
    last_status: Mapped[int | None]
    seen: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # the result as read back
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    # A recall: the cell is emptied, and confirmed once it shows no mark.
    takes_back: Mapped[bool] = mapped_column(default=False, server_default=false())
    # When a confirmed cell is looked at again; unset: `recheck_days` after it was confirmed.
    check_at: Mapped[datetime | None] = mapped_column(Instant)

    grade: Mapped[Grade] = relationship(back_populates="delivery")
    line_item: Mapped[LineItem] = relationship()
    participant: Mapped[Participant] = relationship()


class HandIn(Base):
    """Our record of telling a gradebook that an attempt was handed in, with what became of it.

    Only Canvas is told: its SpeedGrader opens what a hand-in names. Moodle would erase a mark.
    """

    __tablename__ = "hand_in"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed')", name="state"),
        Index("ix_hand_in_cell", "line_item_id", "participant_id"),
        Index("ix_hand_in_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), unique=True)
    line_item_id: Mapped[int] = mapped_column(ForeignKey("line_item.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    subject: Mapped[str] = mapped_column(String(255))  # the participant's id on that platform
    # What the gradebook opens names the attempt by this; it lets nobody in.
    reference: Mapped[str] = mapped_column(String(64), unique=True)

    # As in a delivery.
    state: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    lane: Mapped[int | None] = mapped_column(unique=True)
    stamp: Mapped[datetime | None] = mapped_column(Instant)
    posted_at: Mapped[datetime | None] = mapped_column(Instant)
    # Whether the gradebook was seen to hold nothing in this cell before the first post: then what
    # it holds after a broken connection is ours.
    was_empty: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None] = mapped_column(Text)
    last_status: Mapped[int | None]
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    attempt: Mapped[Attempt] = relationship()
    line_item: Mapped[LineItem] = relationship()
