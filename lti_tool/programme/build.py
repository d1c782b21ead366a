"""Makes the frozen programme from a file that has been found sound."""

from __future__ import annotations

from typing import Any

from lti_tool.programme.definition import (
    Band,
    CoachingDuty,
    Completion,
    ContentArea,
    Criterion,
    Entry,
    Level,
    MarkingPolicy,
    Module,
    Phase,
    Programme,
    ProgressionMode,
    Record,
    Strand,
    StrandChoice,
)

Data = dict[str, Any]

POLICIES = (
    "component_minimum",
    "classification",
    "compensation",
    "reassessment",
    "late",
    "feedback",
    "apl",
    "time",
    "eligibility",
    "moderation",
    "boards",
    "gradebook",
    "retention",
)


def build_programme(data: Data) -> Programme:
    """The whole programme; the caller has checked the data."""
    framework, progression = data["framework"], data["progression"]
    areas = tuple(_area(id_, area) for id_, area in data["content_areas"].items())
    all_strands = tuple(strand.id for area in areas for strand in area.strands)
    coaching = dict(data["coaching"])
    duties = coaching.pop("duties")
    further = {"level": framework["level"], "exit_awards": framework["exit_awards"]}
    return Programme(
        id=framework["id"],
        version=framework["version"],
        award=framework["award"],
        credits=framework["credits"],
        phases=tuple(_phase(number, phase) for number, phase in data["phases"].items()),
        modules=_modules(data, all_strands),
        areas=areas,
        criteria=tuple(Criterion(id_, **entry) for id_, entry in data["criteria"].items()),
        bands=tuple(Band(**band) for band in data["bands"]),
        pass_mark=data["pass_mark"],
        duties=tuple(CoachingDuty(id_, **duty) for id_, duty in duties.items()),
        records=tuple(Record(id_, label) for id_, label in data["records"].items()),
        mode=ProgressionMode(progression["mode"]),
        parallel_modules=progression["parallel_modules"],
        completion=_completion(data["completion"]),
        policies=further | {name: data[name] for name in POLICIES} | {"coaching": coaching},
    )


def _area(area_id: str, area: Data) -> ContentArea:
    strands = tuple(
        Strand(
            id_,
            area_id,
            strand["text"],
            strand.get("short", strand["text"]),
            strand.get("example", ""),
        )
        for id_, strand in area["strands"].items()
    )
    return ContentArea(area_id, area.get("short", area_id), strands)


def _phase(number: int, phase: Data) -> Phase:
    entry = phase["entry"]
    return Phase(
        number=number,
        title=phase["title"],
        core=phase["core"],
        credits=phase["credits"],
        entry=Entry(
            records=tuple(entry["records"]),
            passed=tuple(entry["passed"]),
            credits=entry["credits"],
            areas_attested=entry["areas_attested"],
        ),
        weights=phase["weights"],
    )


def _modules(data: Data, all_strands: tuple[str, ...]) -> tuple[Module, ...]:
    """In the order in which they are taken: by phase, and within it as in the file."""
    listed = [_module(code, module, all_strands) for code, module in data["modules"].items()]
    return tuple(sorted(listed, key=lambda module: module.phase))


def _module(code: str, module: Data, all_strands: tuple[str, ...]) -> Module:
    choice = StrandChoice.FIXED
    if isinstance(module["strands"], str):
        choice = StrandChoice(module["strands"])
    strands = all_strands if choice is not StrandChoice.FIXED else tuple(module["strands"])
    further = all_strands if module["may_also"] == "any" else tuple(module["may_also"])
    return Module(
        code=code,
        phase=module["phase"],
        title=module["title"],
        credits=module["credits"],
        choice=choice,
        strands=strands,
        further_strands=tuple(strand for strand in further if strand not in strands),
        min_areas=module["min_areas"],
        requires=tuple(module["requires"]),
        marking=MarkingPolicy(module["marking"]),
        kind=module["assess"]["kind"],
        words=module["assess"]["words"],
        apl_allowed=module["apl_allowed"],
        compensable=module["compensable"],
    )


def _completion(completion: Data) -> Completion:
    target = completion["strand_target"]
    return Completion(
        credits=completion["credits"],
        areas_level=Level(completion["areas_covered"]),
        strand_level=Level(target["level"]),
        strand_count=target["count"],
        strand_hard=target["hard"],
        records=tuple(completion["records"]),
    )
