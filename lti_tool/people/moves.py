"""Where a participant teaches and which university assesses them: moves that lose nothing.

A move ends one dated period and begins another, and touches nothing else: evidence, dialogue and
sign-offs keep the school and the coach of their own dates.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.people.holding import hold
from lti_tool.people.models import (
    Institution,
    InstitutionPeriod,
    Participant,
    School,
    SchoolPeriod,
    User,
)
from lti_tool.people.participation import check_is_lead, check_may_tell
from lti_tool.people.states import LIVE, Act, after

NO_MATCH = "These details do not match. Ask the teacher for their candidate number and family name."
YEAR = timedelta(days=366)


def move_school(
    viewer: Viewer,
    participant: Participant,
    school: School,
    on: date,
    *,
    post: str | None = None,
    fte: Decimal | None = None,
) -> SchoolPeriod:
    """Teach at a school from a day on, which may be ahead; the period before ends that day."""
    check_may_tell(viewer, participant)
    hold(participant)
    return _arrive(viewer, participant, school, on, post=post, fte=fte)


def complete_move(
    school: School, candidate_number: str, family_name: str, on: date
) -> SchoolPeriod:
    """The new school says that a teacher has joined, whatever the old school does.

    Whoever asks learns nothing about anybody: every mismatch gives the same answer.
    """
    if abs(on - today()) > YEAR:
        raise Invalid("Give a day within a year of today.", field="on")
    found = db.session.scalars(
        select(Participant)
        .join(User, User.id == Participant.user_id)
        .where(
            Participant.provider_id == school.provider_id,
            Participant.candidate_number == candidate_number.strip().upper(),
            Participant.state.in_(LIVE),
        )
    ).one_or_none()
    if found is None or not _is_family_name(family_name, found.user.name):
        raise NotFound(NO_MATCH)
    hold(found)
    here = school_period_on(found, on)
    if here is not None and here.school_id == school.id:
        return here
    return _arrive(None, found, school, on)


def _arrive(
    viewer: Viewer | None,
    participant: Participant,
    school: School,
    on: date,
    *,
    post: str | None = None,
    fte: Decimal | None = None,
) -> SchoolPeriod:
    if school.provider_id != participant.provider_id:
        raise NotFound("There is no such school.")
    state = after(Act.ARRIVE, participant.state)
    _check_open(school, on)
    _make_room(viewer, participant, school, on)
    period = SchoolPeriod(
        participant_id=participant.id, school_id=school.id, kind="main", post=post, fte=fte,
        started_on=on,
    )  # fmt: skip
    db.session.add(period)
    participant.state = state
    _record_start(viewer, period)
    return period


def _check_open(school: School, on: date) -> None:
    if school.closed_on is None or on < school.closed_on:
        return
    after_it = f" It became {school.successor.name}." if school.successor else ""
    raise Invalid(
        f"{school.name} closed on {school.closed_on:%-d %B %Y}.{after_it}", field="school"
    )


def _make_room(viewer: Viewer | None, participant: Participant, school: School, on: date) -> None:
    periods = _periods(participant, "main")
    ahead = next((each for each in periods if each.started_on > on), None)
    if ahead is not None:
        raise Invalid(
            f"The post at {ahead.school.name} begins on {ahead.started_on:%-d %B %Y}. "
            "Give that day or a later one, or take that move back first.",
            field="on",
        )
    for period in periods:
        if covers(period, on):
            if period.school_id == school.id:
                raise Invalid(f"{school.name} is the school already.", field="school")
            _end(viewer, period, on)


def leave_school(viewer: Viewer, participant: Participant, on: date) -> None:
    """Leave a school before the next one is known. That is not leaving the programme."""
    check_may_tell(viewer, participant)
    hold(participant)
    state = after(Act.LEAVE_SCHOOL, participant.state)
    end_post(viewer, participant, on)
    participant.state = state


def end_post(viewer: Viewer, participant: Participant, on: date) -> None:
    """End the main post of a participant who is held, on a day that may be ahead."""
    running = [each for each in _periods(participant, "main") if each.ended_on is None]
    if not running:
        raise Refused("There is no school to leave on record.")
    if on < running[0].started_on:
        raise Invalid(
            f"The post there began on {running[0].started_on:%-d %B %Y}. Give a later day.",
            field="on",
        )
    _end(viewer, running[0], on)


def reopen_post(participant: Participant, ended_on: date) -> None:
    """Let a post go on whose end was ahead, unless another one begins there."""
    for period in _periods(participant, "main"):
        if period.ended_on == ended_on and school_period_on(participant, ended_on) is None:
            period.ended_on = None


def next_post_is_known(participant: Participant, day: date) -> bool:
    """Whether a main post counts on a day, or begins later."""
    return any(covers(each, day) or each.started_on > day for each in _periods(participant, "main"))


def take_back_move(viewer: Viewer, participant: Participant) -> School:
    """Take back a move that was told and lies ahead; the post before it goes on."""
    check_may_tell(viewer, participant)
    hold(participant)
    periods = _periods(participant, "main")
    if not periods or periods[-1].started_on <= today():
        raise Refused("There is no move ahead that could be taken back.")
    planned = periods[-1]
    planned.ended_on = planned.started_on
    db.session.flush()
    if len(periods) > 1 and periods[-2].ended_on == planned.started_on:
        periods[-2].ended_on = None
    record(viewer, "school_period.taken_back", planned, participant_id=participant.id)
    return planned.school


def add_setting(viewer: Viewer, participant: Participant, school: School, on: date) -> SchoolPeriod:
    """Work at a second school beside the main one."""
    check_may_tell(viewer, participant)
    if school.provider_id != participant.provider_id:
        raise NotFound("There is no such school.")
    hold(participant)
    after(Act.ARRIVE, participant.state)
    _check_open(school, on)
    if any(each.school_id == school.id and covers(each, on) for each in _periods(participant)):
        raise Invalid(f"{school.name} is on record for that day already.", field="school")
    period = SchoolPeriod(
        participant_id=participant.id, school_id=school.id, kind="setting", started_on=on
    )
    db.session.add(period)
    _record_start(viewer, period)
    return period


def end_setting(viewer: Viewer, participant: Participant, period_id: int, on: date) -> None:
    """Stop working at a second school."""
    check_may_tell(viewer, participant)
    hold(participant)
    found = [each for each in _periods(participant, "setting") if each.id == period_id]
    if not found or found[0].ended_on is not None:
        raise NotFound("There is no such second school.")
    _end(viewer, found[0], max(on, found[0].started_on))


def move_university(
    viewer: Viewer, participant: Participant, institution: Institution, on: date
) -> InstitutionPeriod:
    """Be assessed by another university of the partnership from a day on."""
    check_is_lead(viewer)
    if institution.provider_id != participant.provider_id:
        raise NotFound("There is no such university.")
    hold(participant)
    after(Act.ARRIVE, participant.state)
    for period in university_periods(participant):
        if period.started_on > on:
            raise Invalid(
                f"{period.institution.name} begins on {period.started_on:%-d %B %Y}. "
                "Give that day or a later one.",
                field="on",
            )
        if period.ended_on is None or period.ended_on > on:
            if period.institution_id == institution.id:
                raise Invalid(f"{institution.name} assesses them already.", field="institution")
            period.ended_on = on
    db.session.flush()
    made = InstitutionPeriod(
        participant_id=participant.id, institution_id=institution.id, started_on=on
    )
    db.session.add(made)
    record(
        viewer, "institution_period.started", made, participant_id=participant.id,
        institution=institution.id, on=on.isoformat(),
    )  # fmt: skip
    return made


def school_on(participant: Participant, day: date) -> School | None:
    """Where a participant taught on a day: evidence keeps the school of its date."""
    found = school_period_on(participant, day)
    return found.school if found else None


def school_period_on(participant: Participant, day: date) -> SchoolPeriod | None:
    """The main post that counted on a day."""
    return next((each for each in _periods(participant, "main") if covers(each, day)), None)


def schools_now(participant_ids: Collection[int]) -> dict[int, School]:
    """Today's main school of many participants, in one query; without one, no entry."""
    query = (
        select(SchoolPeriod)
        .where(SchoolPeriod.participant_id.in_(participant_ids), is_main_now(today()))
        .options(joinedload(SchoolPeriod.school))
    )
    return {each.participant_id: each.school for each in db.session.scalars(query)}


def teaches_at(school: School, day: date) -> ColumnElement[bool]:
    """Whether a participant's main post is at a school on a day."""
    return exists().where(
        SchoolPeriod.participant_id == Participant.id,
        SchoolPeriod.school_id == school.id,
        is_main_now(day),
    )


def is_main_now(day: date) -> ColumnElement[bool]:
    """Whether a school period is the main post of a day."""
    return and_(
        SchoolPeriod.kind == "main",
        SchoolPeriod.started_on <= day,
        or_(SchoolPeriod.ended_on.is_(None), SchoolPeriod.ended_on > day),
    )


def school_periods(participant: Participant) -> list[SchoolPeriod]:
    """All posts that counted or will, the newest first."""
    return list(reversed(_periods(participant)))


def university_periods(participant: Participant) -> list[InstitutionPeriod]:
    """The universities that assess or assessed a participant, oldest first."""
    query = (
        select(InstitutionPeriod)
        .where(
            InstitutionPeriod.participant_id == participant.id,
            or_(
                InstitutionPeriod.ended_on.is_(None),
                InstitutionPeriod.ended_on > InstitutionPeriod.started_on,
            ),
        )
        .options(joinedload(InstitutionPeriod.institution))
        .order_by(InstitutionPeriod.started_on)
    )
    return list(db.session.scalars(query))


def covers(period: SchoolPeriod, day: date) -> bool:
    """Whether a post counts on a day."""
    return period.started_on <= day and (period.ended_on is None or day < period.ended_on)


def _periods(participant: Participant, kind: str = "") -> list[SchoolPeriod]:
    query = (
        select(SchoolPeriod)
        .where(
            SchoolPeriod.participant_id == participant.id,
            or_(SchoolPeriod.ended_on.is_(None), SchoolPeriod.ended_on > SchoolPeriod.started_on),
        )
        .options(joinedload(SchoolPeriod.school))
        .order_by(SchoolPeriod.started_on, SchoolPeriod.id)
    )
    return list(db.session.scalars(query.where(SchoolPeriod.kind == kind) if kind else query))


def _end(viewer: Viewer | None, period: SchoolPeriod, on: date) -> None:
    period.ended_on = on
    record(
        viewer, "school_period.ended", period, participant_id=period.participant_id,
        acted_as="head", on=on.isoformat(),
    )  # fmt: skip


def _record_start(viewer: Viewer | None, period: SchoolPeriod) -> None:
    record(
        viewer, "school_period.started", period, participant_id=period.participant_id,
        acted_as="head", school=period.school_id, kind=period.kind,
        on=period.started_on.isoformat(),
    )  # fmt: skip


def _is_family_name(given: str, whole: str) -> bool:
    """Whether a name ends in this family name, however accents, hyphens and capitals are typed."""
    wanted, words = _words(given), _words(whole)
    return bool(wanted) and words[-len(wanted) :] == wanted


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name)
    kept = "".join(
        each if each.isalnum() else " "
        for each in plain
        if not unicodedata.combining(each) and each not in "'’"
    )
    return kept.casefold().split()
