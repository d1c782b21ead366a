"""University partnerships. The first start makes the first one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.people import programmes
from lti_tool.people.models import Provider

FIRST = "Our university"


def add_provider(name: str, programme: Path) -> Provider:
    """A new partnership, with the first version of its programme."""
    if db.session.scalars(select(Provider).where(Provider.name == name)).first():
        raise Invalid(f"There is a provider called {name} already.")
    provider = Provider(name=name, created_at=now())
    db.session.add(provider)
    db.session.flush()
    programmes.publish(provider, programme)
    return provider


def list_providers() -> list[Provider]:
    """All of them, oldest first."""
    return list(db.session.scalars(select(Provider).order_by(Provider.id)))


def get_provider(name: str | None = None) -> Provider:
    """The provider of this name; without one, the only provider there is."""
    query = select(Provider).order_by(Provider.id)
    found = list(db.session.scalars(query.where(Provider.name == name) if name else query))
    if name and not found:
        raise NotFound(f"There is no provider called {name}. See: providers list")
    if len(found) != 1:
        raise Invalid("There are several providers. Say which with --provider NAME.")
    return found[0]


def ensure_first_provider(programme: Path) -> None:
    """Make the first provider on an empty database; safe to repeat."""
    if list_providers():
        return
    try:
        add_provider(FIRST, programme)
        db.session.commit()
    except (IntegrityError, Invalid):
        # Another process that was started at the same moment was quicker.
        db.session.rollback()
        if not list_providers():
            raise
