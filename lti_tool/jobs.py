"""Work for later: huey wakes the worker, the rows in our database say what is due.

A job here is only "look at your rows": it can run twice, be lost or come late without harm. A
sweep every minute looks at the rows anyway, so a lost wake-up costs a minute and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.logs import get_logger, log_unexpected, one_piece_of_work
from lti_tool.settings import ROOT, Settings

log = get_logger(__name__)

# Woken from below the package that works them off: by submitting, and by what a tutor decides.
DELIVERIES = "deliveries"
HAND_INS = "hand-ins"
FILES = "files"
LINKS = "links"
MAIL = "mail"
UPLOADS = "uploads"

# A handler works off what is due and says when it wants to be called again (None: not before
# something new is written).
Handler = Callable[[], datetime | None]


class Jobs:
    """The handlers of this process, and the engine that calls them."""

    def __init__(self, settings: Settings) -> None:
        serializer = SignedSerializer(secret=settings.secret_key, salt="mtl-jobs")
        options: dict[str, Any] = {"serializer": serializer, "results": False}
        if settings.redis_url:
            self.huey: Huey = RedisHuey("mtl", url=settings.redis_url, **options)
        else:
            file = _embedded_file(settings)
            file.parent.mkdir(parents=True, exist_ok=True)
            self.huey = SqliteHuey("mtl", filename=str(file), **options)
        self.handlers: dict[str, Handler] = {}
        self._run = self.huey.task(name="run")(self.look)
        self.huey.periodic_task(crontab(minute="*"), name="sweep")(self.sweep)
        self.context: Callable[[], Any] | None = None

    def handles(self, name: str, handler: Handler) -> None:
        """Say who works off the rows of this name."""
        self.handlers[name] = handler

    def run(self, name: str) -> None:
        """Call one handler inside an application context; plan its next call."""
        assert self.context is not None
        with self.context():
            due = self.handlers[name]()
        if due is not None:
            self.wake(name, delay=max(0.0, (due - now()).total_seconds()))

    def look(self, name: str) -> None:
        """The same under a reference of its own; a mistake of ours stops no other handler."""
        with one_piece_of_work(job=name):
            try:
                self.run(name)
            except Exception as error:  # the next sweep tries again
                log_unexpected(error)

    def sweep(self) -> None:
        """Look at everything; what a lost wake-up left behind is found here."""
        for name in self.handlers:
            self.look(name)

    def wake(self, name: str, *, delay: float = 0) -> None:
        """Ask the worker to look at these rows. That nobody hears it is no error."""
        try:
            if delay:
                self._run.schedule(args=(name,), delay=delay)
            else:
                self._run(name)
        except Exception as error:  # whatever the queue's store raises; the sweep makes up for it
            log.warning("wake_up_lost", job=name, reason=type(error).__name__)

    def waiting(self) -> int | None:
        """How many wake-ups no worker has heard yet; None where the queue does not answer."""
        try:
            return int(self.huey.pending_count())
        except Exception as error:  # as in `wake`
            log.warning("queue_unreadable", reason=type(error).__name__)
            return None


def wake_after_commit(name: str) -> None:
    """Wake the worker once this request's rows are really there, and not if they never are."""
    db.session.info.setdefault("wake", set()).add(name)


def listen_for_commits(jobs: Jobs, sessions: sessionmaker[Session]) -> None:
    """Turn what `wake_after_commit` noted into wake-ups."""

    @event.listens_for(sessions, "after_commit")
    def wake(session: Session) -> None:
        for name in session.info.pop("wake", ()):
            jobs.wake(name)

    @event.listens_for(sessions, "after_rollback")
    def forget(session: Session) -> None:
        session.info.pop("wake", None)


def _embedded_file(settings: Settings) -> Path:
    """Beside the SQLite database, so that two tools on one machine do not share a queue."""
    if settings.uses_sqlite:
        return Path(settings.database_url.removeprefix("sqlite:///") + ".jobs")
    return ROOT / "var" / "jobs.sqlite"
