"""Professional dialogue: who talked when about what, and who of them says so too.

An entry is never changed. Whoever sees a mistake writes a new entry that takes its place.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models import Participant, User


class Dialogue(Base):
    """One talk, as one of those who were there wrote it down."""

    __tablename__ = "dialogue"
    __table_args__ = (
        UniqueConstraint("corrects_id"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        Index("ix_dialogue_participant_id_held_on", "participant_id", "held_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    held_on: Mapped[date]
    minutes: Mapped[int]
    summary: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("dialogue.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)

    participant: Mapped[Participant] = relationship()
    author: Mapped[User] = relationship()
    people: Mapped[list[DialoguePerson]] = relationship(order_by="DialoguePerson.id")
    duties: Mapped[list[DialogueDuty]] = relationship(order_by="DialogueDuty.duty")
    actions: Mapped[list[DialogueAction]] = relationship(
        back_populates="dialogue", order_by="DialogueAction.position"
    )
    confirmations: Mapped[list[DialogueConfirmation]] = relationship(
        order_by="DialogueConfirmation.id"
    )
    correction: Mapped[Dialogue | None] = relationship(
        back_populates="corrects", foreign_keys=[corrects_id], uselist=False
    )
    corrects: Mapped[Dialogue | None] = relationship(
        back_populates="correction", foreign_keys=[corrects_id], remote_side=[id]
    )


class DialoguePerson(Base):
    """Somebody who was there, and as what."""

    __tablename__ = "dialogue_person"
    __table_args__ = (UniqueConstraint("dialogue_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    acted_as: Mapped[str] = mapped_column(String(20))
    # The period as coach or tutor; a tutor of the course may have none.
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocation.id"))

    user: Mapped[User] = relationship()


class DialogueDuty(Base):
    """A coaching duty that the talk served."""

    __tablename__ = "dialogue_duty"
    __table_args__ = (UniqueConstraint("dialogue_id", "duty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    duty: Mapped[str] = mapped_column(String(20))


class DialogueAction(Base):
    """Something that was agreed to be done; it can become a target."""

    __tablename__ = "dialogue_action"
    __table_args__ = (UniqueConstraint("dialogue_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)

    dialogue: Mapped[Dialogue] = relationship(back_populates="actions")


class DialogueConfirmation(Base):
    """That one of those named says: so it was. Nobody else can."""

    __tablename__ = "dialogue_confirmation"
    __table_args__ = (
        UniqueConstraint("dialogue_id", "user_id"),
        ForeignKeyConstraint(
            ["dialogue_id", "user_id"], ["dialogue_person.dialogue_id", "dialogue_person.user_id"]
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(ForeignKey("dialogue.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime] = mapped_column(Instant)
