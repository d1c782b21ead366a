"""Who may sit, what may be said, and in which order a board goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lti_tool.board.rules.meeting import (
    Act,
    BoardState,
    OnTable,
    Saying,
    Sitting,
    why_not,
    why_not_say,
    why_not_sit,
)

SITTING = Sitting(True, 3, ("Ada", "Ben", "Cleo"), 1, (7, 8), "present")
RESULT = OnTable(48, None, None)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, set()),
        ({"examiner": "consulted"}, set()),
        ({"examiner": "absent"}, {"examiner"}),
        ({"chair_id": None}, {"chair"}),
        ({"chair_id": 7}, {"chair"}),
        ({"members": ("Ada", "Ben")}, {"members"}),
        ({"members": ("Ada", "Ben", "Ben")}, {"members"}),
        ({"members": ("Ada",), "is_meeting": False}, set()),
        ({"members": ("Ada",), "is_meeting": False, "examiner": "absent"}, {"examiner"}),
        ({"members": (), "chair_id": 8, "examiner": "absent"}, {"chair", "members", "examiner"}),
    ],
)
def test_who_may_sit(changed: dict[str, object], fields: set[str]) -> None:
    assert set(why_not_sit(replace(SITTING, **changed))) == fields  # type: ignore[arg-type]  # rows of a table


@pytest.mark.parametrize(
    ("saying", "changed", "mark", "rationale", "fields"),
    [
        ("ratify", {}, None, "", set()),
        ("ratify", {"blocked": "It is held."}, None, "", {"decision"}),
        ("defer", {"blocked": "It is held."}, None, "Until it is settled.", set()),
        ("defer", {}, None, "", {"rationale"}),
        ("change", {}, 52, "An error of addition.", set()),
        ("change", {}, 52, " ", {"rationale"}),
        ("change", {}, None, "An error.", {"mark"}),
        ("change", {}, 48, "An error.", {"mark"}),
        ("change", {"blocked": "It is held."}, 52, "An error.", {"decision"}),
        ("compensate", {}, None, "The other modules are strong.", set()),
        ("compensate", {"no_compensation": "Too low."}, None, "Strong.", {"decision"}),
        ("compensate", {}, None, "", {"rationale"}),
    ],
)
def test_what_may_be_said(
    saying: str, changed: dict[str, str], mark: int | None, rationale: str, fields: set[str]
) -> None:
    found = why_not_say(Saying(saying), replace(RESULT, **changed), mark, rationale)  # type: ignore[arg-type]  # rows of a table
    assert set(found) == fields


ALLOWED = {
    (Act.DRAW_UP, "planned"), (Act.DRAW_UP, "papers_ready"), (Act.ADD, "planned"),
    (Act.ADD, "papers_ready"), (Act.SIT, "papers_ready"), (Act.DECIDE, "held"),
    (Act.LOCK, "held"),
}  # fmt: skip


@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("state", list(BoardState))
def test_each_act_has_its_time(act: Act, state: BoardState) -> None:
    assert (why_not(act, state) is None) is ((act, state.value) in ALLOWED)
