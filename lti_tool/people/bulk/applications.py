"""Applications as a spreadsheet: known by the tool's number, or by the address that was told.

An address names an application here, never a person: who was enrolled is for a lead to say. What
an import brings is not checked for eligibility; a lead does that, with the school as it then is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.errors import Invalid, Refused
from lti_tool.people.application_states import Act, after
from lti_tool.people.applications import (
    DECIDING,
    DETAILS,
    check_details,
    store_change,
    store_new,
)
from lti_tool.people.bulk import cells
from lti_tool.people.bulk.columns import Column, Row, Sheet
from lti_tool.people.bulk.finding import CHUNK, many, said_in
from lti_tool.people.bulk.outcome import Importer, Outcome, refuse_repeats
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.bulk.schools import shown
from lti_tool.people.models import Application, School
from lti_tool.programme.eligibility_facts import ABOUT_THE_TEACHER, Kind, is_year


def _year(text: str) -> str:
    found = text.strip()
    if not is_year(found):
        raise Invalid("Write an academic year such as 2008/09.")
    return found


def _parser(name: str) -> Callable[[str], str]:
    fact = ABOUT_THE_TEACHER[name]
    return _year if fact.kind is Kind.YEAR else cells.one_of(fact.values)


COLUMNS = (
    Column("application_id", cells.number, "Of one that is here, as an export shows it."),
    Column("name", cells.one_line(300), "Needed for a new one.", ("full_name", "teacher")),
    Column(
        "email", cells.one_line(254), "Of a new one, so that the next import finds it again.",
        ("email_address",),
    ),
    Column("school_urn", cells.digits(6, "URN"), "The school, if it is known.", ("urn",)),
    Column("school_as_on", cells.day, "The day as on which the school counts; else of the check."),
    *(Column(name, _parser(name), f"{fact.label}.") for name, fact in ABOUT_THE_TEACHER.items()),
)  # fmt: skip
SAID = {**{name: name for name in DETAILS}, "school_id": "school_urn"}
WORDS = {
    "name": "name", "email": "e-mail address", "school_id": "school",
    "school_as_on": "school as on",
    **{name: fact.label[0].lower() + fact.label[1:] for name, fact in ABOUT_THE_TEACHER.items()},
}  # fmt: skip


def check(importer: Importer, sheet: Sheet) -> Outcome:
    """What the rows come to."""
    sheet.rows = refuse_repeats(sheet, lambda row: row.get("application_id"), "application_id")
    rows = refuse_repeats(sheet, _address, "email")
    plan = _Plan(importer, sheet, rows)
    for row in rows:
        plan.look_at(row)
    return plan.outcome


def _address(row: Row) -> str | None:
    email = row.get("email")
    return email.casefold() if email else None


class _Plan:
    """The check of one file."""

    def __init__(self, importer: Importer, sheet: Sheet, rows: list[Row]) -> None:
        self.importer = importer
        self.sheet = sheet
        self.outcome = Outcome(sheet.problems)
        self.met: dict[int, int] = {}
        ours = (
            select(Application)
            .where(Application.provider_id == importer.provider_id)
            .options(joinedload(Application.school))
            .order_by(Application.id)
        )
        wanted = said_in(rows, "application_id")
        found = many(wanted, lambda some: ours.where(Application.id.in_(some)))
        self.by_id = {each.id: each for (each,) in found}
        self.by_address: dict[str, list[Application]] = defaultdict(list)
        addresses = [each for row in rows if (each := _address(row))]
        found = many(addresses, lambda some: ours.where(func.lower(Application.email).in_(some)))
        for (each,) in found:
            self.by_address[(each.email or "").casefold()].append(each)
        register = select(School).where(School.provider_id == importer.provider_id)
        found = many(said_in(rows, "school_urn"), lambda some: register.where(School.urn.in_(some)))
        self.schools = {school.urn: school for (school,) in found}

    def look_at(self, row: Row) -> None:
        """Say what one row comes to, or what is wrong with it."""
        before = len(self.sheet.problems)
        found = self._application(row)
        said = self._said(row)
        if len(self.sheet.problems) > before:
            return
        if found is None:
            self._add(row, said)
        elif found.id in self.met:
            self._refuse(row, "", f"This is the application of row {self.met[found.id]} again.")
        else:
            self.met[found.id] = row.number
            self._change(row, found, said)

    def _application(self, row: Row) -> Application | None:
        number, address = row.get("application_id"), _address(row)
        if number is not None:
            found = self.by_id.get(number)
            if found is None:
                self._refuse(row, "application_id", "There is no application of this number.")
            elif row.get("name") and not cells.shares_a_word(row.get("name"), found.name):
                self._refuse(
                    row, "name", f"Application {number} is of {found.name}. Check the numbers."
                )
            return found
        if address is None:
            self._refuse(
                row, "email", "Give the address, by which the next import finds this again, or "
                "the application_id that an export shows.",
            )  # fmt: skip
            return None
        same = self.by_address[address]
        if len(same) > 1:
            numbers = ", ".join(str(each.id) for each in same)
            self._refuse(
                row, "email", f"Several applications have this address. Give the application_id "
                f"of one: {numbers}.",
            )  # fmt: skip
        return same[0] if same else None

    def _said(self, row: Row) -> dict[str, Any]:
        """The details that the row tells, in the names of the application."""
        said = {name: row.get(column) for name, column in SAID.items() if row.get(column)}
        if "school_id" in said:
            school = self.schools.get(said["school_id"])
            if school is None:
                self._refuse(row, "school_urn", "No school has this URN. Import the school first.")
                return {}
            said["school_id"] = school.id
        try:
            check_details(said)
        except Invalid as error:
            self._refuse(row, error.field or "", error.sentence)
        return said

    def _add(self, row: Row, said: dict[str, Any]) -> None:
        if "name" not in said:
            self._refuse(row, "name", "This application is new. Give the name of the teacher.")
            return
        told = "; ".join(
            f"{WORDS[name]}: {shown(row.get(SAID[name]))}" for name in said if name != "name"
        )
        self.outcome.note(row.number, said["name"], Verdict.ADDED, told)
        self.outcome.writes.append(
            partial(store_new, self.importer.viewer, self.importer.provider_id, said)
        )

    def _change(self, row: Row, found: Application, said: dict[str, Any]) -> None:
        is_known = row.get("application_id") is not None
        changed = {
            name: value
            for name, value in said.items()
            if value != getattr(found, name) and (is_known or name != "email")
        }
        if changed.keys() & set(DECIDING):
            try:
                after(Act.CHANGE, found.state)
            except Refused as error:
                self._refuse(row, "", error.sentence)
                return
        told = "; ".join(f"{WORDS[name]}: {_now(found, name)} → {shown(row.get(SAID[name]))}"
                         for name in changed)  # fmt: skip
        self.outcome.note(
            row.number, f"{found.name} ({found.id})",
            Verdict.CHANGED if changed else Verdict.SAME, told,
        )  # fmt: skip
        if changed:
            details = {name: getattr(found, name) for name in DETAILS} | changed
            self.outcome.writes.append(partial(store_change, self.importer.viewer, found, details))

    def _refuse(self, row: Row, column: str, sentence: str) -> None:
        self.sheet.refuse(row.number, column, sentence)


def _now(found: Application, name: str) -> str:
    if name == "school_id":
        return shown(found.school.urn if found.school else None)
    return shown(getattr(found, name))


SHOWN_ONLY = ("state", "answer")
EXPORTED = (
    "application_id", "name", "email", "state", "answer", "school_urn", "school_as_on",
    *ABOUT_THE_TEACHER,
)  # fmt: skip


def export(importer: Importer) -> Iterator[dict[str, Any]]:
    """Every application, in the order in which they were written down."""
    elsewhere = {"application_id": Application.id, "school_urn": School.urn}
    wanted = [elsewhere.get(name) or getattr(Application, name) for name in EXPORTED]
    query = (
        select(*wanted)
        .outerjoin(Application.school)
        .where(Application.provider_id == importer.provider_id)
        .order_by(Application.id)
    )
    after_id = 0
    while found := db.session.execute(query.where(Application.id > after_id).limit(CHUNK)).all():
        for row in found:
            yield dict(zip(EXPORTED, row, strict=True))
        after_id = found[-1][0]
