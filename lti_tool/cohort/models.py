"""What a coach has read and not signed yet, and the weekly mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.evidence.models import EvidenceVersion
from lti_tool.people.models import User


class AttestationDraft(Base):
    """That a coach has opened a version to sign it with others, and the words so far.

    Its coach alone sees it; signing uses it up, and a newer version leaves it behind.
    """

    __tablename__ = "attestation_draft"
    __table_args__ = (UniqueConstraint("version_id", "coach_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("evidence_version.id"))
    coach_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    statement: Mapped[str] = mapped_column(Text, default="")
    duty: Mapped[str | None] = mapped_column(String(1))
    opened_at: Mapped[datetime] = mapped_column(Instant)

    version: Mapped[EvidenceVersion] = relationship()


class Digest(Base):
    """The one mail that a person gets in a week: how much of which kind waited for them."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("user_id", "week"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    week: Mapped[str] = mapped_column(String(8))  # as ISO 8601 writes it: 2026-W47
    waiting: Mapped[dict[str, int]] = mapped_column(JSON)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # of the way to stop it
    written_at: Mapped[datetime] = mapped_column(Instant)

    user: Mapped[User] = relationship()


class DigestRound(Base):
    """That everybody of a provider was looked at in a week, so that nobody is again."""

    __tablename__ = "digest_round"
    __table_args__ = (UniqueConstraint("provider_id", "week"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    week: Mapped[str] = mapped_column(String(8))
    done_at: Mapped[datetime] = mapped_column(Instant)


class DigestStop(Base):
    """That somebody wants no weekly mail. Codes and invitations reach them all the same."""

    __tablename__ = "digest_stop"
    __table_args__ = (UniqueConstraint("user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    stopped_at: Mapped[datetime] = mapped_column(Instant)
