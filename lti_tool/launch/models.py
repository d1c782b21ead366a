"""Platforms that may launch us, and what they told us about their courses and links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.db import Base, Instant
from lti_tool.launch.destinations import Destination


class Registration(Base):
    """Issuer, client id and endpoints agreed with one platform."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    product: Mapped[str] = mapped_column(String(20))  # moodle | canvas: decides the quirks
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(String(1000))
    auth_token_url: Mapped[str] = mapped_column(String(1000))
    jwks_url: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    last_launch_at: Mapped[datetime | None] = mapped_column(Instant)

    deployments: Mapped[list[Deployment]] = relationship(
        back_populates="registration", order_by="Deployment.id"
    )
    frame_origins: Mapped[list[FrameOrigin]] = relationship(order_by="FrameOrigin.id")


class Deployment(Base):
    """One placement of the tool within a registration."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Instant)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)

    registration: Mapped[Registration] = relationship(back_populates="deployments")


class RegistrationInvitation(Base):
    """The operator's word that one platform may register itself, once, until a day."""

    __tablename__ = "registration_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    name: Mapped[str | None] = mapped_column(String(200))  # what people call the platform
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"), index=True)


class FrameOrigin(Base):
    """An origin that may show us in a frame: given by the operator, or learned from a launch."""

    __tablename__ = "frame_origin"
    __table_args__ = (UniqueConstraint("registration_id", "origin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    origin: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(10))  # given | learned


class ResourceLink(Base):
    """A link placed in a course, and what it opens."""

    __tablename__ = "resource_link"
    __table_args__ = (
        UniqueConstraint("course_id", "resource_link_id"),
        CheckConstraint("state IN ('undecided', 'copied', 'placed', 'chosen')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str | None] = mapped_column(String(500))
    opens: Mapped[str] = mapped_column(String(20))  # progress | module | coach-evidence
    module_code: Mapped[str | None] = mapped_column(String(40))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    lineitem_url: Mapped[str | None] = mapped_column(String(1000))
    state: Mapped[str] = mapped_column(String(10))
    said: Mapped[str | None] = mapped_column(String(255))  # our custom value, as last sent
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    @property
    def is_settled(self) -> bool:
        """Whether it is known what the link is for, in this course."""
        return self.state in SETTLED

    @property
    def destination(self) -> Destination:
        """What it opens."""
        return Destination(self.opens, self.module_code, self.participant_id)

    @destination.setter
    def destination(self, found: Destination) -> None:
        self.opens = found.page
        self.module_code = found.module_code
        self.participant_id = found.participant_id


SETTLED = ("placed", "chosen")


class PlacedItem(Base):
    """What we gave a course to place; its reference comes back as the link's custom value."""

    __tablename__ = "placed_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    opens: Mapped[str] = mapped_column(String(20))
    module_code: Mapped[str | None] = mapped_column(String(40))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def destination(self) -> Destination:
        """What it was given to open."""
        return Destination(self.opens, self.module_code, self.participant_id)


class CourseServices(Base):
    """Where a course's gradebook and roster answer, from the newest launch that said so."""

    __tablename__ = "course_services"

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    lineitems_url: Mapped[str | None] = mapped_column(String(1000))
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    memberships_url: Mapped[str | None] = mapped_column(String(1000))
    updated_at: Mapped[datetime] = mapped_column(Instant)


IN_TURN = text("state IN ('next', 'current')")


class ToolKey(Base):
    """A key pair of ours; the private half is encrypted at rest.

    There is one current key and one next: two processes that make the first at once cannot both.
    """

    __tablename__ = "tool_key"
    __table_args__ = (
        Index(
            "uq_tool_key_in_turn",
            "state",
            unique=True,
            sqlite_where=IN_TURN,
            postgresql_where=IN_TURN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(String(100), unique=True)
    state: Mapped[str] = mapped_column(String(10))  # next | current | retiring
    public_jwk: Mapped[str] = mapped_column(Text)
    private_pem: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)  # when it came into this state
