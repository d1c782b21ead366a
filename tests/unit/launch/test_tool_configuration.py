"""What is asked of a platform when registering, and that the page says the same."""

from lti_tool.launch.tool_configuration import (
    CANVAS,
    SCOPES,
    TOOL,
    plan_for,
    tool_configuration,
)

ALL = list(SCOPES)
LINK, DEEP_LINK = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
MOODLE: dict[str, list[str]] = {LINK: [], DEEP_LINK: ["ContentArea"]}


def test_only_scopes_that_the_platform_offers_are_asked_for() -> None:
    offered = ALL[:-1]
    body = tool_configuration("https://mtl.uni.ac.uk", "moodle", [*offered, "openid"], MOODLE)
    assert body["scope"].split() == offered
    plan = plan_for("moodle", offered, MOODLE)
    assert plan.lost == [SCOPES[ALL[-1]]]
    assert plan.lost[0].without


def test_the_domain_for_moodle_is_the_links_host_without_www() -> None:
    body = tool_configuration("https://www.mtl.uni.ac.uk", "moodle", ALL, MOODLE)
    assert body[TOOL]["domain"] == "mtl.uni.ac.uk"
    assert body[TOOL]["target_link_uri"] == "https://www.mtl.uni.ac.uk/lti/launch"


def test_without_deep_linking_none_is_asked_for_and_the_page_says_so() -> None:
    body = tool_configuration("https://mtl.uni.ac.uk", "moodle", ALL, {LINK: []})
    assert body[TOOL]["messages"] == [{"type": LINK}]
    assert any("My progress" in wish.without for wish in plan_for("moodle", ALL, {LINK: []}).lost)


def test_canvas_placements_are_written_as_this_canvas_writes_them() -> None:
    messages = {LINK: ["course_navigation"], DEEP_LINK: [CANVAS + "link_selection"]}
    body = tool_configuration("https://mtl.uni.ac.uk", "canvas", ALL, messages)
    assert [each["placements"] for each in body[TOOL]["messages"]] == [
        ["course_navigation"],
        [CANVAS + "link_selection"],
    ]


def test_a_canvas_without_our_placements_is_asked_for_none() -> None:
    messages: dict[str, list[str]] = {LINK: ["user_navigation"], DEEP_LINK: []}
    body = tool_configuration("https://mtl.uni.ac.uk", "canvas", ALL, messages)
    assert [each["type"] for each in body[TOOL]["messages"]] == [LINK]
    assert "placements" not in body[TOOL]["messages"][0]


def test_custom_values_are_text() -> None:
    for product in ("moodle", "canvas"):
        body = tool_configuration("https://mtl.uni.ac.uk", product, ALL, MOODLE)
        assert all(isinstance(each, str) for each in body[TOOL]["custom_parameters"].values())
