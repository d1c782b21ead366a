"""External examiners: the programme lead appoints them for named modules and a period."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from lti_tool.audit.record import record
from lti_tool.board.examiner_models import ExaminerAppointment, ExaminerModule
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import LinkHolder, Role, Viewer
from lti_tool.mail import parse_address
from lti_tool.people import personal_links
from lti_tool.people.models import PersonalLink, User
from lti_tool.people.programmes import current_programme

LEADS_ONLY = "Only programme leads appoint external examiners."
FROM_OUTSIDE = (
    "This address belongs to somebody who takes part in the programme. An external examiner comes "
    "from outside and has no other part in it."
)
APPOINTED = "This examiner has an appointment. End it first, then appoint them anew."
OVER = "Your time as an external examiner is over, or you were not appointed."


def appoint(
    viewer: Viewer,
    who: tuple[str, str],
    module_codes: Sequence[str],
    first_on: date,
    last_on: date,
) -> ExaminerAppointment:
    """Appoint somebody, by name and address, and send them an invitation."""
    _check_lead(viewer)
    name, address = who[0], parse_address(who[1]).lower()
    _check_terms(viewer, module_codes, first_on, last_on)
    if _takes_part(viewer, address):
        raise Invalid(FROM_OUTSIDE, field="address")
    user = personal_links.find_link_user(viewer, "examiner", address, None)
    if user is not None and _current_of(user.id) is not None:
        raise Invalid(APPOINTED, field="address")
    user = user or personal_links.new_user(viewer, name, address)
    link = personal_links.invite(viewer, user, "examiner", address)
    appointment = ExaminerAppointment(
        provider_id=viewer.provider_id,
        user_id=user.id,
        link_id=link.id,
        first_on=first_on,
        last_on=last_on,
        seed=secrets.token_hex(8),
        appointed_by_id=viewer.user_id,
        appointed_at=now(),
        modules=[ExaminerModule(module_code=code) for code in sorted(set(module_codes))],
    )
    db.session.add(appointment)
    record(viewer, "examiner.appointed", appointment, modules=" ".join(sorted(set(module_codes))))
    return appointment


def invite_again(viewer: Viewer, appointment: ExaminerAppointment) -> None:
    """Send a new invitation to the address that the lead confirmed."""
    _check_open(viewer, appointment)
    personal_links.reissue(viewer, link_of(appointment))


def end(viewer: Viewer, appointment: ExaminerAppointment) -> None:
    """Revoke the link and close the appointment; what was said stays on record."""
    _check_open(viewer, appointment)
    appointment.ended_at = now()
    personal_links.revoke(viewer, link_of(appointment))
    record(viewer, "examiner.ended", appointment)


def list_appointments(viewer: Viewer) -> list[ExaminerAppointment]:
    """All of the provider, the newest first; for leads."""
    _check_lead(viewer)
    query = _appointments().where(ExaminerAppointment.provider_id == viewer.provider_id)
    return list(db.session.scalars(query.order_by(ExaminerAppointment.id.desc())))


def get_appointment(viewer: Viewer, appointment_id: int) -> ExaminerAppointment:
    """One of them."""
    _check_lead(viewer)
    found = db.session.scalars(
        _appointments().where(
            ExaminerAppointment.id == appointment_id,
            ExaminerAppointment.provider_id == viewer.provider_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such examiner.")
    return found


def own_appointment(holder: LinkHolder) -> ExaminerAppointment:
    """What the holder of a link examines today. Raises NotFound outside their period."""
    found = _current_of(holder.user_id) if holder.kind == "examiner" else None
    if found is None or found.link_id != holder.link_id or found.last_on < today():
        raise NotFound(OVER)
    if found.first_on > today():
        day = f"{found.first_on.day} {found.first_on:%B %Y}"
        raise NotFound(f"Your time as an external examiner begins on {day}.")
    return found


def link_of(appointment: ExaminerAppointment) -> PersonalLink:
    """The personal link by which they come."""
    return db.session.get_one(PersonalLink, appointment.link_id)


def is_over(appointment: ExaminerAppointment) -> bool:
    """Whether they can see nothing any more."""
    return appointment.ended_at is not None or appointment.last_on < today()


def note_download(reader: Viewer | LinkHolder, appointment_id: int) -> None:
    """Put on record that the pack of an examiner was taken away, and by whom."""
    appointment = db.session.get_one(ExaminerAppointment, appointment_id)
    record(reader, "examiner_pack.downloaded", appointment)


def _appointments() -> Select[ExaminerAppointment]:
    return select(ExaminerAppointment).options(
        selectinload(ExaminerAppointment.modules), joinedload(ExaminerAppointment.user)
    )


def _current_of(user_id: int) -> ExaminerAppointment | None:
    query = _appointments().where(
        ExaminerAppointment.user_id == user_id, ExaminerAppointment.ended_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def _takes_part(viewer: Viewer, address: str) -> bool:
    """Whether somebody with this address has come from a VLE, or as coach or head teacher."""
    other_link = exists().where(PersonalLink.user_id == User.id, PersonalLink.kind != "examiner")
    query = select(User.id).where(
        User.provider_id == viewer.provider_id,
        func.lower(User.email) == address,
        or_(User.identities.any(), other_link),
    )
    return db.session.scalars(query.limit(1)).first() is not None


def _check_terms(viewer: Viewer, codes: Sequence[str], first_on: date, last_on: date) -> None:
    known = {module.code for module in current_programme(viewer.provider_id).modules}
    if not codes or set(codes) - known:
        raise Invalid("Choose the modules that they examine.", field="modules")
    if last_on < first_on:
        raise Invalid("The last day is before the first.", field="last_on")
    if last_on < today():
        raise Invalid("The last day is over already.", field="last_on")


def _check_lead(viewer: Viewer) -> None:
    if viewer.role is not Role.LEAD:
        raise NotAllowed(LEADS_ONLY)


def _check_open(viewer: Viewer, appointment: ExaminerAppointment) -> None:
    _check_lead(viewer)
    if appointment.ended_at is not None:
        raise Refused("This appointment was ended.")
