"""An administrator at a VLE who pastes the tool's registration address."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from requests import Response

from demo_vle.browser import LoopbackSession, Visitor
from demo_vle.server import RunningVle, start_vle
from demo_vle.state import Tool
from tests.integration.launch.watching import rows
from tests.tool_server import RunningTool
from tests.world import World, soup, text_of


def invite(tool: RunningTool, *words: str) -> str:
    """The address that the operator hands out."""
    result = tool.app.test_cli_runner().invoke(args=["platforms", "invite", *words])
    assert result.exit_code == 0, result.output
    return str(result.output).strip()


def listed(tool: RunningTool, client_id: str) -> dict[str, Any]:
    """What `platforms list` shows of a platform."""
    result = tool.app.test_cli_runner().invoke(args=["platforms", "list", "--json"])
    return next(each for each in json.loads(result.output) if each["client_id"] == client_id)


class Administrator:
    """Somebody who adds the tool in a VLE of their own; `page` is the last answer."""

    def __init__(self, tool: RunningTool, vle: RunningVle, address: str) -> None:
        self.tool = tool
        self.vle = vle
        self.address = address
        self.browser = Visitor(vle, None)  # type: ignore[arg-type]  # only walks between pages

    def pastes(self, **changed: str | None) -> Response:
        """Open the address as the VLE does; a parameter may be changed or left out."""
        url, token = self.vle.site.begin_registration()
        asked = {"openid_configuration": url, "registration_token": token}
        kept = {name: value for name, value in {**asked, **changed}.items() if value is not None}
        self.page = self.browser.get(f"{self.address}&{urlencode(kept)}")
        return self.page

    def presses(self, page: Response | None = None) -> Response:
        """Press the button of the page."""
        self.page = self.browser.submit(page or self.page)
        return self.page

    def new_tool(self) -> Tool:
        """The tool that now waits in the VLE."""
        (pending,) = self.vle.site.pending
        return pending

    def activates(self) -> World:
        """Switch the tool on; the VLE with a course in which it can be opened."""
        self.vle.site.activate(self.new_tool())
        return World(self.tool, self.vle)


@contextmanager
def administrator(tool: RunningTool, product: str, *words: str) -> Iterator[Administrator]:
    """Somebody with an invitation, at a VLE that does not know the tool."""
    with start_vle(None, product) as vle:
        yield Administrator(tool, vle, invite(tool, *words))


@contextmanager
def nothing_stored(tool: RunningTool, caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """No table may have grown when the block is left; yields the verdicts of the log."""
    before, verdicts = rows(tool), list[str]()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        yield verdicts
    events: list[Any] = [record.msg for record in caplog.records]
    verdicts += [
        each["verdict"]
        for each in events
        if isinstance(each, dict) and each["event"] == "registration"
    ]
    assert rows(tool) == before


def assert_told(page: Response, status: int, *words: str) -> None:
    """A page with one heading and a sentence that can be acted on."""
    assert page.status_code == status, text_of(page)[:400]
    assert len(soup(page).select("h1")) == 1
    for each in words:
        assert each in text_of(page)


Answer = tuple[int, Mapping[str, str], bytes]


class FakePlatform:
    """A server that answers the configuration and the registration as a test wants them."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        self.requests.append((asked.command, asked.path, dict(asked.headers), body))
        path = asked.path.partition("?")[0]
        try:
            status, headers, content = self.answers[path]()
            asked.send_response(status)
            for name, value in headers.items():
                asked.send_header(name, value)
            asked.send_header("Content-Length", str(len(content)))
            asked.end_headers()
            asked.wfile.write(content)
        except OSError:
            pass  # the tool has hung up, as it should

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def as_json(content: Any, status: int = 200) -> Callable[[], Answer]:
    """An answer of JSON."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda: (status, {"Content-Type": "application/json"}, text)


def fetch_plain(url: str, method: str = "GET") -> Response:
    """A request of nobody in particular, such as of a scanner of links."""
    return LoopbackSession().request(method, url, timeout=30, allow_redirects=False)
