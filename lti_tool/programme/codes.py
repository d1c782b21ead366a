"""Codes of a programme file stand in addresses, forms and columns, so they are short and plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lti_tool.programme.schema import one_of

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# The longest code of each kind; a receipt carries the module's, a form letter the duty's.
LONGEST = {"content_areas": 20, "records": 40, "modules": 20, "criteria": 20}
STRAND, DUTY = 20, 1
NAMES = {"id": 100, "version": 40}
# What the tool can see to be recorded; a rule that asks for another could never be met.
RECORDS = (
    "diagnosis_agreed",
    "specialism_agreed",
    "ethics_clearance",
    "network_link",
    "dissemination_record",
)


def codes_fit(data: dict[Any, Any], _is_sound: object) -> Iterator[tuple[str, str]]:
    """Every code that cannot be kept or put into an address, with what would do."""
    for section, longest in LONGEST.items():
        for code in data.get(section) or {}:
            yield from _misfit(f"{section}.{code}", code, longest)
    for area, entry in (data.get("content_areas") or {}).items():
        for code in (entry or {}).get("strands") or {}:
            yield from _misfit(f"content_areas.{area}.strands.{code}", code, STRAND)
    for code in (data.get("coaching") or {}).get("duties") or {}:
        yield from _misfit(f"coaching.duties.{code}", code, DUTY)
    for name, longest in NAMES.items():
        text = (data.get("framework") or {}).get(name, "")
        if len(text) > longest:
            yield f"framework.{name}", f"is longer than {longest} characters. Shorten it."


def records_are_kept(data: dict[Any, Any], _is_sound: object) -> Iterator[tuple[str, str]]:
    """Every record that no page of the tool makes."""
    for code in data.get("records") or {}:
        if code not in RECORDS:
            yield f"records.{code}", f"is no record that the tool keeps. {one_of(RECORDS, code)}"


def _misfit(path: str, code: str, longest: int) -> Iterator[tuple[str, str]]:
    if len(code) > longest:
        size = "1 character" if longest == 1 else f"{longest} characters"
        yield path, f"has a code longer than {size}. Shorten it."
    elif not PLAIN.fullmatch(code):
        yield path, "has a code with other signs than letters, digits, `.`, `_` and `-`. Change it."
