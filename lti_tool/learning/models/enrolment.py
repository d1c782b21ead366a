"""What the programme lead has arranged about modules, and until when they are due.

Without a row a module opens by its turn. What became of a module is in its attempts and grades;
what was done when, and by whom, in the trail.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models import Participant, User


class ModuleEnrolment(Base):
    """One participant's module: open before its turn, closed, deferred, or by its turn (enrolled).

    A further attempt is open while fewer were made than `attempts_allowed`.
    """

    __tablename__ = "module_enrolment"
    __table_args__ = (
        UniqueConstraint("participant_id", "module_code"),
        CheckConstraint("state IN ('enrolled', 'open', 'closed', 'deferred')", name="state"),
        CheckConstraint("attempts_allowed BETWEEN 1 AND 20", name="attempts_allowed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    module_code: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="enrolled")
    due_on: Mapped[date | None]  # the participant's own, beside the module's
    attempts_allowed: Mapped[int] = mapped_column(default=1)
    enrolled_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    participant: Mapped[Participant] = relationship()
    changed_by: Mapped[User] = relationship()


class ModuleDate(Base):
    """Until when a module is due for all on one programme version, or for one cohort of them."""

    __tablename__ = "module_date"
    __table_args__ = (UniqueConstraint("programme_version_id", "module_code", "cohort"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    module_code: Mapped[str] = mapped_column(String(40))
    cohort: Mapped[str] = mapped_column(String(60), default="")  # empty: whoever has no other
    due_on: Mapped[date]
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    set_by: Mapped[User] = relationship()
