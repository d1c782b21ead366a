"""Coverage of everybody by area and phase: `programme.coverage` worked out in the database."""

from __future__ import annotations

from sqlalchemy import CTE, Integer, Select, and_, func, literal_column, select, union_all

from lti_tool.cohort.module_conditions import stands
from lti_tool.cohort.programme_tables import Programmes
from lti_tool.programme.definition import Level


def levels(programmes: Programmes, people: Select[int]) -> CTE:
    """One row a person, area and phase that is at least planned: the rank of its highest cell.

    As a lead sees them: drafts and what nobody else may see count for their author alone.
    """
    found = stands(programmes, people)
    shown = found.claimed
    module, area = found.modules, found.tables.areas
    plans = module.c.plans.bitwise_and(area.c.bits) > 0
    every = union_all(
        select(shown.c.participant_id, shown.c.area, shown.c.phase, shown.c.rank),
        select(
            module.c.participant_id,
            area.c.area,
            module.c.phase,
            literal_column(str(Level.PLANNED.rank), Integer),
        )
        .join(area, and_(area.c.version_id == module.c.version_id, plans))
        .where(module.c.is_open == 1),
    ).subquery()
    return (
        select(
            every.c.participant_id,
            every.c.area,
            every.c.phase,
            func.max(every.c.rank).label("rank"),
        )
        .where(every.c.rank > 0)
        .group_by(every.c.participant_id, every.c.area, every.c.phase)
        .cte("level")
    )
