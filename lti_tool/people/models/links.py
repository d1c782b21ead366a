"""Personal links: how somebody without an account in a VLE comes in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.people.models.members import User

OPEN = text("revoked_at IS NULL")


class PersonalLink(Base):
    """One person's own way in, as coach, head teacher or external examiner.

    It has no token until an invitation to it was accepted. What it opens is decided elsewhere: a
    coach's pages by their allocations, a head teacher's by `school_id`.
    """

    __tablename__ = "personal_link"
    __table_args__ = (
        CheckConstraint("kind IN ('coach', 'head', 'examiner')", name="kind"),
        CheckConstraint("(kind = 'head') = (school_id IS NOT NULL)", name="school"),
        Index(
            "uq_personal_link_open",
            "user_id",
            "kind",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"), index=True)
    # Where codes go: only to what staff entered or confirmed, and never to what its holder says.
    address: Mapped[str] = mapped_column(String(254))
    address_confirmed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)  # None: not accepted yet
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class LinkInvitation(Base):
    """An address sent by mail that may be accepted once, and then makes the personal link."""

    __tablename__ = "link_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("personal_link.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    link: Mapped[PersonalLink] = relationship()


class LinkCode(Base):
    """A code that was sent; good for one sign-in, a quarter of an hour and a few tries."""

    __tablename__ = "link_code"
    __table_args__ = (CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("personal_link.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class KnownBrowser(Base):
    """A browser whose owner said that it is their own; it needs no code until it expires."""

    __tablename__ = "known_browser"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("personal_link.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    known_since: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
