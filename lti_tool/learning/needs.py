"""What a diagnosis says of a strand, and when it is whole and agreed; plain values only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lti_tool.programme.definition import Programme

LONGEST_NEED = 2_000
PARTIES = frozenset({"participant", "coach"})


class Confidence(StrEnum):
    """How far along a teacher sees themself in a strand, lowest first."""

    NEW = "new"
    DEVELOPING = "developing"
    SECURE = "secure"
    STRONG = "strong"


class Source(StrEnum):
    """What brought a need to light."""

    INDUCTION = "induction"
    PERFORMANCE = "performance_management"
    SELF = "self"
    COACH = "coach"


class DiagnosisState(StrEnum):
    """Where a version stands. A draft is its author's own and has no number yet."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    AGREED = "agreed"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Line:
    """One strand: how far along, what is needed if anything, and how that is known."""

    level: str = ""
    need: str = ""
    source: str = ""


def state_of(agreed_by: Collection[str], *, is_newest: bool) -> DiagnosisState:
    """What has become of a proposed version. Once both have agreed it stays agreed."""
    if set(agreed_by) >= PARTIES:
        return DiagnosisState.AGREED
    return DiagnosisState.PROPOSED if is_newest else DiagnosisState.REPLACED


def draft_problems(programme: Programme, lines: Mapping[str, Line]) -> dict[str, str]:
    """What cannot even be kept as a draft, by form field."""
    found = {}
    for strand in programme.strands:
        line = lines.get(strand.id, Line())
        if line.level not in {"", *Confidence}:
            found[f"level-{strand.id}"] = "Choose one of the levels listed."
        if line.source not in {"", *Source}:
            found[f"source-{strand.id}"] = "Choose one of the sources listed."
        if len(line.need) > LONGEST_NEED:
            found[f"need-{strand.id}"] = (
                f"The need in {strand.id} must be {LONGEST_NEED:,} characters or fewer."
            )
    return found


def proposal_problems(programme: Programme, lines: Mapping[str, Line]) -> dict[str, str]:
    """What is missing before others can be asked to agree, by form field."""
    found = draft_problems(programme, lines)
    for strand in programme.strands:
        line = lines.get(strand.id, Line())
        if not line.level:
            found[f"level-{strand.id}"] = f"Choose a level for {strand.id} {strand.short}."
        if line.need and not line.source:
            found[f"source-{strand.id}"] = f"Say how the need in {strand.id} is known."
    if not found and not any(line.need for line in lines.values()):
        first = programme.strands[0].id
        found[f"need-{first}"] = "Write at least one need, in whichever strand it is."
    return found
