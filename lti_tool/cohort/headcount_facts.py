"""What is counted on a day: one row a participant, put together from dated facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import LONDON
from lti_tool.cohort.headcount_rules import (
    NO_DECISION,
    Dated,
    basis_of,
    covers,
    intake_of,
    phase_of,
    state_on,
)
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.identity import Viewer
from lti_tool.people.models import (
    Application,
    EligibilityDecision,
    Institution,
    InstitutionPeriod,
    Participant,
    Pause,
    School,
    SchoolPeriod,
)
from lti_tool.people.programmes import programme_of
from lti_tool.people.states import State
from lti_tool.people.visibility import visible_participants

AT_ONCE = 500
Values = dict[str, Any]


def counted(viewer: Viewer, day: date) -> Iterator[Values]:
    """A row for each who was on the programme on the day, some hundreds at a time."""
    query = (
        visible_participants(viewer)
        .where(
            Participant.enrolled_on <= day,
            or_(Participant.left_on.is_(None), Participant.left_on > day),
        )
        .options(joinedload(Participant.programme_version))
        .order_by(Participant.id)
        .limit(AT_ONCE)
    )
    after = 0
    while people := db.session.scalars(query.where(Participant.id > after)).all():
        known = _Known(people, day)
        for person in people:
            if (row := known.row(person)) is not None:
                yield row
        after = people[-1].id


class _Known:
    """What is on record of some participants, one query a kind."""

    def __init__(self, people: Sequence[Participant], day: date) -> None:
        self.day, self.ids = day, [each.id for each in people]
        # London's midnight after the day: a moment belongs to the day that clocks showed.
        self.until = datetime.combine(day + timedelta(1), time(), LONDON)
        self.posts = self._by_person(
            select(SchoolPeriod.participant_id, SchoolPeriod.started_on, SchoolPeriod.ended_on,
                   School.urn, School.name, School.region)
            .join(School, School.id == SchoolPeriod.school_id)
            .where(SchoolPeriod.kind == "main", _counts(SchoolPeriod))
            .order_by(SchoolPeriod.id),
            SchoolPeriod,
        )  # fmt: skip
        self.universities = self._by_person(
            select(InstitutionPeriod.participant_id, InstitutionPeriod.started_on,
                   InstitutionPeriod.ended_on, Institution.name)
            .join(Institution, Institution.id == InstitutionPeriod.institution_id)
            .order_by(InstitutionPeriod.id),
            InstitutionPeriod,
        )  # fmt: skip
        self.pauses = self._by_person(
            select(Pause.participant_id, Pause.started_on, Pause.ended_on).order_by(Pause.id),
            Pause,
        )
        self.decisions = self._by_person(
            select(Application.participant_id, EligibilityDecision.rule_set,
                   EligibilityDecision.rule, EligibilityDecision.decided_at)
            .join(Application, Application.id == EligibilityDecision.application_id)
            .where(
                EligibilityDecision.answer == "eligible",
                EligibilityDecision.decided_at < self.until,
            )
            .order_by(EligibilityDecision.id),
            Application,
        )  # fmt: skip
        self.ends = self._by_person(
            select(AuditEvent.participant_id, AuditEvent.event, AuditEvent.at)
            .where(
                AuditEvent.event.in_(["participant.completed", "participant.awarded"]),
                AuditEvent.at < self.until,
            )
            .order_by(AuditEvent.id),
            AuditEvent,
        )
        self.handed_in = self._by_person(
            select(Attempt.participant_id, Attempt.module_code)
            .where(Attempt.submitted_at < self.until)
            .distinct(),
            Attempt,
        )

    def _by_person(self, query: Any, model: Any) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in db.session.execute(query.where(model.participant_id.in_(self.ids))):
            found[row.participant_id].append(row)
        return found

    def row(self, person: Participant) -> Values | None:
        """What is counted of one participant; None for whom nothing is, being awarded."""
        posts = self.posts[person.id]
        state = state_on(self._dated(person), self.day)
        if state is None:
            return None
        post = next((each for each in posts if covers(each[1:3], self.day)), None)
        university = next(
            (one for one in self.universities[person.id] if covers(one[1:3], self.day)), None
        )
        decision = next(reversed(self.decisions[person.id]), None)
        intake, term = intake_of(person.enrolled_on)
        phases = {each.code: each.phase for each in programme_of(person).modules}
        return {
            "counted_id": person.id,
            "school": post.urn if post else "",
            "school_name": post.name if post else "",
            "university": university.name if university else "",
            "region": (post.region or "") if post else "",
            "rule": decision.rule if decision else "",
            "basis": _basis(decision) if decision else NO_DECISION,
            "cohort": person.cohort or "",
            "intake": intake,
            "term": term,
            "phase": phase_of(
                phases.get(one.module_code, 1) for one in self.handed_in[person.id]
            ),
            "state": str(state),
        }  # fmt: skip

    def _dated(self, person: Participant) -> Dated:
        ends = {each.event: _day_of(each.at) for each in self.ends[person.id]}
        return Dated(
            started_on=person.started_on,
            is_active=person.state != State.ENROLLED,
            posts=tuple((each.started_on, each.ended_on) for each in self.posts[person.id]),
            pauses=tuple((each.started_on, each.ended_on) for each in self.pauses[person.id]),
            completed_on=ends.get("participant.completed"),
            awarded_on=ends.get("participant.awarded"),
        )


def _basis(decision: Any) -> str:
    return basis_of(decision.rule_set, decision.rule, _day_of(decision.decided_at))


def _day_of(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def _counts(period: type[SchoolPeriod]) -> ColumnElement[bool]:
    """Whether a period counts on any day at all."""
    return or_(period.ended_on.is_(None), period.ended_on > period.started_on)
