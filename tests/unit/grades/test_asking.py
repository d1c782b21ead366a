"""Who decides about extensions and circumstances, who reads why, and which answers there are."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.grades.rules.asking import (
    Reader,
    may_read_reason,
    may_see,
    why_not_answer,
    why_not_decide,
    why_not_take_back,
)
from lti_tool.identity import Role

OWN = Reader(Role.PARTICIPANT, is_own=True)
COACH, TUTOR, LEAD = Reader(Role.COACH), Reader(Role.TUTOR), Reader(Role.LEAD)
MARKER = Reader(Role.TUTOR, is_marker=True)
MARKING_LEAD = Reader(Role.LEAD, is_marker=True)
DECIDER = Reader(Role.TUTOR, is_marker=True, has_decided=True)


@pytest.mark.parametrize(
    ("kind", "reader", "sees", "reads_waiting", "reads_decided", "decides"),
    [
        ("extension", OWN, True, True, True, False),
        ("extension", COACH, False, False, False, False),
        ("extension", TUTOR, True, True, False, True),
        ("extension", MARKER, True, False, False, False),
        ("extension", DECIDER, True, True, True, False),
        ("extension", LEAD, True, True, True, True),
        ("extension", MARKING_LEAD, True, False, False, False),
        ("circumstances", OWN, True, True, True, False),
        ("circumstances", COACH, False, False, False, False),
        ("circumstances", TUTOR, False, False, False, False),
        ("circumstances", MARKER, False, False, False, False),
        ("circumstances", LEAD, True, True, True, True),
        ("circumstances", MARKING_LEAD, True, False, False, False),
        # Whoever has two roles never decides about themself.
        ("circumstances", Reader(Role.LEAD, is_own=True), True, True, True, False),
    ],
)
def test_each_learns_what_they_need_and_no_more(
    kind: str, reader: Reader, sees: bool, reads_waiting: bool, reads_decided: bool, decides: bool
) -> None:
    assert may_see(kind, reader) is sees
    assert may_read_reason(kind, reader, is_decided=False) is reads_waiting
    assert may_read_reason(kind, reader, is_decided=True) is reads_decided
    assert (why_not_decide(kind, reader) is None) is decides


@pytest.mark.parametrize(
    ("kind", "outcome", "changed", "is_possible"),
    [
        ("extension", "extension", {}, True),
        ("extension", "refused", {}, True),
        ("extension", "deferral", {}, False),
        ("extension", "penalty_removed", {}, False),
        ("extension", "extension", {"before": "extension"}, True),
        ("extension", "refused", {"before": "extension"}, False),
        ("extension", "extension", {"before": "refused"}, True),
        ("circumstances", "penalty_removed", {"is_handed_in": True}, True),
        ("circumstances", "deferral", {}, True),
        ("circumstances", "deferral", {"is_handed_in": True}, True),
        ("circumstances", "deferral", {"is_handed_in": True, "is_passed": True}, False),
        ("circumstances", "extension", {"before": "deferral"}, False),
        ("circumstances", "nonsense", {}, False),
        # What the board has confirmed is the board's.
        ("circumstances", "penalty_removed", {"is_handed_in": True, "is_ratified": True}, False),
        ("circumstances", "refused", {"is_handed_in": True, "is_ratified": True}, True),
    ],
)
def test_an_answer_fits_what_is_there(
    kind: str, outcome: str, changed: dict[str, Any], is_possible: bool
) -> None:
    facts: dict[str, Any] = {"before": None, "is_handed_in": False, **changed}
    assert (why_not_answer(kind, outcome, **facts) is None) is is_possible


@pytest.mark.parametrize(
    ("reader", "is_decided", "is_taken_back", "says"),
    [
        (OWN, False, False, None),
        (OWN, True, False, "decided already"),
        (OWN, False, True, "already"),
        (LEAD, False, False, "Only whoever asked"),
        (TUTOR, False, False, "Only whoever asked"),
    ],
)
def test_a_request_is_taken_back_by_whoever_asked_until_it_is_decided(
    reader: Reader, is_decided: bool, is_taken_back: bool, says: str | None
) -> None:
    found = why_not_take_back(reader, is_decided=is_decided, is_taken_back=is_taken_back)
    assert (found is None) if says is None else (says in (found or ""))


@pytest.mark.parametrize(("reader", "reads"), [(OWN, True), (LEAD, False), (TUTOR, False)])
def test_why_something_was_asked_is_for_oneself_once_it_is_taken_back(
    reader: Reader, reads: bool
) -> None:
    found = may_read_reason("extension", reader, is_decided=False, is_taken_back=True)
    assert found is reads
