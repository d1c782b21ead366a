"""Somebody who would like to join, and what was decided on whether they may."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models.members import Participant
from lti_tool.people.models.schools import School

STATES = (
    "'interested', 'checked', 'passed_to_provider', 'offered', 'enrolled', 'declined', 'lapsed'"
)
ANSWERS = "'eligible', 'not_eligible', 'undecided'"


class Application(Base):
    """One person's way from interest to enrolment; which act leads where is in `applications.py`.

    The facts are what a lead was told; what is not told is None. `answer` is that of the newest
    decision as long as the facts are those it rests on. A person who applies is nobody's user:
    staff alone say which participant they became.
    """

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint(f"answer IN ({ANSWERS})", name="answer"),
        CheckConstraint(
            "(state = 'enrolled') = (participant_id IS NOT NULL)", name="enrolled_participant"
        ),
        CheckConstraint(
            "(state IN ('declined', 'lapsed')) = (ended_reason IS NOT NULL)", name="ended_reason"
        ),
        Index("ix_application_provider_id_state", "provider_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    name: Mapped[str] = mapped_column(String(300))
    email: Mapped[str | None] = mapped_column(String(320))
    state: Mapped[str] = mapped_column(String(20), default="interested")
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"), index=True)
    role: Mapped[str | None] = mapped_column(String(30))
    newly_recruited: Mapped[str | None] = mapped_column(String(3))
    qts_year: Mapped[str | None] = mapped_column(String(7))
    post_year: Mapped[str | None] = mapped_column(String(7))
    offered_package: Mapped[str | None] = mapped_column(String(3))
    # What was said of the school is taken as on this day; None: as on the day of the check.
    school_as_on: Mapped[date | None]
    answer: Mapped[str | None] = mapped_column(String(20))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), unique=True)
    ended_from: Mapped[str | None] = mapped_column(String(20))  # how far it had come
    ended_reason: Mapped[str | None] = mapped_column(String(30))
    applied_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    school: Mapped[School | None] = relationship()
    participant: Mapped[Participant | None] = relationship()


class EligibilityDecision(Base):
    """What the rules said of an application on a day, with all that it rested on.

    Never changed (migration 014): what is said of a school later concerns later decisions only.
    `facts` has for each fact its value and, of a school, since when it was so and who said it;
    `reasons` has for each rule whether it holds, what failed and what was not known.
    """

    __tablename__ = "eligibility_decision"
    __table_args__ = (
        CheckConstraint(f"answer IN ({ANSWERS})", name="answer"),
        CheckConstraint("(answer = 'eligible') = (rule IS NOT NULL)", name="matched_rule"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    rule_set: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime] = mapped_column(Instant)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    school_as_on: Mapped[date]
    answer: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str | None] = mapped_column(String(20))
    window_rule: Mapped[str | None] = mapped_column(String(10))
    enrol_from: Mapped[date | None]
    start_from: Mapped[date | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    needs: Mapped[list[str]] = mapped_column(JSON)

    application: Mapped[Application] = relationship()
