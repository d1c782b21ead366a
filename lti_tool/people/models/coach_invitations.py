"""A coach whom a participant invites: on trust, until staff have confirmed the address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models.members import Participant, User

OPEN = text("settled_at IS NULL")


class CoachInvitation(Base):
    """Whom a participant wants as coach; at most one of a participant is open.

    It is no personal link and gives none: that has an address which staff vouch for. Until then its
    coach comes in by a code on the participant's own screen, and may not attest.
    """

    __tablename__ = "coach_invitation"
    __table_args__ = (
        CheckConstraint("basis IN ('own_school', 'partner_school', 'other_setting')", name="basis"),
        CheckConstraint("outcome IN ('confirmed', 'refused', 'withdrawn')", name="outcome"),
        CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled"),
        CheckConstraint("(accepted_at IS NULL) = (user_id IS NULL)", name="accepted"),
        Index(
            "uq_coach_invitation_open",
            "participant_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    address: Mapped[str] = mapped_column(String(254))  # what the participant says, and no more
    basis: Mapped[str] = mapped_column(String(20))
    made_at: Mapped[datetime] = mapped_column(Instant)
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the code on screen
    code_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(10))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    participant: Mapped[Participant] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
