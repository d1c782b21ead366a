"""The award is proposed when nothing binding is missing, and what is missing is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.completion import completion, unmet
from lti_tool.programme.coverage import ClaimFact
from lti_tool.programme.definition import Programme
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts

THEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
STRANDS = ("1.1", "1.2", "2.1", "2.2", "3.1", "3.2", "4.1", "4.2")
RECORDS = frozenset(
    {"diagnosis_agreed", "specialism_agreed", "network_link", "dissemination_record"}
)


def confirmed(strand: str, item: int = 1, module: str = "MTL1") -> ClaimFact:
    return ClaimFact(item, module, strand, attested=True, submitted=True, ratified=True)


ALL = ParticipantFacts(
    tuple(
        ModuleFacts(f"MTL{number}", submitted_at=THEN, released_mark=60, ratified=True)
        for number in range(1, 9)
    ),
    tuple(confirmed(strand, item) for strand in STRANDS for item in (1, 2)),
    RECORDS,
)


def test_with_everything_there_nothing_is_missing(programme: Programme) -> None:
    assert unmet(programme, ALL) == ()
    assert all(each.is_met for each in completion(programme, ALL))
    assert [each.id for each in completion(programme, ALL)] == [
        "credits", "area-CA1", "area-CA2", "area-CA3", "area-CA4", "diagnosis_agreed",
        "specialism_agreed", "network_link", "dissemination_record", "strands",
    ]  # fmt: skip


@pytest.mark.parametrize("record", sorted(RECORDS))
def test_each_record_that_is_missing_stands_against_the_award(
    programme: Programme, record: str
) -> None:
    found = unmet(programme, replace(ALL, records=RECORDS - {record}))
    assert [(each.id, each.missing) for each in found] == [(record, "This is not recorded yet.")]


def test_where_no_records_are_kept_none_is_taken_for_granted(programme: Programme) -> None:
    assert {each.id for each in unmet(programme, replace(ALL, records=None))} == RECORDS


def test_an_area_that_is_attested_and_not_confirmed_is_not_covered(programme: Programme) -> None:
    claims = tuple(
        replace(claim, ratified=False) if claim.strand[0] == "4" else claim for claim in ALL.claims
    )
    [found] = unmet(programme, replace(ALL, claims=claims))
    assert found.id == "area-CA4"
    assert found.missing == (
        "Nothing in this area is shown by evidence that the board has confirmed yet."
    )


def test_credit_that_is_provisional_is_told_and_does_not_count_yet(programme: Programme) -> None:
    modules = (replace(ALL.modules[0], ratified=False), *ALL.modules[1:])
    [found] = unmet(programme, replace(ALL, modules=modules))
    assert found.missing == "150 of 180 credits are confirmed; 30 more are provisional."


def test_recognised_study_counts_and_more_of_it_than_allowed_does_not(
    programme: Programme,
) -> None:
    earlier = ModuleFacts("MTL2", recognised=True)
    modules = (ALL.modules[0], earlier, *ALL.modules[2:])
    assert unmet(programme, replace(ALL, modules=modules)) == ()
    further = ModuleFacts("MTL3", recognised=True)
    modules = (ALL.modules[0], earlier, further, *ALL.modules[3:])
    [found] = unmet(programme, replace(ALL, modules=modules))
    assert found.missing == "165 of 180 credits are confirmed."


def test_a_soft_target_is_told_and_binds_nobody(programme: Programme) -> None:
    facts = replace(ALL, claims=tuple(claim for claim in ALL.claims if claim.strand != "3.2"))
    assert unmet(programme, facts) == ()
    target = completion(programme, facts)[-1]
    assert (target.is_met, target.is_hard) == (False, False)
    assert target.missing == "Fewer than that for 3.2."
    hard = replace(programme, completion=replace(programme.completion, strand_hard=True))
    assert [each.id for each in unmet(hard, facts)] == ["strands"]


@given(st.sampled_from(STRANDS), st.integers(1, 9), st.booleans(), st.booleans())
def test_adding_evidence_never_takes_a_condition_away(
    programme: Programme, strand: str, item: int, attested: bool, submitted: bool
) -> None:
    facts = replace(ALL, claims=ALL.claims[::3], records=frozenset({"network_link"}))
    more = ClaimFact(item, "MTL4", strand, attested=attested, submitted=submitted)
    before = {each.id for each in completion(programme, facts) if each.is_met}
    after = completion(programme, replace(facts, claims=(*facts.claims, more)))
    assert before <= {each.id for each in after if each.is_met}
