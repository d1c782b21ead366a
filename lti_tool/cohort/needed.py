"""A page of the people who are needed most, and for how many of all each reason holds.

Both come from one statement: what is asked about thousands is asked once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, case, func, select, true

from lti_tool.cohort import search
from lti_tool.cohort.attention import conditions, weights
from lti_tool.cohort.filters import Filters, found_ids
from lti_tool.db import db
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant, User
from lti_tool.people.paging import SIZE, Page
from lti_tool.programme.attention import ORDER, Reason


@dataclass(frozen=True)
class Needed:
    """Some of those whom the filters leave, why each is needed, and the counts of everybody."""

    page: Page[Participant]
    reasons: dict[int, list[Reason]]
    counts: dict[Reason, int]


def needed(viewer: Viewer, filters: Filters, number: int) -> Needed:
    """A page, whoever is needed most first. A number past the end gives the last page."""
    number = max(1, number)
    rows = _rows(viewer, filters, number)
    if number > 1 and rows[0].id is None:
        total = _rows(viewer, filters, 1)[0].total or 0
        number = Page((), number, total).last
        rows = _rows(viewer, filters, number)
    ids = [row.id for row in rows if row.id is not None]
    found = {
        each.id: each
        for each in db.session.scalars(search.listed(viewer).where(Participant.id.in_(ids)))
    }
    return Needed(
        Page([found[each] for each in ids if each in found], number, rows[0].total or 0),
        {row.id: _held(row.weight) for row in rows if row.id is not None},
        dict(zip(ORDER, rows[0], strict=False)),
    )


def _held(weight: int) -> list[Reason]:
    """`programme.attention.need` read backwards."""
    return [reason for reason in ORDER if weight & reason.weight]


def _rows(viewer: Viewer, filters: Filters, number: int) -> Sequence[Row[*tuple[int, ...]]]:
    """The counts, and beside them each person of the page; once without one where it is empty."""
    needs = weights(viewer, conditions(viewer)).cte("needs")
    counts = select(
        *(
            func.coalesce(
                func.sum(case((needs.c.weight.bitwise_and(reason.weight) > 0, 1), else_=0)), 0
            ).label(reason.name)
            for reason in ORDER
        )
    ).subquery()
    weight = func.coalesce(needs.c.weight, 0)
    people: Select[*tuple[int, ...]] = (
        select(
            Participant.id,
            weight.label("weight"),
            func.row_number()
            .over(order_by=(weight.desc(), User.name, Participant.id))
            .label("place"),
            func.count().over().label("total"),
        )
        .join(Participant.user)
        .outerjoin(needs, needs.c.participant_id == Participant.id)
        .where(Participant.id.in_(found_ids(viewer, filters)))
    )
    page = people.order_by("place").limit(SIZE).offset((number - 1) * SIZE).subquery()
    query = select(counts, page).outerjoin_from(counts, page, true()).order_by(page.c.place)
    return db.session.execute(query).all()
