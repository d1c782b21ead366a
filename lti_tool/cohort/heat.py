"""The coverage of groups: how many people of each have come how far in which area and phase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, String, and_, case, cast, func, literal_column, select

from lti_tool.cohort.attention import conditions, weights
from lti_tool.cohort.filters import Filters, found_ids, in_school, programmes_of
from lti_tool.cohort.levels import levels
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.people.models import Allocation, Participant, School, SchoolPeriod, User
from lti_tool.people.visibility import is_current
from lti_tool.programme.definition import Level, Programme

COHORT, SCHOOL, TUTOR = "cohort", "school", "tutor"
KINDS = {COHORT: "Cohort", SCHOOL: "School", TUTOR: "Tutor"}
SIZE = 20
FEW = 600
LEVELS = tuple(Level)


@dataclass(frozen=True)
class Spot:
    """One area in one phase: how many of a group stand at each level, the lowest first."""

    area: str
    phase: int
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)

    def reached(self, level: Level) -> int:
        """How many have come so far or further."""
        return sum(self.counts[level.rank :])

    def percent(self, level: Level) -> int:
        return round(100 * self.reached(level) / self.total) if self.total else 0


@dataclass(frozen=True)
class Group:
    """People who have a school, a tutor or a cohort in common."""

    key: str
    name: str
    people: int
    in_need: int
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True)
class Heat:
    """A page of groups, whoever is needed most first."""

    kind: str
    columns: tuple[tuple[str, str, int], ...]
    groups: tuple[Group, ...]
    number: int
    total: int
    size: int = SIZE

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))


@dataclass
class Counted:
    """What the database counted of a page of groups: people by version, and by version and spot."""

    sizes: dict[tuple[str, int], int] = field(default_factory=dict)
    ranks: dict[tuple[str, int, str, int, int], int] = field(default_factory=dict)


def heat(viewer: Viewer, kind: str, filters: Filters, number: int) -> Heat:
    """A page of groups of those whom the filters leave."""
    people, programmes = found_ids(viewer, filters), programmes_of(viewer)
    total = db.session.scalar(
        select(func.count()).select_from(_grouped(kind, people).distinct().subquery())
    )
    number = min(max(1, number), max(1, -(-(total or 0) // SIZE)))
    groups = _groups(viewer, kind, people, number)
    counted = _counted(kind, people, [each.key for each in groups], programmes)
    columns = columns_of(programmes.values())
    return Heat(
        kind,
        columns,
        tuple(
            Group(each.key, each.name, each.people, each.in_need, spots)
            for each, spots in zip(
                groups, spots_of([each.key for each in groups], counted, programmes), strict=True
            )
        ),
        number,
        total or 0,
    )


def columns_of(programmes: Iterable[Programme]) -> tuple[tuple[str, str, int], ...]:
    """The areas and phases of all versions, the newest version's first: id, name and phase."""
    found: dict[tuple[str, int], str] = {}
    for programme in programmes:
        for area in programme.areas:
            for phase in programme.phases:
                found.setdefault((area.id, phase.number), area.short)
    return tuple((area, name, phase) for (area, phase), name in found.items())


def spots_of(
    keys: Sequence[str], counted: Counted, programmes: dict[int, Programme]
) -> list[tuple[Spot, ...]]:
    """Each group's spots in the order of the columns.

    What a version does not have, its people do not lack: they are not counted there.
    """
    own = {version: {each[0::2] for each in columns_of([p])} for version, p in programmes.items()}
    found = []
    for key in keys:
        spots = []
        for area, _, phase in columns_of(programmes.values()):
            counts = [0] * len(LEVELS)
            for version, columns in own.items():
                if (area, phase) not in columns:
                    continue
                ranks = [
                    counted.ranks.get((key, version, area, phase, rank), 0)
                    for rank in range(len(LEVELS))
                ]
                ranks[0] = counted.sizes.get((key, version), 0) - sum(ranks)
                counts = [one + other for one, other in zip(counts, ranks, strict=True)]
            spots.append(Spot(area, phase, tuple(counts)))
        found.append(tuple(spots))
    return found


def _grouped(kind: str, people: Select[int], *more: Any) -> Select[Any]:
    """The groups that these people are in, as `key` and `name`; in none is a group, too."""
    key, name = _names(kind)
    query = select(key.label("key"), name.label("name"), *more).select_from(Participant)
    if kind == SCHOOL:
        post = and_(SchoolPeriod.participant_id == Participant.id, in_school())
        query = query.outerjoin(SchoolPeriod, post).outerjoin(
            School, School.id == SchoolPeriod.school_id
        )
    elif kind == TUTOR:
        of = and_(Allocation.participant_id == Participant.id, Allocation.kind == "tutor")
        query = query.outerjoin(Allocation, and_(of, is_current())).outerjoin(
            User, User.id == Allocation.user_id
        )
    return query.where(Participant.id.in_(people))


def _names(kind: str) -> tuple[Any, Any]:
    nothing = literal_column("''", String)
    if kind == SCHOOL:
        return func.coalesce(School.urn, nothing), func.coalesce(School.name, nothing)
    if kind == TUTOR:
        return func.coalesce(cast(User.id, String), nothing), func.coalesce(User.name, nothing)
    return func.coalesce(Participant.cohort, nothing), func.coalesce(Participant.cohort, nothing)


def _groups(viewer: Viewer, kind: str, people: Select[int], number: int) -> list[Group]:
    """By the mean weight of what presses: those whose people are needed most first."""
    needs = weights(viewer, conditions(viewer)).subquery()
    weight = func.coalesce(needs.c.weight, 0)
    in_need = func.sum(case((weight > 0, 1), else_=0)).label("in_need")
    query = _grouped(kind, people, func.count().label("people"), in_need)
    query = query.outerjoin(needs, needs.c.participant_id == Participant.id)
    key, name = _names(kind)
    rows = db.session.execute(
        query.group_by(key, name)
        .order_by(func.avg(weight).desc(), name, key)
        .limit(SIZE)
        .offset((number - 1) * SIZE)
    )
    return [Group(row[0], row[1], row[2], row[3]) for row in rows]


def _counted(
    kind: str, people: Select[int], keys: Sequence[str], programmes: dict[int, Programme]
) -> Counted:
    version = Participant.programme_version_id
    key, name = _names(kind)
    sizes = db.session.execute(
        _grouped(kind, people, version, func.count())
        .where(key.in_(keys))
        .group_by(key, name, version)
    )
    members = _grouped(kind, people, version, Participant.id.label("participant_id"))
    members = members.where(key.in_(keys))
    found = levels(programmes, _named(members.with_only_columns(Participant.id).distinct()))
    member = members.subquery()
    ranks = db.session.execute(
        select(
            member.c.key,
            member.c.programme_version_id,
            found.c.area,
            found.c.phase,
            found.c.rank,
            func.count(),
        )
        .join(found, found.c.participant_id == member.c.participant_id)
        .group_by(
            member.c.key, member.c.programme_version_id, found.c.area, found.c.phase, found.c.rank
        )
    )
    counted = Counted()
    for group, _, version_id, count in sizes:
        counted.sizes[group, version_id] = count
    for *spot, count in ranks:
        counted.ranks[tuple(spot)] = count
    return counted


def _named(people: Select[int]) -> Select[int]:
    """The same people by their ids, where they are few: a database then knows that they are."""
    ids = db.session.scalars(people.limit(FEW + 1)).all()
    return select(Participant.id).where(Participant.id.in_(ids)) if len(ids) <= FEW else people
