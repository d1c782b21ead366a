"""A course whose roster the test writes itself, page by page, and what the tool makes of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import select
from werkzeug.serving import make_server

from demo_vle.server import QuietHandler
from lti_tool.db import begin_as_writer, db
from lti_tool.launch import roster_sync
from lti_tool.launch.memberships import CONTAINER
from lti_tool.launch.models import CourseServices
from lti_tool.people.models import CourseMember, Participant, RosterEntry, RosterSync, User
from tests.world import Person, World

Row = dict[str, Any]
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


def listed(person: Person, role: str = "Learner") -> Row:
    """A row for somebody whom the tool has met."""
    return {"user_id": person.visitor.person.id, "roles": [MEMBERSHIP + role], "name": person.name}


def stranger(number: int, role: str = "Learner", **more: Any) -> Row:
    """A row for somebody whom nobody has met."""
    return {
        "user_id": f"stranger-{number}",
        "roles": [MEMBERSHIP + role],
        "name": f"Ada Stranger {number}",
        "status": "Active",
        **more,
    }


def on_the_wire(header: str) -> str:
    """As the bytes of the header travel; a header is text of one byte a letter to Python."""
    return header.encode().decode("latin-1")


@dataclass
class Page:
    """One answer; `link` is the header as sent, with {next} for the following address."""

    rows: list[Any] | None = field(default_factory=list)
    link: str = '<{next}>; rel="next"'
    status: int = 200
    body: Any = None
    meanwhile: Callable[[], None] | None = None


class List:
    """A list of people that a VLE would serve; a test gives its pages."""

    def __init__(self, world: World, tutor: Person, url: str) -> None:
        self.world, self.tutor, self.url = world, tutor, url
        self.pages: list[Page] | Callable[[int], Page] = []
        self.asked: list[Mapping[str, str]] = []

    def has(self, *pages: Page | list[Any], staff: bool = True) -> None:
        """What is served from now on. The tutor who opened the course is on the first page."""
        made = [replace(one) if isinstance(one, Page) else Page(one) for one in pages]
        made[-1].link = made[-1].link if isinstance(pages[-1], Page) else ""
        if staff and made[0].rows is not None:
            made[0].rows = [listed(self.tutor, "Instructor"), *made[0].rows]
        self.pages = made

    def page(self, number: int) -> Page:
        if callable(self.pages):
            return self.pages(number)
        return self.pages[number] if number < len(self.pages) else self.pages[-1]

    def answer(self) -> Response:
        self.asked.append(dict(request.headers))
        number = request.args.get("at", 0, type=int)
        page = self.page(number)
        if page.meanwhile:
            page.meanwhile()
        body = page.body if page.rows is None else {"members": page.rows}
        response = Response(json.dumps(body), page.status, content_type=CONTAINER)
        if page.link:
            following = f"{self.url}?at={number + 1}"
            response.headers["Link"] = on_the_wire(page.link.format(next=following, first=self.url))
        return response

    def sync(self) -> dict[str, Any]:
        """Have the list read, and tell what came of it."""
        with self.world.tool.app.app_context():
            if self.url:
                self.point()
            begin_as_writer()
            sync_id = roster_sync.request_sync(None, self.tutor.course_id).id
            db.session.commit()
            roster_sync.read_requested()
            return self.outcome(sync_id)

    def point(self) -> None:
        """Have the tool look here. Every launch tells it the VLE's own address again."""
        with self.world.tool.app.app_context():
            begin_as_writer()
            services = db.session.get_one(CourseServices, self.tutor.course_id)
            services.memberships_url = self.url
            db.session.commit()

    def outcome_of_reading(self, sync_id: int) -> dict[str, Any]:
        """Do what the worker does, and tell what came of it."""
        with self.world.tool.app.app_context():
            roster_sync.read_requested()
        return self.outcome(sync_id)

    def outcome(self, sync_id: int) -> dict[str, Any]:
        with self.world.tool.app.app_context():
            found = db.session.get_one(RosterSync, sync_id)
            staged = db.session.query(RosterEntry).filter_by(sync_id=sync_id).count()
            assert staged == 0, "What was staged is not cleared away."
            names = ("state", "pages", "seen", "joined", "departed", "sentence")
            return {name: getattr(found, name) for name in names}

    def members(self) -> dict[str, CourseMember]:
        """Who is in the course, by name."""
        with self.world.tool.app.app_context():
            rows = db.session.execute(
                select(User.name, CourseMember)
                .join(CourseMember.user)
                .where(CourseMember.course_id == self.tutor.course_id)
            )
            return {row[0]: row[1] for row in rows}

    def participants(self) -> dict[str, str]:
        """The records of the people of the course, by name, and where each comes from."""
        with self.world.tool.app.app_context():
            rows = db.session.execute(
                select(User.name, Participant.origin)
                .join(Participant.user)
                .join(CourseMember, CourseMember.user_id == User.id)
                .where(CourseMember.course_id == self.tutor.course_id)
            )
            return {row[0]: row[1] for row in rows}


@contextmanager
def a_list(world: World) -> Iterator[List]:
    """Let the course's roster be one that the test serves, on another port of this machine."""
    app = Flask("a list")
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    served = List(world, world.tutor(), f"http://localhost:{server.server_port}/people")
    app.add_url_rule("/people", view_func=served.answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
