"""The values that placed links and forms carry are read back as what they were written for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.launch.destinations import Destination, read_destination, read_opens

CODES = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40
)
DESTINATIONS = st.one_of(
    st.sampled_from([Destination("progress"), Destination("coach-evidence")]),
    CODES.map(lambda code: Destination("module", code)),
    CODES.map(lambda code: Destination("coach-evidence", code)),
    st.integers(0, 2**31 - 1).map(lambda one: Destination("coach-evidence", participant_id=one)),
)


@given(DESTINATIONS)
def test_what_is_written_is_read_back(destination: Destination) -> None:
    assert read_destination(destination.value) == destination


@pytest.mark.parametrize(
    ("text", "own_module"),
    [("progress", None), ("module:MTL1", "MTL1"), ("coach-evidence:module:MTL1", None)],
)
def test_only_the_page_of_a_module_has_its_column(text: str, own_module: str | None) -> None:
    found = read_opens(text)
    assert found is not None
    assert (found.value, found.own_module) == (text, own_module)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "module", "module:", "module:" + "x" * 41, "module:a\nb", "progress:", "coach",
        "progress:MTL1", "coach-evidence:", "coach-evidence:module:", "coach-evidence:MTL1",
        "coach-evidence:participant:", "coach-evidence:participant:-1", "<b>",
        "coach-evidence:participant:١", "coach-evidence:participant:99999999999",
    ],
)  # fmt: skip
def test_anything_else_opens_nothing(text: str | None) -> None:
    assert read_destination(text) is None


def test_a_value_typed_by_hand_names_no_participant() -> None:
    assert read_opens("coach-evidence:participant:7") is None
