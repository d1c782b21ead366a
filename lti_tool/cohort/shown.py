"""A standing in the shapes that the page components take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from lti_tool.cohort.progress import Standing, highest, shown_state
from lti_tool.identity import Role, Viewer
from lti_tool.programme.coverage import Coverage
from lti_tool.programme.definition import Module, Phase, Programme
from lti_tool.programme.due_dates import in_words
from lti_tool.programme.progression import ModuleFacts, ModuleStatus, Outcome
from lti_tool.programme.timing import spoken

Row = dict[str, Any]


def matrix(covered: Coverage) -> list[Row]:
    """The coverage by areas, strands and phases."""
    areas: list[Row] = []
    for row in covered.rows():
        if row.starts_area:
            areas.append({"title": row.area.short, "strands": []})
        cells = [
            {"phase": cell.phase, "state": cell.state, "count": cell.claimed_count}
            for cell in row.cells
        ]
        areas[-1]["strands"].append(
            {"code": row.strand.id, "title": row.strand.short, "cells": cells}
        )
    return areas


def phases(programme: Programme) -> list[Row]:
    """The heads of the matrix's columns."""
    return [{"number": phase.number, "title": phase.title} for phase in programme.phases]


def way(viewer: Viewer, standing: Standing, url_of: Callable[[str], str]) -> list[Row]:
    """The phases with their modules, and how each stands."""
    current = standing.current_module
    return [
        {
            "number": phase.number,
            "title": phase.title,
            "modules": [
                _step(viewer, standing, module, url_of(module.code), module is current)
                for module in standing.programme.modules_in(phase)
            ],
        }
        for phase in standing.programme.phases
    ]


def _step(viewer: Viewer, standing: Standing, module: Module, url: str, current: bool) -> Row:
    status = standing.statuses[module.code]
    due = standing.due.get(module.code)
    return {
        "code": module.code,
        "title": f"{module.code}: {module.title}",
        "credits": module.credits,
        "state": shown_state(viewer, status),
        "url": url,
        "current": current,
        "due_on": due.on if due and not standing.of(module.code).submitted_at else None,
        "note": _note(viewer, standing, status),
    }


def due_words(due_on: date, day: date) -> str:
    """When something is due, as a date and as a distance."""
    return f"Due {spoken(due_on)}, {in_words(due_on, day)}"


def _note(viewer: Viewer, standing: Standing, status: ModuleStatus) -> str:
    own = standing.of(status.code)
    if status.outcome is not None and viewer.role is not Role.COACH:
        passed = "Passed" if status.outcome is Outcome.PASS else "Not passed"
        return f"{passed} with {own.released_mark}, {mark_status(own)}"
    hidden = 0 if viewer.role is Role.PARTICIPANT else own.draft_items
    if count := own.claimed_items - hidden:
        return f"{_items(count)}, {own.attested_items} attested"
    return ""


def mark_status(own: ModuleFacts) -> str:
    """How firm a released mark is, in words that cannot be read as final."""
    if own.compensated:
        return "confirmed and compensated by the board"
    return "confirmed by the board" if own.ratified else "provisional until the board confirms it"


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def strand_columns(programme: Programme) -> list[Row]:
    """Heads of the small matrix of several people."""
    return [{"code": strand.id, "title": strand.short} for strand in programme.strands]


def small_matrices(found: Iterable[Standing], url_of: Callable[[int], str]) -> list[Row]:
    """The small matrix of several people for each version that they are on, the newest first."""
    return [
        {
            "label": each.label,
            "columns": strand_columns(each.programme),
            "lines": small_matrix(each.programme, each.standings, url_of),
        }
        for each in by_version(found)
    ]


def small_matrix(
    programme: Programme, found: Iterable[Standing], url_of: Callable[[int], str]
) -> list[Row]:
    """One line a person, for their coach: how far each strand has come in any phase."""
    people = []
    for standing in found:
        covered = standing.coverage().without_board()
        levels = [
            highest([cell for cell in covered.cells if cell.strand == strand.id])
            if any(cell.strand == strand.id for cell in covered.cells)
            else ("none", 0)
            for strand in programme.strands
        ]
        person = standing.participant
        people.append(
            {
                "id": person.id,
                "name": person.user.name,
                "url": url_of(person.id),
                "cells": [{"state": state, "count": count} for state, count in levels],
            }
        )
    return people


@dataclass(frozen=True)
class OfOneVersion:
    """People who are on one version of the programme, and so have the same columns."""

    label: str
    programme: Programme
    standings: tuple[Standing, ...]


def by_version(found: Iterable[Standing]) -> list[OfOneVersion]:
    """People as they came, those on the newest version first: a list of several has no columns
    that fit them all."""
    groups: dict[int, list[Standing]] = defaultdict(list)
    for standing in found:
        groups[standing.participant.programme_version_id].append(standing)
    return [
        OfOneVersion(_name_of(of[0]), of[0].programme, tuple(of))
        for _, of in sorted(groups.items(), reverse=True)
    ]


def _name_of(standing: Standing) -> str:
    version = standing.participant.programme_version
    return f"{version.framework} {version.version}"


def heat(standing: Standing) -> list[Row]:
    """One line of the cohort table: how far each content area has come in each phase."""
    covered, line = standing.coverage(), []
    for area in standing.programme.areas:
        strands = {strand.id for strand in area.strands}
        for phase in standing.programme.phases:
            cells = [
                cell
                for cell in covered.cells
                if cell.strand in strands and cell.phase == phase.number
            ]
            state, count = highest(cells)
            line.append(
                {
                    "area": area.id,
                    "name": area.short,
                    "phase": phase.number,
                    "state": state,
                    "count": count,
                }
            )
    return line


def bands(programme: Programme, mark: int) -> list[Row]:
    """The scale of marks, lowest first, with the one that a mark falls into."""
    floors = [*reversed(programme.bands)]
    tops = [band.floor - 1 for band in floors[1:]] + [100]
    here = programme.band_of(mark)
    return [
        {"name": band.name, "floor": band.floor, "top": top, "here": band is here}
        for band, top in zip(floors, tops, strict=True)
    ]


def weights(programme: Programme, phase: Phase) -> list[Row]:
    """The criteria with their share in a phase."""
    shares = programme.weights(phase)
    return [
        {"id": found.id, "label": found.label, "asks": found.asks, "weight": shares[found.id]}
        for found in programme.criteria
    ]
