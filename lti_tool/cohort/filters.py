"""Whom a lead looks at: the filters of the cohort, and those kept by a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
)

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.cohort import search
from lti_tool.cohort.attention import conditions
from lti_tool.cohort.filter_models import SavedFilter
from lti_tool.cohort.module_conditions import reached
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.identity import Viewer
from lti_tool.people.models import Allocation, Participant, School, SchoolPeriod, User
from lti_tool.people.programmes import list_versions, parsed
from lti_tool.people.states import State
from lti_tool.people.visibility import is_current, visible_participants
from lti_tool.programme.attention import Reason
from lti_tool.programme.definition import Programme

MOST_KEPT = 30
LONGEST = 100
NONE = "none"  # asked for as a school, a tutor or a cohort: whoever has none today


@dataclass(frozen=True)
class Filters:
    """What is asked for; empty asks for everybody. As texts, as an address has them."""

    q: str = ""
    school: str = ""
    tutor: str = ""
    cohort: str = ""
    show: str = ""
    phase: str = ""
    state: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filters:
        """What an address asks for; what makes no sense asks for nothing."""
        found = {each.name: asked.get(each.name, "").strip()[:LONGEST] for each in fields(cls)}
        sensible = {
            "show": found["show"] in search.SHOWS,
            "state": found["state"] in set(State),
            "phase": found["phase"].isascii() and found["phase"].isdecimal(),
            "tutor": found["tutor"] == NONE
            or (found["tutor"].isascii() and found["tutor"].isdecimal()),
        }
        for name, is_sensible in sensible.items():
            if not is_sensible or len(found[name]) > (9 if name in ("tutor", "phase") else LONGEST):
                found[name] = ""
        return cls(**found)

    @property
    def asked(self) -> dict[str, Any]:
        """Only what is asked for, for an address."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in found.items() if value}


def programmes_of(viewer: Viewer) -> dict[int, Programme]:
    """The versions that the viewer's participants are on."""
    return {each.id: parsed(each.definition) for each in list_versions(viewer.provider_id)}


def found_ids(viewer: Viewer, filters: Filters) -> Select[int]:
    """The ids of those whom the filters leave, in no order."""
    query = visible_participants(viewer).with_only_columns(Participant.id)
    for condition in _conditions(viewer, filters):
        query = query.where(condition)
    return query


def in_school() -> ColumnElement[bool]:
    """Of a period: the main post that somebody has today."""
    return and_(
        SchoolPeriod.kind == "main",
        SchoolPeriod.started_on <= today(),
        or_(SchoolPeriod.ended_on.is_(None), SchoolPeriod.ended_on > today()),
    )


def _conditions(viewer: Viewer, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.q:
        named = select(User.id).where(User.name.icontains(filters.q, autoescape=True))
        number = Participant.candidate_number == filters.q.upper()
        found.append(or_(Participant.user_id.in_(named), number))
    if filters.school:
        found.append(_teaches_at(filters.school))
    if filters.tutor:
        found.append(_tutored_by(filters.tutor))
    if filters.cohort == NONE:
        found.append(func.coalesce(Participant.cohort, "").in_(("", NONE)))
    elif filters.cohort:
        found.append(Participant.cohort == filters.cohort)
    if filters.show == search.WITH_COACH:
        found.append(search.with_coach())
    elif filters.show:
        found.append(conditions(viewer)[Reason(filters.show)])
    if filters.state:
        found.append(Participant.state == filters.state)
    if filters.phase:
        everybody = visible_participants(viewer).with_only_columns(Participant.id)
        phases = reached(programmes_of(viewer), everybody).subquery()
        of_phase = select(phases.c.participant_id).where(phases.c.phase == int(filters.phase))
        found.append(Participant.id.in_(of_phase))
    return found


def _tutored_by(tutor: str) -> ColumnElement[bool]:
    """By the tutor's id, or by nobody."""
    allocated = exists().where(
        Allocation.participant_id == Participant.id, Allocation.kind == "tutor", is_current()
    )
    return ~allocated if tutor == NONE else allocated.where(Allocation.user_id == int(tutor))


def _teaches_at(school: str) -> ColumnElement[bool]:
    """By the school's URN, or by a part of its name; or nowhere."""
    if school.lower() == NONE:
        return ~exists().where(SchoolPeriod.participant_id == Participant.id, in_school())
    if school.isdecimal() and len(school) == 6:
        named = School.urn == school
    else:
        named = School.name.icontains(school, autoescape=True)
    return exists().where(
        SchoolPeriod.participant_id == Participant.id,
        SchoolPeriod.school_id == School.id,
        in_school(),
        named,
    )


def tutors_of(viewer: Viewer) -> list[tuple[int, str]]:
    """Today's tutors of the participants whom the viewer may see, by name."""
    people = visible_participants(viewer).with_only_columns(Participant.id)
    query = (
        select(User.id, User.name)
        .join(Allocation, Allocation.user_id == User.id)
        .where(Allocation.kind == "tutor", is_current(), Allocation.participant_id.in_(people))
        .distinct()
        .order_by(User.name, User.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def cohorts_of(viewer: Viewer) -> list[str]:
    """The cohorts that participants are of."""
    query = visible_participants(viewer).with_only_columns(Participant.cohort).distinct()
    return sorted(each for each in db.session.scalars(query) if each)


def kept(viewer: Viewer) -> list[SavedFilter]:
    """The viewer's own filters, by name."""
    query = select(SavedFilter).where(
        SavedFilter.user_id == viewer.user_id, SavedFilter.provider_id == viewer.provider_id
    )
    return list(db.session.scalars(query.order_by(SavedFilter.name, SavedFilter.id)))


def keep(viewer: Viewer, name: str, filters: Filters) -> SavedFilter:
    """Keep a set of filters; a name that is there already stands for the new one."""
    if not filters.asked:
        raise Invalid("Filter the list first: there is nothing to keep.", field="name")
    own = kept(viewer)
    found = next((each for each in own if each.name == name), None)
    if found is None:
        if len(own) >= MOST_KEPT:
            raise Invalid(f"You keep {MOST_KEPT} filters. Remove one first.", field="name")
        found = SavedFilter(provider_id=viewer.provider_id, user_id=viewer.user_id, name=name)
        db.session.add(found)
    found.asked, found.saved_at = filters.asked, now()
    db.session.flush()
    record(viewer, "filter.kept", found)
    return found


def drop(viewer: Viewer, filter_id: int) -> SavedFilter:
    """Remove one of the viewer's own."""
    found = next((each for each in kept(viewer) if each.id == filter_id), None)
    if found is None:
        raise NotFound("You keep no such filter.")
    record(viewer, "filter.dropped", found)
    db.session.delete(found)
    return found
