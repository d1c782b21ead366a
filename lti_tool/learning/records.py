"""What is agreed, recorded, arranged and due for many participants, in one query.

Every page about somebody's progress begins with it, the first page after a launch too. So it is one
statement of many small parts, each answered by an index, and it is built once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from lti_tool.db import db
from lti_tool.learning.models import (
    Diagnosis,
    DiagnosisAgreement,
    Dissemination,
    EthicsClearance,
    ModuleDate,
    ModuleEnrolment,
    NetworkLink,
    PriorLearningModule,
    Specialism,
    SpecialismStrand,
    Target,
)
from lti_tool.learning.needs import PARTIES
from lti_tool.people.models import Participant
from lti_tool.programme.due_dates import DueDate, due_date
from lti_tool.programme.progression import ModuleFacts

Part = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is arranged about one module: its state, and how many attempts are allowed."""

    state: str
    attempts_allowed: int


BY_ITS_TURN = Enrolment("enrolled", 1)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept about one participant besides evidence and grades.

    Codes of modules and ids of strands by what they are kept as: `record` what is agreed or
    recorded, `specialism` the agreed strands, `target` those of open targets, `claimed` and
    `recognised` the modules of earlier study.
    """

    codes: dict[str, set[str]] = field(default_factory=dict)
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    due: dict[str, DueDate] = field(default_factory=dict)

    @property
    def earlier(self) -> frozenset[str]:
        """The modules of earlier study, claimed or recognised."""
        return self.of("claimed") | self.of("recognised")

    def arranged(self, code: str, facts: ModuleFacts) -> ModuleFacts:
        """What is known of work on a module, with what is arranged and recognised about it."""
        enrolment = self.enrolments.get(code, BY_ITS_TURN)
        return replace(
            facts,
            opened=enrolment.state == "open",
            closed=enrolment.state == "closed",
            deferred=enrolment.state == "deferred",
            reassessment=0 < facts.attempts < enrolment.attempts_allowed,
            apl_pending=code in self.of("claimed"),
            recognised=code in self.of("recognised"),
        )

    def of(self, kind: str) -> frozenset[str]:
        return frozenset(self.codes.get(kind, ()))


def recorded(participant_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Which of the programme's records each participant has."""
    return {one: own.of("record") for one, own in kept(participant_ids).items()}


def kept(participant_ids: Collection[int]) -> dict[int, Kept]:
    """All that is kept about these participants, for each of them."""
    found = {one: Kept() for one in participant_ids}
    dates: dict[tuple[int, str], dict[str, date]] = {}
    for participant_id, kind, code, state, allowed, due_on in db.session.execute(
        EVERYTHING, {"ids": list(participant_ids)}
    ):
        own = found[participant_id]
        if kind == "enrolment":
            own.enrolments[code] = Enrolment(state, allowed)
        elif kind not in DATES:
            own.codes.setdefault(kind, set()).add(code)
        if due_on is not None:
            dates.setdefault((participant_id, code), {})[kind] = due_on
    for (participant_id, code), known in dates.items():
        due = due_date(*(known.get(kind) for kind in ("enrolment", *DATES)))
        if due is not None:
            found[participant_id].due[code] = due
    return found


def due_of(participant_id: int, code: str, attempt_number: int) -> date | None:
    """Until when this attempt of theirs is due; the date of all is for the first attempt only."""
    due = kept([participant_id])[participant_id].due.get(code)
    if due is None or (attempt_number > 1 and not due.is_personal):
        return None
    return due.on


DATES = ("cohort", "module")
IDS: Any = bindparam("ids", expanding=True)


def _word(word: str) -> ColumnElement[str]:
    return literal_column(f"'{word}'", String)


def _part(
    participant_id: Any,
    kind: Any,
    code: Any,
    *,
    state: Any = None,
    number: Any = None,
    due_on: Any = None,
) -> Part:
    """One part of the statement; all have the same columns, so that they can be one."""
    return select(
        participant_id.label("participant_id"),
        (_word(kind) if isinstance(kind, str) else kind).label("kind"),
        code.label("code"),
        (cast(null(), String) if state is None else state).label("state"),
        (cast(null(), Integer) if number is None else number).label("number"),
        (cast(null(), Date) if due_on is None else due_on).label("due_on"),
    )


def _record(name: str, table: Any, *conditions: ColumnElement[bool]) -> Part:
    return _part(table.participant_id, "record", _word(name)).where(*conditions)


def _agreed_diagnosis() -> Part:
    return (
        _record("diagnosis_agreed", Diagnosis)
        .join(DiagnosisAgreement, DiagnosisAgreement.diagnosis_id == Diagnosis.id)
        .group_by(Diagnosis.id, Diagnosis.participant_id)
        .having(func.count(DiagnosisAgreement.id) == len(PARTIES))
    )


def _dates() -> Part:
    """The dates of modules, as far as they are for the participant's version and cohort."""
    kind = case((ModuleDate.cohort == "", _word("module")), else_=_word("cohort"))
    return _part(Participant.id, kind, ModuleDate.module_code, due_on=ModuleDate.due_on).join(
        ModuleDate,
        and_(
            ModuleDate.programme_version_id == Participant.programme_version_id,
            or_(ModuleDate.cohort == "", ModuleDate.cohort == Participant.cohort),
        ),
    )


UNDATED = (
    _agreed_diagnosis(),
    _record("specialism_agreed", Specialism, Specialism.state == "agreed"),
    _record("ethics_clearance", EthicsClearance, EthicsClearance.state == "confirmed"),
    _record("network_link", NetworkLink, NetworkLink.removed_at.is_(None)),
    _record("dissemination_record", Dissemination, Dissemination.removed_at.is_(None)),
    _part(Specialism.participant_id, "specialism", SpecialismStrand.strand)
    .join(SpecialismStrand, SpecialismStrand.specialism_id == Specialism.id)
    .where(Specialism.state == "agreed"),
    _part(Target.participant_id, "target", Target.strand).where(Target.state == "open"),
    _part(
        PriorLearningModule.participant_id,
        PriorLearningModule.state,
        PriorLearningModule.module_code,
    ).where(PriorLearningModule.state.in_(("claimed", "recognised"))),
    _part(
        ModuleEnrolment.participant_id,
        "enrolment",
        ModuleEnrolment.module_code,
        state=ModuleEnrolment.state,
        number=ModuleEnrolment.attempts_allowed,
        due_on=ModuleEnrolment.due_on,
    ),
)


def kept_by(people: Any, parts: Sequence[Part] = UNDATED) -> CompoundSelect[*tuple[Any, ...]]:
    """These parts as one statement, of some ids or of those whom a query finds."""
    return union_all(*(part.where(part.selected_columns[0].in_(people)) for part in parts))


EVERYTHING = kept_by(IDS, (*UNDATED, _dates()))
