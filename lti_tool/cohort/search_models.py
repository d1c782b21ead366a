"""The words that a search looks through. Triggers of the database write them (migration 037)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.db import Base


class PersonWords(Base):
    """A person's name and address, folded."""

    __tablename__ = "person_words"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


class SchoolWords(Base):
    """A school's name, number and region, folded."""

    __tablename__ = "school_words"

    school_id: Mapped[int] = mapped_column(
        ForeignKey("school.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


class EvidenceWords(Base):
    """The words of an item's current version, its files' names and its reasons, folded.

    On PostgreSQL with an index over its words (migrations 037 and 043).
    """

    __tablename__ = "evidence_words"

    item_id: Mapped[int] = mapped_column(
        ForeignKey("evidence_item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)
