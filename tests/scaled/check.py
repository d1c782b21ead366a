"""What two of everything must not change: sessions, files in pieces, deliveries, a stop."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests

from demo_vle.server import start_vle
from tests.integration.evidence.resumable_steps import Sender
from tests.integration.evidence.steps import added, fill_in
from tests.integration.grades.factories import released
from tests.scaled.stack import Service, Stack, answers
from tests.world import Person, World, soup, text_of

Tell = Callable[[str], None]
PIECE = 5 * 1024 * 1024
MARK = 64
PAUSE = 0.05  # seconds between two pages that somebody asks for
GOOD = {"title": "A lesson on fractions", "strands": ["1.1"], "pupils": "none"}


def check(stack: Stack, tell: Tell) -> None:
    """Raises AssertionError at the first thing that is not as it must be."""
    tool = stack.tool()
    with start_vle(stack.url, "moodle") as vle:
        tool.add_platform(vle.registration())
        world = World(tool, vle)
        amira = world.participant()
        _launches_on_both(stack, amira)
        _one_session_on_both(amira)
        tell("Launches whose steps went to either web instance, and a session on both.")
        _pieces_to_both(amira)
        tell("A file in pieces, sent to both in turn, went into the bucket and came back whole.")
        one = released(world, MARK)
        stack.wait_for(lambda: one.state == "confirmed")
        assert one.cell().score == MARK
        tell("A released mark is in the gradebook, and was read back.")
        _figures_of_both(stack)
        tell("Each instance tells its figures, the workers' too.")
        with _people_at_work(amira, stack) as answered:
            _stop_in_the_middle(stack, amira)
            tell("A web instance that was told to stop answered what it had begun.")
            _stop_a_worker(stack, world)
            tell("A worker that was told to stop left nothing behind; the other one went on.")
        assert answered, "Nobody was at work."
        bad = {status for status in answered if status != 200}
        assert not bad, f"Meanwhile somebody was answered {bad}."
        tell(f"Meanwhile {len(answered)} pages were asked for, and all were answered.")


def _launches_on_both(stack: Stack, amira: Person) -> None:
    """Each of the three steps of a launch goes to the instance whose turn it is, and a third time
    it begins at the other one."""
    for _ in range(3):
        page = amira.launch("progress")
        assert page.status_code == 200, page.text
        steps = [each.headers.get("X-Served-By") for each in (*page.history, page)]
        ours = [step for step in steps if step]
        assert set(ours) == {str(port) for port in stack.front.backends}, steps


def _one_session_on_both(amira: Person) -> None:
    seen = {amira.get("progress").headers["X-Served-By"] for _ in range(4)}
    assert len(seen) == 2, seen
    added(amira, title="Saved through both")


def _pieces_to_both(amira: Person) -> None:
    sender, content = Sender(amira), b"%PDF-1.7\n" + bytes(PIECE * 2 + 1000)
    address, served = sender.begun("lesson.pdf", len(content)), set()
    for start in range(0, len(content), PIECE):
        answer = sender.send(address, start, content[start : start + PIECE])
        assert answer.status_code == 204, answer.text
        served.add(answer.headers["X-Served-By"])
    assert len(served) == 2, served
    page = fill_in(amira, sender.page, {**GOOD, "uploads": address.rsplit("/", 1)[1]})
    link = soup(page).find("a", string="lesson.pdf")
    assert link, text_of(page)
    url, handed_out = f"{amira.world.tool.url}{link['href']}", set()
    for _ in range(2):
        file = amira.visitor.get(url)
        assert file.content == content
        handed_out.add(file.headers["X-Served-By"])
    assert len(handed_out) == 2, handed_out


def _figures_of_both(stack: Stack) -> None:
    for port in stack.front.backends:
        stack.wait_for(lambda port=port: "mtl_workers 2.0" in _figures(port))
        text = _figures(port)
        assert 'mtl_deliveries{state="confirmed"} 1.0' in text, text
        assert 'mtl_answers_total{method="GET"' in text, text
    _sums_of_two_processes(stack.front.backends[0])


def _sums_of_two_processes(port: int) -> None:
    """An instance of two processes tells what both counted, whichever of them is asked."""
    counter = 'mtl_answers_total{method="GET",route="/health/live",status="200"}'
    before = _figure(port, counter)
    for number in range(1, 21):
        assert answers(f"http://localhost:{port}/health/live")
        assert _figure(port, counter) == before + number


def _figure(port: int, name: str) -> float:
    found = [line for line in _figures(port).splitlines() if line.startswith(name)]
    return float(found[0].rpartition(" ")[2]) if found else 0


def _figures(port: int) -> str:
    return requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text


@contextmanager
def _people_at_work(amira: Person, stack: Stack) -> Iterator[list[int]]:
    done, answered = threading.Event(), []
    cookies = amira.visitor.session

    def work() -> None:
        while not done.wait(PAUSE):
            answered.append(
                cookies.get(f"{stack.url}/courses/{amira.course_id}/evidence").status_code
            )

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield answered
    finally:
        done.set()
        thread.join()


def _stop_in_the_middle(stack: Stack, amira: Person) -> None:
    """A post has arrived in half when the process is told to stop; the other half still counts."""
    service, port = stack.web[0], stack.front.backends[0]
    body = b"state=made-up&id_token=" + b"a" * 1000
    head = (
        f"POST /lti/launch HTTP/1.1\r\nHost: {urlsplit(stack.url).netloc}\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    stack.front.drained.add(port)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(head.encode() + body[:100])
        # Another one is answered, so ours has been taken up before it.
        assert answers(f"http://localhost:{port}/health/live")
        service.ask_to_stop()
        stack.wait_for(lambda: not answers(f"http://localhost:{port}/health/live"))
        line.sendall(body[100:])
        said = line.recv(100)
    assert said.startswith(b"HTTP/1.1 401"), said
    assert service.process.wait(timeout=60) == 0
    _again(stack, service)
    stack.wait_for(lambda: answers(f"http://localhost:{port}/health/ready"))
    stack.front.drained.clear()


def _stop_a_worker(stack: Stack, world: World) -> None:
    service = stack.workers[0]
    ones = [released(world, MARK - number) for number in range(3)]
    service.ask_to_stop()
    assert service.process.wait(timeout=60) == 0
    for number, one in enumerate(ones):
        stack.wait_for(lambda one=one: one.state == "confirmed")
        assert one.cell().score == MARK - number
        assert one.posts().count(200) == 1
    _again(stack, service)


def _again(stack: Stack, service: Service) -> None:
    assert b"Traceback" not in service.log.read_bytes(), f"See {service.log}."
    service.start()
