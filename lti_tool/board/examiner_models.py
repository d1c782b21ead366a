"""Who examines from outside, for which modules and how long, and what they said of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.evidence.models import Attempt
from lti_tool.people.models import User

CURRENT = text("ended_at IS NULL")


class ExaminerAppointment(Base):
    """That somebody from outside examines some modules, from a first to a last day.

    It opens nothing by itself: the examiner comes by a personal link of that kind.
    """

    __tablename__ = "examiner_appointment"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="period"),
        Index(
            "uq_examiner_appointment_current",
            "user_id",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    link_id: Mapped[int] = mapped_column(ForeignKey("personal_link.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]  # the last day on which they may look
    # Fixes which marks are looked at where no moderator drew a sample, so that it is drawn alike.
    seed: Mapped[str] = mapped_column(String(32))
    appointed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    appointed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    modules: Mapped[list[ExaminerModule]] = relationship(order_by="ExaminerModule.module_code")

    @property
    def codes(self) -> tuple[str, ...]:
        """The modules' codes."""
        return tuple(each.module_code for each in self.modules)


class ExaminerModule(Base):
    """One module of an appointment."""

    __tablename__ = "examiner_module"
    __table_args__ = (UniqueConstraint("appointment_id", "module_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("examiner_appointment.id"))
    module_code: Mapped[str] = mapped_column(String(40))


class ScriptRequest(Base):
    """An examiner asks for a script outside the sample; the lead lets them, or says why not."""

    __tablename__ = "script_request"
    __table_args__ = (
        UniqueConstraint("appointment_id", "attempt_id"),
        CheckConstraint("decision IN ('granted', 'refused')", name="decision"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("examiner_appointment.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decision: Mapped[str | None] = mapped_column(String(10))
    words: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    attempt: Mapped[Attempt] = relationship()


class ExaminerStatement(Base):
    """What the examiner says of a module or of all, or what the university answers.

    Written once: a change is a further version.
    """

    __tablename__ = "examiner_statement"
    __table_args__ = (
        UniqueConstraint("appointment_id", "about", "kind", "number"),
        CheckConstraint("kind IN ('comment', 'response')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("examiner_appointment.id"))
    about: Mapped[str] = mapped_column(String(40))  # a module's code, or "overall"
    kind: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    written_at: Mapped[datetime] = mapped_column(Instant)
