"""When modules are due: for all on a version of the programme, or for one cohort of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.identity import Viewer
from lti_tool.learning.enrolments import check_due, check_lead
from lti_tool.learning.models import ModuleDate
from lti_tool.people.models import Participant, ProgrammeVersion
from lti_tool.people.programmes import parsed
from lti_tool.people.visibility import visible_participants


def list_versions(viewer: Viewer) -> list[ProgrammeVersion]:
    """The programme's published versions, the newest first."""
    return list(
        db.session.scalars(
            select(ProgrammeVersion)
            .where(ProgrammeVersion.provider_id == viewer.provider_id)
            .order_by(ProgrammeVersion.published_at.desc(), ProgrammeVersion.id.desc())
        )
    )


def get_version(viewer: Viewer, version_id: int) -> ProgrammeVersion:
    """One version of this provider."""
    found = db.session.get(ProgrammeVersion, version_id)
    if found is None or found.provider_id != viewer.provider_id:
        raise NotFound("There is no such version of the programme.")
    return found


def list_dates(viewer: Viewer, version_id: int) -> list[ModuleDate]:
    """All dates of a version, that for everybody before those of cohorts."""
    return list(
        db.session.scalars(
            select(ModuleDate)
            .where(
                ModuleDate.provider_id == viewer.provider_id,
                ModuleDate.programme_version_id == version_id,
            )
            .order_by(ModuleDate.module_code, ModuleDate.cohort)
        )
    )


def list_cohorts(viewer: Viewer) -> list[str]:
    """The names of the cohorts that the viewer's participants are in."""
    return sorted(
        cohort
        for cohort in db.session.scalars(
            visible_participants(viewer).with_only_columns(Participant.cohort).distinct()
        )
        if cohort
    )


def set_date(
    viewer: Viewer, version_id: int, code: str, cohort: str, due_on: date | None
) -> ModuleDate | None:
    """Set the date of a module, or take it away by setting none; personal dates stay."""
    check_lead(viewer)
    version = get_version(viewer, version_id)
    parsed(version.definition).module(code)
    if cohort and cohort not in list_cohorts(viewer):
        raise Invalid("Choose a cohort from the list.", field="cohort")
    check_due(due_on)
    # Two who set the same date at once follow each other.
    db.session.execute(
        select(ProgrammeVersion.id).where(ProgrammeVersion.id == version.id).with_for_update()
    )
    found = _find(version.id, code, cohort)
    if due_on is None:
        if found is not None:
            _note(viewer, found, "module_date.removed")
            db.session.delete(found)
        return None
    if found is None:
        found = ModuleDate(
            provider_id=viewer.provider_id,
            programme_version_id=version.id,
            module_code=code,
            cohort=cohort,
        )
        db.session.add(found)
    found.due_on, found.set_at, found.set_by_id = due_on, now(), viewer.user_id
    _note(viewer, found, "module_date.set")
    return found


def _find(version_id: int, code: str, cohort: str) -> ModuleDate | None:
    return db.session.scalars(
        select(ModuleDate)
        .where(
            ModuleDate.programme_version_id == version_id,
            ModuleDate.module_code == code,
            ModuleDate.cohort == cohort,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def _note(viewer: Viewer, found: ModuleDate, event: str) -> None:
    record(
        viewer, event, found, module=found.module_code, due_on=found.due_on.isoformat(),
        is_of_cohort=bool(found.cohort),
    )  # fmt: skip
