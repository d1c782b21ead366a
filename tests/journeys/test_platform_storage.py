"""The script that talks to the platform's page, against pages that answer in every manner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import BrowserContext, Route

from lti_tool.settings import ROOT

SCRIPT = (ROOT / "static" / "platform_storage.js").read_text("utf-8")
AROUND, TOOL, KEEPER, STRANGER = (
    f"https://{name}.test" for name in ("vle", "tool", "keeper", "stranger")
)
# `answer(event, changes)` replies as the platform should, but for the changes.
ANSWER = """
const answer = (event, changes) => event.source.postMessage(
  {subject: event.data.subject + ".response", message_id: event.data.message_id,
   key: event.data.key, value: "kept", ...changes}, "*");
const hear = (act) => window.addEventListener("message", act);
"""
# A stranger beside the tool, who was told the message's id, answers in the platform's place.
STRANGER_ANSWERS = """
hear((event) => event.data.subject && window.frames.stranger.postMessage(
  {...event.data, subject: event.data.subject + ".response", value: "forged"}, "*"));
"""
STRANGER_PAGE = "hear((event) => window.parent.frames.tool.postMessage(event.data, '*'));"

ANSWERS: dict[str, tuple[str, str]] = {
    "as it should": ("hear((event) => answer(event, {}))", "kept"),
    "after something else": (
        "hear((event) => { answer(event, {message_id: 'x'}); answer(event, {subject: 'y'});"
        " event.source.postMessage(null, '*'); event.source.postMessage('kept', '*');"
        " answer(event, {}); })",
        "kept",
    ),
    "for another message": ("hear((event) => answer(event, {message_id: 'x', value: 'w'}))", ""),
    "on another subject": ("hear((event) => answer(event, {subject: 'lti.put_data'}))", ""),
    "with an error": ("hear((event) => answer(event, {error: {code: 'wrong_origin'}}))", ""),
    "with nothing kept": ("hear((event) => answer(event, {value: null}))", ""),
    "with a value that is no text": ("hear((event) => answer(event, {value: {a: 1}}))", ""),
    "not at all": ("", ""),
    "through a stranger": (STRANGER_ANSWERS, ""),
}


@pytest.fixture
def pages(browser: BrowserContext) -> Iterator[Pages]:
    found = Pages(browser)
    browser.route("**/*", found.serve)
    yield found
    browser.unroute_all(behavior="ignoreErrors")


class Pages:
    """A page around the tool's, with a keeper and a stranger in frames beside it."""

    def __init__(self, browser: BrowserContext) -> None:
        self.browser = browser
        self.served: dict[str, str] = {
            f"{TOOL}/platform_storage.js": SCRIPT,
            f"{STRANGER}/": f"<script>{ANSWER}{STRANGER_PAGE}</script>",
        }
        self.posted: list[str] = []

    def serve(self, route: Route) -> None:
        asked = route.request
        if asked.method == "POST":
            self.posted.append(asked.post_data or "")
        kind = "text/javascript" if asked.url.endswith(".js") else "text/html"
        route.fulfill(content_type=kind, body=self.served.get(asked.url, "<p>On</p>"))

    def show(self, tool: str, around: str = "", keeper: str = "") -> Any:
        """Open the page around, whose script is given, and wait until the tool's page went on."""
        self.served[f"{KEEPER}/"] = f"<script>{ANSWER}{keeper}</script>"
        self.served[f"{TOOL}/"] = (
            f"{tool}<script type='module' src='{TOOL}/platform_storage.js'></script>"
        )
        # The tool's frame comes when those beside it are there.
        self.served[f"{AROUND}/"] = (
            f"<script>{ANSWER}{around}</script>"
            f"<iframe name='keeper' src='{KEEPER}/'></iframe>"
            f"<iframe name='stranger' src='{STRANGER}/'></iframe>"
            "<iframe name='tool'></iframe>"
            f"<script>onload = () => {{ document.querySelector('[name=tool]').src = '{TOOL}/'; "
            "onload = null; }</script>"
        )
        page = self.browser.new_page()
        page.goto(f"{AROUND}/")
        frame = page.frame("tool")
        assert frame is not None
        frame.wait_for_url(f"{TOOL}/on*")
        return frame

    def asked(self, around: str = "", keeper: str = "", **attributes: str) -> str:
        """What the tool's page posts after it has asked."""
        self.show(
            f"<form method='post' action='{TOOL}/on' data-storage='get' {written(attributes)}>"
            "<input name='ticket' value='t'><input name='value' value=''></form>",
            around,
            keeper,
        )
        fields = parse_qs(self.posted[-1], keep_blank_values=True)
        assert fields["ticket"] == ["t"]
        return fields["value"][0]


def written(changed: dict[str, str]) -> str:
    given = {"target": "_parent", "origin": AROUND, "key": "k", **changed}
    return " ".join(f"data-{name}='{value}'" for name, value in given.items())


@pytest.mark.parametrize(("answers", "value"), ANSWERS.values(), ids=ANSWERS.keys())
def test_only_the_answer_to_the_question_is_taken_and_the_page_goes_on_in_any_case(
    pages: Pages, answers: str, value: str
) -> None:
    assert pages.asked(around=answers) == value


def test_a_frame_beside_the_tool_is_asked_by_its_name(pages: Pages) -> None:
    right = "hear((event) => answer(event, {value: 'beside'}))"
    assert pages.asked(keeper=right, target="keeper", origin=KEEPER) == "beside"
    assert pages.asked(keeper=right, target="keeper", origin=STRANGER) == ""
    assert pages.asked(keeper=right, target="nobody", origin=KEEPER) == ""


def test_a_page_around_that_is_not_the_platforms_never_hears_the_value(pages: Pages) -> None:
    heard = "window.heard = []; hear((event) => window.heard.push(event.data));"
    link = f"<a href='{TOOL}/on?by=link' data-storage='put' data-value='secret' {{}}>On</a>"
    frame = pages.show(link.format(written({"origin": KEEPER})), heard)
    assert frame.page.evaluate("window.heard") == []
    frame = pages.show(link.format(written({})), heard)
    (told,) = frame.page.evaluate("window.heard")
    assert told.pop("message_id")
    assert told == {"subject": "lti.put_data", "key": "k", "value": "secret"}


def test_in_a_window_of_its_own_the_page_goes_on_too(pages: Pages) -> None:
    pages.served[f"{TOOL}/"] = (
        f"<a href='{TOOL}/on' data-storage='put' data-value='v' {written({})}>On</a>"
        f"<script type='module' src='{TOOL}/platform_storage.js'></script>"
    )
    page = pages.browser.new_page()
    page.goto(f"{TOOL}/")
    page.wait_for_url(f"{TOOL}/on")
