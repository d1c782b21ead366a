"""Evidence that must not stand beside a name while its viewer judges such work by number.

The package of marks knows who judges what; this one keeps its lists and pages by what that says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, false
from sqlalchemy.orm import Session, sessionmaker

from lti_tool.db import db
from lti_tool.identity import Viewer

KEY = "judged_by_number"


@dataclass(frozen=True)
class JudgedByNumber:
    """What is known above of those who judge by number."""

    is_closed_item: Callable[[Viewer], ColumnElement[bool]]  # of an evidence item
    is_closed_attempt: Callable[[Viewer], ColumnElement[bool]]
    modules: Callable[[Viewer], Select[str]]  # codes of the modules that the viewer judges so


def attach(sessions: sessionmaker[Session], known: JudgedByNumber) -> None:
    """Let every database session of this application know what is judged by number."""
    before = sessions.kw.get("info") or {}
    sessions.configure(info={**before, KEY: known})


def is_closed_item(viewer: Viewer) -> ColumnElement[bool]:
    """Of an item: it is in work that the viewer may have to judge without knowing whose it is."""
    return _known().is_closed_item(viewer) if viewer.is_staff else false()


def is_closed_attempt(viewer: Viewer) -> ColumnElement[bool]:
    """The same of an attempt."""
    return _known().is_closed_attempt(viewer) if viewer.is_staff else false()


def judged_by_number(viewer: Viewer) -> list[str]:
    """The codes of the modules that the viewer judges by number now, for the pages to say so."""
    if not viewer.is_staff:
        return []
    return sorted(db.session.scalars(_known().modules(viewer).distinct()))


def _known() -> JudgedByNumber:
    found: JudgedByNumber = db.session.info[KEY]
    return found
