"""Coaches and tutors of many participants: from a spreadsheet, or chosen together on a page.

Both are planned over the same periods and written by the same hand, so a preview says what is
done: nothing is worked out anew while it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from lti_tool.audit.record import record
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.people.allocations import BASES
from lti_tool.people.bulk import cells
from lti_tool.people.bulk.columns import Column, Row, Sheet
from lti_tool.people.bulk.finding import CHUNK, Directory, many, said_in
from lti_tool.people.bulk.outcome import Importer, Line, Outcome, refused
from lti_tool.people.bulk.periods import Period, Placed, Verdict, Wish, place
from lti_tool.people.bulk.standing import staff_among
from lti_tool.people.models import Allocation, Origin, Participant, User
from lti_tool.programme.timing import spoken

KINDS = {"coach": "Coach", "tutor": "Tutor"}
COLUMNS = (
    Column("candidate_number", cells.code, "Of the participant.", ("candidate", "candidate_no")),
    Column("vle_user_id", cells.key, "Or the VLE’s id of the participant.", ("vle_id",)),
    Column("name", cells.one_line(300), "Of the participant; only compared.", ("participant",)),
    Column("kind", cells.one_of(KINDS), "coach or tutor.", ("role", "as"), True),
    Column("person_id", cells.number, "Of the coach or tutor, as an export shows it."),
    Column("person_vle_id", cells.key, "Or the VLE’s id of the coach or tutor."),
    Column("person_name", cells.one_line(300), "Of the coach or tutor; only compared."),
    Column("started_on", cells.day, "The first day; today if left out.", ("from", "start")),
    Column("ended_on", cells.day, "The day after the last; open if left out.", ("until", "end")),
    Column("basis", cells.one_of(BASES), f"Where a coach works: {', '.join(BASES)}."),
)
Planned = tuple[Row, Participant, User]
Write = Callable[[], object]


def check(importer: Importer, sheet: Sheet) -> Outcome:
    """What the rows come to."""
    people = Directory(importer)
    people.look_up(
        said_in(sheet.rows, "candidate_number"),
        [*said_in(sheet.rows, "vle_user_id"), *said_in(sheet.rows, "person_vle_id")],
        said_in(sheet.rows, "person_id"),
    )
    planned: list[Planned] = []
    for row in sheet.rows:
        before = len(sheet.problems)
        participant, person = people.participant(row, sheet), people.person(row, sheet)
        if participant is not None and person is not None:
            planned.append((row, participant, person))
        elif participant is None and len(sheet.problems) == before:
            sheet.refuse(row.number, "candidate_number", "No participant is known by this.")
    return plan(importer, planned, sheet)


def plan(importer: Importer, planned: Collection[Planned], sheet: Sheet) -> Outcome:
    """Who changes from whom to whom, in the order of the first days."""
    outcome = Outcome(sheet.problems)
    plans = _plans({each.id: each for _, each, _ in planned})
    staff = staff_among([person.id for row, _, person in planned if row.get("kind") == "tutor"])
    names = {person.id: person.name for _, _, person in planned}
    for row, participant, person in sorted(planned, key=_first_day):
        own = plans[participant.id]
        own.names |= names
        try:
            _check(row, participant, person, staff)
            own.place(row, person)
        except Invalid as error:
            refused(sheet, row, error.field or "started_on", error)
        else:
            outcome.lines.append(own.lines[-1])
    outcome.lines.sort(key=lambda line: line.row)
    if not sheet.problems:
        for own in plans.values():
            outcome.writes += own.writes(importer)
    return outcome


def _first_day(planned: Planned) -> tuple[date, int]:
    return planned[0].get("started_on") or today(), planned[0].number


def _check(row: Row, participant: Participant, person: User, staff: set[int]) -> None:
    name, since = participant.user.name, row.get("started_on") or today()
    if person.id == participant.user_id:
        raise Invalid("Nobody can be their own coach or tutor.", field="person_id")
    if row.get("kind") == "tutor" and person.id not in staff:
        raise Invalid(f"{person.name} is no tutor in any course.", field="person_id")
    if row.get("kind") == "tutor" and row.get("basis"):
        raise Invalid("This says where a coach works. Leave it out for a tutor.", field="basis")
    if since < participant.enrolled_on:
        raise Invalid(f"{name} enrolled on {spoken(participant.enrolled_on)}. Begin then or later.")
    if participant.left_on and (row.get("ended_on") or date.max) > participant.left_on:
        raise Invalid(f"{name} has left the programme on {spoken(participant.left_on)}.")


class _Own:
    """The periods of one participant as they are, and as the rows will have them."""

    def __init__(self, participant: Participant) -> None:
        self.participant = participant
        self.stored: dict[int, Allocation] = {}
        self.periods: dict[str, list[Period]] = {kind: [] for kind in KINDS}
        self.bases: dict[int, str] = {}  # by the period's identity here: what its row says
        self.names: dict[int, str] = {}
        self.lines: list[Line] = []

    def know(self, stored: Allocation) -> None:
        """Take in what is there."""
        self.stored[stored.id] = stored
        self.names[stored.user_id] = stored.user.name
        period = Period(stored.id, stored.user_id, stored.started_on, stored.ended_on)
        self.periods[stored.kind].append(period)

    def place(self, row: Row, person: User) -> None:
        """Fit one row in, and say what it comes to."""
        kind = row.get("kind")
        wish = Wish(person.id, row.get("started_on") or today(), row.get("ended_on"))
        placed = place(
            self.periods[kind], wish, today(), lambda one: self.names[one], alone=kind == "coach"
        )
        verdict, basis = placed.verdict, row.get("basis")
        if basis is not None:
            stored = self.stored.get(placed.period.id or 0)
            self.bases[id(placed.period)] = basis
            if verdict is Verdict.SAME and stored is not None and stored.basis != basis:
                verdict = Verdict.CHANGED
        who = f"{self.participant.user.name} ({self.participant.candidate_number})"
        self.lines.append(Line(row.number, who, verdict, self._told(kind, placed, person)))

    def _told(self, kind: str, placed: Placed, person: User) -> str:
        period, earlier = placed.period, placed.replaced
        since = f"{KINDS[kind]}: "
        if earlier is not None:
            since += f"{self.names[earlier.holder]} → "
        until = f" until {spoken(period.ended_on)}" if period.ended_on else ""
        return f"{since}{person.name} from {spoken(period.started_on)}{until}"

    def writes(self, importer: Importer) -> Iterator[Write]:
        """What ends comes before what begins, so that the store never sees two at once."""
        every = [(kind, each) for kind in KINDS for each in self.periods[kind]]
        moved = [
            (self.stored[each.id], each.ended_on)
            for _, each in every
            if each.id is not None and each.ended_on != self.stored[each.id].ended_on
        ]
        moved.sort(key=lambda pair: pair[1] is None or pair[1] > (pair[0].ended_on or date.max))
        for stored, ended_on in moved:
            yield partial(_end, importer, stored, ended_on)
        for kind, each in every:
            basis = self.bases.get(id(each))
            if each.id is None:
                yield partial(_begin, importer, self.participant.id, kind, each, basis)
            elif basis is not None and basis != self.stored[each.id].basis:
                yield partial(_base, importer, self.stored[each.id], basis)


def _plans(participants: dict[int, Participant]) -> dict[int, _Own]:
    plans = {one: _Own(participant) for one, participant in participants.items()}
    query = select(Allocation).options(joinedload(Allocation.user))
    query = query.order_by(Allocation.started_on, Allocation.id)
    for (stored,) in many(
        list(plans), lambda some: query.where(Allocation.participant_id.in_(some))
    ):
        plans[stored.participant_id].know(stored)
    return plans


def _end(importer: Importer, stored: Allocation, ended_on: date | None) -> None:
    stored.ended_on = ended_on
    record(
        importer.viewer, "allocation.ended", stored, participant_id=stored.participant_id,
        acted_as="operator", on=ended_on.isoformat() if ended_on else None,
    )  # fmt: skip


def _begin(
    importer: Importer, participant_id: int, kind: str, period: Period, basis: str | None
) -> None:
    made = Allocation(
        participant_id=participant_id, user_id=period.holder, kind=kind,
        started_on=period.started_on, ended_on=period.ended_on, basis=basis,
    )  # fmt: skip
    db.session.add(made)
    record(
        importer.viewer, "allocation.started", made, participant_id=participant_id,
        acted_as="operator", kind=kind, allocated_user=period.holder,
        on=period.started_on.isoformat(),
    )  # fmt: skip


def _base(importer: Importer, stored: Allocation, basis: str) -> None:
    stored.basis = basis
    record(
        importer.viewer, "allocation.changed", stored, participant_id=stored.participant_id,
        acted_as="operator", basis=basis,
    )  # fmt: skip


def choose(
    importer: Importer, participants: Collection[Participant], person: User, kind: str, on: date
) -> Outcome:
    """The same for people who were chosen together: one coach or tutor, from one day on."""
    said = {"kind": kind, "started_on": on}
    ordered = sorted(participants, key=lambda each: (each.user.name, each.id))
    planned = [(Row(number, said), each, person) for number, each in enumerate(ordered, start=1)]
    return plan(importer, planned, Sheet([row for row, _, _ in planned]))


SHOWN_ONLY: tuple[str, ...] = ()
EXPORTED = (
    "candidate_number", "name", "kind", "person_id", "person_name", "started_on", "ended_on",
    "basis",
)  # fmt: skip


def export(importer: Importer) -> Iterator[dict[str, Any]]:
    """Every period that counted or counts, in the order in which they were told."""
    person = aliased(User)
    query = (
        select(
            Allocation.id,
            Participant.candidate_number,
            User.name,
            Allocation.kind,
            person.id,
            person.name,
            Allocation.started_on,
            Allocation.ended_on,
            Allocation.basis,
        )
        .join(Allocation.participant)
        .join(Participant.user)
        .join(person, person.id == Allocation.user_id)
        .where(
            Participant.provider_id == importer.provider_id,
            Participant.origin != Origin.MISTAKEN.value,
            Allocation.ended_on.is_(None) | (Allocation.ended_on > Allocation.started_on),
        )
        .order_by(Allocation.id)
    )
    after = 0
    while found := db.session.execute(query.where(Allocation.id > after).limit(CHUNK)).all():
        for row in found:
            yield dict(zip(EXPORTED, row[1:], strict=True))
        after = found[-1][0]
