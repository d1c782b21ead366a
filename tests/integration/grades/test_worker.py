"""Several workers, killed workers, restarted workers: each mark arrives once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from lti_tool.db import db
from lti_tool.grades import claiming, leases
from lti_tool.grades.deliveries import send_due
from tests.integration.grades.factories import Released, lay_hand_ins_still, released
from tests.world import World

BOUND = 60


def wait_until(what: Callable[[], bool]) -> None:
    """Until it is so, with a bound."""
    until = time.monotonic() + BOUND
    while not what():
        assert time.monotonic() < until, "It did not become so in time."
        time.sleep(0.05)


@contextmanager
def a_worker(world: World) -> Iterator[subprocess.Popen[bytes]]:
    """A real `flask worker` on the same store, in a process of its own."""
    with world.tool.app.app_context():
        lay_hand_ins_still(-1)
    words = ["-m", "flask", "--app", "lti_tool", "worker", "--workers", "2", "--lease-seconds", "2"]
    environ = {**os.environ, **world.tool.environ}
    process = subprocess.Popen([sys.executable, *words], env=environ, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def send_in_threads(world: World, count: int) -> None:
    """What several workers do at the same moment."""

    def work() -> None:
        with world.tool.app.app_context():
            send_due()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)])
def test_two_workers_at_once_send_each_mark_once(world: World, product: str) -> None:
    several = [released(world, 50 + number) for number in range(4)]
    send_in_threads(world, 4)
    for one in several:
        one.settle()
        assert one.posts() == [200]
        assert len(one.cell().comments) == 1
        assert one.state == "confirmed"
    assert world.product == product


@pytest.mark.canvas
def test_canvas_is_asked_one_thing_at_a_time(world: World) -> None:
    one, other = released(world, 50), released(world, 51)
    with world.tool.app.app_context():
        first = claiming.claim(timedelta(seconds=60))
        assert first is not None
        assert claiming.claim(timedelta(seconds=60)) is None
        leases.give_back(first, "queued")
    one.settle()
    other.settle()


def test_a_worker_that_slept_past_its_lease_writes_nothing_any_more(world: World) -> None:
    one = released(world)
    with world.tool.app.app_context():
        asleep = claiming.claim(timedelta(seconds=-1))
        assert asleep is not None
        assert one.settle()["state"] == "confirmed"
        with pytest.raises(leases.LeaseLost):
            leases.give_back(asleep, "failed", reason="too late")
        db.session.rollback()
    assert one.state == "confirmed"


def test_a_replaced_delivery_is_not_sent_any_more_by_whoever_has_it_in_hand(world: World) -> None:
    one = released(world, 64)
    with world.tool.app.app_context():
        in_hand = claiming.claim(timedelta(seconds=60))
        assert in_hand is not None
        one.change(67)
        with pytest.raises(leases.LeaseLost):
            leases.keep(in_hand, timedelta(seconds=60))
        db.session.rollback()
    one.settle()
    assert one.cell().score == 67


def test_a_heartbeat_holds_the_lease_of_a_slow_try(world: World) -> None:
    one = released(world)
    life = timedelta(seconds=0.3)
    with world.tool.app.app_context():
        parcel = claiming.claim(life)
        assert parcel is not None
        before = one.delivery()["lease_until"]
        with leases.heartbeat(parcel, life):
            wait_until(lambda: one.delivery()["lease_until"] > before)
        leases.give_back(parcel, "queued")
    assert one.settle()["state"] == "confirmed"


@pytest.mark.parametrize("product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)])
def test_a_worker_killed_between_the_post_and_its_commit_loses_and_doubles_nothing(
    world: World, product: str
) -> None:
    one = released(world, 64)
    # The score is stored, and its reading is held back: there the worker is killed.
    world.vle.site.faults.add("results", "slow", seconds=BOUND, times=1)
    with a_worker(world) as worker:
        wait_until(lambda: one.posts() == [200])
        assert one.state == "sending"
        os.kill(worker.pid, signal.SIGKILL)
    world.vle.site.faults.clear()
    check_it_ends_well(world, one)
    assert world.product == product


def test_a_worker_killed_while_the_gradebook_is_answering_loses_and_doubles_nothing(
    world: World,
) -> None:
    one = released(world, 64)
    world.vle.site.faults.add("scores", "slow", seconds=BOUND, times=1)
    with a_worker(world) as worker:
        wait_until(lambda: one.delivery()["posted_at"] is not None)
        os.kill(worker.pid, signal.SIGKILL)
    world.vle.site.faults.clear()
    check_it_ends_well(world, one)


def check_it_ends_well(world: World, one: Released) -> None:
    with a_worker(world) as worker:
        wait_until(lambda: one.state == "confirmed")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    assert one.cell().score == 64
    assert one.posts().count(200) <= 1
    assert len(one.cell().comments) == 1


def test_a_release_wakes_a_running_worker(world: World) -> None:
    with a_worker(world):
        one = released(world, 58)
        wait_until(lambda: one.state == "confirmed")
    assert one.cell().score == 58
