"""Where everybody stands with each module, worked out in the database.

The rules are those of `programme/progression.py`; a test holds the two together. What is known is
laid one below the other and gathered by person, never joined: a database cannot guess how many
rows such parts have, and joins them row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    distinct,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from lti_tool.board.board_models import CreditEntry
from lti_tool.cohort.programme_tables import MODULE, Programmes, Tables, tables
from lti_tool.cohort.reach import reach
from lti_tool.cohort.uncounted import uncounted
from lti_tool.evidence.models import Attempt
from lti_tool.grades.released import ranked_grades
from lti_tool.learning.records import kept_by
from lti_tool.people.models import Participant

People = Select[int]
KNOWN = (
    "attempts", "allowed", "opened", "held", "claimed", "recognised", "uncounted",
    "graded", "mark", "near", "last",
)  # fmt: skip
BESIDE = ("met", "specialism", "targets")
PLACE = ("version_id", "place")  # what tells a module of a programme
# What decides whose turn a module is, beside what is known of it.
TURN = ("version_id", "place", "phase", "parallel", "needs", "settled", "forced", "beyond")


@dataclass(frozen=True)
class Stands:
    """What is worked out about these people, as parts of one statement."""

    tables: Tables
    claimed: CTE
    modules: CTE
    """One row a person and module: `is_open`, `is_begun`, `plans` (the strands), with its phase."""


def stands(programmes: Programmes, people: People) -> Stands:
    """The parts for those whom a query finds."""
    own = tables(programmes)
    kept = kept_by(people).cte("kept")
    shown = reach(own, people)
    facts = _facts(own, kept, people, uncounted(own, programmes, people))
    return Stands(own, shown, _modules(own, kept, shown, facts))


def reached(programmes: Programmes, people: People) -> Select[int, int]:
    """participant_id → the furthest phase that is not still ahead of them altogether."""
    modules = stands(programmes, people).modules
    return (
        select(modules.c.participant_id, func.max(modules.c.phase).label("phase"))
        .where(modules.c.is_begun == 1)
        .group_by(modules.c.participant_id)
    )


def _facts(own: Tables, kept: CTE, people: People, beyond: list[tuple[int, str]]) -> CTE:
    """What is known of each module of each person's version."""
    module = own.modules
    base = [module.c[name].label(name) for name in PLACE]
    sources = [
        select(
            Participant.id.label("participant_id"), module.c.code.label("code"), *base,
            *(_nothing(name) for name in KNOWN),
        )
        .join(module, module.c.version_id == Participant.programme_version_id)
        .where(Participant.id.in_(people)),
        *_sources(kept, people),
        *(_source(_number(person), _word(code), uncounted=_number(1)) for person, code in beyond),
    ]  # fmt: skip
    every = union_all(*sources).subquery()
    gathered = (
        select(
            every.c.participant_id,
            every.c.code,
            *(func.max(every.c[name]).label(name) for name in (*PLACE, *KNOWN)),
        )
        .group_by(every.c.participant_id, every.c.code)
        .having(func.max(every.c.place).is_not(None))
        .subquery()
    ).c
    said = (
        select(
            gathered.participant_id,
            gathered.code,
            *(module.c[name] for name in MODULE),
            *(gathered[name] for name in KNOWN),
        )
        .join(
            module,
            and_(module.c.version_id == gathered.version_id, module.c.place == gathered.place),
        )
        .subquery()
    )
    return _decided(said.c)


def _sources(kept: CTE, people: People) -> list[Any]:
    grades = ranked_grades(people)
    credit, number = CreditEntry, CreditEntry.number
    enrolment = kept.c.kind == "enrolment"
    return [
        _source(Attempt.participant_id, Attempt.module_code, attempts=Attempt.number).where(
            Attempt.participant_id.in_(people)
        ),
        _source(
            kept.c.participant_id,
            kept.c.code,
            allowed=case((enrolment, kept.c.number)),
            opened=_flag(and_(enrolment, kept.c.state == "open")),
            held=_flag(and_(enrolment, kept.c.state.in_(("closed", "deferred")))),
            claimed=_flag(kept.c.kind == "claimed"),
            recognised=_flag(kept.c.kind == "recognised"),
        ).where(kept.c.kind.in_(("enrolment", "claimed", "recognised"))),
        _source(
            grades.c.participant_id, grades.c.module_code,
            graded=grades.c.number, mark=grades.c.mark,
        ).where(grades.c.rank == 1),
        _source(
            credit.participant_id, credit.module_code,
            near=case((credit.kind == "compensated", number)), last=number,
        ).where(credit.participant_id.in_(people)),
    ]  # fmt: skip


def _source(person: Any, code: Any, **known: Any) -> Any:
    return select(
        person.label("participant_id"),
        code.label("code"),
        *(_nothing(name) for name in PLACE),
        *(known[name].label(name) if name in known else _nothing(name) for name in KNOWN),
    )


def _decided(known: Any) -> CTE:
    """The states of a module that do not rest on whose turn it is."""
    attempts = func.coalesce(known["attempts"], 0)
    again = and_(attempts > 0, attempts < func.coalesce(known["allowed"], 1))
    counted = and_(
        func.coalesce(known["recognised"], 0) == 1,
        known["apl"] == 1,
        attempts == 0,
        known["uncounted"].is_(None),
    )
    claim = func.coalesce(known["claimed"], 0) == 1
    handed_in = and_(attempts > 0, ~again)
    graded = func.coalesce(known["graded"], 0) == attempts
    near = func.coalesce(known["near"], 0) == func.coalesce(known["last"], -1)
    passed = and_(handed_in, graded, or_(known["mark"] >= known["pass_mark"], near))
    held = func.coalesce(known["held"], 0) == 1
    return select(
        known["participant_id"],
        known["code"],
        *(known[name] for name in MODULE),
        _flag(or_(handed_in, counted, claim, held)).label("settled"),
        _flag(or_(func.coalesce(known["opened"], 0) == 1, again)).label("forced"),
        _flag(or_(counted, passed)).label("done"),
        _flag(or_(handed_in, counted, claim)).label("beyond"),
    ).cte("module_fact")


def _modules(own: Tables, kept: CTE, shown: CTE, facts: CTE) -> CTE:
    """Open are those opened for somebody, and the first few of the others whose phase may be
    started: whatever could be open takes a place, whether by its turn or not."""
    placed = _placed(own, kept, shown, facts)
    is_open = and_(placed.candidate == 1, or_(placed.forced == 1, placed.before <= placed.parallel))
    module = own.modules.c
    own_plan = case((module.by_specialism == 1, placed.all_specialism), else_=module.plans)
    return (
        select(
            placed.participant_id,
            placed.version_id,
            placed.phase,
            _flag(is_open).label("is_open"),
            _flag(or_(placed.beyond == 1, is_open)).label("is_begun"),
            own_plan.bitwise_or(placed.all_targets.bitwise_and(module.accepts)).label("plans"),
        )
        .join(
            own.modules,
            and_(module.version_id == placed.version_id, module.place == placed.place),
        )
        .cte("module_stand")
    )


def _placed(own: Tables, kept: CTE, shown: CTE, facts: CTE) -> Any:
    """Each module with what is known of all of its phase and person, whether it could be open, and
    how many before it could."""
    met = _met(own, kept, shown, facts)
    names = ["participant_id", *TURN]
    strands = _strands(own, kept)
    every = union_all(
        _row(names, **{name: facts.c[name] for name in names}),
        _row(names, participant_id=met.c.participant_id, phase=met.c.phase, met=met.c.met),
        _row(
            names,
            participant_id=strands.c.participant_id,
            specialism=strands.c.specialism,
            targets=strands.c.targets,
        ),
    ).subquery()
    person, phase = every.c.participant_id, every.c.phase

    def of_all(name: str, *partition: Any) -> Any:
        gathered = func.max(every.c[name]).over(partition_by=partition)
        return func.coalesce(gathered, 0).label(f"all_{name}")

    told = select(
        *every.c,
        of_all("met", person, phase),
        of_all("specialism", person),
        of_all("targets", person),
    ).subquery()
    candidate = _flag(
        and_(told.c.settled == 0, or_(told.c.forced == 1, told.c.all_met >= told.c.needs))
    )
    before = func.sum(candidate).over(
        partition_by=told.c.participant_id, order_by=told.c.place, rows=(None, -1)
    )
    return (
        select(*told.c, candidate.label("candidate"), func.coalesce(before, 0).label("before"))
        .where(told.c.place.is_not(None))
        .subquery()
    ).c


def _met(own: Tables, kept: CTE, shown: CTE, facts: CTE) -> Any:
    """How many of the needs of a phase each person meets."""
    needed, done = own.needed, facts.c.done == 1
    credits = (
        select(
            facts.c.participant_id, facts.c.version_id, cast(facts.c.phase, String).label("code"),
            func.sum(facts.c.credits).label("amount"),
        )
        .where(done)
        .group_by(facts.c.participant_id, facts.c.version_id, facts.c.phase)
        .subquery()
    )  # fmt: skip
    areas = (
        _with_version(shown.c.participant_id, func.count(distinct(shown.c.area)).label("amount"))
        .where(shown.c.attested == 1)
        .group_by(shown.c.participant_id, Participant.programme_version_id)
        .subquery()
    )
    records = (
        _with_version(kept.c.participant_id, kept.c.code).where(kept.c.kind == "record").subquery()
    )

    def need(source: Any, kind: str, code: Any, amount: Any) -> Any:
        return select(source.participant_id, needed.c.phase, needed.c.kind, needed.c.code).join(
            needed,
            and_(
                needed.c.version_id == source.version_id,
                needed.c.kind == kind,
                needed.c.code == code,
                needed.c.amount <= amount,
            ),
        )

    one = _number(1)
    every = union_all(
        need(records.c, "record", records.c.code, one),
        need(facts.c, "passed", facts.c.code, one).where(done),
        need(credits.c, "credits", credits.c.code, credits.c.amount),
        need(areas.c, "areas", _word("-"), areas.c.amount),
    ).subquery()
    return (
        select(
            every.c.participant_id,
            every.c.phase,
            func.count(distinct(every.c.kind + every.c.code)).label("met"),
        )
        .group_by(every.c.participant_id, every.c.phase)
        .subquery()
    )


def _with_version(person: Any, *columns: Any) -> Any:
    version = Participant.programme_version_id.label("version_id")
    return select(person, version, *columns).join(Participant, Participant.id == person)


def _strands(own: Tables, kept: CTE) -> Any:
    """The strands of each person's specialism and of their open targets, each a set of bits."""
    each = (
        select(kept.c.participant_id, kept.c.kind, own.strands.c.bits)
        .join(Participant, Participant.id == kept.c.participant_id)
        .join(
            own.strands,
            and_(
                own.strands.c.version_id == Participant.programme_version_id,
                own.strands.c.strand == kept.c.code,
            ),
        )
        .where(kept.c.kind.in_(("specialism", "target")))
        .distinct()
        .subquery()
    )

    def bits(kind: str) -> Any:
        return func.sum(case((each.c.kind == kind, each.c.bits), else_=0))

    return (
        select(
            each.c.participant_id,
            bits("specialism").label("specialism"),
            bits("target").label("targets"),
        )
        .group_by(each.c.participant_id)
        .subquery()
    )


def _row(names: list[str], **given: Any) -> Any:
    """A row with what is given, and nothing in its other columns."""
    return select(
        *(
            given[name].label(name) if name in given else _nothing(name)
            for name in (*names, *BESIDE)
        )
    )


def _nothing(name: str) -> Any:
    return cast(null(), String if name == "code" else Integer).label(name)


def _number(number: int) -> Any:
    return literal_column(str(int(number)), Integer)


def _flag(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def _word(word: str) -> Any:
    return literal_column(f"'{word}'", String)
