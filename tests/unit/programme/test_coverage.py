"""Coverage tells how far each strand is shown, and by which items."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.coverage import ClaimFact, Coverage, coverage
from lti_tool.programme.definition import Level, NotInProgramme, Programme

STRANDS = ("1.1", "1.2", "2.1", "2.2", "3.1", "3.2", "4.1", "4.2")
MODULES = tuple(f"MTL{number}" for number in range(1, 9))

claim_facts = st.builds(
    ClaimFact,
    item_id=st.integers(1, 6),
    module_code=st.sampled_from(MODULES),
    strand=st.sampled_from(STRANDS),
    attested=st.booleans(),
    submitted=st.booleans(),
    ratified=st.booleans(),
)


def states_of(matrix: Coverage) -> dict[tuple[str, int], Level]:
    return {(cell.strand, cell.phase): cell.state for cell in matrix.cells}


def test_nothing_is_shown_before_anything_is_open(programme: Programme) -> None:
    matrix = coverage(programme, [], [])
    assert set(states_of(matrix).values()) == {Level.NONE}
    assert len(matrix.cells) == 24


def test_an_open_module_plans_the_strands_it_is_about_in_its_own_phase(
    programme: Programme,
) -> None:
    matrix = coverage(programme, [], ["MTL3"])
    planned = [place for place, state in states_of(matrix).items() if state is Level.PLANNED]
    assert planned == [("1.1", 2), ("1.2", 2)]


def test_a_specialist_module_plans_the_strands_of_the_chosen_specialism(
    programme: Programme,
) -> None:
    assert set(states_of(coverage(programme, [], ["MTL7"])).values()) == {Level.NONE}
    matrix = coverage(programme, [], ["MTL7"], specialism=["2.1"])
    assert [cell.strand for cell in matrix.cells if cell.state is Level.PLANNED] == ["2.1"]


def test_an_open_target_plans_its_strand_where_an_open_module_accepts_it(
    programme: Programme,
) -> None:
    matrix = coverage(programme, [], ["MTL3"], targets=["4.2"])
    assert matrix.cell("4.2", 2).state is Level.PLANNED
    assert matrix.cell("4.2", 1).state is Level.NONE
    only_own = replace(programme.module("MTL3"), further_strands=())
    narrow = replace(programme, modules=(only_own,))
    assert coverage(narrow, [], ["MTL3"], targets=["4.2"]).cell("4.2", 2).state is Level.NONE


@pytest.mark.parametrize(
    ("flags", "state", "counts"),
    [
        ({}, Level.CLAIMED, (1, 0, 0, 0)),
        ({"attested": True}, Level.ATTESTED, (1, 1, 0, 0)),
        ({"submitted": True}, Level.SUBMITTED, (1, 0, 1, 0)),
        ({"attested": True, "submitted": True}, Level.SUBMITTED, (1, 1, 1, 0)),
        ({"ratified": True}, Level.RATIFIED, (1, 0, 1, 1)),
        ({"attested": True, "submitted": True, "ratified": True}, Level.RATIFIED, (1, 1, 1, 1)),
    ],
)
def test_a_cell_ranks_by_the_highest_state_and_counts_what_is_true(
    programme: Programme, flags: dict[str, bool], state: Level, counts: tuple[int, ...]
) -> None:
    cell = coverage(programme, [ClaimFact(7, "MTL4", "2.2", **flags)], ["MTL4"]).cell("2.2", 2)
    assert cell.state is state
    assert counts == (
        cell.claimed_count,
        cell.attested_count,
        cell.submitted_count,
        cell.ratified_count,
    )
    assert cell.items == (7,)


def test_an_item_claimed_for_two_modules_of_a_phase_is_one_item(programme: Programme) -> None:
    claims = [ClaimFact(1, "MTL1", "1.1", attested=True), ClaimFact(1, "MTL2", "1.1")]
    cell = coverage(programme, claims, []).cell("1.1", 1)
    assert (cell.items, cell.attested_count) == ((1,), 1)


def test_a_claim_shows_in_the_phase_of_its_module_only(programme: Programme) -> None:
    matrix = coverage(programme, [ClaimFact(1, "MTL7", "3.1")], [])
    assert [matrix.cell("3.1", phase).state for phase in (1, 2, 3)] == [
        Level.NONE,
        Level.NONE,
        Level.CLAIMED,
    ]


def test_an_area_counts_as_attested_only_if_something_in_it_was_attested(
    programme: Programme,
) -> None:
    claims = [
        ClaimFact(1, "MTL1", "1.2", submitted=True),
        ClaimFact(2, "MTL1", "3.1", attested=True),
    ]
    matrix = coverage(programme, claims, [])
    assert matrix.areas_covered(Level.CLAIMED) == ("CA1", "CA3")
    assert matrix.areas_covered(Level.ATTESTED) == ("CA3",)
    assert matrix.areas_covered(Level.SUBMITTED) == ("CA1",)
    assert matrix.areas_covered(Level.RATIFIED) == ()


def test_an_area_is_planned_where_something_is_planned_or_more(programme: Programme) -> None:
    matrix = coverage(programme, [ClaimFact(1, "MTL1", "4.1")], ["MTL3"])
    assert matrix.areas_covered(Level.PLANNED) == ("CA1", "CA4")
    assert matrix.areas_covered(Level.NONE) == ("CA1", "CA2", "CA3", "CA4")


def test_rows_follow_the_areas_and_mark_where_each_begins(programme: Programme) -> None:
    rows = list(coverage(programme, [], []).rows())
    assert [row.strand.id for row in rows] == list(STRANDS)
    assert [row.area.id for row in rows if row.starts_area] == ["CA1", "CA2", "CA3", "CA4"]
    assert [row.strand.id for row in rows if row.starts_area] == ["1.1", "2.1", "3.1", "4.1"]
    assert all([cell.phase for cell in row.cells] == [1, 2, 3] for row in rows)
    assert all({cell.strand for cell in row.cells} == {row.strand.id} for row in rows)


@pytest.mark.parametrize(("strand", "phase"), [("9.9", 1), ("1.1", 4)])
def test_a_cell_outside_the_programme_is_refused(
    programme: Programme, strand: str, phase: int
) -> None:
    with pytest.raises(
        NotInProgramme, match=rf"^There is no strand {strand} in a phase {phase}\.$"
    ):
        coverage(programme, [], []).cell(strand, phase)


@pytest.mark.parametrize("claim", [ClaimFact(1, "MTL9", "1.1"), ClaimFact(1, "MTL1", "9.9")])
def test_a_claim_from_another_programme_is_not_dropped_in_silence(
    programme: Programme, claim: ClaimFact
) -> None:
    with pytest.raises(NotInProgramme, match=r"9 in this programme"):
        coverage(programme, [claim], [])


@given(st.lists(claim_facts), claim_facts, st.sets(st.sampled_from(MODULES)))
def test_a_further_claim_never_lowers_a_cell(
    programme: Programme, claims: list[ClaimFact], further: ClaimFact, open_modules: set[str]
) -> None:
    before = states_of(coverage(programme, claims, open_modules))
    after = states_of(coverage(programme, [*claims, further], open_modules))
    assert all(after[place].rank >= state.rank for place, state in before.items())


@given(
    st.lists(claim_facts).flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts)))
)
def test_the_order_of_claims_does_not_matter(
    programme: Programme, orders: tuple[list[ClaimFact], list[ClaimFact]]
) -> None:
    first, second = orders
    assert coverage(programme, first, []) == coverage(programme, second, [])


@given(st.lists(claim_facts))
def test_every_state_from_claimed_on_has_an_item_behind_it(
    programme: Programme, claims: list[ClaimFact]
) -> None:
    for cell in coverage(programme, claims, MODULES).cells:
        assert (cell.state.rank >= Level.CLAIMED.rank) == bool(cell.items)
