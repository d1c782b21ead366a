"""Whom the rows of a spreadsheet mean: by a candidate number or a VLE's id, never by an address."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.people.bulk.cells import shares_a_word
from lti_tool.people.bulk.columns import Row, Sheet
from lti_tool.people.bulk.outcome import Importer
from lti_tool.people.models import Origin, Participant, PlatformIdentity, User

CHUNK = 500
T = TypeVar("T")


def chunks(values: Collection[T]) -> Iterator[list[T]]:
    """Some hundreds at a time, as stores bound the length of a query."""
    ordered = list(dict.fromkeys(values))
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def many(values: Collection[T], query: Callable[[list[T]], Any]) -> list[Any]:
    """All that a query over some values finds."""
    return [row for some in chunks(values) for row in db.session.execute(query(some)).all()]


def said_in(rows: Collection[Row], column: str) -> list[Any]:
    """What the rows say in a column."""
    return [row.get(column) for row in rows if row.get(column) is not None]


class Directory:
    """The people whom a file names, looked up some hundreds at a time."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer
        self.by_number: dict[str, Participant] = {}
        self.by_user: dict[int, Participant] = {}
        self.by_vle_id: dict[str, User] = {}
        self.by_id: dict[int, User] = {}

    def look_up(
        self, numbers: Collection[str], vle_ids: Collection[str], ids: Collection[int] = ()
    ) -> None:
        """Find them all."""
        provider_id = self.importer.provider_id
        for subject, user in many(vle_ids, self._identified):
            self.by_vle_id[subject] = user
            self.by_id[user.id] = user
        for (user,) in many(
            ids,
            lambda some: select(User).where(User.provider_id == provider_id, User.id.in_(some)),
        ):
            self.by_id[user.id] = user
        people = select(Participant).where(Participant.provider_id == provider_id)
        people = people.options(joinedload(Participant.user))
        found = many(numbers, lambda some: people.where(Participant.candidate_number.in_(some)))
        users = [user.id for user in self.by_vle_id.values()]
        found += many(users, lambda some: people.where(Participant.user_id.in_(some)))
        for (participant,) in found:
            self.by_number[participant.candidate_number] = participant
            self.by_user[participant.user_id] = participant

    def _identified(self, subjects: list[str]) -> Select[str, User]:
        return (
            select(PlatformIdentity.subject, User)
            .join(PlatformIdentity.user)
            .where(
                PlatformIdentity.registration_id == self.importer.registration_id,
                PlatformIdentity.subject.in_(subjects),
                User.provider_id == self.importer.provider_id,
            )
        )

    def participant(self, row: Row, sheet: Sheet) -> Participant | None:
        """The participant whom a row means; None with a problem noted, unless nobody is known."""
        number, vle_id = row.get("candidate_number"), row.get("vle_user_id")
        if number is None and vle_id is None:
            sheet.refuse(
                row.number, "candidate_number", "Give the candidate number, or the vle_user_id."
            )
            return None
        if vle_id is not None and self.importer.registration_id is None:
            sheet.refuse(row.number, "vle_user_id", "It is not said which VLE gave this id.")
            return None
        user = self.by_vle_id.get(vle_id) if vle_id else None
        by_id = self.by_user.get(user.id) if user else None
        by_number = self.by_number.get(number) if number else None
        if number and vle_id and by_number is not by_id and (by_number or by_id):
            sheet.refuse(
                row.number,
                "vle_user_id",
                "The candidate number and this id are not known to be one person’s. "
                "Correct one of them, or leave the id out.",
            )
            return None
        found = by_number or by_id
        if found is not None and found.origin == Origin.MISTAKEN.value:
            sheet.refuse(
                row.number,
                "candidate_number",
                f"{found.user.name} turned out to be no participant. Take this row out.",
            )
            return None
        if found is not None and not self.fits(row, "name", found.user, sheet):
            return None
        return found

    def person(self, row: Row, sheet: Sheet) -> User | None:
        """The coach or tutor whom a row means, by the tool's number or the VLE's id."""
        number, vle_id = row.get("person_id"), row.get("person_vle_id")
        if number is None and vle_id is None:
            sheet.refuse(
                row.number,
                "person_id",
                "Give the person_id, which an export shows, or the person_vle_id.",
            )
            return None
        if vle_id is not None and self.importer.registration_id is None:
            sheet.refuse(row.number, "person_vle_id", "It is not said which VLE gave this id.")
            return None
        by_vle_id = self.by_vle_id.get(vle_id) if vle_id else None
        by_number = self.by_id.get(number) if number else None
        found = by_number or by_vle_id
        if found is None:
            column = "person_id" if number is not None else "person_vle_id"
            sheet.refuse(
                row.number,
                column,
                "Nobody is known by this. People are known once a roster lists them, they have "
                "opened the tool, or they were invited.",
            )
            return None
        if number and vle_id and by_number is not by_vle_id:
            sheet.refuse(
                row.number, "person_vle_id", "The two ids are different people’s. Keep one."
            )
            return None
        return found if self.fits(row, "person_name", found, sheet) else None

    def fits(self, row: Row, column: str, user: User, sheet: Sheet) -> bool:
        """Whether the name in the row can be this person's: a shifted column is noticed by it."""
        name = row.get(column)
        if name is None or shares_a_word(name, user.name):
            return True
        sheet.refuse(
            row.number,
            column,
            f"The tool knows this person as {user.name}, not as {name}. Check the numbers of this "
            "row, or leave the name out.",
        )
        return False
