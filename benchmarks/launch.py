"""A full launch, from the login initiation to the first page, beside the bare tool's.

Launches of the two alternate, one by one, so that whatever else the machine does meets both. Only
the tools' own time counts: tokens are signed, and answers read, while no clock runs.
"""

from __future__ import annotations

import itertools
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.platform import CLIENT_ID, DEPLOYMENT_ID, Learner, Platform
from benchmarks.servers import Server, both_tools
from benchmarks.tables import Figures, in_milliseconds, ratio

STEPS = ("login", "signed post", "first page")
WHOLE = "whole launch"
EXPECTED = (302, 303, 200)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
COOKIE = re.compile(r"^set-cookie: *([^=]+)=([^;\r]*)", re.IGNORECASE | re.MULTILINE)
LOCATION = re.compile(r"^location: *(\S+)", re.IGNORECASE | re.MULTILINE)
WARM_UP = 10
STORES = {"sqlite": "SQLite", "postgres": "PostgreSQL and Redis"}


@dataclass(frozen=True)
class Step:
    """What one request took: on the clock, and of the server's processor."""

    wall_ns: int
    cpu_ns: int


class Browser:
    """Keeps cookies and one connection, and measures nothing but the wait for each answer."""

    def __init__(self, server: Server, platform: Platform, learner: Learner) -> None:
        self._server, self._platform, self._learner = server, platform, learner
        self._cookies: dict[str, str] = {}
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def cookies(self) -> str:
        """What it would send, for a client that goes on with them."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def close(self) -> None:
        self._socket.close()

    def launch(self) -> list[Step]:
        """Click the link once. Raises RuntimeError where a step does not end as it should."""
        target = f"{self._server.url}/lti/launch"
        asked = {
            "iss": self._platform.url,
            "login_hint": str(self._learner.number),
            "target_link_uri": target,
            "client_id": CLIENT_ID,
            "lti_deployment_id": DEPLOYMENT_ID,
            "lti_message_hint": "1",
        }
        first, answer = self._send("GET", f"/lti/login?{urlencode(asked)}", EXPECTED[0])
        sent = {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}
        token = self._platform.id_token(self._learner, sent["nonce"], target)
        form = urlencode({"id_token": token, "state": sent["state"]})
        steps = [first]
        method, path = "POST", "/lti/launch"
        for status in EXPECTED[1:]:
            step, path = self._send(method, path, status, form if method == "POST" else "")
            steps.append(step)
            method = "GET"
        return steps

    def _send(self, method: str, path: str, status: int, form: str = "") -> tuple[Step, str]:
        request = self._request(method, path, form)
        cpu, wall = self._server.cpu_ns(), time.perf_counter_ns()
        self._socket.sendall(request)
        answer = self._whole_answer()
        step = Step(time.perf_counter_ns() - wall, self._server.cpu_ns() - cpu)
        head, _, body = answer.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        if int(text.split(" ", 2)[1]) != status:
            raise RuntimeError(f"{self._server.name}: {method} {path}\n{text}\n\n{body[:3000]!r}")
        for name, value in COOKIE.findall(text):
            self._cookies[name] = value
            if not value:
                del self._cookies[name]
        found = LOCATION.search(text)
        return step, found[1].removeprefix(self._server.url) if found else ""

    def _request(self, method: str, path: str, form: str) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: localhost:{self._server.port}",
            "User-Agent: Mozilla/5.0 (benchmark)",
            "Accept: text/html",
            "Sec-Fetch-Dest: iframe",
        ]
        if self._cookies:
            lines.append(f"Cookie: {self.cookies}")
        if method == "POST":
            lines.append("Content-Type: application/x-www-form-urlencoded")
            lines.append(f"Content-Length: {len(form)}")
        return ("\r\n".join(lines) + "\r\n\r\n" + form).encode("latin-1")

    def _whole_answer(self) -> bytes:
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        length = LENGTH.search(answer, 0, end + 2)
        if length is None:
            raise RuntimeError(f"{self._server.name}: an answer without a length")
        whole = end + 4 + int(length[1])
        while len(answer) < whole:
            answer += self._more()
        return answer

    def _more(self) -> bytes:
        piece = self._socket.recv(262144)
        if not piece:
            raise RuntimeError(f"{self._server.name} closed the connection.")
        return piece


@dataclass
class Samples:
    """The launches of one tool, in rounds: `rounds[round][launch][step]`."""

    rounds: list[list[list[Step]]] = field(default_factory=list)

    def wall(self, step: str, rounds: slice = slice(None)) -> float:
        """The median of a step on the clock, in nanoseconds."""
        return median(sum(one.wall_ns for one in each) for each in self._steps(step, rounds))

    def cpu(self, step: str, rounds: slice = slice(None)) -> float:
        """The median of a step on the server's processor, in nanoseconds."""
        return median(sum(one.cpu_ns for one in each) for each in self._steps(step, rounds))

    def _steps(self, step: str, rounds: slice) -> Iterator[list[Step]]:
        for launch in itertools.chain.from_iterable(self.rounds[rounds]):
            yield launch if step == WHOLE else [launch[STEPS.index(step)]]


def run(stores: Sequence[str], launches: int, rounds: int) -> Iterator[Figures]:
    """One table a store and a kind of person, as each is done."""
    for store in stores:
        with Platform() as platform, both_tools(store, platform) as servers:
            for title, is_new in (("known already", False), ("new to the tool", True)):
                bare, tool = _measure(servers, platform, launches, rounds, is_new=is_new)
                yield _figures(f"{STORES[store]}, a participant {title}", bare, tool)


def _measure(
    servers: tuple[Server, Server],
    platform: Platform,
    launches: int,
    rounds: int,
    *,
    is_new: bool,
) -> tuple[Samples, Samples]:
    """Launches by turns. Somebody known comes back with the cookies of the last time."""
    numbers = itertools.count(1_000 if is_new else 1)
    known = [Browser(server, platform, Learner(next(numbers))) for server in servers]
    try:
        for _ in range(min(WARM_UP, launches)):
            for browser in known:
                browser.launch()
        found = Samples(), Samples()
        for _ in range(rounds):
            for samples in found:
                samples.rounds.append([])
            for turn in range(launches):
                # Who goes second finds the machine warmer, so they take turns in that, too.
                for which in (0, 1) if turn % 2 else (1, 0):
                    learner = Learner(next(numbers))
                    browser = Browser(servers[which], platform, learner) if is_new else known[which]
                    found[which].rounds[-1].append(browser.launch())
                    if is_new:
                        browser.close()
        return found
    finally:
        for browser in known:
            browser.close()


def _figures(title: str, bare: Samples, tool: Samples) -> Figures:
    rows = []
    for step in (*STEPS, WHOLE):
        wall, cpu = (bare.wall(step), tool.wall(step)), (bare.cpu(step), tool.cpu(step))
        rows.append(
            [step, *in_milliseconds(*wall), ratio(*wall), *in_milliseconds(*cpu), ratio(*cpu)]
        )
    clock = _by_round(bare, tool, Samples.wall)
    processor = _by_round(bare, tool, Samples.cpu)
    count = sum(len(one) for one in tool.rounds)
    return Figures(
        title=title,
        columns=("step", "bare ms", "tool ms", "ratio", "bare CPU ms", "tool CPU ms", "ratio"),
        rows=rows,
        note=(
            f"{count} launches of each. The ratio of the whole lay, by rounds, between "
            f"{clock[0]:.2f} and {clock[-1]:.2f} on the clock, and between "
            f"{processor[0]:.2f} and {processor[-1]:.2f} on the processor."
        ),
    )


def _by_round(
    bare: Samples, tool: Samples, middle: Callable[[Samples, str, slice], float]
) -> list[float]:
    """The ratio of the whole in each round, lowest first: how firm the figure is."""
    rounds = [slice(index, index + 1) for index in range(len(bare.rounds))]
    return sorted(middle(tool, WHOLE, one) / middle(bare, WHOLE, one) for one in rounds)
