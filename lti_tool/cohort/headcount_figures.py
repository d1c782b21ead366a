"""What a headcount comes to: how many of each, and what lies between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from lti_tool.cohort.headcount_models import Headcount, HeadcountRow
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant, User
from lti_tool.people.participation import check_is_lead
from lti_tool.people.visibility import visible_participants

SHOWN = 50
# What is compared: all that is said of somebody, and of a school only which it is.
COMPARED = (
    "school", "university", "region", "rule", "basis", "cohort", "intake", "term", "phase", "state",
)  # fmt: skip


@dataclass(frozen=True)
class Count:
    """How many have one value; a school is told by its URN and name."""

    value: str
    people: int


DIMENSIONS = (
    "school", "university", "region", "rule", "cohort", "intake", "term", "phase", "state",
)  # fmt: skip


def counts(headcount: Headcount) -> dict[str, list[Count]]:
    """How many of each, by each dimension; the most first."""
    return {name: _counts_by(headcount, name) for name in DIMENSIONS}


def _counts_by(headcount: Headcount, name: str) -> list[Count]:
    column = getattr(HeadcountRow, name)
    # Of two names that a school has had in one count there is none, as it has one today.
    shown = func.max(HeadcountRow.school_name) if name == "school" else column
    query = (
        select(shown, column, func.count())
        .where(HeadcountRow.headcount_id == headcount.id)
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    return [
        Count(f"{code} {value}".strip() if name == "school" else str(value), people)
        for value, code, people in db.session.execute(query)
    ]


@dataclass(frozen=True)
class Moved:
    """Somebody who came, left or changed; the name is None where they are not here any more."""

    participant_id: int
    name: str | None
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What lies between two headcounts: how many of each, and the first of them."""

    came: int
    left: int
    changed: int
    who_came: list[Moved]
    who_left: list[Moved]
    who_changed: list[Moved]


def compare(viewer: Viewer, before: Headcount, after: Headcount) -> Comparison:
    """Who came, who left, and of whom something else is said."""
    check_is_lead(viewer)
    came, left = _only_in(after, before), _only_in(before, after)
    old, new = aliased(HeadcountRow), aliased(HeadcountRow)
    both = (
        select(old, new)
        .join(new, and_(new.counted_id == old.counted_id, new.headcount_id == after.id))
        .where(
            old.headcount_id == before.id,
            or_(*(getattr(old, one) != getattr(new, one) for one in COMPARED)),
        )
    )
    pairs = db.session.execute(both.order_by(old.counted_id).limit(SHOWN)).all()
    ids = [*_first(came), *_first(left), *(pair[0].counted_id for pair in pairs)]
    names = _names(viewer, ids)
    return Comparison(
        came=_how_many(came),
        left=_how_many(left),
        changed=_how_many(both.with_only_columns(old.counted_id)),
        who_came=[Moved(one, names.get(one)) for one in _first(came)],
        who_left=[Moved(one, names.get(one)) for one in _first(left)],
        who_changed=[
            Moved(one.counted_id, names.get(one.counted_id), _changes(one, two))
            for one, two in pairs
        ],
    )


def _changes(one: HeadcountRow, two: HeadcountRow) -> tuple[tuple[str, str, str], ...]:
    told = ((name, str(getattr(one, name)), str(getattr(two, name))) for name in COMPARED)
    return tuple(each for each in told if each[1] != each[2])


def _only_in(one: Headcount, other: Headcount) -> Select[int]:
    there = aliased(HeadcountRow)
    also = exists().where(
        there.headcount_id == other.id, there.counted_id == HeadcountRow.counted_id
    )
    return select(HeadcountRow.counted_id).where(HeadcountRow.headcount_id == one.id, ~also)


def _first(query: Select[int]) -> list[int]:
    return list(db.session.scalars(query.order_by(HeadcountRow.counted_id).limit(SHOWN)))


def _how_many(query: Select[int]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _names(viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    query = visible_participants(viewer).join(Participant.user).where(Participant.id.in_(ids))
    return dict(
        db.session.execute(query.with_only_columns(Participant.id, User.name)).all()
    )  # fmt: skip
