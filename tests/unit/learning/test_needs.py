"""When a diagnosis is whole, and when it is agreed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.learning.needs import (
    LONGEST_NEED,
    Confidence,
    DiagnosisState,
    Line,
    draft_problems,
    proposal_problems,
    state_of,
)
from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import load_programme
from lti_tool.settings import ROOT

PROGRAMME = load_programme(ROOT / "config" / "programme.yaml")
WHOLE = {strand.id: Line("secure") for strand in PROGRAMME.strands} | {
    "1.2": Line("new", "Feedback that is used", "self")
}


@pytest.mark.parametrize(
    ("agreed_by", "is_newest", "state"),
    [
        ([], True, DiagnosisState.PROPOSED),
        (["coach"], True, DiagnosisState.PROPOSED),
        (["participant"], False, DiagnosisState.REPLACED),
        (["coach", "participant"], True, DiagnosisState.AGREED),
        (["participant", "coach"], False, DiagnosisState.AGREED),
        (["coach", "coach"], True, DiagnosisState.PROPOSED),
    ],
)
def test_a_version_is_agreed_by_both_or_not_at_all(
    agreed_by: list[str], state: DiagnosisState, *, is_newest: bool
) -> None:
    assert state_of(agreed_by, is_newest=is_newest) is state


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({}, []),
        ({"4.2": Line()}, ["level-4.2"]),
        ({"4.2": Line("wise")}, ["level-4.2"]),
        ({"4.2": Line("new", "Parents", "")}, ["source-4.2"]),
        ({"4.2": Line("new", "Parents", "gossip")}, ["source-4.2"]),
        ({"4.2": Line("new", "x" * (LONGEST_NEED + 1), "self")}, ["need-4.2"]),
        ({"1.2": Line("secure")}, ["need-1.1"]),
    ],
)
def test_what_is_missing_is_told_beside_its_field(
    changed: dict[str, Line], fields: list[str]
) -> None:
    assert list(proposal_problems(PROGRAMME, WHOLE | changed)) == fields


lines = st.builds(Line, st.sampled_from(["", *Confidence]), st.text(max_size=5), st.just(""))


@given(st.dictionaries(st.sampled_from([s.id for s in PROGRAMME.strands]), lines))
def test_whatever_is_unfinished_can_be_kept_as_a_draft(found: dict[str, Line]) -> None:
    assert draft_problems(PROGRAMME, found) == {}


def test_a_programme_of_other_strands_asks_for_those() -> None:
    assert isinstance(PROGRAMME, Programme)
    assert set(proposal_problems(PROGRAMME, {})) == {f"level-{s.id}" for s in PROGRAMME.strands}
