"""Evidence items and their versions, attestations, and submitted snapshots.

A version, an attestation and a snapshot are never changed: an edit adds a version, a new judgement
adds an attestation, a new attempt adds a snapshot.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.learning.models import ImpactRecord, Target
from lti_tool.people.models import Participant, User


class EvidenceItem(Base):
    """What is offered for a participant's content areas; its content is in its versions."""

    __tablename__ = "evidence_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    # draft | shared_with_coach | attestation_requested | attested | returned | withdrawn
    # | quarantined | removed
    state: Mapped[str] = mapped_column(String(30))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    requested_at: Mapped[datetime | None] = mapped_column(Instant)
    current_version: Mapped[int] = mapped_column(default=1)
    # The version that others were the first to see; those before it stay the author's own.
    shared_from_version: Mapped[int | None]
    # Whether tutors and the board may see the current version, by what it declares about pupils.
    is_open: Mapped[bool] = mapped_column(default=False, server_default=false())

    participant: Mapped[Participant] = relationship()
    author: Mapped[User] = relationship()
    versions: Mapped[list[EvidenceVersion]] = relationship(
        back_populates="item", order_by="EvidenceVersion.number"
    )
    current: Mapped[EvidenceVersion] = relationship(
        primaryjoin="and_(EvidenceItem.id == foreign(EvidenceVersion.item_id), "
        "EvidenceItem.current_version == EvidenceVersion.number)",
        viewonly=True,
        uselist=False,
    )


class EvidenceVersion(Base):
    """The content of an item at one time, with the digest that an attestation names."""

    __tablename__ = "evidence_version"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        CheckConstraint("pupils IN ('none', 'anonymised', 'identifiable')", name="pupils"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_item.id"))
    number: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    title: Mapped[str] = mapped_column(String(200))
    narrative: Mapped[str] = mapped_column(Text)
    activity_on: Mapped[date]
    module_code: Mapped[str] = mapped_column(String(40))
    duty: Mapped[str | None] = mapped_column(String(1))
    created_at: Mapped[datetime] = mapped_column(Instant)
    content_hash: Mapped[str] = mapped_column(String(64))
    setting: Mapped[str | None] = mapped_column(String(200))
    links: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    impact_record_id: Mapped[int | None] = mapped_column(ForeignKey("impact_record.id"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id"))
    # What is declared about pupils: none | anonymised | identifiable; nothing while not said yet.
    pupils: Mapped[str | None] = mapped_column(String(15))
    permission_by: Mapped[str | None] = mapped_column(String(200))
    permission_basis: Mapped[str | None] = mapped_column(String(20))

    item: Mapped[EvidenceItem] = relationship(back_populates="versions")
    author: Mapped[User] = relationship()
    files: Mapped[list[Upload]] = relationship(back_populates="version", order_by="Upload.position")
    claims: Mapped[list[StrandClaim]] = relationship(
        back_populates="version", order_by="StrandClaim.strand"
    )
    attestations: Mapped[list[Attestation]] = relationship(
        back_populates="version", order_by="Attestation.id"
    )
    impact: Mapped[ImpactRecord | None] = relationship()
    target: Mapped[Target | None] = relationship()


class Upload(Base):
    """One stored file of a version. A new version that keeps a file points at the same bytes."""

    __tablename__ = "upload"
    __table_args__ = (UniqueConstraint("version_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("evidence_version.id"))
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    filename: Mapped[str] = mapped_column(String(255))
    alt_text: Mapped[str | None] = mapped_column(Text)  # or what is said in a recording

    version: Mapped[EvidenceVersion] = relationship(back_populates="files")


class StrandClaim(Base):
    """That a version shows something for a strand."""

    __tablename__ = "strand_claim"
    __table_args__ = (UniqueConstraint("version_id", "strand"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("evidence_version.id"))
    strand: Mapped[str] = mapped_column(String(20))
    rationale: Mapped[str | None] = mapped_column(Text)

    version: Mapped[EvidenceVersion] = relationship(back_populates="claims")


class Attestation(Base):
    """A coach's signed statement on one version, or the reason why it went back."""

    __tablename__ = "attestation"
    __table_args__ = (CheckConstraint("decision IN ('signed', 'returned')", name="decision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("evidence_version.id"), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    coach_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocation.id"))
    decision: Mapped[str] = mapped_column(String(10))
    statement: Mapped[str] = mapped_column(Text)
    duty: Mapped[str | None] = mapped_column(String(1))
    signed_at: Mapped[datetime] = mapped_column(Instant)
    authenticated_by: Mapped[str] = mapped_column(String(40))  # how the signer proved who they are

    version: Mapped[EvidenceVersion] = relationship(back_populates="attestations")
    coach: Mapped[User] = relationship()
    # Read along with every attestation, so that none is ever shown without it.
    revocation: Mapped[AttestationRevocation | None] = relationship(
        back_populates="attestation", lazy="joined"
    )


class AttestationRevocation(Base):
    """That a coach no longer stands by what they signed. The signature itself stays as it is."""

    __tablename__ = "attestation_revocation"

    id: Mapped[int] = mapped_column(primary_key=True)
    attestation_id: Mapped[int] = mapped_column(ForeignKey("attestation.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(20))  # one of the codes in `standing.REASONS`
    words: Mapped[str] = mapped_column(Text)
    revoked_at: Mapped[datetime] = mapped_column(Instant)
    authenticated_by: Mapped[str] = mapped_column(String(40))

    attestation: Mapped[Attestation] = relationship(back_populates="revocation")


class Attempt(Base):
    """A submission of a module, with the snapshot that marker and board see ever after.

    The database refuses any change to these rows: `manifest` is the frozen bundle as canonical
    JSON, `root_hash` the SHA-256 of its bytes.
    """

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("participant_id", "module_code", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    module_code: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    submitted_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date | None]  # as it was for this participant when they handed in
    receipt: Mapped[str] = mapped_column(String(30), unique=True)
    manifest: Mapped[str] = mapped_column(Text)
    root_hash: Mapped[str] = mapped_column(String(64))

    participant: Mapped[Participant] = relationship()
    items: Mapped[list[AttemptItem]] = relationship(order_by="AttemptItem.id")


class AttemptItem(Base):
    """Which evidence versions an attempt holds, for queries; the manifest is what counts."""

    __tablename__ = "attempt_item"
    __table_args__ = (UniqueConstraint("attempt_id", "version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("evidence_version.id"), index=True)

    version: Mapped[EvidenceVersion] = relationship()


Manifest = dict[str, Any]
