"""What differs between two versions of evidence, for a coach who has seen an earlier one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.evidence.guard_models import EvidenceRead
from lti_tool.evidence.items import content_of
from lti_tool.evidence.models import EvidenceVersion
from lti_tool.evidence.rules import content_facts
from lti_tool.identity import Viewer

LABELS = {
    "title": "Title",
    "narrative": "What happened",
    "activity_on": "Date of the activity",
    "module": "Module",
    "strands": "Strands",
    "duty": "Coaching duty",
    "files": "Files",
    "rationales": "Why, strand by strand",
    "links": "Web links",
    "impact_record": "Impact record, by its number",
    "target": "Learning target, by its number",
    "permission_by": "Permitted by",
    "permission_basis": "What the permission rests on",
}
NOTHING = "–"
# Comparing word by word takes the square of their number at worst; above this it is line by line.
MANY_WORDS = 3_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether the other version has it too."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One part of the content, as it was and as it is."""

    label: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs between two contents, each as `content_facts` makes it."""
    found = []
    for name in dict.fromkeys(chain(LABELS, before, after)):
        old, new = _told(name, before.get(name)), _told(name, after.get(name))
        if old != new:
            label = LABELS.get(name, name.replace("_", " ").capitalize())
            found.append(Change(label, *_pieces(old, new)))
    return found


def seen_before(
    viewer: Viewer, versions: Sequence[EvidenceVersion], version: EvidenceVersion
) -> EvidenceVersion | None:
    """The newest version before this one that the viewer has seen, or has said something to."""
    earlier = {each.id: each for each in versions if each.number < version.number}
    if not earlier:
        return None
    shown = select(EvidenceRead.version_id).where(
        EvidenceRead.reader_id == viewer.user_id, EvidenceRead.version_id.in_(earlier)
    )
    seen = set(db.session.scalars(shown))
    for each in earlier.values():
        if any(one.coach_id == viewer.user_id for one in each.attestations):
            seen.add(each.id)
    return max((earlier[one] for one in seen), key=lambda each: each.number, default=None)


def between(before: EvidenceVersion, after: EvidenceVersion) -> list[Change]:
    """What differs between two stored versions."""
    return differences(
        content_facts(content_of(before), before.files),
        content_facts(content_of(after), after.files),
    )


def _told(name: str, value: Any) -> str:
    """A part of the content as lines of text."""
    if value in (None, "", [], {}):
        return NOTHING
    if name == "activity_on":
        day = date.fromisoformat(value)
        return f"{day.day} {day:%B %Y}"
    if name == "files":
        return "\n".join(chain.from_iterable(map(_file_lines, value)))
    return "\n".join(_lines(value))


def _file_lines(file: Mapping[str, Any]) -> Iterable[str]:
    # The start of the digest tells two files of one name and size apart.
    yield f"{file['filename']} ({file['size']:,} bytes, digest {file['sha256'][:8]})"
    if words := file.get("alt_text"):
        yield f"In words: {words}"


def _lines(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"{key}: {'; '.join(_lines(inner))}"
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _lines(inner)
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif value is not None:
        yield str(value)


def _pieces(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    split = re.compile(r"\s+|\S+").findall
    before, after = split(old), split(new)
    if len(before) + len(after) > MANY_WORDS:
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        changed = kind != "equal"
        if a < b:
            left.append(Piece("".join(before[a:b]), changed))
        if c < d:
            right.append(Piece("".join(after[c:d]), changed))
    return tuple(left), tuple(right)
