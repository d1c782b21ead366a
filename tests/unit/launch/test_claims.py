"""What is read from the claims of a token, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.launch.claims import (
    check_sender,
    check_times,
    is_within,
    parse_launch,
)
from lti_tool.launch.schemas import AGS, LTI, cleaned
from lti_tool.launch.verdicts import BadLaunch

OURS = "https://mtl.uni.ac.uk"
ISSUER = "https://vle.uni.ac.uk"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def claims(**changed: Any) -> dict[str, Any]:
    given = {
        "message_type": "LtiResourceLinkRequest",
        "version": "1.3.0",
        "deployment_id": "1",
        "roles": [],
        "target_link_uri": f"{OURS}/lti/launch",
        "resource_link": {"id": "7"},
        **changed,
    }
    return {"sub": "5", **{LTI + name: value for name, value in given.items()}}


def parse(given: dict[str, Any]) -> Any:
    return parse_launch(given, issuer=ISSUER, client_id="me", ours=OURS)


def test_what_a_platform_left_as_a_variable_was_not_sent() -> None:
    given = {
        "a": "$ResourceLink.id.history",
        "b": "$Canvas.user.id",
        "c": "",
        "d": None,
        "e": " ",
        "f": {"g": None},
        "price": "$5",
        "text": "costs $Canvas.user.id",
        "zero": 0,
        "no": False,
        "list": [],
        "half": "a\ud800",
        "nul": "a\x00b",
        "lines": "a\nb",
    }
    assert cleaned(given) == {
        "price": "$5",
        "text": "costs $Canvas.user.id",
        "zero": 0,
        "no": False,
        "list": [],
        "lines": "a\nb",
    }


def test_a_name_is_put_together_where_only_its_parts_are_sent() -> None:
    parts = {"given_name": "Amira", "family_name": "Khan"}
    assert parse({**claims(), **parts}).name == "Amira Khan"
    assert parse({**claims(), **parts, "name": "A. Khan"}).name == "A. Khan"
    assert parse({**claims(), "name": "", "email": ""}).name is None


def test_long_titles_are_cut_and_custom_values_that_are_no_text_are_left() -> None:
    launch = parse(claims(context={"id": "2", "title": "x" * 600}, custom={"mtl": 5, "other": [1]}))
    assert launch.context is not None
    assert len(launch.context.title) == 500
    assert launch.opens is None


def test_services_may_be_missing_in_part() -> None:
    launch = parse({**claims(), AGS: {"lineitems": "https://vle/items"}})
    assert (launch.lineitems_url, launch.lineitem_url, launch.scopes) == (
        "https://vle/items",
        None,
        (),
    )


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        (f"{OURS}/lti/launch", True),
        (f"{OURS}?x=1", True),
        (f"{OURS}:443/lti/launch", False),
        (f"{OURS}.evil.example/", False),
        ("https://mtl.uni.ac.uk@evil.example/", False),
        ("http://mtl.uni.ac.uk/", False),
        ("//mtl.uni.ac.uk/", False),
        ("javascript:alert(1)", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_only_our_own_pages_are_within(url: str, inside: bool) -> None:
    assert is_within(url, OURS) is inside


def test_a_neighbour_under_a_longer_folder_is_not_within() -> None:
    assert is_within(f"{OURS}/mtl/lti/launch", f"{OURS}/mtl")
    assert not is_within(f"{OURS}/mtl-other/lti/launch", f"{OURS}/mtl")


@pytest.mark.parametrize(
    ("audience", "azp", "fits"),
    [
        ("me", None, True),
        ("me", "me", True),
        (["me"], None, True),
        ([ISSUER, "me"], "me", True),
        ([OURS, "me"], "me", True),
        ([OURS, "me"], None, False),
        (["you", "me"], "me", False),
        ("me", "you", False),
        ("me", "", False),
        ("you", None, False),
        ([], None, False),
        (None, None, False),
        ([["me"]], None, False),
    ],
)
def test_the_audience_is_us_and_nobody_we_do_not_know(audience: Any, azp: Any, fits: bool) -> None:
    given = {"iss": ISSUER, "aud": audience, **({} if azp is None else {"azp": azp})}
    if fits:
        check_sender(given, issuer=ISSUER, client_id="me", ours=OURS)
        return
    with pytest.raises(BadLaunch):
        check_sender(given, issuer=ISSUER, client_id="me", ours=OURS)


@pytest.mark.parametrize(
    ("iat", "exp", "code"),
    [
        (0, 60, None),
        (60, 120, None),
        (61, 120, "from_the_future"),
        (-100, -59, None),
        (-100, -60, "expired"),
        (-660, 3600, None),
        (-661, 3600, "expired"),
        (0, None, "exp_absent"),
        (None, 60, "iat_absent"),
        (0, True, "exp_invalid"),
        (0, float("inf"), "exp_invalid"),
        (0, "60", "exp_invalid"),
    ],
)
def test_times_are_kept_to_with_a_minute_of_leeway(iat: Any, exp: Any, code: str | None) -> None:
    moment = NOW.timestamp()
    is_offset = {int, float}
    given = {
        name: moment + value if type(value) in is_offset else value
        for name, value in {"iat": iat, "exp": exp}.items()
    }
    if code is None:
        check_times(given, NOW)
        return
    with pytest.raises(BadLaunch) as refusal:
        check_times(given, NOW)
    assert refusal.value.code == code
    assert refusal.value.status == 401


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(name=st.sampled_from(sorted([*claims(), LTI + "context", LTI + "custom", AGS])), value=JSON)
def test_whatever_a_claim_holds_it_is_read_or_refused_and_never_crashes(
    name: str, value: Any
) -> None:
    with suppress(BadLaunch):
        parse({**claims(), name: value})
