"""How far everybody's evidence has come: what is kept of it, and the same for whom it changed.

To read a million pieces of evidence takes seconds, and few people changed anything since they were
last looked at. Those are worked out as they are asked for, so that an answer is never an old one;
the worker works them out for good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import CTE, Select, delete, func, insert, select, union_all

from lti_tool.cohort.claim_conditions import claimed
from lti_tool.cohort.programme_tables import Programmes, Tables, tables
from lti_tool.cohort.reach_models import AreaReach, ReachDue
from lti_tool.db import db, restart_as_writer
from lti_tool.people.models import Participant, ProgrammeVersion
from lti_tool.people.programmes import parsed

JOB = "reach"
FEW = 500  # ids that are named in a statement; of more, the database is asked again
SIZE = 100  # people that are worked out in one transaction
LOCK = 41  # of PostgreSQL, held by the worker that renews
COLUMNS = ["participant_id", "area", "phase", "rank", "attested"]


def reach(own: Tables, people: Select[int]) -> CTE:
    """One row a person, area and phase, as `claimed` has it: kept, or worked out where it changed.

    Who changed is asked first. Whoever changes in between is told as they were a moment ago.
    """
    due = db.session.scalars(
        select(ReachDue.participant_id)
        .where(ReachDue.participant_id.in_(people))
        .distinct()
        .order_by(ReachDue.participant_id)
        .limit(FEW + 1)
    ).all()
    kept = select(*(AreaReach.__table__.c[name] for name in COLUMNS)).where(
        AreaReach.participant_id.in_(people)
    )
    if not due:
        return kept.cte("reach")
    changed = people.where(Participant.id.in_(due if len(due) <= FEW else _all_due()))
    live = claimed(own, changed)
    others = kept.where(AreaReach.participant_id.not_in(changed))
    return union_all(others, select(*(live.c[name] for name in COLUMNS))).cte("reach")


def renew_due(*, stopping: Callable[[], bool] = lambda: False) -> None:
    """The handler of the job: work out whoever changed, some at a time, until few are left.

    Where people are always at work somebody always is, and other jobs wait for this one's end.
    """
    while not stopping() and renew_some() == SIZE:
        pass


def renew_some(size: int = SIZE) -> int:
    """Work out so many of those who changed, and commit; answers how many that were.

    What was noted of them goes first: a change that is committed after that stays noted.
    """
    restart_as_writer()
    if not _is_alone():
        return 0
    query = select(ReachDue.participant_id).distinct().order_by(ReachDue.participant_id)
    ids = db.session.scalars(query.limit(size)).all()
    if ids:
        work_out(ids)
    db.session.commit()
    return len(ids)


def work_out(ids: Sequence[int]) -> None:
    """Keep of these people what is so now, and note that nothing changed since."""
    programmes = _programmes_of(ids)
    db.session.execute(delete(ReachDue).where(ReachDue.participant_id.in_(ids)))
    db.session.execute(delete(AreaReach).where(AreaReach.participant_id.in_(ids)))
    found = claimed(tables(programmes), select(Participant.id).where(Participant.id.in_(ids)))
    rows = select(*(found.c[name] for name in COLUMNS))
    db.session.execute(insert(AreaReach).from_select(COLUMNS, rows))


def _is_alone() -> bool:
    """Whether no other worker is at it; on SQLite whoever writes is alone."""
    if db.engine.dialect.name != "postgresql":
        return True
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))


def _all_due() -> Select[int]:
    return select(ReachDue.participant_id)


def _programmes_of(ids: Sequence[int]) -> Programmes:
    """The versions that these people are on."""
    rows = db.session.execute(
        select(ProgrammeVersion.id, ProgrammeVersion.definition)
        .where(
            ProgrammeVersion.id.in_(
                select(Participant.programme_version_id).where(Participant.id.in_(ids))
            )
        )
        .order_by(ProgrammeVersion.id)
    )
    return {number: parsed(definition) for number, definition in rows}
