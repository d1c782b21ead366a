"""The main school of a row: a move, planned by the same rule as every other period."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.people.bulk.columns import Row, Sheet
from lti_tool.people.bulk.finding import many, said_in
from lti_tool.people.bulk.outcome import Importer
from lti_tool.people.bulk.periods import Period, Verdict, Wish, place
from lti_tool.people.models import Participant, School, SchoolPeriod
from lti_tool.people.states import Act, after
from lti_tool.programme.timing import spoken


@dataclass(frozen=True)
class Move:
    """A post that begins, and the one that ends with it."""

    importer: Importer
    school: School
    started_on: date
    ended_on: date | None
    replaced: int | None

    @property
    def told(self) -> str:
        """The move in words."""
        return f"school: {self.school.name} from {spoken(self.started_on)}"

    def write(self, participant: Participant) -> None:
        """Store it."""
        viewer = self.importer.viewer
        if self.replaced is not None:
            earlier = db.session.get_one(SchoolPeriod, self.replaced)
            earlier.ended_on = self.started_on
            record(
                viewer, "school_period.ended", earlier, participant_id=participant.id,
                acted_as="operator", on=self.started_on.isoformat(),
            )  # fmt: skip
        period = SchoolPeriod(
            participant_id=participant.id, school_id=self.school.id, kind="main",
            started_on=self.started_on, ended_on=self.ended_on,
        )  # fmt: skip
        db.session.add(period)
        participant.state = after(Act.ARRIVE, participant.state)
        record(
            viewer, "school_period.started", period, participant_id=participant.id,
            acted_as="operator", school=self.school.id, kind="main",
            on=self.started_on.isoformat(),
        )  # fmt: skip


class Posts:
    """The schools that a file names, and where its participants have taught."""

    def __init__(self, importer: Importer, sheet: Sheet) -> None:
        self.importer = importer
        self.sheet = sheet
        self.by_urn: dict[str, School] = {}
        self.names: dict[int, str] = {}
        self.periods: dict[int, list[Period]] = {}

    def look_up(self, rows: Collection[Row], participant_ids: Collection[int]) -> None:
        """Find them all."""
        register = select(School).where(School.provider_id == self.importer.provider_id)
        urns = said_in(rows, "school_urn")
        for (school,) in many(urns, lambda some: register.where(School.urn.in_(some))):
            self.by_urn[school.urn] = school
            self.names[school.id] = school.name
        taught = select(SchoolPeriod, School.name).join(SchoolPeriod.school)
        taught = taught.where(SchoolPeriod.kind == "main").order_by(SchoolPeriod.started_on)
        for one, name in many(
            participant_ids, lambda some: taught.where(SchoolPeriod.participant_id.in_(some))
        ):
            period = Period(one.id, one.school_id, one.started_on, one.ended_on)
            self.periods.setdefault(one.participant_id, []).append(period)
            self.names[one.school_id] = name

    def plan(self, row: Row, participant: Participant | None) -> Move | None:
        """The move that a row asks for; None where there is none to make."""
        urn, since = row.get("school_urn"), row.get("school_from")
        if urn is None:
            if since is not None:
                raise Invalid("There is a school_from without a school_urn. Give both.")
            return None
        school = self.by_urn.get(urn)
        if school is None:
            raise Invalid(f"No school has the URN {urn}. Add it first, or correct this.")
        since = since or today()
        periods = self.periods.get(participant.id, []) if participant else []
        placed = place(periods, Wish(school.id, since), today(), lambda one: self.names[one])
        if placed.verdict is Verdict.SAME:
            return None
        if school.closed_on is not None and since >= school.closed_on:
            raise Invalid(f"{school.name} closed on {spoken(school.closed_on)}.")
        if participant is not None:
            after(Act.ARRIVE, participant.state)
        replaced = placed.replaced.id if placed.replaced else None
        return Move(self.importer, school, since, placed.period.ended_on, replaced)
