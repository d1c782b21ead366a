"""When an impact record says enough, and what its digest is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lti_tool.learning.impact import CONFIDENCE, Impact
from lti_tool.learning.impact_schema import ImpactSchema, read_impact

WHOLE = Impact("few could", "we drew", "most could", 30, "marked work", "a new book", "medium")


def test_a_record_is_complete_when_no_part_is_missing() -> None:
    assert WHOLE.is_complete
    assert not WHOLE.is_empty
    assert Impact().is_empty


@pytest.mark.parametrize("name", Impact.__dataclass_fields__)
def test_every_part_is_needed_and_changes_the_digest(name: str) -> None:
    missing: Any = None if name in {"group_size", "confidence"} else ""
    less = replace(WHOLE, **{name: missing})
    assert not less.is_complete
    assert less.content_hash != WHOLE.content_hash


def test_parts_do_not_run_into_each_other_in_the_digest() -> None:
    one, other = Impact(baseline="ab", change="c"), Impact(baseline="a", change="bc")
    assert one.content_hash != other.content_hash


def test_the_form_reads_what_the_record_says() -> None:
    typed = {f"impact-{name}": str(getattr(WHOLE, name)) for name in Impact.__dataclass_fields__}
    assert read_impact(ImpactSchema().load(typed)) == WHOLE
    assert read_impact(ImpactSchema().load({})) == Impact()
    assert set(CONFIDENCE) == {"low", "medium", "high"}
