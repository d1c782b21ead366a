"""Which final marks wait for a sample: those of sampled modules that no set holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, false, func, or_, select

from lti_tool.db import db
from lti_tool.errors import NotAllowed
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades.marking import FIRST
from lti_tool.grades.models import Grade, Mark
from lti_tool.grades.moderation import standings
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant, ProgrammeVersion
from lti_tool.people.programmes import parsed
from lti_tool.programme.definition import MarkingPolicy


@dataclass(frozen=True)
class Waiting:
    """What a draw of one module would take in."""

    module_code: str
    title: str
    marks: int
    drafts: int  # handed in, and not final yet


def waiting(viewer: Viewer) -> list[Waiting]:
    """The sampled modules of which something was handed in that no set holds, by code."""
    check_lead(viewer)
    titles = sampled_modules(viewer)
    free = free_marks(viewer, list(titles))
    unfinished = _unfinished(viewer)
    codes = sorted({code for _, code in titles})
    found = [
        Waiting(
            code,
            next(title for (_, each), title in titles.items() if each == code),
            sum(row.module_code == code for row in free),
            unfinished.get(code, 0),
        )
        for code in codes
    ]
    return [one for one in found if one.marks or one.drafts]


def free_marks(viewer: Viewer, pairs: Sequence[tuple[int, str]]) -> list[Any]:
    """The final first marks of these (version, module) that the next draw takes in."""
    ratified = exists().where(Grade.attempt_id == Attempt.id, Grade.status == "ratified")
    rows = db.session.execute(
        _handed_in(viewer, pairs)
        .join(Mark, and_(Mark.attempt_id == Attempt.id, Mark.marking_role == FIRST))
        .where(Mark.state == "final", ~ratified)
        .add_columns(Mark.mark, Mark.marker_id, Mark.root_hash)
        .order_by(Attempt.id)
    ).all()
    stand = standings([row.id for row in rows])
    return [row for row in rows if stand[row.id].is_free]


def _unfinished(viewer: Viewer) -> dict[str, int]:
    """module code → how many submissions have no final mark."""
    final = exists().where(
        Mark.attempt_id == Attempt.id, Mark.marking_role == FIRST, Mark.state == "final"
    )
    query = _handed_in(viewer, list(sampled_modules(viewer))).where(~final).subquery()
    counted = select(query.c.module_code, func.count()).group_by(query.c.module_code)
    return {row[0]: row[1] for row in db.session.execute(counted)}


def _handed_in(viewer: Viewer, pairs: Sequence[tuple[int, str]]) -> Select[int, str, int]:
    codes: dict[int, list[str]] = defaultdict(list)
    for version_id, code in pairs:
        codes[version_id].append(code)
    wanted = [
        and_(Participant.programme_version_id == version_id, Attempt.module_code.in_(own))
        for version_id, own in codes.items()
    ]
    return (
        visible_attempts(viewer)
        .join(Participant, Participant.id == Attempt.participant_id)
        .where(or_(false(), *wanted))
        .with_only_columns(Attempt.id, Attempt.module_code, Participant.programme_version_id)
    )


def sampled_modules(viewer: Viewer) -> dict[tuple[int, str], str]:
    """(version, module code) → title, of the modules that are moderated by a sample."""
    versions = db.session.execute(
        select(ProgrammeVersion.id, ProgrammeVersion.definition)
        .where(ProgrammeVersion.provider_id == viewer.provider_id)
        .order_by(ProgrammeVersion.published_at.desc(), ProgrammeVersion.id.desc())
    )
    return {
        (version_id, module.code): module.title
        for version_id, definition in versions
        for module in parsed(definition).modules
        if module.marking is MarkingPolicy.SAMPLED
    }


def check_lead(viewer: Viewer) -> None:
    """Samples and moderators are the lead's to arrange."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only a programme lead has samples drawn and asks for a moderator.")
