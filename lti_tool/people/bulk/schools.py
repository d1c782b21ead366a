"""The register of schools as a spreadsheet: a school is known by its URN."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.db import db
from lti_tool.people.bulk import cells
from lti_tool.people.bulk.columns import Column, Row, Sheet
from lti_tool.people.bulk.finding import CHUNK, many, said_in
from lti_tool.people.bulk.outcome import Importer, Outcome, refuse_repeats
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.models import School
from lti_tool.programme.schools import PHASES, REGIONS
from lti_tool.programme.timing import spoken

COLUMNS = (
    Column("urn", cells.digits(6, "URN"), "The six digits of the school.", ("school_urn",), True),
    Column("name", cells.one_line(200), "Needed for a new school.", ("school", "school_name")),
    Column("phase", cells.one_of(PHASES), f"One of {', '.join(PHASES)}."),
    Column("region", cells.one_of(REGIONS), f"One of {', '.join(REGIONS)}."),
    Column("closed_on", cells.day, "The day it closed.", ("closed", "close_date")),
)
FACTS = ("name", "phase", "region", "closed_on")
WORDS = {"name": "name", "phase": "phase", "region": "region", "closed_on": "closed on"}


def check(importer: Importer, sheet: Sheet) -> Outcome:
    """What the rows come to."""
    rows = refuse_repeats(sheet, lambda row: row.get("urn"), "urn")
    outcome = Outcome(sheet.problems)
    register = select(School).where(School.provider_id == importer.provider_id)
    found = many(said_in(rows, "urn"), lambda some: register.where(School.urn.in_(some)))
    known = {school.urn: school for (school,) in found}
    for row in rows:
        school = known.get(row.get("urn"))
        if school is not None:
            _change(importer, row, school, outcome)
        elif row.get("name") is None:
            sheet.refuse(row.number, "name", "This URN is new. Give the name of the school.")
        else:
            told = f"URN {row.get('urn')}" + "".join(
                f", {WORDS[name]} {shown(row.get(name))}" for name in FACTS[1:] if row.get(name)
            )
            outcome.note(row.number, row.get("name"), Verdict.ADDED, told)
            outcome.writes.append(partial(_add, importer, row))
    return outcome


def _change(importer: Importer, row: Row, school: School, outcome: Outcome) -> None:
    changed = [name for name in FACTS if row.get(name) not in (None, getattr(school, name))]
    told = "; ".join(
        f"{WORDS[name]}: {shown(getattr(school, name))} → {shown(row.get(name))}"
        for name in changed
    )
    outcome.note(row.number, school.name, Verdict.CHANGED if changed else Verdict.SAME, told)
    if changed:
        outcome.writes.append(partial(_apply, importer, row, school, changed))


def shown(value: Any) -> str:
    """A value as a preview shows it."""
    if value is None:
        return "nothing"
    return spoken(value) if hasattr(value, "isoformat") else str(value)


def _add(importer: Importer, row: Row) -> None:
    school = School(provider_id=importer.provider_id, **row.said)
    db.session.add(school)
    record(importer.viewer, "school.added", school, acted_as="operator")


def _apply(importer: Importer, row: Row, school: School, changed: list[str]) -> None:
    for name in changed:
        setattr(school, name, row.get(name))
    record(importer.viewer, "school.changed", school, acted_as="operator")


SHOWN_ONLY: tuple[str, ...] = ()
EXPORTED = ("urn", *FACTS)


def export(importer: Importer) -> Iterator[dict[str, Any]]:
    """Every school, by its URN."""
    wanted = [getattr(School, name) for name in EXPORTED]
    query = select(*wanted).where(School.provider_id == importer.provider_id).order_by(School.urn)
    after = ""
    while found := db.session.execute(query.where(School.urn > after).limit(CHUNK)).all():
        for row in found:
            yield dict(zip(EXPORTED, row, strict=True))
        after = found[-1].urn
