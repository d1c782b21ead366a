"""What an operator sees of invitations, and how one that went astray is ended."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from lti_tool.clock import now
from tests.integration.launch.registering import administrator
from tests.integration.launch.test_commands import run
from tests.tool_server import RunningTool
from tests.world import text_of


def newest(tool: RunningTool) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(tool, "invitations", "--json").output)[-1]
    return found


def test_invitations_are_listed_with_what_became_of_them(tool: RunningTool) -> None:
    with administrator(tool, "moodle", "--name", "Our Moodle") as admin:
        made = newest(tool)
        assert (made["name"], made["state"], made["used"]) == ("Our Moodle", "open", None)
        assert made["made"][:10] == now().date().isoformat()
        assert made["expires"][:10] == (now() + timedelta(days=7)).date().isoformat()
        admin.pastes()
        admin.presses()
        used = newest(tool)
    platforms = json.loads(run(tool, "list", "--json").output)
    assert (used["id"], used["state"]) == (made["id"], "used")
    assert used["used"] is not None
    assert used["platform"] == platforms[-1]["id"]
    assert "Our Moodle" in run(tool, "invitations").output
    secret = admin.address.split("invitation=")[1]
    assert secret not in run(tool, "invitations", "--json").output


def test_an_invitation_that_is_over_says_so(tool: RunningTool) -> None:
    run(tool, "invite")
    with time_machine.travel(now() + timedelta(days=8), tick=True):
        assert newest(tool)["state"] == "expired"


def test_a_withdrawn_invitation_registers_nothing_even_where_its_page_is_open(
    tool: RunningTool,
) -> None:
    with administrator(tool, "moodle") as admin:
        page = admin.pastes()
        number = str(newest(tool)["id"])
        platforms = run(tool, "list", "--json").output
        done = run(tool, "invite", "--withdraw", number)
        assert done.exit_code == 0, done.output
        assert f"Invitation {number} is withdrawn" in done.output
        assert admin.presses(page).status_code == 403
        assert admin.pastes().status_code == 403
        assert "Ask the operator" in text_of(admin.page)
        assert admin.vle.site.pending == []
    assert run(tool, "list", "--json").output == platforms
    again = run(tool, "invite", "--withdraw", number)
    assert again.exit_code == 1
    assert f"There is no invitation {number}" in again.output


def test_a_used_invitation_is_not_withdrawn(tool: RunningTool) -> None:
    with administrator(tool, "moodle") as admin:
        admin.pastes()
        admin.presses()
    used = newest(tool)
    refused = run(tool, "invite", "--withdraw", str(used["id"]))
    assert refused.exit_code == 1
    assert f"platforms disable {used['platform']}" in refused.output
    assert newest(tool) == used


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999"])
def test_an_invitation_that_never_was_is_told(tool: RunningTool, number: str) -> None:
    refused = run(tool, "invite", f"--withdraw={number}")
    assert refused.exit_code == 1
    assert "There is no invitation" in refused.output


def test_withdrawing_makes_no_new_invitation(tool: RunningTool) -> None:
    before = run(tool, "invitations", "--json").output
    assert run(tool, "invite", "--withdraw", "1", "--name", "Our Moodle").exit_code == 2
    assert run(tool, "invitations", "--json").output == before
