"""What a coach did, for their own use: also after they have stopped coaching somebody.

Deeds of their own, and nothing of the others': no words of talk or evidence, no marks, nothing that
happened to a teacher later. A file leaves names out unless its coach asks for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from lti_tool.audit.record import record
from lti_tool.clock import LONDON
from lti_tool.db import db
from lti_tool.evidence.models import Attestation, AttestationRevocation, EvidenceItem
from lti_tool.evidence.models import EvidenceVersion as Version
from lti_tool.identity import Viewer
from lti_tool.learning.dialogues import is_corrected
from lti_tool.learning.models import Dialogue, DialogueConfirmation, DialoguePerson
from lti_tool.people.bulk.lines import csv_lines
from lti_tool.people.models import Participant, User
from lti_tool.programme.coaching import Term, term_of

COLUMNS = ("Date", "What", "Teacher", "Minutes", "Duties")


@dataclass(frozen=True)
class Deed:
    """One thing that a coach did for one teacher."""

    on: date
    what: str
    teacher_id: int
    teacher: str
    minutes: int = 0
    duties: tuple[str, ...] = ()


TALK = "Talked"
ATTESTED = "Attested evidence"
SENT_BACK = "Sent evidence back with a reason"
WROTE = "Added evidence"


@dataclass(frozen=True)
class TermRecord:
    """What was done in one term, the newest first, with its sums."""

    term: Term
    deeds: tuple[Deed, ...]

    @property
    def minutes(self) -> int:
        return sum(each.minutes for each in self.deeds)

    @property
    def counts(self) -> Counter[str]:
        """How often each thing was done."""
        return Counter(each.what for each in self.deeds)

    @property
    def duties(self) -> Counter[str]:
        """How often each duty was served, in the order of the letters."""
        found = Counter(duty for each in self.deeds for duty in each.duties)
        return Counter(dict(sorted(found.items())))

    @property
    def teachers(self) -> int:
        return len({each.teacher_id for each in self.deeds})


def deeds(viewer: Viewer) -> list[Deed]:
    """All that the viewer did as a coach, the newest first, in a fixed number of queries."""
    found = [*_talks(viewer), *_answers(viewer), *_records(viewer)]
    return sorted(found, key=lambda each: (each.on, each.what, each.teacher_id), reverse=True)


def by_term(found: Sequence[Deed]) -> list[TermRecord]:
    """The same by school terms, the newest first."""
    terms: dict[Term, list[Deed]] = {}
    for each in found:
        terms.setdefault(term_of(each.on), []).append(each)
    ordered = sorted(terms, key=lambda term: term.first_day, reverse=True)
    return [TermRecord(term, tuple(terms[term])) for term in ordered]


def without_names(found: Sequence[Deed]) -> list[Deed]:
    """Each teacher by a number, in the order in which they were first met."""
    numbers: dict[int, int] = {}
    for each in sorted(found, key=lambda one: one.on):
        numbers.setdefault(each.teacher_id, len(numbers) + 1)
    return [replace(each, teacher=f"Teacher {numbers[each.teacher_id]}") for each in found]


def record_file(found: Sequence[Deed]) -> Iterator[str]:
    """The record as a spreadsheet, which takes none of it for a formula."""
    rows = (
        [each.on, each.what, each.teacher, each.minutes or "", " ".join(each.duties)]
        for each in found
    )
    return csv_lines(chain([COLUMNS], rows))


def note_download(viewer: Viewer, *, names: bool) -> None:
    """A file leaves the tool, and may name people: the trail says so."""
    user = db.session.get_one(User, viewer.user_id)
    record(viewer, "coaching_record.downloaded", user, names=names)


def _talks(viewer: Viewer) -> Iterator[Deed]:
    """Talks where the viewer was there as coach, and wrote it down or said that it was so."""
    said = select(DialogueConfirmation.dialogue_id).where(
        DialogueConfirmation.user_id == viewer.user_id
    )
    query = (
        select(Dialogue)
        .join(DialoguePerson, DialoguePerson.dialogue_id == Dialogue.id)
        .where(
            DialoguePerson.user_id == viewer.user_id,
            DialoguePerson.acted_as == "coach",
            or_(Dialogue.author_id == viewer.user_id, Dialogue.id.in_(said)),
            ~is_corrected(),
        )
        .options(
            joinedload(Dialogue.participant).joinedload(Participant.user),
            selectinload(Dialogue.duties),
        )
    )
    for each in db.session.scalars(query):
        duties = tuple(one.duty for one in each.duties)
        yield _deed(each.held_on, TALK, each.participant, minutes=each.minutes, duties=duties)


def _answers(viewer: Viewer) -> Iterator[Deed]:
    """What the viewer attested and stands by, and what they sent back."""
    taken_back = select(AttestationRevocation.attestation_id)
    query = (
        select(Attestation, Participant)
        .join(Attestation.version)
        .join(Version.item)
        .join(EvidenceItem.participant)
        .where(Attestation.coach_id == viewer.user_id, Attestation.id.not_in(taken_back))
        .options(joinedload(Participant.user))
    )
    for each, participant in db.session.execute(query):
        what = ATTESTED if each.decision == "signed" else SENT_BACK
        duties = (each.duty,) if each.duty else ()
        yield _deed(each.signed_at.astimezone(LONDON).date(), what, participant, duties=duties)


def _records(viewer: Viewer) -> Iterator[Deed]:
    """Evidence that the viewer added about somebody else, once however often it was revised."""
    query = (
        select(EvidenceItem, Version.duty, Participant)
        .join(EvidenceItem.current)
        .join(EvidenceItem.participant)
        .where(EvidenceItem.author_id == viewer.user_id, Participant.user_id != viewer.user_id)
        .options(joinedload(Participant.user))
    )
    for item, duty, participant in db.session.execute(query):
        on = item.created_at.astimezone(LONDON).date()
        yield _deed(on, WROTE, participant, duties=(duty,) if duty else ())


def _deed(
    on: date, what: str, about: Participant, *, minutes: int = 0, duties: tuple[str, ...] = ()
) -> Deed:
    return Deed(on, what, about.id, about.user.name, minutes, duties)
