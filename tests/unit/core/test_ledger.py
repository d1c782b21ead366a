"""The soak's ledger tells what was lost, what was doubled, and pages that nobody should see."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.scaled.ledger import Ledger


@pytest.mark.parametrize(
    ("accepted", "there", "lost", "doubled", "strange"),
    [
        ("ab", "ab", [], [], []),
        ("ab", "a", ["b"], [], []),
        ("a", "ab", [], [], []),  # the answer was cut off
        ("ab", "aab", [], ["a"], []),
        ("a", "ax", [], [], ["x"]),
    ],
)
def test_what_was_accepted_is_compared_with_what_is_there(
    accepted: str, there: str, lost: list[str], doubled: list[str], strange: list[str]
) -> None:
    ledger = Ledger("evidence")
    account = ledger.accounts["evidence"]
    account.tried, account.accepted, account.there = set("ab"), set(accepted), Counter(there)
    assert (account.lost, account.doubled, account.strange) == (lost, doubled, strange)
    assert ledger.is_right is not bool(lost or doubled or strange)


def test_a_page_that_shows_too_much_is_told() -> None:
    ledger = Ledger("evidence")
    ledger.answered(503, None)
    assert ledger.is_right
    ledger.answered(500, "500 shows how the tool is made")
    assert not ledger.is_right
    assert "500 shows how the tool is made" in "\n".join(ledger.lines())
