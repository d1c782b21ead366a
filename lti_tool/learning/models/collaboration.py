"""Learning together: what was done with others, and each one's own part in it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant


class Collaboration(Base):
    """What several did together, as the one who wrote it down first says.

    `others` are people who are not on the programme, as roles or initials. The code lets somebody
    in who cannot be found by name; it is shown to the starter for as long as it works, so it is
    kept as it is.
    """

    __tablename__ = "collaboration"
    __table_args__ = (
        CheckConstraint("(code IS NULL) = (code_expires_at IS NULL)", name="code"),
        UniqueConstraint("code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    starter_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    held_on: Mapped[date]
    others: Mapped[str] = mapped_column(String(300))
    revision: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime] = mapped_column(Instant)
    code: Mapped[str | None] = mapped_column(String(10))
    code_expires_at: Mapped[datetime | None] = mapped_column(Instant)

    strands: Mapped[list[CollaborationStrand]] = relationship(
        cascade="all, delete-orphan", order_by="CollaborationStrand.strand"
    )


class CollaborationStrand(Base):
    """A strand that it was about."""

    __tablename__ = "collaboration_strand"

    collaboration_id: Mapped[int] = mapped_column(ForeignKey("collaboration.id"), primary_key=True)
    strand: Mapped[str] = mapped_column(String(20), primary_key=True)


class CollaborationPart(Base):
    """One participant's part. `learned` is theirs and their supporters', `shared` is for all."""

    __tablename__ = "collaboration_part"
    __table_args__ = (
        UniqueConstraint("collaboration_id", "participant_id"),
        CheckConstraint(
            "state IN ('invited', 'taking_part', 'declined', 'taken_back', 'left')", name="state"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    collaboration_id: Mapped[int] = mapped_column(ForeignKey("collaboration.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(Instant)  # when it came into this state
    learned: Mapped[str] = mapped_column(Text, default="")
    shared: Mapped[str] = mapped_column(Text, default="")
    duty: Mapped[str | None] = mapped_column(String(20))  # the coaching duty that made it possible
    revision: Mapped[int] = mapped_column(default=1)

    collaboration: Mapped[Collaboration] = relationship()

    @property
    def strands(self) -> list[CollaborationStrand]:
        """What it was about, as the participant's own record tells it."""
        return self.collaboration.strands
