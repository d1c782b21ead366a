"""What can be done with evidence in which state."""

from __future__ import annotations

import pytest

from lti_tool.evidence.rules import GONE, HELD, Deed, State, move


@pytest.mark.parametrize(
    ("state", "deed", "after"),
    [
        (State.DRAFT, Deed.ASK, State.REQUESTED),
        (State.REQUESTED, Deed.SIGN, State.ATTESTED),
        (State.REQUESTED, Deed.SEND_BACK, State.RETURNED),
        (State.RETURNED, Deed.REVISE, State.SHARED),
        (State.RETURNED, Deed.ASK, State.REQUESTED),
        (State.SHARED, Deed.SIGN, State.ATTESTED),
    ],
)
def test_evidence_goes_from_its_author_to_the_coach_and_back(
    state: State, deed: Deed, after: State
) -> None:
    assert move(state, deed).to is after


def test_an_edit_takes_the_word_attested_away() -> None:
    assert move(State.ATTESTED, Deed.REVISE).to is State.SHARED


def test_an_edited_draft_stays_private_and_an_edited_request_stays_with_the_coach() -> None:
    assert move(State.DRAFT, Deed.REVISE).to is State.DRAFT
    assert move(State.REQUESTED, Deed.REVISE).to is State.REQUESTED


def test_only_a_draft_changes_by_being_submitted() -> None:
    after = {state: move(state, Deed.SUBMIT).to for state in State}
    assert after.pop(State.DRAFT) is State.SHARED
    assert all(after.pop(state) is None for state in GONE)
    assert all(state is to for state, to in after.items())


def test_nothing_can_be_done_with_withdrawn_evidence() -> None:
    for deed in Deed:
        step = move(State.WITHDRAWN, deed)
        assert step.to is None
        assert step.reason == "This evidence has been withdrawn."


@pytest.mark.parametrize("state", sorted(HELD))
def test_nothing_can_be_done_with_what_is_out_of_sight_after_a_report(state: State) -> None:
    for deed in Deed:
        step = move(state, deed)
        assert step.to is None
        assert "problem" in step.reason


def test_a_coach_can_neither_sign_nor_return_a_draft() -> None:
    for deed in (Deed.SIGN, Deed.SEND_BACK):
        step = move(State.DRAFT, deed)
        assert step.to is None
        assert "draft" in step.reason


def test_every_refusal_has_a_reason() -> None:
    for state in State:
        for deed in Deed:
            step = move(state, deed)
            assert (step.to is None) == bool(step.reason)
