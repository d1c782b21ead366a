"""How far the markers are, as each may know."""

import pytest

from lti_tool.grades.rules.chain import Progress
from lti_tool.grades.rules.telling import told_state

PAIR = ("first", "second")
CASES = [
    # marks, who asks, who has a role, whether they know the markers → what they are told
    ({}, None, (), False, "allocated"),
    ({}, "second", PAIR, False, "allocated"),
    ({"first": "draft"}, "first", ("first",), False, "in_marking"),
    ({"first": "draft"}, None, ("first",), False, "lacks_second"),
    ({"first": "final"}, None, ("first",), False, "lacks_second"),
    ({"second": "final"}, None, ("second",), False, "allocated"),
    ({"first": "final"}, None, PAIR, False, "with_both"),
    ({"first": "final"}, "first", PAIR, False, "first_marked"),
    ({"first": "final"}, "second", PAIR, False, "allocated"),
    ({"first": "final", "second": "draft"}, "second", PAIR, False, "in_marking"),
    ({"first": "draft", "second": "final"}, "second", PAIR, False, "second_marked"),
    ({"first": "draft"}, None, PAIR, True, "being_marked"),
    ({"first": "final", "second": "draft"}, None, PAIR, True, "first_marked"),
    ({"first": "draft", "second": "final"}, None, PAIR, True, "second_marked"),
    ({"first": "final", "second": "final"}, None, PAIR, False, "disagreed"),
]


@pytest.mark.parametrize(("marks", "own", "taken", "knows", "told"), CASES)
def test_each_is_told_what_is_true_and_no_more(
    marks: dict[str, str], own: str | None, taken: tuple[str, ...], knows: bool, told: str
) -> None:
    progress = Progress(is_double=True, marks=marks)
    assert told_state(progress, own, taken, knows_markers=knows) == told


@pytest.mark.parametrize(("state", "told"), [("draft", "in_marking"), ("final", "final")])
def test_work_of_one_marker_waits_for_no_other(state: str, told: str) -> None:
    progress = Progress(is_double=False, marks={"first": state})
    assert told_state(progress, None, ("first",), knows_markers=True) == told
