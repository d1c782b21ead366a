"""Which scripts an external examiner sees, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.board.rules.examining import GRANTED, Released, letter, sample, visit_before
from lti_tool.grades.rules.sampling import Band, SampleRule

RULE = SampleRule(
    all_below=5, at_least=3, per_band=1, borderline=2, pass_mark=50,
    bands=(Band(70, "Distinction"), Band(60, "Merit"), Band(50, "Pass"), Band(0, "Fail")),
)  # fmt: skip


def released(*marks: int) -> list[Released]:
    """One script a mark, numbered from 1."""
    return [Released(number, mark, mark, 7) for number, mark in enumerate(marks, 1)]


def test_the_sample_is_the_moderators_with_all_fails_and_borderlines() -> None:
    found = sample(
        released(65, 55, 45, 61, 66, 75), RULE, "seed", moderated={2: ["For the band Pass"]}
    )
    assert found == {
        2: ["For the band Pass"],
        3: ["Below the pass mark"],
        4: ["Within 2 of 60"],
    }


def test_a_reason_is_told_once() -> None:
    found = sample(released(49), RULE, "seed", moderated={1: ["Below the pass mark", "Other"]})
    assert found == {1: ["Below the pass mark", "Within 2 of 50", "Other"]}


def test_a_mark_that_a_penalty_took_below_the_pass_mark_is_a_fail() -> None:
    found = sample([Released(1, 54, 44, 7)], RULE, "seed", moderated={9: ["x"]})
    assert "Below the pass mark" in found[1]


def test_what_was_granted_comes_along() -> None:
    found = sample(released(65, 66), RULE, "s", moderated={1: ["Of a marker"]}, granted={2})
    assert found[2] == [GRANTED]


def test_without_a_moderator_a_sample_over_the_whole_range_is_drawn() -> None:
    marks = released(30, 55, 56, 65, 66, 75, 76)
    found = sample(marks, RULE, "seed", moderated={})
    bands = {RULE.band_of(one.judged).name for one in marks if one.attempt_id in found}
    assert bands == {"Distinction", "Merit", "Pass", "Fail"}
    assert found == sample(list(reversed(marks)), RULE, "seed", moderated={})


@given(
    st.lists(st.integers(0, 100), max_size=40),
    st.dictionaries(st.integers(1, 40), st.just(["Drawn"]), max_size=8),
    st.sets(st.integers(1, 40), max_size=4),
)
def test_no_fail_no_borderline_and_no_grant_is_ever_left_out(
    marks: list[int], moderated: dict[int, list[str]], granted: set[int]
) -> None:
    all_of_them = released(*marks)
    found = sample(all_of_them, RULE, "seed", moderated=moderated, granted=granted)
    for one in all_of_them:
        near = RULE.floor_near(one.judged) is not None
        if one.mark < 50 or near or one.attempt_id in granted or one.attempt_id in moderated:
            assert found[one.attempt_id]
    assert found.keys() <= {one.attempt_id for one in all_of_them}


def test_markers_have_letters_however_many_there_are() -> None:
    assert [letter(place) for place in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_a_visit_is_the_last_coming_of_an_earlier_day() -> None:
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    comings = [noon - timedelta(days=9), noon - timedelta(days=2, hours=1),
               noon - timedelta(days=2), noon, noon + timedelta(hours=3)]  # fmt: skip
    visits = [(each.date(), each) for each in comings]
    assert visit_before(visits) == noon - timedelta(days=2)
    assert visit_before(visits[3:]) is None
    assert visit_before([]) is None
