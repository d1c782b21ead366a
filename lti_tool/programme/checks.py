"""What must agree between the parts of a programme file, beyond the shape of each part.

The checks look at whatever could be read, so that one visit to the file mends all mistakes; a sum
or a reference is judged only where the values it rests on could be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from lti_tool.programme.codes import codes_fit, records_are_kept
from lti_tool.programme.definition import Level
from lti_tool.programme.eligibility_checks import eligibility_is_sound
from lti_tool.programme.late_checks import adjustments_are_sound
from lti_tool.programme.schema import one_of

Mistake = tuple[str, str]
Data = dict[Any, Any]


def cross_check(data: Data, broken: frozenset[str]) -> list[Mistake]:
    """Every disagreement between parts; `broken` names the paths that could not be read."""

    def is_sound(*paths: str) -> bool:
        return not any(_meet(path, other) for path in paths for other in broken)

    return [mistake for check in CHECKS for mistake in check(data, is_sound)]


IsSound = Callable[..., bool]


def _meet(path: str, other: str) -> bool:
    """Whether one path lies within the other; `*` stands for any entry."""
    return all(map(_fits, _keys(path), _keys(other)))


def _fits(key: str, other: str) -> bool:
    return key in ("*", other)


def _keys(path: str) -> list[str]:
    return path.replace("[", ".[").split(".")


def _section(data: Data, name: str) -> Data:
    return data.get(name) or {}


def _strand_ids(data: Data) -> list[str]:
    areas = _section(data, "content_areas").values()
    return [strand for area in areas for strand in area.get("strands", {})]


def _unknown(used: Iterable[Any], known: Iterable[Any], path: str, kind: str) -> Iterator[Mistake]:
    choices = [str(name) for name in known]
    for name in used:
        if str(name) not in choices:
            nothing = f"There is no {kind} in this file yet: add it."
            remedy = one_of(choices, str(name)) if choices else nothing
            yield path, f"'{name}' is no {kind}. {remedy}"


def _each(data: Data, section: str) -> Iterator[tuple[Any, Data]]:
    yield from ((key, value) for key, value in _section(data, section).items() if value)


def strands_are_unique(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for area, entry in _each(data, "content_areas"):
        for strand in entry.get("strands", {}):
            if strand in seen:
                sentence = f"is already a strand of {seen[strand]}. Give it a number of its own."
                yield f"content_areas.{area}.strands.{strand}", sentence
            seen.setdefault(strand, area)


def phases_are_numbered(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    numbers = list(_section(data, "phases"))
    if is_sound("phases") and numbers != list(range(1, len(numbers) + 1)):
        yield "phases", "are not numbered 1, 2, 3 and so on in order. Number them so."


def phases_make_the_award(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    if not is_sound("framework.credits", "phases.*.credits"):
        return
    award = data["framework"]["credits"]
    total = sum(phase["credits"] for _, phase in _each(data, "phases"))
    if total != award:
        yield (
            "phases",
            f"have {total} credits together, but framework.credits is {award}. "
            "Change one so that they agree.",
        )
    if is_sound("completion.credits") and (asked := data["completion"]["credits"]) > award:
        yield (
            "completion.credits",
            f"asks for {asked}, but the programme has only {award}. Use {award} or less.",
        )


def modules_make_their_phase(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    modules = list(_each(data, "modules"))
    if not is_sound("modules.*.phase", "modules.*.credits"):
        return
    for number, phase in _each(data, "phases"):
        if not is_sound(f"phases.{number}.credits"):
            continue
        total = sum(module["credits"] for _, module in modules if module["phase"] == number)
        if total != phase["credits"]:
            yield (
                f"phases.{number}.credits",
                f"is {phase['credits']}, but the modules of phase {number} have {total} together. "
                "Change one so that they agree.",
            )


def modules_name_what_exists(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    strands = _strand_ids(data)
    for code, module in _each(data, "modules"):
        path = f"modules.{code}"
        if "phase" in module and is_sound("phases"):
            yield from _unknown([module["phase"]], data["phases"], f"{path}.phase", "phase")
        for key in ("strands", "may_also"):
            if isinstance(module.get(key), list) and is_sound("content_areas"):
                yield from _unknown(module[key], strands, f"{path}.{key}", "strand")
        yield from _records(data, is_sound, module, path, "requires")
        yield from _areas(data, is_sound, module, path, "min_areas")


def modules_are_about_something(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    for code, module in _each(data, "modules"):
        if module.get("strands") == []:
            yield f"modules.{code}.strands", "is empty. Name at least one strand, or say `any`."
        for key in ("strands", "may_also"):
            listed = module.get(key)
            if isinstance(listed, list) and len(set(listed)) < len(listed):
                yield f"modules.{code}.{key}", "names a strand twice. Name each once."


def weights_make_a_hundred(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    criteria = list(_section(data, "criteria"))
    for number, phase in _each(data, "phases"):
        path = f"phases.{number}.weights"
        if not is_sound(path):
            continue
        weights = phase["weights"]
        if is_sound("criteria"):
            yield from _unknown(weights, criteria, path, "criterion")
            for name in criteria:
                if name not in weights:
                    yield (
                        path,
                        f"says nothing for {name}. Give it a weight, 0 if it does not count.",
                    )
        total = sum(weights.values())
        if total != 100:
            yield path, f"add up to {total}. Change them so that they add up to 100."


def the_first_phase_is_open(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    entry = _section(data, "phases").get(1, {}).get("entry") or {}
    if any(entry.values()):
        yield "phases.1.entry", "is a condition for the first phase, open to all. Remove it."


def entries_name_what_comes_before(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    phases, modules = _section(data, "phases"), _section(data, "modules")
    for number, phase in _each(data, "phases"):
        entry, path = phase.get("entry", {}), f"phases.{number}.entry"
        yield from _records(data, is_sound, entry, path, "records")
        if is_sound("modules"):
            earlier = [code for code, module in modules.items() if module["phase"] < number]
            yield from _unknown(
                entry.get("passed", []), earlier, f"{path}.passed", "module of an earlier phase"
            )
        if is_sound("phases"):
            yield from _credits_can_be_earned(phases, number)
        yield from _areas(data, is_sound, entry, path, "areas_attested")


def _credits_can_be_earned(phases: Data, number: int) -> Iterator[Mistake]:
    path = f"phases.{number}.entry.credits"
    earlier = [other for other in phases if other < number]
    asked = phases[number]["entry"]["credits"]
    yield from _unknown(asked, earlier, path, "earlier phase")
    for other, amount in asked.items():
        if other in earlier and amount > phases[other]["credits"]:
            most = phases[other]["credits"]
            yield f"{path}.{other}", f"is {amount}, but phase {other} has {most}. Lower it."


def _records(data: Data, is_sound: IsSound, part: Data, path: str, key: str) -> Iterator[Mistake]:
    if is_sound("records"):
        yield from _unknown(part.get(key, []), data["records"], f"{path}.{key}", "record")


def _areas(data: Data, is_sound: IsSound, part: Data, path: str, key: str) -> Iterator[Mistake]:
    if is_sound("content_areas", f"{path}.{key}") and part[key] > len(data["content_areas"]):
        there_are = len(data["content_areas"])
        yield f"{path}.{key}", f"is more than the {there_are} content areas. Lower it."


def completion_names_what_exists(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    completion = _section(data, "completion")
    yield from _records(data, is_sound, completion, "completion", "records")
    levels = {
        "completion.areas_covered": completion.get("areas_covered"),
        "completion.strand_target.level": _section(completion, "strand_target").get("level"),
    }
    for path, level in levels.items():
        if level == Level.NONE.value:
            choices = [level.value for level in Level if level is not Level.NONE]
            yield path, f"'none' would ask for nothing. {one_of(choices)}"


def bands_fall_to_zero(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    if not is_sound("bands"):
        return
    floors = [band["floor"] for band in data["bands"]]
    for place, (above, floor) in enumerate(pairwise(floors), start=2):
        if floor >= above:
            yield (
                f"bands[entry {place}].from",
                f"is {floor}, after {above}. Put the bands in order, the highest first.",
            )
    if floors[-1] != 0:
        yield "bands", f"end at {floors[-1]}. Let the last one begin at 0."


def prior_learning_fits(data: Data, is_sound: IsSound) -> Iterator[Mistake]:
    """Every limit in credits or marks lies within what the programme has."""
    if not is_sound("framework.credits"):
        return
    award, exits = data["framework"]["credits"], _section(data["framework"], "exit_awards")
    limits = {
        f"{part}.max_credits": data[part]["max_credits"]
        for part in ("apl", "compensation")
        if is_sound(f"{part}.max_credits")
    }
    limits |= {f"framework.exit_awards.{name}": amount for name, amount in exits.items()}
    for path, amount in limits.items():
        if amount > award:
            yield path, f"is {amount}, more than the {award} credits of the award. Lower it."


CHECKS: tuple[Callable[[Data, IsSound], Iterator[Mistake]], ...] = (
    codes_fit,
    records_are_kept,
    strands_are_unique,
    phases_are_numbered,
    phases_make_the_award,
    modules_make_their_phase,
    modules_name_what_exists,
    modules_are_about_something,
    weights_make_a_hundred,
    the_first_phase_is_open,
    entries_name_what_comes_before,
    completion_names_what_exists,
    bands_fall_to_zero,
    prior_learning_fits,
    adjustments_are_sound,
    eligibility_is_sound,
)
