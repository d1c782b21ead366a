"""The evidence behind one cell of the coverage: who vouched when, and which attempts hold it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, not_, select
from sqlalchemy.orm import selectinload

from lti_tool.cohort.progress import Standing
from lti_tool.db import db
from lti_tool.evidence.closed import is_closed_item
from lti_tool.evidence.items import visible_items
from lti_tool.evidence.models import (
    Attempt,
    AttemptItem,
    Attestation,
    EvidenceItem,
    EvidenceVersion,
)
from lti_tool.evidence.rules import GONE, HELD, PRIVATE
from lti_tool.identity import Role, Viewer
from lti_tool.programme.coverage import Cell


@dataclass(frozen=True, slots=True)
class Vouched:
    """A coach's signature, on the version that is shown or on an earlier one."""

    by_coach: str
    attestation: Attestation
    version: int


@dataclass(frozen=True, slots=True)
class HandedIn:
    """An attempt that holds the version; whether the board has passed it."""

    attempt: Attempt
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Behind:
    """One version of one item that the cell counts."""

    version: EvidenceVersion
    module_code: str
    may_open: bool
    vouched: tuple[Vouched, ...]
    outdated: tuple[Vouched, ...]
    handed_in: tuple[HandedIn, ...]

    @property
    def title(self) -> str:
        """What it is called, unless a problem with it was reported."""
        held = self.version.item.state in HELD
        return "Evidence that is out of sight after a report" if held else self.version.title


def cell_of(viewer: Viewer, standing: Standing, strand: str, phase: int, code: str | None) -> Cell:
    """The cell as this viewer's matrix shows it."""
    standing.programme.strand(strand)
    standing.programme.phase(phase)
    return standing.shown_coverage(viewer, code).cell(strand, phase)


def behind(viewer: Viewer, standing: Standing, cell: Cell, code: str | None = None) -> list[Behind]:
    """What the cell counts, item by item; of an item changed after a hand-in, both versions.

    Without what the viewer is not to meet beside a name now: `count_closed` tells how much that is.
    """
    modules = [
        module.code
        for module in standing.programme.modules_in(cell.phase)
        if code in (None, module.code)
    ]
    items = _items(viewer, cell.items)
    attempts = _attempts(standing.participant.id, modules)
    may_open = set(
        db.session.scalars(
            visible_items(viewer)
            .where(EvidenceItem.id.in_(cell.items))
            .with_only_columns(EvidenceItem.id)
        )
    )
    confirmed = standing.confirmed_attempts if viewer.role is not Role.COACH else frozenset()
    found = []
    for item in items:
        for version in item.versions:
            held = attempts.get(version.id, [])
            is_current = version.number == item.current_version and _is_shown(viewer, item)
            counts_now = is_current and version.module_code in modules
            claims = any(claim.strand == cell.strand for claim in version.claims)
            if claims and (held or counts_now):
                found.append(
                    Behind(
                        version,
                        held[0].module_code if held else version.module_code,
                        item.id in may_open,
                        *_signatures(item, version),
                        tuple(HandedIn(one, one.id in confirmed) for one in held),
                    )
                )
    return found


def _is_shown(viewer: Viewer, item: EvidenceItem) -> bool:
    """Whether the item's newest version counts for this viewer, as its matrix counts it."""
    if viewer.role is Role.PARTICIPANT:
        return item.state not in GONE
    return item.state not in PRIVATE and item.is_open


def _signatures(
    item: EvidenceItem, version: EvidenceVersion
) -> tuple[tuple[Vouched, ...], tuple[Vouched, ...]]:
    """Those for this version, and, where it has none, those that an edit has left behind."""
    signed = [
        Vouched(one.coach.name, one, each.number)
        for each in item.versions
        for one in each.attestations
        if one.decision == "signed" and one.revocation is None
    ]
    here = tuple(one for one in signed if one.version == version.number)
    earlier = tuple(one for one in signed if one.version < version.number)
    return here, () if here else earlier


def count_closed(viewer: Viewer, cell: Cell) -> int:
    """How many pieces of the cell stay closed while the viewer judges such work by number."""
    closed = select(func.count(EvidenceItem.id)).where(
        EvidenceItem.id.in_(cell.items), is_closed_item(viewer)
    )
    return db.session.scalar(closed) or 0


def _items(viewer: Viewer, item_ids: Collection[int]) -> list[EvidenceItem]:
    versions = selectinload(EvidenceItem.versions)
    return list(
        db.session.scalars(
            select(EvidenceItem)
            .where(EvidenceItem.id.in_(item_ids), not_(is_closed_item(viewer)))
            .options(
                versions.selectinload(EvidenceVersion.claims),
                versions.selectinload(EvidenceVersion.attestations).joinedload(Attestation.coach),
            )
            .order_by(EvidenceItem.id)
        )
    )


def _attempts(participant_id: int, modules: Collection[str]) -> dict[int, list[Attempt]]:
    """version id → the attempts that hold it."""
    found: dict[int, list[Attempt]] = {}
    rows = db.session.execute(
        select(AttemptItem.version_id, Attempt)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.participant_id == participant_id, Attempt.module_code.in_(modules))
        .order_by(Attempt.module_code, Attempt.number)
    )
    for version_id, attempt in rows:
        found.setdefault(version_id, []).append(attempt)
    return found
