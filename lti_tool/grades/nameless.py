"""A submission as those read it who know its author by candidate number only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from lti_tool.evidence.bundle import Bundle, BundleFile, BundleItem
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import read_bundle

SHORTEST = 3  # letters of a name that is looked for in texts by itself

Words = Callable[[str], str]


def nameless_bundle(attempt: Attempt) -> Bundle:
    """The bundle without names: of the participant in what is written, of coaches and of files."""
    participant = attempt.participant
    number = participant.candidate_number
    return without_names(read_bundle(attempt), participant.user.name, number)


def without_names(bundle: Bundle, name: str, number: str) -> Bundle:
    """The same, from plain values. A name that somebody spelt otherwise stays where it is."""
    words = _eraser(name, number)
    names = _file_names(bundle, number)
    return replace(bundle, items=tuple(_item(one, words, names) for one in bundle.items))


def _item(item: BundleItem, words: Words, names: dict[str, str]) -> BundleItem:
    return replace(
        item,
        title=words(item.title),
        narrative=words(item.narrative),
        author=item.author and "a coach",
        files=tuple(_file(one, words, names) for one in item.files),
        attestations=tuple(
            replace(one, coach="a coach", statement=words(one.statement))
            for one in item.attestations
        ),
        setting=item.setting and words(item.setting),
        rationales={code: words(text) for code, text in item.rationales.items()},
        target=item.target and words(item.target),
    )


def _file(file: BundleFile, words: Words, names: dict[str, str]) -> BundleFile:
    return replace(
        file, filename=names[file.sha256], alt_text=file.alt_text and words(file.alt_text)
    )


def _file_names(bundle: Bundle, number: str) -> dict[str, str]:
    """SHA-256 → a name that says only whose it is by number, and which of their files."""
    found: dict[str, str] = {}
    for file in bundle.files:
        ending = PurePosixPath(file.filename).suffix.lower()
        ending = ending if re.fullmatch(r"\.[a-z0-9]{1,5}", ending) else ""
        found.setdefault(file.sha256, f"{number}-{len(found) + 1}{ending}")
    return found


def _eraser(name: str, number: str) -> Words:
    parts = [one for one in re.split(r"[\s,.]+", name) if len(one) >= SHORTEST]
    wanted = [re.escape(one) for one in (" ".join(name.split()), *parts) if one]
    if not wanted:
        return lambda text: text
    pattern = re.compile(rf"\b(?:{'|'.join(wanted)})\b")
    return lambda text: pattern.sub(number, text)
