"""Headcounts: who was on the programme on a day, kept as it was counted, and told by a hash.

The hash is that of the file that is handed on, so whoever holds the file can compare it. What a
day looked like is put together from dated facts; DATELESS says what has no date and is as of now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.cohort.headcount_facts import counted
from lti_tool.cohort.headcount_models import Headcount, HeadcountRow
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.identity import Viewer
from lti_tool.people.bulk.lines import csv_lines
from lti_tool.people.participation import check_is_lead

AT_ONCE = 500
# Columns of the file → those of a row, in their order.
COLUMNS = {
    "participant": "counted_id",
    "school_urn": "school",
    "school": "school_name",
    "university": "university",
    "region": "region",
    "eligibility_rule": "rule",
    "funding_basis": "basis",
    "cohort": "cohort",
    "intake": "intake",
    "term": "term",
    "phase": "phase",
    "state": "state",
}
DATELESS = (
    "the name and the region of a school, and the cohort, as they are recorded today",
    "a time away from the programme that ended with a return: it counts as time on the programme",
    "participants who have begun with no day on record: they count from their enrolment",
)


def list_headcounts(viewer: Viewer) -> Select[Headcount]:
    """All that were taken, the newest first."""
    check_is_lead(viewer)
    return of_provider(viewer.provider_id)


def of_provider(provider_id: int) -> Select[Headcount]:
    """The same, whoever asks; for the operator's commands."""
    own = select(Headcount).where(Headcount.provider_id == provider_id)
    return own.options(joinedload(Headcount.taken_by)).order_by(Headcount.id.desc())


def get_headcount(viewer: Viewer, headcount_id: int) -> Headcount:
    """One of the viewer's own partnership."""
    found = db.session.scalars(
        list_headcounts(viewer).where(Headcount.id == headcount_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such headcount.")
    return found


def take(viewer: Viewer, as_at: date) -> Headcount:
    """Count everybody who was on the programme on a day, and keep what was counted."""
    check_is_lead(viewer)
    if as_at > today():
        raise Invalid("Give a day up to today.", field="on")
    rows = list(counted(viewer, as_at))
    digest = _digest(_lines(as_at, rows))
    taken = Headcount(
        provider_id=viewer.provider_id, as_at=as_at, taken_at=now(), taken_by_id=viewer.user_id,
        people=len(rows), sha256=digest,
    )  # fmt: skip
    db.session.add(taken)
    record(viewer, "headcount.taken", taken, as_at=as_at.isoformat(), people=len(rows))
    for start in range(0, len(rows), AT_ONCE):
        some = [{**row, "headcount_id": taken.id} for row in rows[start : start + AT_ONCE]]
        db.session.execute(insert(HeadcountRow), some)
    return taken


def file_lines(headcount: Headcount) -> Iterator[str]:
    """The file in pieces, never the whole of it at once."""
    columns = [getattr(HeadcountRow, name).label(name) for name in COLUMNS.values()]
    query = (
        select(*columns)
        .where(HeadcountRow.headcount_id == headcount.id)
        .order_by(HeadcountRow.counted_id)
        .execution_options(yield_per=AT_ONCE)
    )
    return _lines(headcount.as_at, db.session.execute(query).mappings())


def note_download(viewer: Viewer, headcount_id: int) -> None:
    """A file leaves the tool: the trail says so."""
    record(viewer, "headcount.downloaded", get_headcount(viewer, headcount_id))


def note_operators_download(headcount: Headcount) -> None:
    """The same, by the operator's command."""
    record(None, "headcount.downloaded", headcount, acted_as="operator")


def is_as_taken(headcount: Headcount) -> bool:
    """Whether the rows still give the hash that was noted when they were counted."""
    return _digest(file_lines(headcount)) == headcount.sha256


def _lines(as_at: date, rows: Iterable[Any]) -> Iterator[str]:
    counted = ([as_at, *(row[name] for name in COLUMNS.values())] for row in rows)
    return csv_lines(chain([["as_at", *COLUMNS]], counted))


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for each in lines:
        digest.update(each.encode())
    return digest.hexdigest()
