"""The register of schools and universities, and what was said of a school from when to when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, or_, select

from lti_tool.audit.record import record
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound
from lti_tool.identity import Viewer
from lti_tool.people.models import Institution, School, SchoolFlagPeriod
from lti_tool.people.participation import check_is_lead

YES = ("yes", "no")
# A flag with the values it may have; none: a whole percentage.
FLAGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fsm_percent": ("Pupils with free school meals, per cent", ()),
    "leadership_ofsted": (
        "Ofsted on leadership",
        ("outstanding", "good", "satisfactory", "inadequate"),
    ),
    "adviser_judged_effective_with_capacity": ("Adviser: effective, with capacity", YES),
    "national_challenge_support": ("National Challenge support", YES),
    "in_city_challenge_area": ("In a City Challenge area", YES),
    "intensive": (
        "Intensive City Challenge programme",
        ("keys_to_success", "pathways_to_achievement", "none"),
    ),
}
NOT_FOUND = "No school fits. Type its URN of six digits, or more of its name."
SHOWN = 5


def list_schools(viewer: Viewer, search: str = "") -> Select[School]:
    """The schools of the partnership by name; a search looks at names and at the URN."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads see the register of schools.")
    return _schools(viewer, search)


def _schools(viewer: Viewer, search: str) -> Select[School]:
    query = select(School).where(School.provider_id == viewer.provider_id)
    if search:
        query = query.where(
            or_(School.name.icontains(search, autoescape=True), School.urn == search)
        )
    return query.order_by(School.name, School.id)


def get_school(viewer: Viewer, school_id: int) -> School:
    """One school of the viewer's partnership."""
    found = db.session.get(School, school_id)
    if found is None or found.provider_id != viewer.provider_id:
        raise NotFound("There is no such school.")
    return found


def school_called(viewer: Viewer, text: str) -> School:
    """The one school that somebody means by a URN or by a part of its name."""
    found = list(db.session.scalars(_schools(viewer, text.strip()).limit(SHOWN + 1)))
    exact = [each for each in found if text.strip().casefold() == each.name.casefold()]
    found = exact if len(exact) == 1 else found
    if not text.strip() or not found:
        raise Invalid(f"{NOT_FOUND} Not on the list? Ask your programme lead.", field="school")
    if len(found) > 1:
        named = "; ".join(f"{each.name}, URN {each.urn}" for each in found[:SHOWN])
        more = " and others" if len(found) > SHOWN else ""
        raise Invalid(f"Several schools fit: {named}{more}. Type the URN.", field="school")
    return found[0]


def add_school(
    viewer: Viewer, urn: str, name: str, phase: str | None = None, region: str | None = None
) -> School:
    """Put a school on the register."""
    check_is_lead(viewer)
    _check_free(viewer, urn)
    school = School(provider_id=viewer.provider_id, urn=urn, name=name, phase=phase, region=region)
    db.session.add(school)
    record(viewer, "school.added", school)
    return school


def change_school(
    viewer: Viewer,
    school: School,
    *,
    name: str,
    phase: str | None,
    region: str | None,
    closed_on: date | None,
    successor: School | None,
) -> None:
    """Correct what is known of a school. Its URN is its name for good."""
    check_is_lead(viewer)
    if successor is not None:
        if closed_on is None:
            raise Invalid("Give the day on which the school closed.", field="closed_on")
        if school.id in _line_of(successor):
            raise Invalid("A school cannot become itself.", field="successor")
    school.name, school.phase, school.region = name, phase, region
    school.closed_on, school.successor = closed_on, successor
    record(viewer, "school.changed", school)


def _line_of(school: School | None) -> list[int]:
    """A school and what it became, and what that became."""
    found: list[int] = []
    while school is not None and school.id not in found:
        found.append(school.id)
        school = school.successor
    return found


def _check_free(viewer: Viewer, urn: str) -> None:
    if not (urn.isascii() and urn.isdecimal() and len(urn) == 6):
        raise Invalid("A URN has six digits, such as 104242.", field="urn")
    taken = _schools(viewer, "").where(School.urn == urn)
    if (found := db.session.scalars(taken).first()) is not None:
        raise Invalid(f"{found.name} has this URN already.", field="urn")


def flag_periods(school: School) -> list[SchoolFlagPeriod]:
    """What was said of a school, by flag, the newest first."""
    return list(
        db.session.scalars(
            select(SchoolFlagPeriod)
            .where(
                SchoolFlagPeriod.school_id == school.id,
                or_(
                    SchoolFlagPeriod.ended_on.is_(None),
                    SchoolFlagPeriod.ended_on > SchoolFlagPeriod.started_on,
                ),
            )
            .order_by(SchoolFlagPeriod.flag, SchoolFlagPeriod.started_on.desc())
        )
    )


def flag_school(
    viewer: Viewer, school: School, flag: str, value: str, source: str, on: date
) -> SchoolFlagPeriod:
    """Say something of a school from a day on, with its source; an earlier value ends that day."""
    check_is_lead(viewer)
    _check_value(flag, value)
    for earlier in flag_periods(school):
        if earlier.flag != flag:
            continue
        if earlier.started_on > on:
            raise Invalid(
                f"A value from {earlier.started_on:%-d %B %Y} on is recorded. Give a later day.",
                field="on",
            )
        if earlier.ended_on is None or earlier.ended_on > on:
            earlier.ended_on = on
    db.session.flush()
    period = SchoolFlagPeriod(
        school_id=school.id, flag=flag, value=value, source=source, started_on=on
    )
    db.session.add(period)
    record(viewer, "school_flag.started", period, school=school.id, flag=flag, on=on.isoformat())
    return period


def _check_value(flag: str, value: str) -> None:
    if flag not in FLAGS:
        raise Invalid("Choose what is said of the school.", field="flag")
    known = FLAGS[flag][1]
    if known and value not in known:
        raise Invalid(f"Use one of {', '.join(known)}.", field="value")
    is_percentage = value.isascii() and value.isdecimal() and len(value) < 4 and int(value) <= 100
    if not known and not is_percentage:
        raise Invalid("Use a whole number from 0 to 100.", field="value")


def end_flag(viewer: Viewer, school: School, period_id: int, on: date) -> None:
    """Say that something is true of a school no longer."""
    check_is_lead(viewer)
    found = db.session.get(SchoolFlagPeriod, period_id)
    if found is None or found.school_id != school.id or found.ended_on is not None:
        raise NotFound("There is no such line.")
    found.ended_on = max(on, found.started_on)
    record(viewer, "school_flag.ended", found, school=school.id, flag=found.flag, on=on.isoformat())


def list_institutions(viewer: Viewer) -> list[Institution]:
    """The universities of the partnership, by name."""
    query = select(Institution).where(Institution.provider_id == viewer.provider_id)
    return list(db.session.scalars(query.order_by(Institution.name)))


def get_institution(viewer: Viewer, institution_id: int) -> Institution:
    """One university of the viewer's partnership."""
    found = db.session.get(Institution, institution_id)
    if found is None or found.provider_id != viewer.provider_id:
        raise Invalid("Choose one of the universities.", field="institution")
    return found


def add_institution(viewer: Viewer, name: str) -> Institution:
    """Put a university on the list."""
    check_is_lead(viewer)
    if any(each.name.casefold() == name.casefold() for each in list_institutions(viewer)):
        raise Invalid(f"{name} is on the list already.", field="institution")
    made = Institution(provider_id=viewer.provider_id, name=name)
    db.session.add(made)
    record(viewer, "institution.added", made)
    return made


def flags_on(school_id: int, day: date) -> dict[str, SchoolFlagPeriod]:
    """What was said of a school on a day, by flag."""
    query = select(SchoolFlagPeriod).where(
        SchoolFlagPeriod.school_id == school_id,
        SchoolFlagPeriod.started_on <= day,
        or_(SchoolFlagPeriod.ended_on.is_(None), SchoolFlagPeriod.ended_on > day),
    )
    return {each.flag: each for each in db.session.scalars(query)}
