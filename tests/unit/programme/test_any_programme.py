"""The rules hold for whatever a university makes of the programme, not only for the first file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from lti_tool.programme.completion import completion, unmet
from lti_tool.programme.coverage import ClaimFact, coverage
from lti_tool.programme.definition import Level, Module, Programme
from lti_tool.programme.loader import parse_programme
from lti_tool.programme.next_step import StepKind, next_step
from lti_tool.programme.prior_learning import claimable_modules, most_credits
from lti_tool.programme.progression import (
    ModuleFacts,
    ModuleState,
    ParticipantFacts,
    credits_earned,
    may_submit,
    module_statuses,
    open_modules,
    phase_status,
)
from lti_tool.programme.timing import Career, window
from tests.programme_files import PRESETS, SMALL, text_of

THEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
TEXTS = {name: text_of(name) for name in PRESETS} | {"small": SMALL}


@pytest.fixture(params=TEXTS)
def programme(request: pytest.FixtureRequest) -> Programme:
    return parse_programme(TEXTS[request.param], source=request.param)


def with_claims(programme: Programme, facts: ParticipantFacts, code: str) -> ParticipantFacts:
    """Attested, submitted and ratified evidence for every strand that the module accepts."""
    module = programme.module(code)
    claims = tuple(
        ClaimFact(len(facts.claims) + place, code, strand.id, True, True, True)
        for place, strand in enumerate(programme.strands)
        if module.accepts(strand.id)
        for _ in range(2)
    )
    return ParticipantFacts(
        facts.modules, (*facts.claims, *claims), facts.records, facts.specialism
    )


def way_through(programme: Programme) -> Iterator[tuple[Module, ParticipantFacts]]:
    """Module after module, always the first that is open, each passed with the pass mark."""
    facts = ParticipantFacts(
        records=frozenset(record.id for record in programme.records),
        specialism=frozenset({programme.strands[0].id}),
    )
    for _ in programme.modules:
        (code, *_further) = open_modules(programme, facts)
        facts = with_claims(programme, facts, code)
        facts = facts.with_module(ModuleFacts(code, attested_items=1))
        assert may_submit(programme, code, facts).allowed
        facts = facts.with_module(
            ModuleFacts(
                code,
                submitted_at=THEN,
                released_mark=programme.pass_mark,
                feedback_seen=True,
                ratified=True,
            )
        )
        yield programme.module(code), facts


def test_somebody_who_passes_each_module_reaches_the_award(programme: Programme) -> None:
    earned, facts = 0, ParticipantFacts()
    for module, facts in way_through(programme):
        earned += module.credits
        assert credits_earned(programme, facts).total == earned
    assert earned == programme.credits
    assert unmet(programme, facts) == ()
    assert next_step(programme, facts).kind is StepKind.FINISHED
    states = {status.state for status in module_statuses(programme, facts)}
    assert states == {ModuleState.RATIFIED}


def test_the_order_of_phases_is_kept(programme: Programme) -> None:
    phases = [module.phase for module, _ in way_through(programme)]
    assert phases == sorted(phases)
    last = programme.phases[-1].number
    nothing = ParticipantFacts(records=frozenset())
    assert phase_status(programme, last, nothing).start.reasons


def test_with_nothing_done_every_condition_of_the_award_is_unmet(programme: Programme) -> None:
    conditions = completion(programme, ParticipantFacts(records=frozenset()))
    assert not [each.label for each in conditions if each.is_met]


def test_the_matrix_has_a_cell_for_each_strand_and_phase(programme: Programme) -> None:
    found = coverage(programme, (), ())
    assert len(found.cells) == len(programme.strands) * len(programme.phases)
    *_, (_, facts) = way_through(programme)
    full = coverage(programme, facts.claims, ())
    assert set(full.areas_covered(Level.RATIFIED)) == {area.id for area in programme.areas}


def test_earlier_study_has_the_limits_of_the_file(programme: Programme) -> None:
    codes = {module.code for module in claimable_modules(programme)}
    recognised = tuple(ModuleFacts(module.code, recognised=True) for module in programme.modules)
    counted = credits_earned(programme, ParticipantFacts(recognised)).recognised
    assert counted <= most_credits(programme)
    assert codes <= {module.code for module in programme.modules if module.apl_allowed}


def test_the_window_is_as_long_as_the_file_says(programme: Programme) -> None:
    teaching = date(2009, 9, 1)
    found = window(programme, Career("nqt", teaching, teaching), today=teaching)
    years = programme.policies["time"]["window_years"]
    assert found.ends_on is not None
    assert abs((found.ends_on - teaching).days - 365.25 * years) < 2
