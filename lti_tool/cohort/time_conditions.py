"""The end of somebody's time as a condition of the database: `programme.timing.warnings` for many.

The two may differ by a day where a leap day lies between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, false, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from lti_tool.people.models import Participant, Pause
from lti_tool.people.states import COACHED, State
from lti_tool.programme.attention import window_opened_by
from lti_tool.programme.definition import Programme

NAMES = (
    "clock_stops_for", "applies_to", "window_years", "latest_start_year", "warn_days",
)  # fmt: skip


class days_between(FunctionElement[int]):  # named as functions of SQL are
    """Whole days from the second date to the first."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _days_in_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    later, earlier = (compiler.process(each, **options) for each in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _days_in_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    later, earlier = (compiler.process(each, **options) for each in element.clauses)
    return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"


def time_is_running_out(programmes: Mapping[int, Programme], day: date) -> ColumnElement[bool]:
    """The window, or the time to begin, ends soon or has ended, for somebody not done yet."""
    versions: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for version_id, programme in programmes.items():
        policy = programme.policies["time"]
        key = tuple(
            tuple(policy[name]) if isinstance(policy[name], (list, tuple)) else policy[name]
            for name in NAMES
        )
        versions[key].append(version_id)
    soon = [
        and_(
            Participant.programme_version_id.in_(ids),
            _soon(dict(zip(NAMES, key, strict=True)), day),
        )
        for key, ids in versions.items()
    ]
    return and_(Participant.state.in_([*COACHED, State.PAUSED]), or_(false(), *soon))


def _soon(policy: Mapping[str, Any], day: date) -> ColumnElement[bool]:
    told = day + timedelta(days=policy["warn_days"])
    # The last day to begin is a day on which one may still begin: it ends a day earlier.
    begins = window_opened_by(told - timedelta(days=1), policy["latest_start_year"] - 1)
    ends = window_opened_by(told, policy["window_years"])
    stopped = _stopped_days(policy["clock_stops_for"], day)
    return and_(
        Participant.window_rule.in_(policy["applies_to"]),
        Participant.teaching_from.is_not(None),
        or_(
            days_between(literal(ends), Participant.teaching_from) >= stopped,
            and_(
                Participant.started_on.is_(None),
                days_between(literal(begins), Participant.teaching_from) >= stopped,
            ),
        ),
    )


def _stopped_days(reasons: tuple[str, ...], day: date) -> ColumnElement[int]:
    """Days of pauses since teaching began; pauses never overlap, so they can be added up."""
    end = func.coalesce(Pause.ended_on, literal(day))
    begin = case(
        (Pause.started_on > Participant.teaching_from, Pause.started_on),
        else_=Participant.teaching_from,
    )
    return (
        select(func.coalesce(func.sum(days_between(end, begin)), 0))
        .where(
            Pause.participant_id == Participant.id,
            Pause.reason.in_(reasons),
            end > Participant.teaching_from,
            end > Pause.started_on,
        )
        .correlate(Participant)
        .scalar_subquery()
    )
