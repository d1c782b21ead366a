"""The whole way of one mark, for an external examiner: by number and role, never by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from sqlalchemy import or_, select

from lti_tool.board.examining import Reading, Row
from lti_tool.board.rules.naming import Names, file_name, script_name
from lti_tool.db import db
from lti_tool.evidence.bundle import Bundle, BundleFile, BundleItem
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import read_bundle
from lti_tool.grades import chain, moderation
from lti_tool.grades.chain import Entry
from lti_tool.grades.markers import panel_of
from lti_tool.grades.models import Grade
from lti_tool.grades.moderation import Note, Verdict
from lti_tool.identity import Role
from lti_tool.people.models import (
    Allocation,
    CourseMember,
    School,
    SchoolPeriod,
    User,
)
from lti_tool.people.programmes import programme_of
from lti_tool.people.vouching import ON_TRUST
from lti_tool.programme.definition import Criterion, Module

SOMEBODY = "somebody whose name is on record"


@dataclass(frozen=True)
class ScriptFile:
    """A file of a script under a name that names nobody; `sha256` leads to its bytes."""

    number: int
    filename: str
    sha256: str
    size: int
    media_type: str
    alt_text: str | None


@dataclass(frozen=True)
class Piece:
    """A piece of evidence as it was handed in, with its files."""

    item: BundleItem
    files: tuple[ScriptFile, ...]
    links_left_out: int  # as they hold a name


@dataclass(frozen=True)
class Given:
    """A mark as it was released: provisional, corrected, ratified."""

    mark: int
    status: str
    when: datetime


@dataclass(frozen=True)
class Script:
    """One script with the trail of its mark."""

    row: Row
    module: Module
    criteria: tuple[Criterion, ...]
    submitted_at: datetime
    pieces: tuple[Piece, ...]
    trail: tuple[Entry, ...]
    notes: tuple[Note, ...]
    verdicts: tuple[Verdict, ...]
    releases: tuple[Given, ...]

    @property
    def name(self) -> str:
        """What it is called where nobody is named."""
        return script_name(self.row.candidate, self.module.code, self.row.number)

    @property
    def files(self) -> list[ScriptFile]:
        """All of its files."""
        return [file for piece in self.pieces for file in piece.files]


def read_script(reading: Reading, attempt_id: int) -> Script:
    """One script of the sample. Raises NotFound for any other."""
    attempt = reading.attempt(attempt_id)
    row, programme = reading.row(attempt), programme_of(attempt.participant)
    names, bundle = names_around(attempt), read_bundle(attempt)
    return Script(
        row=row,
        module=programme.module(attempt.module_code),
        criteria=programme.criteria,
        submitted_at=attempt.submitted_at,
        pieces=_pieces(bundle, row, names),
        trail=names.without(tuple(chain.trail(attempt))),
        notes=names.without(tuple(moderation.notes_on([attempt.id]).get(attempt.id, ()))),
        verdicts=names.without(tuple(moderation.verdicts_on([attempt.id]).get(attempt.id, ()))),
        releases=_releases(attempt),
    )


def file_of(script: Script, number: int) -> ScriptFile | None:
    """A file by its number, or None."""
    return next((file for file in script.files if file.number == number), None)


def names_around(attempt: Attempt) -> Names:
    """Whoever had a part in a piece of work, and what is said in their place."""
    participant = attempt.participant
    people = [(participant.user.name, f"Candidate {participant.candidate_number}")]
    people += [(mark.marker.name, f"the {role} marker")
               for role, mark in panel_of(attempt).marks.items()]  # fmt: skip
    people += [(name, f"the {kind}") for name, kind in _supporters(attempt)]
    for item in read_bundle(attempt).items:
        people += [(one.coach, "the coach") for one in item.attestations]
        # That nobody has confirmed a coach stands behind the name, and stays.
        people += [(item.author.removesuffix(ON_TRUST), "the coach")] if item.author else []
    return Names.of(people, [*_schools(attempt), *_staff(attempt)])


def _supporters(attempt: Attempt) -> list[tuple[str, str]]:
    rows = db.session.execute(
        select(User.name, Allocation.kind)
        .join(Allocation, Allocation.user_id == User.id)
        .where(Allocation.participant_id == attempt.participant_id)
        .order_by(Allocation.id)
    )
    return [(name, kind) for name, kind in rows]


def _schools(attempt: Attempt) -> list[tuple[str, str]]:
    query = (
        select(School.name)
        .join(SchoolPeriod, SchoolPeriod.school_id == School.id)
        .where(SchoolPeriod.participant_id == attempt.participant_id)
    )
    return [(name, "the school") for name in db.session.scalars(query)]


def _staff(attempt: Attempt) -> list[tuple[str, str]]:
    """Tutors and leads, who may be named in a feedback though they did not mark this."""
    staff = select(CourseMember.user_id).where(
        CourseMember.role.in_([Role.TUTOR.value, Role.LEAD.value]),
        CourseMember.course_id == attempt.course_id,
    )
    query = select(User.name).where(
        User.provider_id == attempt.provider_id,
        or_(User.id.in_(staff), User.lead_since.is_not(None)),
    )
    return [(name, "a member of staff") for name in db.session.scalars(query)]


def _pieces(bundle: Bundle, row: Row, names: Names) -> tuple[Piece, ...]:
    script = script_name(row.candidate, bundle.module_code, row.number)
    numbers = count(1)
    return tuple(
        Piece(
            _nameless(item, names),
            tuple(_file(script, next(numbers), file, names) for file in item.files),
            sum(names.masked(link) != link for link in item.links),
        )
        for item in bundle.items
    )


def _nameless(item: BundleItem, names: Names) -> BundleItem:
    links = tuple(link for link in item.links if names.masked(link) == link)
    told = names.without(replace(item, files=(), links=links))
    return replace(told, permission_by=SOMEBODY if item.permission_by else None)


def _file(script: str, number: int, file: BundleFile, names: Names) -> ScriptFile:
    name = file_name(script, number, file.filename, file.media_type)
    said = names.masked(file.alt_text) if file.alt_text else None
    return ScriptFile(number, name, file.sha256, file.size, file.media_type, said)


def _releases(attempt: Attempt) -> tuple[Given, ...]:
    query = select(Grade).where(Grade.attempt_id == attempt.id).order_by(Grade.revision)
    return tuple(
        Given(grade.mark, grade.status, grade.released_at) for grade in db.session.scalars(query)
    )
