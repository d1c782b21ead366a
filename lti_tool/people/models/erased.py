"""What is left of somebody whose data was erased: enough not to bring them back by mistake."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base, Instant


class ErasedSubject(Base):
    """The digest of how a platform named somebody. A roster that lists them adds nobody."""

    __tablename__ = "erased_subject"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(Instant)
