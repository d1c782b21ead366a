"""What pages cost in databases of 100, 2,000 and 20,000 participants, and what files take.

All applications answer in this process, without a server between, and take turns; queries are
counted as the driver is given them. The participant who is looked at has the same 80 pieces of
evidence in all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient

from benchmarks import exports
from benchmarks.page_figures import page_figures
from benchmarks.progress import tell
from benchmarks.tables import Figures
from benchmarks.visits import Measured, Visit
from demo_vle.local_servers import LocalServers
from lti_tool import database
from lti_tool.app import create_app
from lti_tool.cli.demo.crowd.filling import Crowd, Known, fill
from lti_tool.settings import load_settings
from lti_tool.web.session import open_session

SIZES = (100, 2_000, 20_000)
LIVES = 100
WARM_UP = 2  # templates and statements are compiled then
PATIENCE = 8  # seconds with one page; a slow one is looked at less often, and once at least
STORES = {"sqlite": "SQLite", "postgres": "PostgreSQL and Redis"}


@dataclass(frozen=True)
class Page:
    """A page as one of the known people opens it."""

    title: str
    who: str  # the attribute of the crowd
    path: str  # under the course; {person} is the participant of 80 items


PAGES = (
    Page("home of the participant", "participant", "progress"),
    Page("coverage", "participant", "participants/{person}/coverage"),
    Page("evidence behind a cell", "participant", "participants/{person}/coverage/1.1/1"),
    Page("evidence list", "participant", "evidence"),
    Page("plan", "participant", "participants/{person}/plan"),
    Page("dialogue", "participant", "participants/{person}/dialogue"),
    Page("history", "participant", "participants/{person}/history"),
    Page("a coach's five teachers", "coach", "participants"),
    Page("a participant, to the tutor", "tutor", "participants/{person}"),
    Page("a tutor's list, 100 people", "tutor", "participants"),
    Page("marking, 100 people", "tutor", "marking"),
    Page("evidence list of 100 people", "tutor", "evidence"),
    Page("a tutor's list, 2,400 people", "busy_tutor", "participants"),
    Page("marking, 2,400 people", "busy_tutor", "marking"),
    Page("a lead's cohort, everybody", "lead", "cohort"),
    Page("a lead's cohort of one phase", "lead", "cohort?phase=2"),
    Page("groups by cohort, everybody", "lead", "cohort/groups"),
    Page("groups by school, everybody", "lead", "cohort/groups?by=school"),
    Page("a lead's figures", "lead", "cohort/figures"),
    Page("a lead's list, everybody", "lead", "participants"),
    Page("a lead's search for a name", "lead", "participants?q=Davies"),
    Page("a lead's search of everything", "lead", "search?q=davies"),
    Page("a tutor's search, 2,400 people", "busy_tutor", "search?q=davies"),
    Page("a lead's list of the silent", "lead", "participants?show=silent"),
    Page("marking, everybody", "lead", "marking"),
    Page("deliveries, everybody", "lead", "deliveries"),
)


@dataclass
class Filled:
    """An application on a database full of people."""

    app: Flask
    crowd: Crowd
    seconds: float
    environ: dict[str, str]

    def client(self, who: Known) -> FlaskClient:
        """A browser in which this person has launched the tool."""
        return signed_in(self.app, self.crowd.provider_id, self.crowd.registration_id, who)


def signed_in(app: Flask, provider_id: int, registration_id: int, who: Known) -> FlaskClient:
    """A browser in which this person has launched the tool."""
    grant: Any = {
        "user": who.user_id,
        "role": who.role.value,
        "provider": provider_id,
        "registration": registration_id,
        "frame_origins": [],
    }
    client = app.test_client()
    with (
        client.session_transaction(base_url="https://localhost") as browser,
        app.test_request_context(base_url="https://localhost"),
    ):
        open_session(who.course_id, grant)
        browser.update(session)
    return client


def run(
    stores: Sequence[str],
    times: int,
    sizes: Sequence[int] = SIZES,
    lives: int = LIVES,
) -> Iterator[Figures]:
    """Two tables a store: pages, each opened so many times in every database, and files."""
    for store in stores:
        with filled(store, sizes, lives) as crowds:
            yield page_figures(STORES[store], crowds, _measure(crowds, times))
            yield exports.measure(STORES[store], crowds)


@contextmanager
def filled(store: str, sizes: Sequence[int], lives: int = LIVES) -> Iterator[list[Filled]]:
    """Databases of these sizes, gone after the block."""
    with TemporaryDirectory(prefix="mtl-bench-") as name, ExitStack() as cleanup:
        folder = Path(name)
        servers = None
        if store == "postgres":
            servers = LocalServers(folder / "servers")
            cleanup.callback(servers.stop)
        yield [fill_one(folder, servers, size, lives) for size in sizes]


def fill_one(folder: Path, servers: LocalServers | None, size: int, lives: int = LIVES) -> Filled:
    """A database of this size with an application on it."""
    environ = {
        "DATABASE_URL": f"sqlite:///{folder}/{size}.sqlite",
        "SECRET_KEY": "only for measuring, and long enough",
        "PUBLIC_URL": "https://localhost",
        "STORAGE_URL": f"{folder}/files",
        "MAIL_URL": f"{folder}/mail",
        "RATE_LIMITS": "off",
    }
    if servers is not None:
        environ["DATABASE_URL"] = servers.database(f"crowd_{size}")
        environ["REDIS_URL"] = servers.redis_url
        app = create_app(load_settings(environ), ready=False)
        with app.app_context():
            database.alembic.upgrade()
    app = create_app(load_settings(environ))
    tell(f"filling a database with {size:,} participants")
    began = time.perf_counter()
    crowd = fill(app, size, lives)
    tell(f"{sum(crowd.rows.values()):,} rows are there")
    return Filled(app, crowd, time.perf_counter() - began, environ)


def _measure(crowds: Sequence[Filled], times: int) -> dict[Page, list[Measured]]:
    """For each page what it took in every database that has it, the smallest first.

    It ends in bounded time: whatever a page takes, it is looked at so long and no longer.
    """
    found: dict[Page, list[Measured]] = {}
    for page in PAGES:
        visits = [
            (_visit(each, page), Measured()) for each in crowds if getattr(each.crowd, page.who)
        ]
        tell(f"looking at: {page.title}")
        until = time.monotonic() + PATIENCE
        for number in range(times + WARM_UP):
            if number > WARM_UP and time.monotonic() > until:
                break
            # Who goes second finds the machine warmer, so they take turns in that, too.
            for visit, measured in visits if number % 2 else reversed(visits):
                seen = visit.open()
                if number >= WARM_UP:
                    measured.seen.append(seen)
        found[page] = [measured for _, measured in visits]
    return found


def _visit(filled: Filled, page: Page) -> Visit:
    who: Known = getattr(filled.crowd, page.who)
    path = page.path.format(person=filled.crowd.participant_id)
    return Visit(filled.client(who), f"/courses/{who.course_id}/{path}")
