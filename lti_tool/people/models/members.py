"""People and the courses they meet in."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
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


class Provider(Base):
    """A university partnership. It owns all that follows; nothing crosses it."""

    __tablename__ = "provider"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ProgrammeVersion(Base):
    """A published programme file, kept as its text. Participants stay on theirs.

    The database refuses any change but to the state (migration 017).
    """

    __tablename__ = "programme_version"
    __table_args__ = (
        UniqueConstraint("provider_id", "framework", "version"),
        CheckConstraint("state IN ('published', 'closing', 'closed')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    framework: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(40))
    definition: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), default="published", server_default="published")


class User(Base):
    """A person who uses the tool, in whatever roles."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    email: Mapped[str | None] = mapped_column(String(320))
    created_at: Mapped[datetime] = mapped_column(Instant)
    # The lead is appointed in the tool: Moodle sends Instructor for tutor and lead alike.
    lead_since: Mapped[datetime | None] = mapped_column(Instant)
    # From then on nothing is sent, and the database lets no name and no address in.
    erased_at: Mapped[datetime | None] = mapped_column(Instant)

    identities: Mapped[list[PlatformIdentity]] = relationship(back_populates="user")


class PlatformIdentity(Base):
    """How a platform names a user (`sub`). People are never merged by e-mail."""

    __tablename__ = "platform_identity"
    __table_args__ = (UniqueConstraint("registration_id", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    subject: Mapped[str] = mapped_column(String(255))

    user: Mapped[User] = relationship(back_populates="identities")


class Course(Base):
    """A VLE course that launches the tool; the wire calls it a context."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("deployment_id", "context"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    context: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Origin(StrEnum):
    """Who told us of a member or a participant."""

    LAUNCH = "launch"
    ROSTER = "roster"
    MISTAKEN = "mistaken"  # of a participant: a launch has shown that the roster misled us


class CourseMember(Base):
    """What a user is in a course, as the last launch or roster said."""

    __tablename__ = "course_member"
    __table_args__ = (UniqueConstraint("course_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    # Who said the role.
    source: Mapped[str] = mapped_column(
        String(10), default=Origin.LAUNCH.value, server_default="launch"
    )
    last_launch_at: Mapped[datetime | None] = mapped_column(Instant)
    # Whole rosters in a row that did not list them.
    absent_count: Mapped[int] = mapped_column(default=0, server_default="0")
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    is_test_user: Mapped[bool] = mapped_column(default=False, server_default=false())

    user: Mapped[User] = relationship()


OPEN_SYNC = text("state IN ('queued', 'running')")


class RosterSync(Base):
    """One reading of a course's roster from its VLE. A course has one open at a time.

    Whoever holds the lease may write; a worker that was killed lets it run out.
    """

    __tablename__ = "roster_sync"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        Index(
            "uq_roster_sync_open",
            "course_id",
            unique=True,
            sqlite_where=OPEN_SYNC,
            postgresql_where=OPEN_SYNC,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    requested_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    joined: Mapped[int] = mapped_column(default=0)
    departed: Mapped[int] = mapped_column(default=0)
    sentence: Mapped[str | None] = mapped_column(String(500))  # why it failed
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)

    course: Mapped[Course] = relationship()


class RosterEntry(Base):
    """A person whom a roster lists, kept until the whole roster is there."""

    __tablename__ = "roster_entry"

    sync_id: Mapped[int] = mapped_column(ForeignKey("roster_sync.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(300))
    email: Mapped[str | None] = mapped_column(String(320))
    role: Mapped[str | None] = mapped_column(String(20))  # None: one that gives no place here
    is_test_user: Mapped[bool]


STATES = (
    "'enrolled', 'active', 'paused', 'transferring', 'withdrawn', "
    "'completed_awaiting_board', 'awarded'"
)


class Participant(Base):
    """A teacher on the programme. Belongs to the provider, not to a course.

    Registered from `enrolled_on` until `left_on` (exclusive); what a participant may go through
    from state to state is told in `people/states.py`.
    """

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("provider_id", "candidate_number"),
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint("left_on IS NULL OR left_on >= enrolled_on", name="registration"),
        CheckConstraint("window_rule IN ('nqt', 'none')", name="window_rule"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)
    programme_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    candidate_number: Mapped[str] = mapped_column(String(20))
    enrolled_on: Mapped[date]
    origin: Mapped[str] = mapped_column(
        String(10), default=Origin.LAUNCH.value, server_default="launch"
    )
    state: Mapped[str] = mapped_column(String(30), default="active", server_default="active")
    started_on: Mapped[date | None]
    left_on: Mapped[date | None]
    left_reason: Mapped[str | None] = mapped_column(String(30))
    cohort: Mapped[str | None] = mapped_column(String(60))
    subject_taught: Mapped[str | None] = mapped_column(String(100))
    school_phase: Mapped[str | None] = mapped_column(String(20))
    trn: Mapped[str | None] = mapped_column(String(7))
    # The facts from which the time window follows (programme/timing.py); None is not known.
    qts_on: Mapped[date | None]
    teaching_from: Mapped[date | None]
    induction_from: Mapped[date | None]
    induction_to: Mapped[date | None]
    window_rule: Mapped[str | None] = mapped_column(String(10))

    user: Mapped[User] = relationship()
    programme_version: Mapped[ProgrammeVersion] = relationship()
    allocations: Mapped[list[Allocation]] = relationship(back_populates="participant")


CURRENT_COACH = text("kind = 'coach' AND ended_on IS NULL")
CURRENT_TUTOR = text("kind = 'tutor' AND ended_on IS NULL")


class Allocation(Base):
    """A coach or tutor for a participant, for a dated period (`ended_on` is exclusive).

    That two coaches never overlap, that nobody is their own, and that no period lies outside the
    participant's registration, is refused by the database (migration 009).
    """

    __tablename__ = "allocation"
    __table_args__ = (
        CheckConstraint("kind IN ('coach', 'tutor')", name="kind"),
        CheckConstraint("basis IN ('own_school', 'partner_school', 'other_setting')", name="basis"),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="period"),
        Index(
            "uq_allocation_current_coach",
            "participant_id",
            unique=True,
            sqlite_where=CURRENT_COACH,
            postgresql_where=CURRENT_COACH,
        ),
        Index(
            "uq_allocation_current_tutor",
            "participant_id",
            "user_id",
            unique=True,
            sqlite_where=CURRENT_TUTOR,
            postgresql_where=CURRENT_TUTOR,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    basis: Mapped[str | None] = mapped_column(String(20))  # where a coach works; None: not told
    handover: Mapped[str | None] = mapped_column(Text)  # what the next one should know

    participant: Mapped[Participant] = relationship(back_populates="allocations")
    user: Mapped[User] = relationship()
