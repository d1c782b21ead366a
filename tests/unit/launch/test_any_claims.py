"""Whatever a platform writes into its claims: a launch, or a refusal with a code for the log."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lti_tool.clock import now
from lti_tool.identity import Role
from lti_tool.launch import binding
from lti_tool.launch.binding import Waiting
from lti_tool.launch.claims import Launch, check_sender, check_times, parse_launch
from lti_tool.launch.roles import MEMBERSHIP, load_roles
from lti_tool.launch.schemas import AGS, DEEP_LINKING, LTI, NRPS
from lti_tool.launch.state import LoginState, Storage
from lti_tool.launch.verdicts import BadLaunch

OURS = "https://mtl.uni.ac.uk"
ISSUER = "https://vle.uni.ac.uk"
CODE = re.compile(r"[a-z0-9_]{1,200}")

GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "me",
    "sub": "5",
    "iat": 1795347076,
    "exp": 1795347136,
    "name": "Amira Khan",
    "email": "amira@school.example",
    LTI + "message_type": "LtiDeepLinkingRequest",
    LTI + "version": "1.3.0",
    LTI + "deployment_id": "1",
    LTI + "roles": [MEMBERSHIP + "#Instructor"],
    LTI + "target_link_uri": f"{OURS}/lti/launch",
    LTI + "context": {"id": "2", "title": "MTL"},
    LTI + "resource_link": {"id": "7", "title": "My progress"},
    LTI + "custom": {"mtl": "progress"},
    LTI + "launch_presentation": {"return_url": ISSUER},
    LTI + "for_user": {"user_id": "6"},
    AGS: {"scope": ["a"], "lineitems": f"{ISSUER}/lineitems", "lineitem": f"{ISSUER}/1"},
    NRPS: {"context_memberships_url": f"{ISSUER}/members"},
    DEEP_LINKING + "deep_linking_settings": {
        "deep_link_return_url": f"{ISSUER}/return",
        "accept_types": ["ltiResourceLink"],
        "accept_multiple": True,
        "data": "",
    },
}

TEXTS = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(
    [
        "",
        " ",
        "$Context.id",
        "\x00",
        "\ud800",
        "x" * 2000,
        "LtiResourceLinkRequest",
        OURS,
        "http://[",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place at which something stands, the top ones first."""
    inner = value.items() if isinstance(value, dict) else ()
    below = [place for key, one in inner for place in places(one, (*path, key))]
    return [*([path] if path else []), *below]


def with_value(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    return {**value, path[0]: with_value(value[path[0]], path[1:], new)}


@st.composite
def changed_claims(draw: st.DrawFn) -> dict[str, Any]:
    """Good claims, of which one to three places hold anything at all; as JSON carries them."""
    claims = GOOD
    for path in draw(st.lists(st.sampled_from(places(GOOD)), min_size=1, max_size=3)):
        try:
            claims = with_value(claims, path, draw(JSON))
        except (KeyError, TypeError):
            continue  # an earlier change has taken the place away
    found: dict[str, Any] = json.loads(json.dumps(claims))
    return found


def read(claims: dict[str, Any]) -> Launch | BadLaunch:
    """What comes of the claims. Any other exception is a mistake of ours."""
    try:
        return read_or_refuse(claims)
    except BadLaunch as refusal:
        return refusal


def read_or_refuse(claims: dict[str, Any]) -> Launch:
    check_sender(claims, issuer=ISSUER, client_id="me", ours=OURS)
    check_times(claims, now().fromtimestamp(1795347080, now().tzinfo))
    return parse_launch(claims, issuer=ISSUER, client_id="me", ours=OURS)


def test_the_claims_from_which_all_others_are_made_are_good() -> None:
    assert read_or_refuse(GOOD).subject == "5"


@given(claims=changed_claims())
def test_any_claims_are_a_launch_or_a_refusal_with_a_code(claims: dict[str, Any]) -> None:
    found = read(claims)
    if isinstance(found, BadLaunch):
        assert CODE.fullmatch(found.code), found.code
        assert found.status in (400, 401)
        assert found.sentence.endswith(".")
        return
    texts = [found.subject, found.deployment_id, *found.roles]
    assert all(isinstance(each, str) and "\x00" not in each for each in texts)
    assert len(found.name or "") <= 300
    assert load_roles().role_of(found.roles) in {None, *Role}


class Memory:
    """A store as far as these tests need one."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def put(self, key: str, value: Any, seconds: int) -> None:
        assert seconds <= 60
        self.kept[key] = json.dumps(value)

    def take(self, key: str) -> Any | None:
        text = self.kept.pop(key, None)
        return None if text is None else json.loads(text)


@given(claims=changed_claims(), storage=st.none() | st.builds(Storage, TEXTS, TEXTS))
@example(claims=GOOD, storage=None)
def test_a_launch_that_waits_comes_back_as_it_was_and_once(
    claims: dict[str, Any], storage: Storage | None
) -> None:
    launch = read(claims)
    if isinstance(launch, BadLaunch):
        return
    store: Any = Memory()
    login = LoginState("n", 1, ISSUER, "me", "keys", OURS, OURS, "hash", storage)
    waiting = Waiting(1, login, launch)
    ticket = binding.keep(store, waiting)
    assert not any(ticket in key for key in store.kept)
    # NaN is not equal to itself, so the two are compared as they are written.
    assert repr(binding.take(store, ticket)) == repr(waiting)
    assert binding.take(store, ticket) is None


@given(sent=st.lists(TEXTS | st.builds("{}{}{}".format, st.just(MEMBERSHIP), TEXTS, TEXTS)))
def test_any_roles_are_read_and_only_those_of_the_course_count(sent: list[str]) -> None:
    role = load_roles().role_of(sent)
    known = [each for each in sent if each.startswith(MEMBERSHIP) or each.isidentifier()]
    assert role == load_roles().role_of(known)
    assert role == load_roles().role_of([*reversed(sent), *sent])


@given(sent=st.lists(st.sampled_from(["Learner", "Mentor", "Instructor", "Fred"]), min_size=1))
def test_the_strongest_role_wins_however_many_weaker_ones_are_sent(sent: list[str]) -> None:
    names = {"Instructor": Role.TUTOR, "Mentor": Role.COACH, "Learner": Role.PARTICIPANT}
    strongest = next((role for name, role in names.items() if name in sent), None)
    assert load_roles().role_of([f"{MEMBERSHIP}#{name}" for name in sent]) is strongest


@pytest.mark.parametrize("path", [*places(GOOD), ("unknown",)], ids=str)
def test_claims_that_are_nested_too_deeply_are_refused(path: tuple[str, ...]) -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"a": deep}
    found = read(with_value({**GOOD, "unknown": ""}, path, deep))
    assert isinstance(found, BadLaunch)
    assert CODE.fullmatch(found.code)
