"""Who is in a moderator's sample, and that anybody can draw the same one again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.grades.rules.sampling import Band, Entry, SampleRule, cover, draw

BANDS = (Band(70, "Distinction"), Band(60, "Merit"), Band(50, "Pass"), Band(0, "Fail"))


def rule(**changed: int) -> SampleRule:
    facts = {"all_below": 15, "at_least": 8, "per_band": 3, "borderline": 2, "pass_mark": 50}
    return SampleRule(**{**facts, **changed}, bands=BANDS)


def marks(*values: int, marker: int = 1) -> list[Entry]:
    return [Entry(number, value, marker) for number, value in enumerate(values, start=1)]


def test_of_few_marks_all_are_looked_at() -> None:
    drawn = draw(marks(*[64] * 14), rule(), "a")
    assert set(drawn) == set(range(1, 15))
    assert drawn[1] == ["Fewer than 15 in all"]
    assert len(draw(marks(*[64] * 15), rule(), "a")) == 8


# what there is → who is drawn for sure, how many in all, and a reason that stands with the first
BY_HAND = [
    pytest.param([55] * 20, {}, set(), 8, None, id="the number is made up"),
    pytest.param([55] * 20, {"at_least": 0}, set(), 3, None, id="three of the only band"),
    pytest.param([49, 30, *[55] * 18], {"at_least": 0}, {1, 2}, 5, "Below the pass mark",
                 id="fails"),
    pytest.param([68, 72, 58, 67, 73, *[55] * 15], {"at_least": 0, "per_band": 0},
                 {1, 2, 3}, 4, "Within 2 of 70", id="borderline on both sides"),
    pytest.param([60, *[55] * 19], {"at_least": 0, "per_band": 0, "borderline": 0},
                 set(), 1, None, id="nought borderline takes none"),
    pytest.param([90, 64, 64, *[55] * 17], {"at_least": 0}, {1, 2, 3}, 6,
                 "For the band Distinction", id="each band"),
    pytest.param([45] * 20, {"at_most": 4}, set(range(1, 21)), 20, "Below the pass mark",
                 id="a limit leaves no fail out"),
    pytest.param([70] * 20, {"at_most": 5}, set(), 5, "Within 2 of 70",
                 id="a limit on borderlines"),
    pytest.param([55] * 20, {"at_most": 5}, set(), 5, None, id="a limit on what makes up"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "changes", "sure", "size", "why"), BY_HAND)
def test_the_sample_by_hand(
    values: list[int], changes: dict[str, int], sure: set[int], size: int, why: str | None
) -> None:
    drawn = draw(marks(*values), rule(**changes), "seed")
    assert sure <= drawn.keys()
    assert len(drawn) == size
    assert why is None or any(why in reasons for reasons in drawn.values())


def test_another_seed_draws_another_sample() -> None:
    everything = marks(*[55] * 60)
    assert len({frozenset(draw(everything, rule(), f"seed {number}")) for number in range(5)}) > 1


def test_a_sample_drawn_years_ago_can_be_drawn_again() -> None:
    assert sorted(draw(marks(*[55] * 30), rule(), "2026")) == RECORDED


# Whatever changes these members would change every sample that was drawn so far.
RECORDED = [1, 4, 6, 9, 12, 15, 24, 26]

entries = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 5)), max_size=60
).map(lambda found: [Entry(number, *one) for number, one in enumerate(found)])  # fmt: skip
rules = st.builds(
    rule, all_below=st.integers(0, 20), at_least=st.integers(0, 20), per_band=st.integers(0, 5),
    borderline=st.integers(0, 4), at_most=st.none() | st.integers(0, 30),
)  # fmt: skip


@given(entries, rules, st.text(max_size=8), st.randoms())
def test_the_seed_alone_decides_in_whatever_order_marks_come(
    found: list[Entry], by: SampleRule, seed: str, random: object
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert draw(found, by, seed) == draw(shuffled, by, seed)


@given(entries, rules, st.text(max_size=8))
def test_every_sample_holds_what_the_rule_promises(
    found: list[Entry], by: SampleRule, seed: str
) -> None:
    drawn = draw(found, by, seed)
    ids = {one.attempt_id for one in found}
    assert drawn.keys() <= ids
    assert all(drawn.values()), "somebody is in the sample without a reason"
    if len(found) < by.all_below:
        assert drawn.keys() == ids
    assert {one.attempt_id for one in found if one.mark < by.pass_mark} <= drawn.keys()
    for marker in {one.marker_id for one in found}:
        assert any(one.attempt_id in drawn for one in found if one.marker_id == marker)
    assert not any(band.lacking for band in cover(found, drawn, by))
    if by.at_most is None:
        assert len(drawn) >= min(by.at_least, len(found))
        near = {one.attempt_id for one in found if by.floor_near(one.mark) is not None}
        assert near <= drawn.keys()


def test_the_cover_says_what_each_band_holds_and_lacks() -> None:
    found = marks(72, 71, 64, 45)
    told = cover(found, {1, 4}, rule(per_band=2))
    assert [(one.band.name, one.marks, one.drawn, one.lacking) for one in told] == [
        ("Distinction", 2, 1, 1), ("Merit", 1, 0, 1), ("Pass", 0, 0, 0), ("Fail", 1, 1, 0),
    ]  # fmt: skip
