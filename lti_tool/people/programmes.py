"""Which programme a participant is on: published versions, kept in the database."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import NotFound
from lti_tool.people.models import Participant, ProgrammeVersion, Provider
from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import parse_programme


def publish(provider: Provider, path: Path) -> ProgrammeVersion:
    """Keep a programme file as a version of this provider, after checking it whole.

    Raises ProgrammeInvalid with every mistake in the file.
    """
    text = path.read_text(encoding="utf-8")
    programme = parse_programme(text, source=path.name)
    version = ProgrammeVersion(
        provider_id=provider.id,
        framework=programme.id,
        version=programme.version,
        definition=text,
        published_at=now(),
    )
    db.session.add(version)
    record(None, "programme.published", version, acted_as="operator")
    return version


def newest_version(provider_id: int) -> ProgrammeVersion:
    """The version that new participants join."""
    found = db.session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.provider_id == provider_id)
        .order_by(ProgrammeVersion.published_at.desc(), ProgrammeVersion.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotFound("No programme is published yet. The operator can publish one.")
    return found


def programme_of(participant: Participant) -> Programme:
    """The programme as this participant's version defines it."""
    return parsed(participant.programme_version.definition)


def current_programme(provider_id: int) -> Programme:
    """The programme as the newest version defines it."""
    return parsed(newest_version(provider_id).definition)


@lru_cache(maxsize=64)
def parsed(definition: str) -> Programme:
    """A published text never changes, so it is parsed once a process."""
    return parse_programme(definition, source="published programme")
