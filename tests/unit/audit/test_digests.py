"""The form in which the trail is hashed never changes, and whatever changes is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lti_tool.audit.digests import FIRST, Event, Segment, event_digest, segment_digest
from lti_tool.audit.verifying import Member, Problem, check

AT = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
EVENT = Event(7, AT, 1, 2, "lead", "hold.opened", "hold", 3, 4, {"b": 1, "a": "MTL1"})
SEGMENT = Segment(1, 2, "a" * 64, 2, 8, AT)
MEMBERS = [
    Member(each.id, event_digest(each), each) for each in (EVENT, EVENT._replace(id=8, details={}))
]
DIGEST = segment_digest(SEGMENT, [(each.event_id, each.sha256) for each in MEMBERS])
BEFORE = (1, "a" * 64)
EVENT_DIGEST = "c84ade0485d49119f80301c75ca235c4f0e4a59d3f7726611c22766bbc443974"
SEGMENT_DIGEST = "411269038122ce138e583c82551739f20f51a37f8cd88b7b233655cea780c69a"


def problems(
    members: list[Member], segment: Segment = SEGMENT, before: tuple[int, str] = BEFORE
) -> list[Problem]:
    return [each.problem for each in check(segment, DIGEST, members, before)]


def test_seals_that_were_made_long_ago_come_out_the_same() -> None:
    assert event_digest(EVENT) == EVENT_DIGEST
    assert DIGEST == SEGMENT_DIGEST


def test_neither_the_order_of_keys_nor_the_zone_of_a_time_matters() -> None:
    turned = EVENT._replace(
        details={"a": "MTL1", "b": 1}, at=AT.astimezone(timezone(timedelta(hours=1)))
    )
    assert event_digest(turned) == event_digest(EVENT)


@pytest.mark.parametrize(
    "change",
    [
        {"id": 70},
        {"at": AT + timedelta(microseconds=1)},
        {"provider_id": None},
        {"user_id": 3},
        {"acted_as": "tutor"},
        {"event": "hold.closed"},
        {"subject_kind": "participant"},
        {"subject_id": 4},
        {"participant_id": None},
        {"details": {"b": 1, "a": "MTL2"}},
        {"details": {"b": True, "a": "MTL1"}},
    ],
    ids=str,
)
def test_a_change_of_any_part_of_an_event_is_told(change: dict[str, object]) -> None:
    changed = EVENT._replace(**change)  # type: ignore[arg-type]  # a field each, of its own type
    assert event_digest(changed) != event_digest(EVENT)
    assert problems([replace(MEMBERS[0], event=changed), MEMBERS[1]]) == [Problem.ALTERED]


def test_a_whole_segment_has_nothing_wrong() -> None:
    assert problems(MEMBERS) == []


def test_a_change_that_was_hashed_anew_is_told_by_the_segment() -> None:
    changed = EVENT._replace(user_id=3)
    members = [Member(7, event_digest(changed), changed), MEMBERS[1]]
    assert problems(members) == [Problem.ALTERED]


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([MEMBERS[0]], [Problem.MISSING]),
        ([], [Problem.MISSING]),
        ([MEMBERS[0], replace(MEMBERS[1], event=None)], [Problem.MISSING]),
        ([*MEMBERS, Member(9, "b" * 64, EVENT)], [Problem.ADDED, Problem.ALTERED]),
    ],
)
def test_what_is_gone_or_was_put_in_is_told(members: list[Member], found: list[Problem]) -> None:
    assert problems(members) == found


@pytest.mark.parametrize("before", [(0, FIRST), (1, "b" * 64), (2, "a" * 64)])
def test_a_segment_that_does_not_follow_on_the_last_is_told(before: tuple[int, str]) -> None:
    assert problems(MEMBERS, before=before) == [Problem.BROKEN]


@pytest.mark.parametrize(
    "change", [{"sealed_at": AT + timedelta(days=1)}, {"last_event_id": 9}, {"provider_id": 2}]
)
def test_a_change_of_a_seal_is_told(change: dict[str, object]) -> None:
    changed = SEGMENT._replace(**change)  # type: ignore[arg-type]  # a field each, of its own type
    assert problems(MEMBERS, changed) == [Problem.ALTERED]
