"""What another version of the programme changes: as such, and for one participant.

Nothing is left out: whatever a version says is laid flat as short lines, and two versions differ
where their lines do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from lti_tool.programme.definition import Module, Phase, Programme, Strand, StrandChoice

Lines = dict[str, str]
NOTHING = "–"
WHOSE = {StrandChoice.ANY: "any", StrandChoice.SPECIALISM: "the chosen specialism"}
POLICY_SECTIONS = {
    "Marking": (
        "component_minimum", "classification", "compensation", "reassessment", "late", "feedback",
        "moderation",
    ),
    "Boards": ("boards",),
    "Prior learning": ("apl",),
    "Time": ("time",),
    "Eligibility": ("eligibility",),
    "Coaching": ("coaching",),
    "Gradebook and retention": ("gradebook", "retention"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the two versions say differently."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Section:
    """The differences in one part of the programme."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that changes from one version to the other."""

    modules_gone: tuple[Module, ...]
    modules_new: tuple[Module, ...]
    strands_gone: tuple[Strand, ...]
    strands_new: tuple[Strand, ...]
    sections: tuple[Section, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the versions differ in nothing that the tool reads."""
        return not (self.modules_gone or self.modules_new or self.sections)


def compare(before: Programme, after: Programme) -> Comparison:
    """What goes, what comes, and what is said differently."""
    old_modules, new_modules = _codes(before), _codes(after)
    old_strands, new_strands = _strand_ids(before), _strand_ids(after)
    kept = old_modules & new_modules
    former, later = _sections(before, kept), _sections(after, kept)
    sections = (Section(title, _differing(former[title], later[title])) for title in former)
    return Comparison(
        modules_gone=tuple(each for each in before.modules if each.code not in new_modules),
        modules_new=tuple(each for each in after.modules if each.code not in old_modules),
        strands_gone=tuple(each for each in before.strands if each.id not in new_strands),
        strands_new=tuple(each for each in after.strands if each.id not in old_strands),
        sections=tuple(section for section in sections if section.lines),
    )


def judged_differently(before: Programme, after: Programme, code: str) -> bool:
    """Whether work on a module of both versions is judged by other questions, weights or bands."""
    return _judging(before, code) != _judging(after, code)


def _judging(programme: Programme, code: str) -> tuple[object, ...]:
    module = programme.module(code)
    return (
        programme.criteria,
        programme.weights(module.phase),
        programme.bands,
        programme.pass_mark,
        module.marking,
    )


def _codes(programme: Programme) -> set[str]:
    return {module.code for module in programme.modules}


def _strand_ids(programme: Programme) -> set[str]:
    return {strand.id for strand in programme.strands}


def _differing(former: Lines, later: Lines) -> tuple[Line, ...]:
    """Lines of either, in the order of the former, with what was added at the end."""
    lines = (
        Line(what, former.get(what, NOTHING), later.get(what, NOTHING)) for what in former | later
    )
    return tuple(line for line in lines if line.before != line.after)


def _sections(programme: Programme, modules: set[str]) -> dict[str, Lines]:
    """The whole programme, laid flat, with these modules; every version has the same sections."""
    marking = dict(_judgement(programme))
    found = {
        "Award": dict(_award(programme)),
        "Phases": dict(_phases(programme)),
        "Modules": dict(_modules(programme, modules)),
        "Content areas": dict(_areas(programme)),
        "Progression": dict(_progression(programme)),
        "Completion": dict(_completion(programme)),
    }
    for title, names in POLICY_SECTIONS.items():
        found[title] = dict(_policies(programme, names))
    placed = {"level", "exit_awards", *chain.from_iterable(POLICY_SECTIONS.values())}
    found["Further"] = dict(_policies(programme, sorted(programme.policies.keys() - placed)))
    found["Marking"] = marking | found["Marking"]
    found["Coaching"] |= {f"Duty {duty.id}": duty.sentence for duty in programme.duties}
    return found


def _award(programme: Programme) -> Iterator[tuple[str, str]]:
    yield "Award", programme.award
    yield "Credits", str(programme.credits)
    yield from _policies(programme, ("level", "exit_awards"))
    yield from ((f"Record “{record.id}”", record.label) for record in programme.records)


def _phases(programme: Programme) -> Iterator[tuple[str, str]]:
    for phase in programme.phases:
        yield f"Phase {phase.number}", phase.title
        yield f"Phase {phase.number}, credits", str(phase.credits)
        yield f"Phase {phase.number}, core", _word(phase.core)


def _modules(programme: Programme, codes: set[str]) -> Iterator[tuple[str, str]]:
    for module in map(programme.module, sorted(codes)):
        code = module.code
        yield code, module.title
        yield f"{code}, phase", str(module.phase)
        yield f"{code}, credits", str(module.credits)
        yield f"{code}, strands", WHOSE.get(module.choice) or _list(module.strands)
        yield f"{code}, may also claim", _list(module.further_strands)
        yield f"{code}, content areas at least", str(module.min_areas)
        yield f"{code}, asks for", _list(module.requires)
        yield f"{code}, work", f"{_spaced(module.kind)}, {module.words} words"
        yield f"{code}, marking", _spaced(module.marking)
        yield f"{code}, earlier study may count", _word(module.apl_allowed)
        yield f"{code}, may be compensated", _word(module.compensable)


def _areas(programme: Programme) -> Iterator[tuple[str, str]]:
    for area in programme.areas:
        yield area.id, area.short
        for strand in area.strands:
            yield f"Strand {strand.id}", f"{strand.text} ({area.id})"
            yield f"Strand {strand.id}, example", strand.example or NOTHING


def _progression(programme: Programme) -> Iterator[tuple[str, str]]:
    yield "Unmet conditions", programme.mode.value
    yield "Modules open beside the current one", str(programme.parallel_modules)
    for phase in programme.phases:
        yield from _entry(phase)


def _entry(phase: Phase) -> Iterator[tuple[str, str]]:
    start, entry = f"To start phase {phase.number}", phase.entry
    yield f"{start}, recorded", _list(entry.records)
    yield f"{start}, passed", _list(entry.passed)
    for earlier, credits in entry.credits.items():
        yield f"{start}, credits of phase {earlier}", str(credits)
    yield f"{start}, content areas attested", str(entry.areas_attested)


def _completion(programme: Programme) -> Iterator[tuple[str, str]]:
    asked = programme.completion
    yield "Credits", str(asked.credits)
    yield "Every content area at least", asked.areas_level.value
    binding = "binding" if asked.strand_hard else "asked, not binding"
    target = f"{asked.strand_count} {asked.strand_level.value} ({binding})"
    yield "In each strand at least", target
    yield "Recorded", _list(asked.records)


def _judgement(programme: Programme) -> Iterator[tuple[str, str]]:
    for criterion in programme.criteria:
        yield f"Criterion {criterion.id}", f"{criterion.label}: {criterion.asks}"
        yield f"Criterion {criterion.id}, example", criterion.example or NOTHING
    for phase in programme.phases:
        weights = programme.weights(phase)
        shares = (f"{name} {share}%" for name, share in weights.items())
        yield f"Weights in phase {phase.number}", _list(shares)
    yield "Bands", _list(f"{band.name} from {band.floor}" for band in programme.bands)
    yield "Pass mark", str(programme.pass_mark)


def _policies(programme: Programme, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        yield from _flat(_spaced(name).capitalize(), programme.policies.get(name))


def _flat(what: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{what}, {_spaced(str(key))}", inner)
    elif value is not None:
        yield what, _word(value)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _list(map(_spaced, value)) if isinstance(value, list) else _spaced(str(value))


def _spaced(text: str) -> str:
    return text.replace("_", " ")


def _list(values: Any) -> str:
    return ", ".join(map(str, values)) or NOTHING
