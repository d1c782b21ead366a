"""One thread looks at the clock for all: calls that must end, leases that are renewed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

from lti_tool.launch.alarms import Alarms

BOUND = 20


@pytest.fixture
def alarms() -> Alarms:
    return Alarms("test")


def test_what_is_asked_for_is_done_when_the_time_is_over(alarms: Alarms) -> None:
    done = threading.Event()
    with alarms.after(0.01, done.set):
        assert done.wait(BOUND)


def test_a_nearer_alarm_does_not_wait_for_a_farther_one(alarms: Alarms) -> None:
    never, done = threading.Event(), threading.Event()
    with alarms.after(3600, never.set), alarms.after(0.01, done.set):
        assert done.wait(BOUND)
    assert not never.is_set()


def test_nothing_is_done_once_the_block_has_ended(alarms: Alarms) -> None:
    too_late, after = threading.Event(), threading.Event()
    with alarms.after(0.05, too_late.set):
        pass
    with alarms.after(0.1, after.set):
        assert after.wait(BOUND)
    assert not too_late.is_set()


def test_it_is_done_again_and_again_while_the_block_lasts(alarms: Alarms) -> None:
    third = threading.Event()
    with alarms.every(0.01, counting(3, third.set)):
        assert third.wait(BOUND)


def test_one_that_fails_leaves_the_others_alone(alarms: Alarms) -> None:
    def fails() -> None:
        raise RuntimeError

    done = threading.Event()
    with alarms.after(0, fails), alarms.after(0.05, done.set):
        assert done.wait(BOUND)


def test_a_forked_process_has_a_thread_of_its_own(alarms: Alarms) -> None:
    with alarms.after(3600, lambda: None):
        child = os.fork()
        if not child:
            done = threading.Event()
            with alarms.after(0.01, done.set):
                os._exit(0 if done.wait(BOUND) else 1)
        assert os.waitpid(child, 0)[1] == 0


def counting(times: int, act: Callable[[], None]) -> Callable[[], None]:
    """Act when this was called so many times."""
    left = iter(range(times - 1))

    def once() -> None:
        if next(left, None) is None:
            act()

    return once
