"""Every form of every page, posted by somebody who may, with what nobody would type into it.

The answer is never an error of the tool, and what is refused leaves nothing behind.
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import Schema
from werkzeug.routing import Rule

from tests.integration.attacks.forms_made import Typed, body_of, fields_of, typed_for
from tests.integration.attacks.gate import Gate, gate
from tests.integration.attacks.matrix import (
    YES,
    Knocker,
    actions,
    ask,
    doors,
    name_of,
    nothing_stays,
    path_of,
)
from tests.tool_server import RunningTool

FORM = "application/x-www-form-urlencoded"
few = settings(
    max_examples=3, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
def test_odd_input_is_refused_and_is_no_mistake_of_the_tool(
    shared_tool: RunningTool, tools: dict[str, Any]
) -> None:
    there, through = gate(shared_tool, tools), {}
    posted = [(method, rule) for method, rule in doors(shared_tool.app) if method == "POST"]
    for method, rule in posted:
        door = name_of(method, rule)
        who = next((one for one in there.people if one.answers.get(door) == YES), None)
        if who is not None and (found := worst(there, who, rule)):
            through[door] = (who.name, found)
    assert through == {}
    assert len(posted) > 80


def worst(there: Gate, who: Knocker, rule: Rule) -> list[tuple[int, bytes]]:
    """What was answered as it never should be, and to which form."""
    app, found = there.tool.app, []
    path = path_of(rule, who.course_id, there.things)

    @few
    @given(typed_for(names_in(app, rule)), st.sampled_from(actions(app, rule)))
    def check(typed: Typed, action: str) -> None:
        body = body_of([*typed, ("action", action.encode())])
        with nothing_stays(app) as committed:
            url = there.tool.url
            with ask(app, who, url, "POST", path, data=body, content_type=FORM) as answer:
                status = answer.status_code
        if status >= 500 or (status >= 400 and committed):
            found.append((status, body[:300]))

    check()
    return found


def names_in(app: Flask, rule: Rule) -> list[str]:
    """The fields that the view reads, or all that the views beside it read."""
    view = app.view_functions[rule.endpoint]
    beside = vars(sys.modules[view.__module__])
    schemas = {
        name: value
        for name, value in beside.items()
        if isinstance(value, type) and issubclass(value, Schema) and value is not Schema
    }
    read = set(re.findall(r"\b\w+\b", inspect.getsource(view))) & schemas.keys()
    return sorted({field for name in read or schemas for field in fields_of(schemas[name])})
