"""How far everybody's evidence has come, kept for pages over thousands; docs/decisions/0049."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base


class AreaReach(Base):
    """The highest rank of a person's evidence in an area of a phase, as it was last worked out."""

    __tablename__ = "area_reach"

    participant_id: Mapped[int] = mapped_column(
        ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    area: Mapped[str] = mapped_column(String(40), primary_key=True)
    phase: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rank: Mapped[int]
    attested: Mapped[int]
    """Whether a coach has attested anything there, seen by others or not."""


class ReachDue(Base):
    """Something changed of this person, and what is kept of them does not hold any more.

    Triggers add a row with every change (migration 041). A row is never changed and no two are
    one, so whoever renews takes away what they have seen and nothing that came after.
    """

    __tablename__ = "reach_due"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(index=True)
