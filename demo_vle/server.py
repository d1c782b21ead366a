"""A running platform: a thread with a server on the loopback interface."""

import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from demo_vle.app import create_vle
from demo_vle.site import Site
from demo_vle.state import Tool


class QuietHandler(WSGIRequestHandler):
    """No line per request: a demo's terminal belongs to the tool."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class RunningVle:
    """A platform that answers; also a context manager."""

    def __init__(self, site: Site, server: BaseWSGIServer) -> None:
        self.site = site
        self._server = server
        self.url = site.base_url
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def registration(self) -> dict[str, str]:
        return self.site.registration()

    def set_tool(self, url: str) -> Tool:
        """Say where the tool is, once its port is known."""
        return self.site.register_tool(url)

    def close(self) -> None:
        self.site.faults.clear()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> "RunningVle":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class RemoteVle:
    """A platform in another process, known by its address alone; enough for a Visitor."""

    url: str


@dataclass(frozen=True)
class Ref:
    """A person, course or placement of a remote platform, by its id."""

    id: str


def start_vle(
    tool_url: str | None = None,
    personality: str = "moodle",
    port: int = 0,
    data: Path | str | None = None,
) -> RunningVle:
    """Start a platform; when this returns it answers. Port 0 takes a free one."""
    site = Site(personality, Path(data) if data is not None else None)
    app = create_vle(site)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    site.base_url = f"http://127.0.0.1:{server.port}"
    if tool_url is not None:
        site.register_tool(tool_url)
    return RunningVle(site, server)
