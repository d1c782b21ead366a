"""How far everybody's evidence has come in each area and phase, worked out in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Select, and_, case, func, select, union_all

from lti_tool.cohort.programme_tables import Tables
from lti_tool.evidence.facts import current_claims, submitted_claims
from lti_tool.evidence.models import Attempt, EvidenceItem
from lti_tool.evidence.rules import State
from lti_tool.grades.released import ranked_grades
from lti_tool.people.models import Participant
from lti_tool.programme.definition import Level


def claimed(own: Tables, people: Select[int]) -> CTE:
    """One row a person, area and phase: the highest rank that others than the author may see, and
    whether a coach has attested anything, seen by others or not."""
    visible = and_(EvidenceItem.state != State.DRAFT, EvidenceItem.is_open)
    version = Participant.programme_version_id.label("version_id")
    now = (
        current_claims(people, drafts=True)
        .join(Participant, Participant.id == EvidenceItem.participant_id)
        .add_columns(version, visible.label("visible"))
        .subquery()
    )
    then = (
        submitted_claims(people)
        .join(Participant, Participant.id == Attempt.participant_id)
        .add_columns(version)
        .subquery()
    )
    passed = _confirmed(own, people)
    attested = now.c[4]
    claims = union_all(
        select(
            now.c.participant_id,
            now.c.version_id, now.c.module_code, now.c.strand,
            case(
                (~now.c.visible, 0), (attested, Level.ATTESTED.rank), else_=Level.CLAIMED.rank
            ).label("rank"),
            case((attested, 1), else_=0).label("attested"),
        ),
        select(
            then.c.participant_id,
            then.c.version_id, then.c.module_code, then.c.strand,
            case(
                (passed.c.attempt_id.is_not(None), Level.RATIFIED.rank),
                else_=Level.SUBMITTED.rank,
            ),
            case((then.c[4], 1), else_=0),
        ).outerjoin(passed, passed.c.attempt_id == then.c[5]),
    ).subquery()  # fmt: skip
    module, strand = own.modules, own.strands
    return (
        select(
            claims.c.participant_id,
            strand.c.area,
            module.c.phase,
            func.max(claims.c.rank).label("rank"),
            func.max(claims.c.attested).label("attested"),
        )
        .join(
            module,
            and_(
                module.c.version_id == claims.c.version_id,
                module.c.code == claims.c.module_code,
            ),
        )
        .join(
            strand,
            and_(
                strand.c.version_id == claims.c.version_id,
                strand.c.strand == claims.c.strand,
            ),
        )
        .group_by(claims.c.participant_id, strand.c.area, module.c.phase)
        .cte("claimed")
    )


def _confirmed(own: Tables, people: Select[int]) -> Any:
    """The attempts that the board has passed: `facts.confirmed_attempts` of everybody."""
    ranked, module = ranked_grades(people), own.modules
    return (
        select(ranked.c.attempt_id)
        .join(Participant, Participant.id == ranked.c.participant_id)
        .join(
            module,
            and_(
                module.c.version_id == Participant.programme_version_id,
                module.c.code == ranked.c.module_code,
            ),
        )
        .where(
            ranked.c.rank == 1, ranked.c.status == "ratified", ranked.c.mark >= module.c.pass_mark
        )
        .subquery()
    )
