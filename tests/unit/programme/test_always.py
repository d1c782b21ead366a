"""What must hold of credits and coverage for anybody, on every programme that is shipped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.coverage import ClaimFact, coverage
from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import parse_programme
from lti_tool.programme.progression import (
    ModuleFacts,
    ParticipantFacts,
    credits_earned,
    open_modules,
)
from tests.programme_files import PRESETS, text_of

PROGRAMMES = {name: parse_programme(text_of(name), source=name) for name in PRESETS}
anything = pytest.mark.parametrize("programme", PROGRAMMES.values(), ids=PROGRAMMES)


def claims(programme: Programme) -> st.SearchStrategy[ClaimFact]:
    return st.builds(
        ClaimFact,
        item_id=st.integers(1, 5),
        module_code=st.sampled_from([module.code for module in programme.modules]),
        strand=st.sampled_from([strand.id for strand in programme.strands]),
        attested=st.booleans(),
        submitted=st.booleans(),
        ratified=st.booleans(),
    )


def modules(programme: Programme) -> st.SearchStrategy[tuple[ModuleFacts, ...]]:
    known = st.builds(
        ModuleFacts,
        code=st.just(""),
        released_mark=st.none() | st.integers(0, 100),
        ratified=st.booleans(),
        reassessment=st.booleans(),
        attempts=st.integers(0, 2),
        recognised=st.booleans(),
        closed=st.booleans(),
    )
    count = len(programme.modules)
    return st.lists(known, min_size=count, max_size=count).map(
        lambda drawn: tuple(
            replace(facts, code=module.code)
            for facts, module in zip(drawn, programme.modules, strict=True)
        )
    )


@anything
@given(st.data())
def test_coverage_never_falls_when_evidence_is_added(
    programme: Programme, data: st.DataObject
) -> None:
    strand_ids = [strand.id for strand in programme.strands]
    here = data.draw(st.lists(claims(programme), max_size=6))
    more = data.draw(claims(programme))
    opened = data.draw(st.sets(st.sampled_from([each.code for each in programme.modules])))
    further = [data.draw(st.sets(st.sampled_from(strand_ids))) for _ in range(2)]
    before = coverage(programme, here, opened, *further)
    after = coverage(programme, [*here, more], opened, *further)
    for old, new in zip(before.cells, after.cells, strict=True):
        assert new.state.rank >= old.state.rank
        assert set(old.items) <= set(new.items)
        for count in ("claimed_count", "attested_count", "submitted_count", "ratified_count"):
            assert getattr(new, count) >= getattr(old, count)


@anything
@given(st.data())
def test_what_is_hidden_from_a_coach_is_the_board_alone(
    programme: Programme, data: st.DataObject
) -> None:
    made = data.draw(st.lists(claims(programme), max_size=6))
    before = coverage(programme, made, ())
    for old, new in zip(before.cells, before.without_board().cells, strict=True):
        assert new.ratified_count == 0
        assert new.state.value != "ratified"
        assert replace(new, state=old.state, ratified_count=old.ratified_count) == old


@anything
@given(st.data())
def test_credits_never_exceed_what_was_earned(programme: Programme, data: st.DataObject) -> None:
    facts = ParticipantFacts(data.draw(modules(programme)))
    earned = credits_earned(programme, facts)
    by_work = sum(
        programme.module(own.code).credits
        for own in facts.modules
        if own.released_mark is not None and programme.is_pass(own.released_mark)
    )
    assert earned.ratified + earned.provisional <= by_work
    assert earned.recognised <= programme.policies["apl"]["max_credits"]
    assert earned.total <= programme.credits


@anything
@given(st.data())
def test_nothing_that_was_done_or_held_back_is_open(
    programme: Programme, data: st.DataObject
) -> None:
    facts = ParticipantFacts(data.draw(modules(programme)))
    for code in open_modules(programme, facts):
        own = facts.of(code)
        assert not own.closed
        assert own.released_mark is None or own.reassessment
