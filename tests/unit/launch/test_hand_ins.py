"""The address by which a gradebook opens handed-in work."""

from __future__ import annotations

import pytest

from lti_tool.launch.claims import DEEP_LINKING_REQUEST, RESOURCE_LINK, Launch, Named
from lti_tool.launch.hand_ins import new_reference, reference_in, url_of, without_link

OURS = "https://tool.example/mtl"


def launch_of(target: str, message_type: str = RESOURCE_LINK) -> Launch:
    return Launch(
        issuer="https://vle.example",
        client_id="1",
        deployment_id="1",
        message_type=message_type,
        subject="7",
        roles=(),
        target_link_uri=target,
        link=Named("a-link"),
        opens="coach-evidence",
        lineitem_url="https://vle.example/items/1",
    )


def test_an_address_names_the_hand_in_that_it_was_made_for() -> None:
    reference = new_reference()
    assert reference_in(launch_of(url_of(OURS, reference))) == reference
    assert new_reference() != reference


@pytest.mark.parametrize(
    "target",
    [
        "/lti/launch?placement=x&hand_in=Ab-_9",
        "/lti/launch?hand_in=Ab-_9&placement=x",
        "/lti/launch?hand_in=Ab-_9#top",
        "/lti/launch?hand%5Fin%3DAb-_9",
    ],
)
def test_it_is_found_among_other_parameters_and_encoded_once_more(target: str) -> None:
    assert reference_in(launch_of(OURS + target)) == "Ab-_9"


@pytest.mark.parametrize(
    "target",
    [
        "/lti/launch",
        "/lti/launch?hand_in=",
        "/lti/launch?hand_in=../../evil",
        "/lti/launch?hand_in=a%2Fb",
        "/lti/launch?other_hand_in=Ab",
        "/lti/launch?hand_in=" + "a" * 65,
    ],
)
def test_any_other_address_names_none(target: str) -> None:
    assert reference_in(launch_of(OURS + target)) is None


def test_only_a_launch_of_a_link_is_about_a_hand_in() -> None:
    assert reference_in(launch_of(url_of(OURS, "Ab"), DEEP_LINKING_REQUEST)) is None


def test_what_is_said_of_a_link_beside_it_is_left_out() -> None:
    bare = without_link(launch_of(url_of(OURS, "Ab")))
    assert (bare.link, bare.opens, bare.lineitem_url) == (None, None, None)
