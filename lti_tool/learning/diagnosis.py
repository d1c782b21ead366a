"""Draft a diagnosis, propose it, agree to it: two acts by two people on the same version."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import NotAllowed, NotFound, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.learning.models import (
    Diagnosis,
    DiagnosisAgreement,
    DiagnosisDraft,
    DiagnosisLine,
)
from lti_tool.learning.needs import DiagnosisState, Line, state_of
from lti_tool.learning.writing import check_proof
from lti_tool.people.holding import hold
from lti_tool.people.models import Allocation, Participant
from lti_tool.people.visibility import current_allocation, get_participant

OVERTAKEN = (
    "Version {number} has been proposed since you opened this page. Look at it, then decide again."
)


def list_versions(viewer: Viewer, participant_id: int) -> list[Diagnosis]:
    """The versions of a diagnosis that were proposed, the newest first."""
    get_participant(viewer, participant_id)
    return list(
        db.session.scalars(
            select(Diagnosis)
            .where(Diagnosis.participant_id == participant_id)
            .order_by(Diagnosis.number.desc())
            .options(
                joinedload(Diagnosis.author),
                selectinload(Diagnosis.lines),
                selectinload(Diagnosis.agreements).joinedload(DiagnosisAgreement.user),
            )
        )
    )


def states(versions: list[Diagnosis]) -> dict[int, DiagnosisState]:
    """Where each version stands, by its number; the newest version comes first."""
    return {
        one.number: state_of([each.party for each in one.agreements], is_newest=one is versions[0])
        for one in versions
    }


def agreed_version(versions: list[Diagnosis]) -> Diagnosis | None:
    """The diagnosis that holds: the newest that both have agreed to."""
    found = states(versions)
    return next((one for one in versions if found[one.number] is DiagnosisState.AGREED), None)


def find_draft(viewer: Viewer, participant_id: int) -> DiagnosisDraft | None:
    """What this viewer has written and not proposed yet; nobody else's."""
    return db.session.scalars(
        select(DiagnosisDraft).where(
            DiagnosisDraft.participant_id == participant_id,
            DiagnosisDraft.author_id == viewer.user_id,
        )
    ).one_or_none()


def lines_of(found: DiagnosisDraft | Diagnosis | None) -> dict[str, Line]:
    """What a draft or a version says, by strand."""
    if isinstance(found, DiagnosisDraft):
        return {strand: Line(**line) for strand, line in found.lines.items()}
    if found is None:
        return {}
    return {line.strand: Line(line.level, line.need, line.source or "") for line in found.lines}


def save_draft(
    viewer: Viewer, participant_id: int, lines: Mapping[str, Line], *, based_on: int
) -> DiagnosisDraft:
    """Keep what was written so far for its author alone."""
    participant = get_participant(viewer, participant_id)
    _party(viewer, participant)
    hold(participant)
    draft = find_draft(viewer, participant.id)
    if draft is None:
        draft = DiagnosisDraft(participant_id=participant.id, author_id=viewer.user_id)
        db.session.add(draft)
    draft.lines = {
        strand: {"level": line.level, "need": line.need, "source": line.source}
        for strand, line in lines.items()
    }
    draft.based_on, draft.changed_at = based_on, now()
    record(viewer, "diagnosis_draft.saved", draft, participant_id=participant.id)
    return draft


def propose(
    viewer: Viewer, participant_id: int, lines: Mapping[str, Line], *, based_on: int
) -> Diagnosis:
    """Show a version to everybody, agree to it oneself, and so ask the other to agree."""
    participant = get_participant(viewer, participant_id)
    party, allocation = _party(viewer, participant)
    hold(participant)
    newest = _newest(participant.id)
    if (newest.number if newest else 0) != based_on:
        raise Refused(OVERTAKEN.format(number=newest.number if newest else 0))
    if newest and lines_of(newest) == dict(lines):
        raise Refused(f"This says the same as version {newest.number}. Nothing was proposed.")
    version = Diagnosis(
        participant_id=participant.id,
        number=based_on + 1,
        author_id=viewer.user_id,
        acted_as=viewer.role.value,
        proposed_at=now(),
        lines=[
            DiagnosisLine(
                strand=strand, level=line.level, need=line.need, source=line.source or None
            )
            for strand, line in lines.items()
        ],
    )
    db.session.add(version)
    record(
        viewer, "diagnosis.proposed", version, participant_id=participant.id, number=version.number
    )
    _add_agreement(viewer, version, party, allocation)
    if draft := find_draft(viewer, participant.id):
        db.session.delete(draft)
    return version


def agree(viewer: Viewer, participant_id: int, *, number: int) -> Diagnosis:
    """Agree to exactly the version that was read, which must still be the newest."""
    participant = get_participant(viewer, participant_id)
    party, allocation = _party(viewer, participant)
    hold(participant)
    newest = _newest(participant.id)
    if newest is None:
        raise NotFound("There is no diagnosis to agree to.")
    if newest.number != number:
        raise Refused(OVERTAKEN.format(number=newest.number))
    if any(each.party == party for each in newest.agreements):
        return newest
    _add_agreement(viewer, newest, party, allocation)
    return newest


def may_agree(viewer: Viewer, newest: Diagnosis | None) -> bool:
    """Whether the newest version waits for this viewer."""
    if newest is None or viewer.role not in (Role.PARTICIPANT, Role.COACH):
        return False
    return all(each.party != viewer.role.value for each in newest.agreements)


def _add_agreement(
    viewer: Viewer, version: Diagnosis, party: str, allocation: Allocation | None
) -> None:
    agreement = DiagnosisAgreement(
        diagnosis=version,
        party=party,
        user_id=viewer.user_id,
        allocation_id=allocation.id if allocation else None,
        agreed_at=now(),
    )
    db.session.add(agreement)
    record(
        viewer, "diagnosis.agreed", version,
        participant_id=version.participant_id, number=version.number, party=party,
    )  # fmt: skip


def _party(viewer: Viewer, participant: Participant) -> tuple[str, Allocation | None]:
    """As whom the viewer agrees, with the period that makes them the coach."""
    check_proof(viewer)
    if viewer.role is Role.PARTICIPANT and participant.user_id == viewer.user_id:
        return "participant", None
    found = current_allocation(participant.id, viewer.user_id, "coach")
    if viewer.role is not Role.COACH or found is None:
        raise NotAllowed("The participant and the coach write and agree the diagnosis together.")
    return "coach", found


def _newest(participant_id: int) -> Diagnosis | None:
    highest = select(func.max(Diagnosis.number)).where(Diagnosis.participant_id == participant_id)
    return db.session.scalars(
        select(Diagnosis).where(
            Diagnosis.participant_id == participant_id,
            Diagnosis.number == highest.scalar_subquery(),
        )
    ).one_or_none()
