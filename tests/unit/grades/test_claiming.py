"""When a claim may write down that the score is about to be posted, and when it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lti_tool.clock import now
from lti_tool.grades import ags
from lti_tool.grades.cells import Cell
from lti_tool.grades.claiming import Parcel, _stamp_to_write_down
from lti_tool.launch.platform import Peer

CELL = Cell(1, "https://vle.example/1", "A module", "MTL1", "module", None, None,
            (ags.SCORE_SCOPE, ags.RESULT_SCOPE))  # fmt: skip
PARCEL = Parcel(
    id=1, provider_id=1, participant_id=1, lease="a lease",
    peer=Peer(1, "client", "https://vle.example/token", "moodle"),
    cell=CELL, subject="7", last_stamp=None, was_posted=False, tries=1,
    mark=64, comment="", was_commented=False, stamp=None, takes_back=False, repeats_mark=False,
    is_of_erased=False,
)  # fmt: skip
SOON = timedelta(hours=1)


def test_a_first_try_at_a_known_column_is_written_down_with_its_claim() -> None:
    stamp = _stamp_to_write_down(PARCEL)
    assert stamp is not None
    assert stamp <= now()


def test_a_time_that_was_fixed_before_stays() -> None:
    fixed = now() - SOON
    assert _stamp_to_write_down(replace(PARCEL, stamp=fixed)) == fixed


@pytest.mark.parametrize(
    "changed",
    [
        {"was_posted": True},
        {"takes_back": True},
        {"peer": None},
        {"cell": replace(CELL, url=None)},
        {"cell": replace(CELL, scopes=(ags.SCORE_SCOPE,))},
        {"cell": replace(CELL, scopes=(ags.RESULT_SCOPE,))},
        {"last_stamp": now() + SOON},
        {"stamp": now() + SOON},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_has_to_be_looked_at_first_is_not_written_down(changed: dict[str, Any]) -> None:
    assert _stamp_to_write_down(replace(PARCEL, **changed)) is None
