"""Whatever is thrown at the registration, somebody is told something and no page is a 500."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.launch.platform_configuration import PlatformConfiguration, read_configuration
from lti_tool.launch.verdicts import BadRegistration
from tests.integration.launch.registering import invite
from tests.integration.launch.test_refused_registrations import PLATFORM, captured_configuration
from tests.tool_server import RunningTool

NAMES = ("openid_configuration", "registration_token", "invitation", "else")
HERE = "https://vle.uni.ac.uk"
ON_SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
pytestmark = ON_SQLITE

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# Nothing of it may lead anywhere: each address is refused before it is called.
addresses = st.text() | st.sampled_from(["https://10.0.0.1", "https://[::1", "//", "http://x y"])
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def app(tool: RunningTool) -> Flask:
    return tool.app


@relaxed
@given(query=st.lists(st.tuples(st.sampled_from(NAMES), addresses), max_size=6))
def test_any_query_gets_a_page(app: Flask, query: list[tuple[str, str]]) -> None:
    answer = app.test_client().get("/lti/register", query_string=query)
    assert answer.status_code < 500
    assert "<h1" in answer.text


@relaxed
@given(url=addresses, token=st.text())
def test_any_query_of_an_invited_one_gets_a_page(
    app: Flask, tool: RunningTool, url: str, token: str
) -> None:
    address = invited(tool)
    query = [("invitation", address), ("openid_configuration", url), ("registration_token", token)]
    answer = app.test_client().get("/lti/register", query_string=query)
    assert 400 <= answer.status_code < 500


@relaxed
@given(form=st.dictionaries(st.sampled_from(["ticket", "else"]), st.text()))
def test_any_form_gets_a_page(app: Flask, form: dict[str, str]) -> None:
    assert 400 <= app.test_client().post("/lti/register", data=form).status_code < 500


@relaxed
@given(
    field=st.sampled_from([*captured_configuration(HERE), PLATFORM + "!"]),
    inner=st.sampled_from(["product_family_code", "messages_supported", "version"]),
    value=json_values,
)
def test_any_configuration_is_taken_or_refused(
    app: Flask, field: str, inner: str, value: Any
) -> None:
    body = copy.deepcopy(captured_configuration(HERE))
    if field.endswith("!"):
        body[PLATFORM][inner] = value
    else:
        body[field] = value
    # Anything else that it might raise would be a page of the tool's own mistake.
    with app.app_context(), suppress(BadRegistration):
        found = read_configuration(body, HERE + "/configuration")
        assert isinstance(found, PlatformConfiguration)


INVITATIONS: dict[str, str] = {}


def invited(tool: RunningTool) -> str:
    """One invitation for all examples: none of them can use it up."""
    if tool.store not in INVITATIONS:
        INVITATIONS[tool.store] = invite(tool).rpartition("=")[2]
    return INVITATIONS[tool.store]
