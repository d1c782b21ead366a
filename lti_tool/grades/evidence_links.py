"""Which pieces of evidence bear on which criterion, as one marker sees it; kept with the mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lti_tool.errors import Invalid
from lti_tool.evidence.bundle import Bundle, parse_bundle
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Mark

Links = Mapping[str, Sequence[int]]
"""Criterion id → items of the bundle."""


def keep_links(attempt: Attempt, mark: Mark, links: Links) -> None:
    """Put the links of a page with the mark that was just saved from it."""
    held = {item.item_id for item in parse_bundle(attempt.manifest).items}
    if any(set(items) - held for items in links.values()):
        raise Invalid("Link a criterion only with evidence that was handed in.")
    mark.links = {code: sorted(set(items)) for code, items in links.items() if items}


def criteria_of_items(links: Links) -> dict[int, list[str]]:
    """The other way round: item → the criteria that it bears on."""
    found: dict[int, list[str]] = {}
    for code, items in links.items():
        for item in items:
            found.setdefault(item, []).append(code)
    return found


def titles_of(bundle: Bundle, links: Links) -> dict[str, list[str]]:
    """Criterion id → the titles of its evidence, in the order of the bundle."""
    return {
        code: [item.title for item in bundle.items if item.item_id in items]
        for code, items in links.items()
    }
