"""Which programme a participant is on: published versions, kept in the database."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import func, select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import NotAllowed, NotFound, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant, ProgrammeVersion, Provider
from lti_tool.people.states import LIVE
from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import parse_programme, read_programme

PUBLISHED, CLOSING, CLOSED = "published", "closing", "closed"


def publish(provider: Provider, path: Path) -> tuple[ProgrammeVersion, bool]:
    """Keep a programme file as a version of this provider, after checking it whole.

    Answers the version and whether it is new: the same text a second time changes nothing, and
    another text under the same name is refused. Raises ProgrammeInvalid with every mistake.
    """
    text = read_programme(path)
    programme = parse_programme(text, source=str(path))
    _hold(provider)
    found = find_version(provider.id, programme.id, programme.version)
    if found is not None:
        if found.definition != text:
            raise Refused(
                f"{path}: {programme.id} {programme.version} is published already with "
                "another text, and what is published never changes. Give this file another "
                "framework.version."
            )
        return found, False
    version = ProgrammeVersion(
        provider_id=provider.id,
        framework=programme.id,
        version=programme.version,
        definition=text,
        published_at=now(),
    )
    db.session.add(version)
    record(None, "programme.published", version, acted_as="operator")
    return version, True


def list_versions(provider_id: int) -> list[ProgrammeVersion]:
    """All versions of a provider, the newest first."""
    return list(
        db.session.scalars(
            select(ProgrammeVersion)
            .where(ProgrammeVersion.provider_id == provider_id)
            .order_by(ProgrammeVersion.published_at.desc(), ProgrammeVersion.id.desc())
        )
    )


def get_version(provider_id: int, version_id: int) -> ProgrammeVersion:
    """One version of this provider."""
    found = db.session.get(ProgrammeVersion, version_id)
    if found is None or found.provider_id != provider_id:
        raise NotFound("There is no such programme version. See: programme list")
    return found


def find_version(provider_id: int, framework: str, version: str) -> ProgrammeVersion | None:
    """The version of this name, or None."""
    return db.session.scalars(
        select(ProgrammeVersion).where(
            ProgrammeVersion.provider_id == provider_id,
            ProgrammeVersion.framework == framework,
            ProgrammeVersion.version == version,
        )
    ).one_or_none()


def newest_version(provider_id: int) -> ProgrammeVersion:
    """The version that new participants join: of those that are not being taught out."""
    found = db.session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.provider_id == provider_id, ProgrammeVersion.state == PUBLISHED)
        .order_by(ProgrammeVersion.published_at.desc(), ProgrammeVersion.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotFound("No programme is published yet. The operator can publish one.")
    return found


def count_participants(provider_id: int) -> dict[int, int]:
    """version id → how many are on it and not done with it."""
    rows = db.session.execute(
        select(Participant.programme_version_id, func.count())
        .where(Participant.provider_id == provider_id, Participant.state.in_(LIVE))
        .group_by(Participant.programme_version_id)
    )
    return {row[0]: row[1] for row in rows}


def teach_out(version: ProgrammeVersion) -> None:
    """Nobody joins this version any more; whoever is on it goes on as before."""
    _hold(db.session.get_one(Provider, version.provider_id))
    _check_state(version, PUBLISHED)
    others = [
        each
        for each in list_versions(version.provider_id)
        if each.state == PUBLISHED and each.id != version.id
    ]
    if not others:
        raise Refused("This is the only version that new participants can join. Publish one first.")
    _enter(version, CLOSING)


def reopen(version: ProgrammeVersion) -> None:
    """Take a teach-out back."""
    _check_state(version, CLOSING)
    _enter(version, PUBLISHED)


def close(version: ProgrammeVersion) -> None:
    """The end of a version that was taught out: nobody is on it any more."""
    _check_state(version, CLOSING)
    if left := count_participants(version.provider_id).get(version.id, 0):
        people = "1 participant is" if left == 1 else f"{left} participants are"
        raise Refused(f"{people} still on this version. It closes once they are done with it.")
    _enter(version, CLOSED)


def move_to(viewer: Viewer, participant: Participant, version: ProgrammeVersion) -> None:
    """Put one participant on another version; that nothing is lost by it, the caller has asked."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only the programme lead changes which version somebody is on.")
    former = participant.programme_version_id
    participant.programme_version = version
    record(
        viewer, "programme.adopted", participant, participant_id=participant.id,
        from_version=former, to_version=version.id, version=version.version,
    )  # fmt: skip


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


def _hold(provider: Provider) -> None:
    """Keep others who publish for this provider waiting until this one is through."""
    db.session.refresh(provider, with_for_update=True)


def _check_state(version: ProgrammeVersion, expected: str) -> None:
    db.session.refresh(version, with_for_update=True)
    if version.state != expected:
        raise Refused(f"This version is {version.state}, not {expected}.")


def _enter(version: ProgrammeVersion, state: str) -> None:
    version.state = state
    record(None, f"programme.{state}", version, acted_as="operator")
