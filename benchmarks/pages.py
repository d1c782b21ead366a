"""What pages cost in a database of 20,000 participants, beside one of 100.

Both applications answer in this process, without a server between, and take turns; queries are
counted as the driver is given them. The participant who is looked at has the same 80 pieces of
evidence in both.
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

from benchmarks.tables import Figures, in_milliseconds, ratio
from benchmarks.visits import Measured, Visit
from demo_vle.local_servers import LocalServers
from lti_tool import database
from lti_tool.app import create_app
from lti_tool.cli.demo.crowd.filling import Crowd, Known, fill
from lti_tool.settings import load_settings
from lti_tool.web.session import open_session

SMALL, LARGE = 100, 20_000
WARM_UP = 3  # templates and statements are compiled then
COUNTED = ("participant", "evidence_item")
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

    def client(self, who: Known) -> FlaskClient:
        """A browser in which this person has launched the tool."""
        grant: Any = {
            "user": who.user_id,
            "role": who.role.value,
            "provider": self.crowd.provider_id,
            "registration": self.crowd.registration_id,
            "frame_origins": [],
        }
        client = self.app.test_client()
        with (
            client.session_transaction(base_url="https://localhost") as browser,
            self.app.test_request_context(base_url="https://localhost"),
        ):
            open_session(who.course_id, grant)
            browser.update(session)
        return client


def run(
    stores: Sequence[str],
    times: int,
    sizes: tuple[int, int] = (SMALL, LARGE),
    lives: int = SMALL,
) -> Iterator[Figures]:
    """One table a store; each page is opened so many times in either database."""
    for store in stores:
        with filled(store, sizes, lives) as (small, large):
            yield _figures(store, small, large, _measure(small, large, times))


@contextmanager
def filled(store: str, sizes: Sequence[int], lives: int = SMALL) -> Iterator[list[Filled]]:
    """Databases of these sizes, gone after the block."""
    with TemporaryDirectory(prefix="mtl-bench-") as name, ExitStack() as cleanup:
        folder = Path(name)
        servers = None
        if store == "postgres":
            servers = LocalServers(folder / "servers")
            cleanup.callback(servers.stop)
        yield [fill_one(folder, servers, size, lives) for size in sizes]


def fill_one(folder: Path, servers: LocalServers | None, size: int, lives: int = SMALL) -> Filled:
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
    began = time.perf_counter()
    crowd = fill(app, size, lives)
    return Filled(app, crowd, time.perf_counter() - began)


def _measure(small: Filled, large: Filled, times: int) -> dict[Page, tuple[Measured, Measured]]:
    found: dict[Page, tuple[Measured, Measured]] = {}
    for page in PAGES:
        visits = [
            (_visit(each, page), Measured())
            for each in (small, large)
            if getattr(each.crowd, page.who)
        ]
        for number in range(times + WARM_UP):
            # Who goes second finds the machine warmer, so they take turns in that, too.
            for visit, measured in visits if number % 2 else reversed(visits):
                seen = visit.open()
                if number >= WARM_UP:
                    measured.seen.append(seen)
        results = [measured for _, measured in visits]
        found[page] = (results[0], results[-1])
    return found


def _visit(filled: Filled, page: Page) -> Visit:
    who: Known = getattr(filled.crowd, page.who)
    path = page.path.format(person=filled.crowd.participant_id)
    return Visit(filled.client(who), f"/courses/{who.course_id}/{path}")


def _figures(
    store: str, small: Filled, large: Filled, found: dict[Page, tuple[Measured, Measured]]
) -> Figures:
    first, second = ([each.crowd.rows[name] for each in (small, large)] for name in COUNTED)
    rows, times = sum(large.crowd.rows.values()), len(next(iter(found.values()))[0].seen)
    return Figures(
        title=f"{STORES[store]}, {first[0]:,} participants and {first[1]:,}",
        columns=("page", "queries", "", "ms", "", "ratio", "CPU ms", "", "ratio"),
        rows=[_row(page, *measured) for page, measured in found.items()],
        note=(
            f"{second[0]:,} pieces of evidence and {second[1]:,}; the larger has {rows:,} rows, "
            f"made in {large.seconds:.0f} seconds. Medians of {times}."
        ),
    )


def _row(page: Page, small: Measured, large: Measured) -> list[str]:
    """Left blank is what the smaller database has not."""
    if small is large:
        wall, cpu = in_milliseconds(large.wall, large.cpu)
        return [page.title, "", large.queries, "", wall, "", "", cpu, ""]
    return [
        page.title,
        small.queries,
        large.queries,
        *in_milliseconds(small.wall, large.wall),
        ratio(small.wall, large.wall),
        *in_milliseconds(small.cpu, large.cpu),
        ratio(small.cpu, large.cpu),
    ]
