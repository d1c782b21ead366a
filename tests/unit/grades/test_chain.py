"""From several markers to one mark: states, who may do what, and when a rule settles it."""

from __future__ import annotations

import pytest

from lti_tool.grades.rules.chain import (
    FIRST,
    SECOND,
    THIRD,
    Act,
    Progress,
    State,
    agreed_by_rule,
    band_of,
    floor_between,
    free_role,
    is_settled,
    joined,
    joined_criteria,
    knows_markers,
    laid_aside,
    may_read,
    role_before,
    sees_name,
    state_of,
    why_not,
    why_not_give,
)

FLOORS = (70, 60, 50, 40, 0)
BOTH = {FIRST: "final", SECOND: "final"}
NEW = Progress(is_double=True)
HALF = Progress(is_double=True, marks={FIRST: "final", SECOND: "draft"})
DISAGREED = Progress(is_double=True, marks=BOTH)
WITH_THIRD = Progress(is_double=True, marks=BOTH, has_third=True)
THIRD_DONE = Progress(is_double=True, marks={**BOTH, THIRD: "final"}, has_third=True)
AGREED = Progress(is_double=True, marks=BOTH, is_agreed=True)
DECIDED = Progress(is_double=True, marks={**BOTH, THIRD: "final"}, has_third=True, is_agreed=True)
ALONE = Progress(is_double=False, marks={FIRST: "final"})


@pytest.mark.parametrize(
    ("progress", "state", "settled"),
    [
        (NEW, State.ALLOCATED, False),
        (Progress(is_double=True, marks={FIRST: "draft"}), State.IN_MARKING, False),
        (Progress(is_double=True, marks={SECOND: "draft"}), State.IN_MARKING, False),
        (HALF, State.FIRST_MARKED, False),
        (Progress(True, {FIRST: "draft", SECOND: "final"}), State.SECOND_MARKED, False),
        (Progress(True, {SECOND: "final"}), State.SECOND_MARKED, False),
        (DISAGREED, State.DISAGREED, False),
        (WITH_THIRD, State.WITH_THIRD, False),
        (Progress(True, {**BOTH, THIRD: "draft"}, has_third=True), State.WITH_THIRD, False),
        (THIRD_DONE, State.THIRD_MARKED, False),
        (AGREED, State.AGREED, True),
        (DECIDED, State.AGREED, True),
        (Progress(is_double=False), State.ALLOCATED, False),
        (Progress(is_double=False, marks={FIRST: "draft"}), State.IN_MARKING, False),
        (ALONE, State.FIRST_MARKED, True),
    ],
)
def test_the_state_follows_from_what_there_is(
    progress: Progress, state: State, settled: bool
) -> None:
    assert state_of(progress) is state
    assert is_settled(progress) is settled


@pytest.mark.parametrize(
    ("one", "other", "agreed"),
    [
        (64, 64, 64),
        (60, 65, 63),  # 62.5 goes up
        (61, 64, 63),  # 62.5 again
        (61, 65, 63),
        (60, 66, None),  # six apart
        (69, 70, None),  # a band between
        (70, 75, 73),
        (49, 50, None),  # a pass between
        (50, 49, None),
        (50, 55, 53),
        (0, 5, 3),
        (39, 40, None),
        (100, 95, 98),  # 97.5 goes up
    ],
)
def test_near_marks_of_one_band_are_settled_by_their_mean(
    one: int, other: int, agreed: int | None
) -> None:
    assert agreed_by_rule(one, other, 5, FLOORS) == agreed
    assert agreed_by_rule(other, one, 5, FLOORS) == agreed


def test_no_tolerance_settles_equal_marks_alone() -> None:
    assert agreed_by_rule(64, 64, 0, FLOORS) == 64
    assert agreed_by_rule(64, 65, 0, FLOORS) is None


@pytest.mark.parametrize(("mark", "floor"), [(0, 0), (39, 0), (40, 40), (69, 60), (100, 70)])
def test_a_mark_lies_in_the_band_of_the_highest_floor_it_reaches(mark: int, floor: int) -> None:
    assert band_of(mark, FLOORS) == floor


@pytest.mark.parametrize(
    ("one", "other", "floors"),
    [(48, 62, [50, 60]), (62, 48, [50, 60]), (60, 69, []), (59, 60, [60])],
)
def test_the_lines_between_two_marks(one: int, other: int, floors: list[int]) -> None:
    assert floor_between(one, other, FLOORS) == floors


WRITING = (Act.SAVE, Act.FINALISE)
DISCUSSING = (Act.PROPOSE, Act.ACCEPT)
OFFERED = Progress(is_double=True, marks=BOTH, proposed_by=FIRST)


@pytest.mark.parametrize(
    ("act", "role", "progress"),
    [
        *[(act, role, NEW) for act in WRITING for role in (FIRST, SECOND)],
        (Act.FINALISE, SECOND, HALF),
        (Act.REOPEN, FIRST, HALF),
        (Act.REOPEN, FIRST, ALONE),
        (Act.PROPOSE, FIRST, DISAGREED),
        (Act.PROPOSE, SECOND, OFFERED),
        (Act.PROPOSE, FIRST, OFFERED),  # a better offer
        (Act.ACCEPT, SECOND, OFFERED),
        (Act.APPOINT, None, DISAGREED),
        *[(act, THIRD, WITH_THIRD) for act in WRITING],
        (Act.REOPEN, THIRD, THIRD_DONE),
        (Act.DECIDE, THIRD, THIRD_DONE),
        (Act.TAKE_UP, FIRST, AGREED),
        (Act.TAKE_UP, SECOND, AGREED),
        (Act.TAKE_UP, THIRD, DECIDED),
    ],
)
def test_what_may_be_done(act: Act, role: str | None, progress: Progress) -> None:
    assert why_not(act, role, progress) is None


@pytest.mark.parametrize(
    ("act", "role", "progress", "reason"),
    [
        (Act.SAVE, None, NEW, "in that role"),
        (Act.SAVE, SECOND, Progress(is_double=False), "in that role"),
        (Act.SAVE, FIRST, HALF, "final"),
        (Act.SAVE, THIRD, DISAGREED, "A third marker begins"),
        (Act.SAVE, THIRD, HALF, "A third marker begins"),
        (Act.FINALISE, THIRD, Progress(True, BOTH, has_third=True, is_agreed=True), "agreed"),
        (Act.REOPEN, SECOND, HALF, "nothing to open"),
        *[(Act.REOPEN, role, DISAGREED, "know both marks") for role in (FIRST, SECOND)],
        (Act.REOPEN, FIRST, AGREED, "Take up"),
        (Act.REOPEN, THIRD, DECIDED, "Take up"),
        *[(act, FIRST, HALF, "Both marks have to be final") for act in DISCUSSING],
        *[(act, FIRST, AGREED, "agreed already") for act in DISCUSSING],
        *[(act, FIRST, WITH_THIRD, "A third marker decides") for act in DISCUSSING],
        *[(act, THIRD, THIRD_DONE, "between them") for act in DISCUSSING],
        *[(act, FIRST, ALONE, "one marker") for act in (*DISCUSSING, Act.DECIDE, Act.TAKE_UP)],
        (Act.ACCEPT, FIRST, OFFERED, "You proposed this"),
        (Act.ACCEPT, FIRST, DISAGREED, "Nothing is proposed"),
        (Act.APPOINT, None, HALF, "once both marks are final"),
        (Act.APPOINT, None, AGREED, "agreed"),
        (Act.APPOINT, None, ALONE, "one marker"),
        (Act.DECIDE, FIRST, THIRD_DONE, "Only the third marker"),
        (Act.DECIDE, THIRD, WITH_THIRD, "before you decide"),
        (Act.DECIDE, THIRD, DECIDED, "agreed already"),
        (Act.TAKE_UP, FIRST, DISAGREED, "Nothing is agreed"),
        (Act.TAKE_UP, FIRST, DECIDED, "third marker decided"),
    ],
)
def test_what_may_not_be_done_is_told_with_its_reason(
    act: Act, role: str | None, progress: Progress, reason: str
) -> None:
    assert reason in (why_not(act, role, progress) or "")


@pytest.mark.parametrize("is_lead", [True, False])
@pytest.mark.parametrize("own", [FIRST, SECOND, None])
def test_of_a_blind_pair_nobody_reads_anothers_mark_before_both_are_final(
    own: str | None, is_lead: bool
) -> None:
    for role in (FIRST, SECOND):
        assert may_read(role, own, HALF, is_lead=is_lead) is (role == own)


@pytest.mark.parametrize(
    ("role", "own", "progress", "is_lead", "may"),
    [
        (FIRST, SECOND, DISAGREED, False, True),
        (SECOND, FIRST, DISAGREED, False, True),
        (FIRST, THIRD, WITH_THIRD, False, True),
        (SECOND, None, DISAGREED, True, True),
        (SECOND, None, DISAGREED, False, False),
        (FIRST, None, ALONE, True, True),
        (FIRST, None, ALONE, False, False),
        (FIRST, None, Progress(False, {FIRST: "draft"}), True, False),
        (FIRST, FIRST, Progress(False, {FIRST: "draft"}), False, True),
        (None, None, ALONE, True, False),
    ],
)
def test_a_mark_is_read_by_those_whom_it_concerns(
    role: str | None, own: str | None, progress: Progress, is_lead: bool, may: bool
) -> None:
    assert may_read(role, own, progress, is_lead=is_lead) is may


def test_markers_know_of_each_other_once_both_are_done() -> None:
    assert not knows_markers(SECOND, HALF, is_lead=True)
    assert not knows_markers(None, HALF, is_lead=False)
    assert knows_markers(None, HALF, is_lead=True)
    assert knows_markers(SECOND, DISAGREED, is_lead=False)
    assert knows_markers(None, ALONE, is_lead=False)


@pytest.mark.parametrize(
    ("own", "offered", "is_double", "is_lead", "sees"),
    [
        (None, FIRST, True, False, True),
        (FIRST, FIRST, True, False, True),
        (SECOND, SECOND, True, True, False),
        (THIRD, THIRD, True, True, False),
        (None, SECOND, True, False, False),
        (None, SECOND, True, True, True),  # a lead who allocates
        (None, None, True, False, False),
        (None, None, False, False, True),
    ],
)
def test_a_second_marker_sees_a_number(
    own: str | None, offered: str | None, is_double: bool, is_lead: bool, sees: bool
) -> None:
    assert sees_name(own, offered, is_double=is_double, is_lead=is_lead) is sees


@pytest.mark.parametrize(
    ("taken", "is_double", "role"),
    [
        ({}, True, FIRST),
        ({FIRST: 1}, True, SECOND),
        ({SECOND: 1}, True, FIRST),
        ({FIRST: 1, SECOND: 2}, True, None),
        ({FIRST: 1, SECOND: 2, THIRD: 9}, True, THIRD),
        ({FIRST: 9}, False, FIRST),
        ({FIRST: 1}, False, None),
    ],
)
def test_whoever_saves_takes_the_first_role_that_is_free(
    taken: dict[str, int], is_double: bool, role: str | None
) -> None:
    assert free_role(taken, 9, is_double=is_double) == role


@pytest.mark.parametrize(
    ("role", "taken", "progress", "reason"),
    [
        (FIRST, {}, NEW, None),
        (SECOND, {FIRST: 1}, NEW, None),
        (SECOND, {FIRST: 1, SECOND: 2}, NEW, None),  # before the other has begun
        (THIRD, {FIRST: 1, SECOND: 2}, DISAGREED, None),
        (SECOND, {FIRST: 9}, NEW, "twice"),
        (THIRD, {FIRST: 9, SECOND: 2}, DISAGREED, "twice"),
        (THIRD, {}, HALF, "once both marks are final"),
        (FIRST, {FIRST: 1}, HALF, "is final"),
        (SECOND, {FIRST: 1, SECOND: 2}, HALF, "has begun"),
        (SECOND, {}, Progress(is_double=False), "one marker"),
        ("moderator", {}, NEW, "first, second or third"),
    ],
)
def test_nobody_is_given_two_roles_and_nobody_loses_work(
    role: str, taken: dict[str, int], progress: Progress, reason: str | None
) -> None:
    found = why_not_give(role, 9, taken, progress)
    assert (found is None) if reason is None else (reason in (found or ""))


@pytest.mark.parametrize(
    ("role", "marks", "former", "has_reason", "reason"),
    [
        (FIRST, {FIRST: "draft"}, {}, False, "Say why"),
        (FIRST, {FIRST: "draft"}, {}, True, None),
        (FIRST, {FIRST: "final"}, {}, True, "is final"),
        (SECOND, {FIRST: "draft"}, {9: FIRST}, True, "in another role"),
        (FIRST, {FIRST: "draft"}, {9: FIRST}, True, None),  # back again: they begin anew
        (THIRD, {FIRST: "final", SECOND: "final", THIRD: "draft"}, {}, True, None),
    ],
)
def test_the_place_of_somebody_who_has_begun_is_given_with_a_reason(
    role: str, marks: dict[str, str], former: dict[int, str], has_reason: bool, reason: str | None
) -> None:
    taken = {each: number for number, each in enumerate(marks, start=1)}
    progress = Progress(is_double=True, marks=marks, has_third=THIRD in marks)
    found = why_not_give(role, 9, taken, progress, former=former, has_reason=has_reason)
    assert (found is None) if reason is None else (reason in (found or ""))


def test_whoever_was_replaced_takes_no_other_role_by_saving() -> None:
    assert free_role({FIRST: 1}, 9, is_double=True, former={9: FIRST}) is None
    assert free_role({FIRST: 9}, 9, is_double=True, former={9: FIRST}) == FIRST
    assert [role_before(each) for each in (FIRST, laid_aside(THIRD, 12))] == [None, THIRD]


def test_two_texts_become_one_without_saying_anything_twice() -> None:
    assert joined("Good.", "More on impact.") == "Good.\n\nMore on impact."
    assert joined("Good. ", "Good.") == "Good."
    assert joined("", "Good.") == "Good."
    assert joined_criteria({"K": "Deep."}, {"K": "Broad.", "I": "Thin."}) == {
        "K": "Deep.\n\nBroad.",
        "I": "Thin.",
    }
