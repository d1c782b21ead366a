"""The fault matrix: each case breaks one thing, mends it, and says what has to be seen then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.grades import ags, claiming, deliveries, leases, redelivery
from lti_tool.grades.deliveries import send_due
from lti_tool.grades.models import Delivery
from lti_tool.launch import http
from tests.integration.grades.factories import Released, released
from tests.world import World

MARK = 64
BY_HAND = 71
BOTH = ("moodle", "canvas")
SHORT_WAIT = (0.5, 0.5)
LONGER = 1.5  # seconds that an answer is held back


class Killed(BaseException):
    """The worker's process ends here: nothing after this line runs, and nothing is tidied up."""


@dataclass(frozen=True)
class Case:
    """One bad day: what happens to a released mark until all is mended, and how it must end."""

    name: str
    happens: Callable[[Released], None]
    ends: str = "confirmed"
    shows: float = MARK
    products: tuple[str, ...] = BOTH
    comments: int = 1  # one for each release, on Canvas, which keeps them all
    is_short: bool = False  # among those that run with the other tests


@dataclass(frozen=True)
class Seen:
    """How a case ended."""

    shown: float | None
    times: int  # how often the gradebook took the mark
    state: str
    says: str
    wrong: tuple[str, ...]


def meet(case: Case, world: World) -> Seen:
    """Release a mark on that day, and look at gradebook and tool afterwards."""
    one = released(world, MARK)
    case.happens(one)
    end = one.settle()
    cell = one.column().cells.get(one.amira.visitor.person.id)
    shown = cell.score if cell else None
    comments = [each for each in cell.comments if each.by_tool] if cell else []
    wrong = []
    if end["state"] != case.ends:
        wrong.append(f"the delivery is {end['state']}, not {case.ends}")
    if shown != case.shows:
        wrong.append(f"the gradebook shows {shown}, not {case.shows}")
    expected = case.comments if world.product == "canvas" else 1
    if end["state"] == "confirmed" and len(comments) != expected:
        wrong.append(f"the comment is there {len(comments)} times")
    if cell and cell.submissions:
        wrong.append("the mark counts as a further submission")
    if end["state"] != "confirmed" and not end["reason"]:
        wrong.append("the tool does not say why")
    says = end["reason"] or ""
    return Seen(shown, len(comments), end["state"], says, tuple(wrong))


def _fault(service: str, kind: Any, times: int = 1, **details: Any) -> Callable[[Released], None]:
    def happens(one: Released) -> None:
        with patch.dict(vars(http.USUAL), wait=SHORT_WAIT):
            one.world.vle.site.faults.add(service, kind, times=times, **details)
            for _ in range(times + 1):
                one.make_due()
                one.send()
                if (service, kind) == ("scores", "slow"):
                    _wait_for_what_is_held_back(one)
            one.world.vle.site.faults.clear()

    return happens


def _wait_for_what_is_held_back(one: Released) -> None:
    """The pause before the next try is longer than a call lasts: by then it has landed."""
    until = time.monotonic() + 10 * LONGER
    while one.delivery()["posted_at"] is not None and not one.posts():
        assert time.monotonic() < until, "The score was never answered."
        time.sleep(0.02)


def _gradebook_restarts(one: Released) -> None:
    one.world.vle.site.gradebook_off(600)
    one.send()
    assert one.state == "queued"
    one.world.vle.site.gradebook_on()


def _column_is_locked(one: Released) -> None:
    one.world.vle.site.set_locked(one.column(), True)
    assert "locked" in one.send()["reason"]
    one.world.vle.site.set_locked(one.column(), False)


def _column_is_gone(one: Released) -> None:
    del one.world.vle.site.columns[one.column().id]


def _somebody_overrides(one: Released) -> None:
    one.world.vle.site.override(one.column(), one.amira.visitor.person, BY_HAND)
    one.column().cells[one.amira.visitor.person.id].time = time.time() - 60


def _gradebook_has_a_later_mark(one: Released) -> None:
    one.world.vle.site.override(one.column(), one.amira.visitor.person, BY_HAND)
    one.column().cells[one.amira.visitor.person.id].time = time.time() + 3600


def _later_mark_is_replaced(one: Released) -> None:
    _gradebook_has_a_later_mark(one)
    assert one.settle()["state"] == "conflict"
    one.column().cells[one.amira.visitor.person.id].time = time.time() - 60
    one.column().cells[one.amira.visitor.person.id].overridden = False
    _send_again(one)


def _person_left_and_came_back(one: Released) -> None:
    site, person = one.world.vle.site, one.amira.visitor.person
    site.unenrol(person, one.world.course)
    assert one.settle()["state"] == "failed"
    site.enrol(person, one.world.course, "student")
    _send_again(one)


def _send_again(one: Released) -> None:
    number = one.delivery()["id"]
    with one.world.tool.app.app_context():
        redelivery.retry(None, db.session.get_one(Delivery, number))
        db.session.commit()


def _killed(where: str) -> Callable[[Released], None]:
    def happens(one: Released) -> None:
        with _ending_at(where), one.world.tool.app.app_context():
            try:
                send_due()
            except Killed:
                db.session.rollback()
        _lease_runs_out(one)

    return happens


@contextmanager
def _ending_at(where: str) -> Iterator[None]:
    """Die at this step; the outside world goes on."""
    post, give_back = ags.post_score, leases.give_back

    def before_post(*_: Any, **__: Any) -> Any:
        raise Killed

    def after_post(*given: Any, **named: Any) -> Any:
        post(*given, **named)
        raise Killed

    def after_end(*given: Any, **named: Any) -> Any:
        give_back(*given, **named)
        raise Killed

    steps: dict[str, tuple[Any, str, Any]] = {
        "claim": (deliveries, "_deliver", before_post),
        "stamp": (ags, "post_score", before_post),
        "post": (ags, "post_score", after_post),
        "reading": (leases, "give_back", before_post),
        "end": (leases, "give_back", after_end),
    }
    target, name, dies = steps[where]
    with patch.object(target, name, dies):
        yield


def _lease_runs_out(one: Released) -> None:
    number = one.delivery()["id"]
    with one.world.tool.app.app_context():
        over = now() - timedelta(seconds=1)
        db.session.execute(
            update(Delivery)
            .where(Delivery.id == number, Delivery.state == "sending")
            .values(lease_until=over)
        )
        db.session.commit()


def _database_is_away(one: Released) -> None:
    post = ags.post_score
    away = threading.Event()

    def leaves_after(*given: Any, **named: Any) -> Any:
        answer = post(*given, **named)
        away.set()
        return answer

    def refuse(*_: Any) -> None:
        if away.is_set():
            raise OperationalError("", {}, Exception("the database is away"))

    with one.world.tool.app.app_context():
        event.listen(db.engine, "before_cursor_execute", refuse)
        try:
            with patch.object(ags, "post_score", leaves_after):
                send_due()
        except OperationalError:
            db.session.rollback()
        finally:
            event.remove(db.engine, "before_cursor_execute", refuse)
    assert away.is_set()
    _lease_runs_out(one)


def _two_workers(one: Released) -> None:
    def work() -> None:
        with one.world.tool.app.app_context():
            send_due()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _clock_moved_back(one: Released) -> None:
    """A correction whose clock is an hour behind waits, and is never stamped before the first."""
    one.settle()
    one.change(MARK - 3)
    one.settle()
    one.change(MARK)
    an_hour_ago = now() - timedelta(hours=1)
    with ExitStack() as slow:
        for each in (deliveries, claiming, leases):
            slow.enter_context(patch.object(each, "now", lambda: an_hour_ago))
        _make_due_at(one, an_hour_ago)
        one.send()
    assert one.state == "queued"


def _make_due_at(one: Released, moment: datetime) -> None:
    with one.world.tool.app.app_context():
        row = db.session.get_one(Delivery, one.delivery()["id"])
        row.due_at = moment
        db.session.commit()


CASES = (
    Case("nothing goes wrong", lambda _: None, is_short=True),
    Case("500 three times", _fault("scores", "status", 3, status=500), is_short=True),
    Case(
        "429 with Retry-After",
        _fault("scores", "status", 1, status=429, headers={"Retry-After": "120"}),
    ),
    Case("time-out before the score was taken", _fault("scores", "slow", seconds=LONGER)),
    Case("time-out after the score was taken", _fault("scores", "slow_after", seconds=LONGER)),
    Case("time-out while reading back", _fault("results", "slow", seconds=LONGER)),
    Case("connection dropped before the score was taken", _fault("scores", "drop_before")),
    Case("connection dropped after the score was taken", _fault("scores", "drop_after")),
    Case("401", _fault("scores", "expired_token")),
    Case("an answer that is no JSON", _fault("results", "bad_json")),
    Case("gradebook has a later mark", _gradebook_has_a_later_mark, "conflict", BY_HAND),
    Case("later mark, then sent again by a person", _later_mark_is_replaced),
    Case("override by hand", _somebody_overrides, "kept", BY_HAND, ("moodle",), is_short=True),
    Case("override by hand", _somebody_overrides, products=("canvas",)),
    Case("column is locked, then unlocked", _column_is_locked, products=("moodle",)),
    Case("column is gone", _column_is_gone),
    Case("person not gradable, then enrolled again", _person_left_and_came_back),
    Case("gradebook restarts", _gradebook_restarts),
    Case("worker killed after its claim", _killed("claim")),
    Case("worker killed before the post", _killed("stamp")),
    Case("worker killed after the post", _killed("post"), is_short=True),
    Case("worker killed after reading back", _killed("reading")),
    Case("worker killed at the end", _killed("end")),
    Case("database away after the post", _database_is_away, is_short=True),
    Case("two workers at once", _two_workers),
    Case("clock moved back", _clock_moved_back, comments=3),
)
