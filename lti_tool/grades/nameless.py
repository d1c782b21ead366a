"""A submission as those read it who know its author by candidate number only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lti_tool.evidence.bundle import Bundle, BundleFile, BundleItem
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import read_bundle
from lti_tool.grades.blind_bundle import without_names

SHORTEST = 3  # letters of a part of a name that is looked for by itself

Words = Callable[[str], str]


def nameless_bundle(attempt: Attempt) -> Bundle:
    """The bundle without names, also where the participant's own stands in what is written."""
    participant = attempt.participant
    blind = without_names(read_bundle(attempt))
    return erase(blind, participant.user.name, participant.candidate_number)


def erase(bundle: Bundle, name: str, number: str) -> Bundle:
    """Put the number in place of the name. What somebody spelt otherwise stays where it is."""
    parts = [one for one in re.split(r"[\s,.]+", name) if len(one) >= SHORTEST]
    wanted = [re.escape(one) for one in (" ".join(name.split()), *parts) if one]
    if not wanted:
        return bundle
    pattern = re.compile(rf"\b(?:{'|'.join(wanted)})\b")

    def words(text: str) -> str:
        return pattern.sub(number, text)

    return replace(bundle, items=tuple(_item(one, words) for one in bundle.items))


def _item(item: BundleItem, words: Words) -> BundleItem:
    return replace(
        item,
        title=words(item.title),
        narrative=words(item.narrative),
        files=tuple(_file(one, words) for one in item.files),
        attestations=tuple(
            replace(one, statement=words(one.statement)) for one in item.attestations
        ),
        setting=item.setting and words(item.setting),
        rationales={code: words(text) for code, text in item.rationales.items()},
        target=item.target and words(item.target),
    )


def _file(file: BundleFile, words: Words) -> BundleFile:
    return replace(file, alt_text=file.alt_text and words(file.alt_text))
