"""Everything the tool holds about one person, for whoever asks what it knows of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, select

from lti_tool.audit.models import AuditEvent
from lti_tool.audit.record import record
from lti_tool.audit.sentences import SENTENCES
from lti_tool.board.examiner_models import ExaminerAppointment
from lti_tool.clock import now
from lti_tool.cohort.erasure_facts import find_participant
from lti_tool.cohort.filter_models import SavedFilter
from lti_tool.cohort.models import Digest, DigestStop
from lti_tool.cohort.my_record import Record
from lti_tool.cohort.record_archive import prepare
from lti_tool.cohort.record_contents import Entry, plain, told
from lti_tool.db import db
from lti_tool.evidence.archive import Archive, write_words
from lti_tool.evidence.models import Attestation
from lti_tool.evidence.resumable_models import ArrivingFile
from lti_tool.evidence.thread_models import Comment
from lti_tool.grades.models import Grade, Mark
from lti_tool.grades.sheet_models import SavedComment
from lti_tool.identity import Role, Viewer
from lti_tool.launch.models import Registration
from lti_tool.learning.models import Dialogue
from lti_tool.people.models import (
    Allocation,
    CoachInvitation,
    CoachTraining,
    Course,
    CourseMember,
    Mail,
    Participant,
    PersonalLink,
    PlatformIdentity,
    User,
)

FORMAT = "mtl-person/1"
# What somebody did for others: whom it is about is told by number alone.
WRITTEN: tuple[tuple[str, Any, Any], ...] = (
    ("training", CoachTraining, CoachTraining.user_id),
    ("attestations_given", Attestation, Attestation.coach_id),
    ("comments_written", Comment, Comment.author_id),
    ("talks_noted", Dialogue, Dialogue.author_id),
    ("marks_given", Mark, Mark.marker_id),
    ("marks_released", Grade, Grade.released_by_id),
    ("comments_kept", SavedComment, SavedComment.user_id),
    ("filters_kept", SavedFilter, SavedFilter.user_id),
    ("weekly_mail", Digest, Digest.user_id),
    ("weekly_mail_stopped", DigestStop, DigestStop.user_id),
    ("invited_as_coach", CoachInvitation, CoachInvitation.user_id),
    ("files_on_their_way", ArrivingFile, ArrivingFile.user_id),
    ("examiner", ExaminerAppointment, ExaminerAppointment.user_id),
)
SECRET = frozenset(
    {"token_hash", "code_hash", "sealed", "reference", "lease", "lease_until", "seed", "held_by"}
)
Page = Callable[[Record], Iterable[str]]


def prepare_export(user: User, page: Page, extras: dict[str, bytes]) -> Archive:
    """Read all, with the record of a participant; afterwards no database is needed any more."""
    account = json.dumps(everything(user), ensure_ascii=False, indent=1).encode()
    participant = find_participant(user.id)
    if participant is not None:
        viewer = Viewer(user.id, Role.PARTICIPANT, user.provider_id, 0)
        return prepare(Record(viewer, participant), page, {**extras, "about-me.json": account})
    words: list[Any] = []
    write_words(words, "about-me.json", [account.decode()])
    return Archive(words, [], now())


def note_export(user: User) -> None:
    """Write down that it left the tool."""
    participant = find_participant(user.id)
    about = participant.id if participant else None
    record(None, "person.exported", user, participant_id=about, acted_as="operator")


def everything(user: User) -> dict[str, Any]:
    """A person's account and deeds as plain values."""
    return {
        "format": FORMAT,
        "made_at": now().isoformat(),
        "person": {
            "number_here": user.id,
            "name": user.name,
            "email": user.email,
            "known_since": plain(user.created_at),
            "programme_lead_since": plain(user.lead_since),
        },
        "platforms": _platforms(user),
        "courses_and_sign_ins": _courses(user),
        "coach_or_tutor_of": _allocations(user),
        "personal_links": _rows(PersonalLink, PersonalLink.user_id == user.id),
        "mail": _rows(Mail, Mail.user_id == user.id),
        **{name: _rows(model, owner == user.id) for name, model, owner in WRITTEN},
        "deeds": _deeds(user),
    }


def _rows(model: Any, where: ColumnElement[bool]) -> list[Entry]:
    found = db.session.scalars(select(model).where(where).order_by(model.id))
    return [_without_secrets(told(row)) for row in found]


def _without_secrets(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if name not in SECRET}


def _platforms(user: User) -> list[Entry]:
    found = db.session.execute(
        select(Registration.name, PlatformIdentity.subject)
        .join(Registration, Registration.id == PlatformIdentity.registration_id)
        .where(PlatformIdentity.user_id == user.id)
        .order_by(PlatformIdentity.id)
    )
    return [{"platform": name, "known_there_as": subject} for name, subject in found]


def _courses(user: User) -> list[Entry]:
    found = db.session.execute(
        select(Course.title, CourseMember)
        .join(CourseMember, CourseMember.course_id == Course.id)
        .where(CourseMember.user_id == user.id)
        .order_by(CourseMember.id)
    )
    return [
        {
            "course": title,
            "role": member.role,
            "last_opened_at": plain(member.last_launch_at),
            "left_at": plain(member.left_at),
        }
        for title, member in found
    ]


def _allocations(user: User) -> list[Entry]:
    found = db.session.execute(
        select(Participant.candidate_number, Allocation)
        .join(Allocation, Allocation.participant_id == Participant.id)
        .where(Allocation.user_id == user.id)
        .order_by(Allocation.id)
    )
    return [{"candidate_number": number, **told(one)} for number, one in found]


def _deeds(user: User) -> list[Entry]:
    found = db.session.execute(
        select(AuditEvent.at, AuditEvent.acted_as, AuditEvent.event)
        .where(AuditEvent.user_id == user.id)
        .order_by(AuditEvent.id)
    )
    return [
        {"at": plain(at), "as": acted_as, "what": SENTENCES.get(event, event)}
        for at, acted_as, event in found
    ]
