"""A provider's programmes as small tables inside a statement, so that the database applies them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Integer, String, column, values

from lti_tool.programme.definition import Module, Programme, StrandChoice

Programmes = Mapping[int, Programme]
NOWHERE = -1  # a version that nobody is on: a table needs a row
MODULE = (
    "version_id", "place", "phase", "credits", "parallel", "pass_mark", "apl", "apl_limit",
    "needs", "by_specialism", "plans", "accepts",
)  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """What the rules of progression and of coverage ask of the programmes.

    A set of strands is a number with a bit for each strand.
    """

    modules: CTE
    strands: CTE
    areas: CTE
    needed: CTE
    """What somebody needs before a phase: how much of what."""


def tables(programmes: Programmes) -> Tables:
    """The tables of these versions."""
    return Tables(
        _table("programme_module", MODULE, ("code",), _modules(programmes)),
        _table(
            "programme_strand", ("version_id", "bits"), ("strand", "area"), _strands(programmes)
        ),
        _table("programme_area", ("version_id", "bits"), ("area",), _areas(programmes)),
        _table("needed", ("version_id", "phase", "amount"), ("kind", "code"), _needed(programmes)),
    )


def _bits(programme: Programme, strands: Collection[str]) -> int:
    return sum(1 << place for place, each in enumerate(programme.strands) if each.id in strands)


def _modules(programmes: Programmes) -> Iterable[tuple[Any, ...]]:
    for version, programme in programmes.items():
        strands = [each.id for each in programme.strands]
        for place, module in enumerate(programme.modules):
            yield (
                version,
                place,
                module.phase,
                module.credits,
                programme.parallel_modules,
                programme.pass_mark,
                int(module.apl_allowed),
                programme.policies["apl"]["max_credits"],
                sum(1 for each in _needed({version: programme}) if each[1] == module.phase),
                int(module.choice is StrandChoice.SPECIALISM),
                _bits(programme, [each for each in strands if _covers(module, each)]),
                _bits(programme, [each for each in strands if module.accepts(each)]),
                module.code,
            )


def _covers(module: Module, strand: str) -> bool:
    return module.choice is not StrandChoice.SPECIALISM and module.covers(strand)


def _strands(programmes: Programmes) -> Iterable[tuple[Any, ...]]:
    for version, programme in programmes.items():
        for each in programme.strands:
            yield version, _bits(programme, [each.id]), each.id, each.area_id


def _areas(programmes: Programmes) -> Iterable[tuple[Any, ...]]:
    for version, programme in programmes.items():
        for area in programme.areas:
            yield version, _bits(programme, [each.id for each in area.strands]), area.id


def _needed(programmes: Programmes) -> Iterable[tuple[Any, ...]]:
    for version, programme in programmes.items():
        for phase in programme.phases:
            entry = phase.entry
            for record in entry.records:
                yield version, phase.number, 1, "record", record
            for code in entry.passed:
                yield version, phase.number, 1, "passed", code
            for other, credits in entry.credits.items():
                yield version, phase.number, credits, "credits", str(other)
            if entry.areas_attested:
                yield version, phase.number, entry.areas_attested, "areas", "-"


def _table(
    name: str, numbers: Collection[str], words: Collection[str], rows: Iterable[tuple[Any, ...]]
) -> CTE:
    columns: list[Any] = [column(each, Integer) for each in numbers]
    columns += [column(each, String) for each in words]
    nobody = (*(NOWHERE for _ in numbers), *("" for _ in words))
    # Written out: what stands in VALUES as a parameter has no type on PostgreSQL.
    return values(*columns, name=name, literal_binds=True).data([nobody, *rows]).cte(name)
