"""What coaches were trained in, as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.people.bulk import cells
from lti_tool.people.bulk.columns import Column, Row, Sheet
from lti_tool.people.bulk.finding import CHUNK, Directory, many, said_in
from lti_tool.people.bulk.outcome import Importer, Outcome, refused
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.models import CoachTraining, User
from lti_tool.people.training import check_training, store_training
from lti_tool.programme.timing import spoken

COLUMNS = (
    Column("person_id", cells.number, "Of the coach, as an export shows it."),
    Column("person_vle_id", cells.key, "Or the VLE’s id of the coach.", ("vle_user_id", "vle_id")),
    Column("person_name", cells.one_line(300), "Of the coach; only compared.", ("name", "coach")),
    Column("trained_on", cells.day, "The day of the training.", ("trained",), True),
    Column("standard", cells.one_line(100), "What it was, such as its name.", ("course",), True),
    Column("refresh_due_on", cells.day, "Until when it holds; for good if left out.", ("refresh",)),
)


def check(importer: Importer, sheet: Sheet) -> Outcome:
    """What the rows come to."""
    people = Directory(importer)
    people.look_up([], said_in(sheet.rows, "person_vle_id"), said_in(sheet.rows, "person_id"))
    outcome = Outcome(sheet.problems)
    stored = select(CoachTraining)
    held = many(list(people.by_id), lambda some: stored.where(CoachTraining.user_id.in_(some)))
    known = {(each.user_id, each.trained_on): each for (each,) in held}
    met: dict[Any, int] = {}
    for row in sheet.rows:
        person = people.person(row, sheet)
        if person is None:
            continue
        key = (person.id, row.get("trained_on"))
        if key in met:
            sheet.refuse(row.number, "", f"This repeats row {met[key]}. Keep one of the two.")
            continue
        met[key] = row.number
        try:
            check_training(row.get("trained_on"), row.get("refresh_due_on"))
        except Invalid as error:
            column = "trained_on" if error.field == "on" else "refresh_due_on"
            refused(sheet, row, column, error)
        else:
            _note(importer, row, person, known.get(key), outcome)
    return outcome


def _note(
    importer: Importer, row: Row, person: User, found: CoachTraining | None, outcome: Outcome
) -> None:
    standard = row.get("standard")
    due = row.get("refresh_due_on") or (found.refresh_due_on if found else None)
    verdict = Verdict.ADDED
    if found is not None:
        is_same = (found.standard, found.refresh_due_on) == (standard, due)
        verdict = Verdict.SAME if is_same else Verdict.CHANGED
    told = f"trained on {spoken(row.get('trained_on'))}: {standard}"
    told += f", refresh due on {spoken(due)}" if due else ""
    outcome.note(row.number, person.name, verdict, told)
    if verdict is not Verdict.SAME:
        outcome.writes.append(
            partial(
                store_training,
                importer.viewer, found, person.id, row.get("trained_on"), standard, due,
            )
        )  # fmt: skip


SHOWN_ONLY: tuple[str, ...] = ()
EXPORTED = ("person_id", "person_name", "trained_on", "standard", "refresh_due_on")


def export(importer: Importer) -> Iterator[dict[str, Any]]:
    """Every training, in the order in which they were told."""
    query = (
        select(
            CoachTraining.id, User.id, User.name, CoachTraining.trained_on,
            CoachTraining.standard, CoachTraining.refresh_due_on,
        )
        .join(CoachTraining.user)
        .where(User.provider_id == importer.provider_id)
        .order_by(CoachTraining.id)
    )  # fmt: skip
    after = 0
    while found := db.session.execute(query.where(CoachTraining.id > after).limit(CHUNK)).all():
        for row in found:
            yield dict(zip(EXPORTED, row[1:], strict=True))
        after = found[-1][0]
