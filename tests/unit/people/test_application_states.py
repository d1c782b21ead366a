"""Which act leads an application where: every pair of act and state, refused or not."""

from __future__ import annotations

import pytest

from lti_tool.errors import Refused
from lti_tool.people.application_states import ENDS, Act, Stage, after, may

WAY = {
    ("change", "interested"): "interested",
    ("change", "checked"): "interested",
    ("check", "interested"): "checked",
    ("check", "checked"): "checked",
    ("pass_on", "checked"): "passed_to_provider",
    ("offer", "passed_to_provider"): "offered",
    ("enrol", "offered"): "enrolled",
    ("take_back", "enrolled"): "offered",
    ("reopen", "declined"): "interested",
    ("reopen", "lapsed"): "interested",
    **{
        (act, stage): state
        for act, state in (("decline", "declined"), ("lapse", "lapsed"))
        for stage in ("interested", "checked", "passed_to_provider", "offered")
    },
}


@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("stage", list(Stage))
def test_an_act_leads_on_or_is_refused(act: Act, stage: Stage) -> None:
    expected = WAY.get((act.value, stage.value))
    assert may(act, stage.value) == (expected is not None)
    if expected is None:
        with pytest.raises(Refused, match=f"state is “{stage.label}”"):
            after(act, stage.value)
    else:
        assert after(act, stage.value) == expected


def test_an_end_has_a_reason_of_its_own_state() -> None:
    assert {stage for stage, _ in ENDS.values()} == {Stage.DECLINED, Stage.LAPSED}
    assert all(words for _, words in ENDS.values())
