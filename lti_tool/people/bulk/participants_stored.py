"""Participants as an import stores them, and as an export shows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.people import programmes
from lti_tool.people.bulk import posts
from lti_tool.people.bulk.columns import Row
from lti_tool.people.bulk.finding import CHUNK
from lti_tool.people.bulk.outcome import Importer
from lti_tool.people.candidate_numbers import new_number
from lti_tool.people.models import (
    Origin,
    Participant,
    PlatformIdentity,
    ProgrammeVersion,
    School,
    SchoolPeriod,
    User,
)
from lti_tool.people.moves import is_main_now
from lti_tool.people.participation import CAREER, TEACHING

FACTS = (*TEACHING, *CAREER)


def change_participant(importer: Importer, found: Participant, changed: dict[str, Any]) -> None:
    """Set what a row says of somebody who is here."""
    for name, value in changed.items():
        setattr(found, name, value)
    record(
        importer.viewer, "participant.facts_changed", found, participant_id=found.id,
        acted_as="operator", fields=" ".join(changed),
    )  # fmt: skip


def add_participant(
    importer: Importer,
    row: Row,
    user: User | None,
    name: str,
    enrolled_on: date,
    move: posts.Move | None,
) -> None:
    """Take somebody in whom no launch has shown yet, or who was known and no participant."""
    if user is None:
        user = User(
            provider_id=importer.provider_id, name=name, email=row.get("email"), created_at=now()
        )
        if importer.registration_id is None:
            raise Invalid("It is not said which VLE gave these ids.")
        user.identities.append(
            PlatformIdentity(
                registration_id=importer.registration_id, subject=row.get("vle_user_id")
            )
        )
        db.session.add(user)
        record(importer.viewer, "user.created", user, acted_as="operator")
    found = Participant(
        provider_id=importer.provider_id,
        user_id=user.id,
        programme_version_id=programmes.newest_version(importer.provider_id).id,
        candidate_number=row.get("candidate_number") or new_number(importer.provider_id),
        enrolled_on=enrolled_on,
        # A launch may still show that somebody else was meant.
        origin=Origin.ROSTER.value,
        state="active",
        **{name: row.get(name) for name in FACTS},
    )
    db.session.add(found)
    db.session.flush()
    record(
        importer.viewer, "participant.enrolled", found, participant_id=found.id,
        acted_as="operator",
    )  # fmt: skip
    if move is not None:
        move.write(found)


SHOWN_ONLY = ("state", "started_on", "programme")
EXPORTED = (
    "candidate_number", "vle_user_id", "name", "email", "state", "enrolled_on", "started_on",
    "programme", "cohort", "subject_taught", "school_phase", "trn", "qts_on", "teaching_from",
    "induction_from", "induction_to", "window_rule", "school_urn", "school_from",
)  # fmt: skip


def export(importer: Importer) -> Iterator[dict[str, Any]]:
    """Every participant, with today's main school; the ids are those of the one VLE asked for."""
    version = ProgrammeVersion.framework + " " + ProgrammeVersion.version
    elsewhere = {
        "vle_user_id": _vle_id(importer),
        "name": User.name,
        "email": User.email,
        "programme": version,
        "school_urn": School.urn,
        "school_from": SchoolPeriod.started_on,
    }
    wanted = [elsewhere[name] if name in elsewhere else getattr(Participant, name)
              for name in EXPORTED]  # fmt: skip
    query = (
        select(Participant.id, *wanted)
        .join(Participant.user)
        .join(ProgrammeVersion, ProgrammeVersion.id == Participant.programme_version_id)
        .outerjoin(
            SchoolPeriod, (SchoolPeriod.participant_id == Participant.id) & is_main_now(today())
        )
        .outerjoin(School, School.id == SchoolPeriod.school_id)
        .where(
            Participant.provider_id == importer.provider_id,
            Participant.origin != Origin.MISTAKEN.value,
        )
        .order_by(Participant.id)
    )
    after = 0
    while found := db.session.execute(query.where(Participant.id > after).limit(CHUNK)).all():
        for row in found:
            yield dict(zip(EXPORTED, row[1:], strict=True))
        after = found[-1].id


def _vle_id(importer: Importer) -> Any:
    return (
        select(PlatformIdentity.subject)
        .where(
            PlatformIdentity.user_id == Participant.user_id,
            PlatformIdentity.registration_id == importer.registration_id,
        )
        .order_by(PlatformIdentity.id.desc())
        .limit(1)
        .scalar_subquery()
    )
