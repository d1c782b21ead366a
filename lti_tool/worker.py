"""The worker: calls the handlers that work off our rows, in threads, until it is told to stop."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from lti_tool import beats
from lti_tool.audit import sealing
from lti_tool.clock import now
from lti_tool.cohort import digests, erasure_list, proposing, reach
from lti_tool.ephemeral import DatabaseEphemeral
from lti_tool.evidence import previews, removal, resumable_finish
from lti_tool.grades import announcing, deliveries, drift, settled_links
from lti_tool.grades.tries import LEASE_LIFE
from lti_tool.jobs import FILES, HAND_INS, LINKS, UPLOADS, Handler, Jobs
from lti_tool.launch import roster_sync
from lti_tool.logs import get_logger
from lti_tool.people import ahead, outbox

log = get_logger(__name__)

# The sweep looks at everything once a minute, so nothing later than this needs a wake-up of its
# own; each sweep would add one more.
SWEEP = timedelta(minutes=1)


class Worker:
    """A huey consumer for one process. huey only wakes; what is due stands in the database."""

    def __init__(self, app: Flask, *, threads: int = 4, lease_life: timedelta = LEASE_LIFE) -> None:
        self.app = app
        self.name = beats.worker_name()
        self.jobs: Jobs = app.extensions["jobs"]
        self.stopped = threading.Event()
        send = partial(deliveries.send_due, life=lease_life, stopping=self.stopped.is_set)
        self.jobs.handles(deliveries.JOB, partial(_soon, send))
        tell = partial(announcing.announce_due, life=lease_life, stopping=self.stopped.is_set)
        self.jobs.handles(HAND_INS, partial(_soon, tell))
        check = partial(drift.check_due, stopping=self.stopped.is_set)
        self.jobs.handles(drift.JOB, check)
        self.jobs.handles(LINKS, settled_links.make_due)
        self.jobs.handles(roster_sync.JOB, partial(_soon, roster_sync.sync_due))
        post = partial(outbox.send_due, stopping=self.stopped.is_set)
        self.jobs.handles(outbox.JOB, partial(_soon, post))
        self.jobs.handles(ahead.JOB, ahead.carry_out_due)
        self.jobs.handles(sealing.JOB, sealing.seal_due)
        arrive = partial(
            resumable_finish.work_off,
            app.extensions["storage"],
            app.extensions["scanner"],
            app.config["SETTINGS"].max_upload_bytes,
            stopping=self.stopped.is_set,
        )
        self.jobs.handles(UPLOADS, arrive)
        tell_all = partial(digests.write_due, stopping=self.stopped.is_set)
        self.jobs.handles(digests.JOB, partial(_soon, tell_all))
        look = partial(
            previews.work_off,
            app.extensions["storage"],
            app.extensions["scanner"],
            stopping=self.stopped.is_set,
        )
        self.jobs.handles(FILES, partial(_soon, look))
        remove = partial(
            removal.remove_due, app.extensions["storage"], stopping=self.stopped.is_set
        )
        self.jobs.handles(removal.JOB, partial(_soon, remove))
        renew = partial(reach.renew_due, stopping=self.stopped.is_set)
        self.jobs.handles(reach.JOB, renew)
        self.jobs.handles(proposing.JOB, proposing.Proposer().propose_due)
        kept = erasure_list.Keeper(app.extensions["storage"])
        self.jobs.handles(erasure_list.JOB, kept.keep_due)
        ephemeral = app.extensions["ephemeral"]
        if isinstance(ephemeral, DatabaseEphemeral):
            self.jobs.handles("ephemeral", partial(_swept, ephemeral))
        self.consumer = self.jobs.huey.create_consumer(workers=threads, max_delay=1.0)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what is being sent then is finished first."""
        self.consumer.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopped.set())
        log.info("worker_started", threads=self.consumer.workers)
        # Rows left by a crash, or written while no worker ran, do not wait for the first sweep.
        for name in self.jobs.handlers:
            self.jobs.wake(name)
        while not self.stopped.wait(beats.EVERY.total_seconds() if self._beat() else 1):
            pass
        log.info("worker_stopping")
        self.consumer.stop(graceful=True)
        with self.app.app_context(), suppress(SQLAlchemyError):
            beats.stop_beating(self.name)
        log.info("worker_stopped")

    def _beat(self) -> bool:
        """Whether the database was told that this worker lives; it may be restarting."""
        try:
            with self.app.app_context():
                beats.beat(self.name)
        except SQLAlchemyError as error:
            log.warning("beat_missed", reason=type(error).__name__)
            return False
        return True


def _soon(handler: Handler) -> datetime | None:
    """Call again by itself only for what is due before the next sweep."""
    due = handler()
    return due if due is not None and due - now() < SWEEP else None


def _swept(ephemeral: DatabaseEphemeral) -> None:
    ephemeral.sweep()
