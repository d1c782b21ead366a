"""The platform's state in one object, saved whole after each change."""

import json
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from demo_vle.faults import Faults
from demo_vle.keys import SigningKey
from demo_vle.personality import Personality, get_personality
from demo_vle.state import (
    AccessToken,
    Cell,
    Column,
    Comment,
    Course,
    Enrolment,
    Person,
    Placement,
    ServiceRequest,
    Tool,
)

Tamper = Callable[[dict[str, Any], dict[str, Any]], None]


@dataclass
class Launch:
    """A launch on its way: started here, to be asked for once at the authorisation endpoint."""

    id: str
    session: str
    person_id: str
    course_id: str
    placement_id: str | None
    message_type: str
    target: str = "iframe"
    for_user: str | None = None
    url: str | None = None
    tamper: Tamper | None = None
    sign_with: SigningKey | None = None


@dataclass
class ReturnTicket:
    """Where one deep-linking request may come back to, and for whom."""

    key: str
    session: str
    person_id: str
    course_id: str
    placed: list[str] = field(default_factory=list)


class Site:
    """One platform: its courses, people, gradebook, keys and the tool it knows."""

    def __init__(self, personality: str = "moodle", data: Path | None = None) -> None:
        self.personality: Personality = get_personality(personality)
        self.data = data
        self.base_url = ""
        self.name = "University VLE"
        self.guid = secrets.token_hex(16)
        self.keys = [SigningKey.generate(self.personality.new_key_id())]
        self.tool: Tool | None = None
        self.pending: list[Tool] = []
        self.registration_tokens: dict[str, Any] = {}
        self.people: dict[str, Person] = {}
        self.courses: dict[str, Course] = {}
        self.placements: dict[str, Placement] = {}
        self.columns: dict[str, Column] = {}
        self.tokens: dict[str, AccessToken] = {}
        self.used_nonces: list[str] = []
        self.counters: dict[str, int] = {}
        self.storage_target = self.personality.storage_target
        self.gradebook_off_until = 0.0
        self.launches: dict[str, Launch] = {}
        self.returns: dict[str, ReturnTicket] = {}
        self.requests: list[ServiceRequest] = []
        self.faults = Faults()
        self.lock = threading.RLock()
        self._depth = 0
        if data is not None and data.exists():
            self._load(json.loads(data.read_text("utf-8")))

    # --- people and courses

    def add_person(
        self,
        name: str,
        email: str,
        *,
        username: str | None = None,
        sourcedid: str = "",
        site_admin: bool = False,
        note: str = "",
    ) -> Person:
        given_name, _, family_name = name.rpartition(" ")
        with self.change():
            number = self.next_number("person", first=3)
            person = Person(
                id=self.personality.new_person_id(number),
                number=number,
                name=name,
                given_name=given_name or name,
                family_name=family_name,
                email=email,
                username=username or email.partition("@")[0],
                sourcedid=sourcedid,
                site_admin=site_admin,
                note=note,
            )
            self.people[person.id] = person
        return person

    def add_course(self, title: str, label: str, *, idnumber: str = "") -> Course:
        with self.change():
            number = self.next_number("course", first=2)
            context_id = self.personality.new_context_id(number)
            course = Course(number, context_id, title, label, idnumber)
            self.courses[number] = course
        return course

    def enrol(
        self,
        person: Person,
        course: Course,
        role: str,
        *,
        suspended: bool = False,
        observees: list[Person] | None = None,
    ) -> Enrolment:
        enrolment = Enrolment(person.id, role, suspended, [each.id for each in observees or []])
        with self.change():
            course.enrolments[person.id] = enrolment
        return enrolment

    def unenrol(self, person: Person, course: Course) -> None:
        with self.change():
            course.enrolments.pop(person.id, None)

    # --- links and columns

    def place(
        self,
        course: Course,
        title: str,
        *,
        custom: dict[str, str] | None = None,
        line_item: dict[str, Any] | None = None,
        url: str | None = None,
        description: str = "",
        dates: dict[str, str] | None = None,
    ) -> Placement:
        """Put a link to the tool into a course, with a gradebook column if it has a line item."""
        with self.change():
            number = self.next_number("placement")
            link_id = self.personality.new_resource_link_id(number)
            placement = Placement(
                *(number, link_id, course.id, title, url, description),
                custom=dict(custom or {}),
                dates=dict(dates or {}),
            )
            self.placements[number] = placement
            if line_item is not None:
                label = self.personality.label_of_placed_column(placement, line_item)
                review = line_item.get("submissionReview") or {}
                self.add_column(
                    course,
                    label,
                    line_item.get("scoreMaximum", 100),
                    resource_id=line_item.get("resourceId", ""),
                    tag=line_item.get("tag", ""),
                    own=number,
                    link=number,
                    review_url=review.get("url", ""),
                )
        return placement

    def add_column(self, course: Course, label: str, maximum: float, **details: Any) -> Column:
        with self.change():
            number = self.next_number("column", first=2)
            column = Column(number, course.id, label, maximum, **details)
            self.columns[number] = column
        return column

    def columns_of(self, course: Course) -> list[Column]:
        return [each for each in self.columns.values() if each.course_id == course.id]

    def placements_of(self, course: Course) -> list[Placement]:
        return [each for each in self.placements.values() if each.course_id == course.id]

    def column_of(self, placement: Placement) -> Column | None:
        """The one column that hangs on a link; none if there are two (as Moodle sends none)."""
        linked = [each for each in self.columns.values() if each.link == placement.id]
        return linked[0] if len(linked) == 1 else None

    # --- marks

    def gradebook(self, course: Course) -> dict[str, dict[str, Cell]]:
        return {column.id: dict(column.cells) for column in self.columns_of(course)}

    def override(
        self,
        column: Column | str,
        person: Person,
        score: float | None,
        feedback: str | None = None,
    ) -> Cell:
        """A person of the platform types a mark into the gradebook."""
        found = self.columns[column] if isinstance(column, str) else column
        with self.change():
            cell = found.cells.setdefault(person.id, Cell(maximum=found.maximum))
            cell.score = score
            cell.maximum = found.maximum
            cell.time = time.time()
            cell.by_human = True
            cell.overridden = self.personality.keeps_overrides and found.own is not None
            if feedback is not None:
                cell.comment = feedback
                cell.comments.append(Comment(feedback, cell.time, by_tool=False))
        return cell

    def set_locked(self, column: Column, locked: bool) -> None:
        with self.change():
            column.locked = locked

    def gradebook_off(self, seconds: float = 60) -> None:
        """Services answer 503 until the time is over; the pages go on."""
        with self.change():
            self.gradebook_off_until = time.time() + seconds

    def gradebook_on(self) -> None:
        with self.change():
            self.gradebook_off_until = 0.0

    def is_gradebook_off(self) -> bool:
        return time.time() < self.gradebook_off_until

    # --- the tool, keys

    def register_tool(self, url: str, name: str = "MTL Tool") -> Tool:
        """Know the tool at this address; a tool that moved keeps its client id."""
        with self.change():
            if self.tool is None:
                client_id, deployment_id = self.personality.new_client()
                self.tool = Tool(name, url.rstrip("/"), client_id, deployment_id)
            self.tool.url = url.rstrip("/")
        return self.tool

    def begin_registration(self) -> tuple[str, str]:
        """Address of the configuration, and a token to register one tool with."""
        from demo_vle.registration import begin_registration

        return begin_registration(self)

    def activate(self, tool: Tool) -> None:
        """Let a tool that registered itself be used; this platform shows one at a time."""
        with self.change():
            self.pending = [each for each in self.pending if each.client_id != tool.client_id]
            self.tool = tool

    def the_tool(self) -> Tool:
        if self.tool is None:
            raise LookupError("No tool is registered here yet.")
        return self.tool

    def registration(self) -> dict[str, str]:
        """What an operator types into the tool to register this platform."""
        tool, personality = self.the_tool(), self.personality
        return {
            "issuer": self.base_url,
            "client_id": tool.client_id,
            "auth_login_url": self.base_url + personality.auth_path,
            "auth_token_url": self.base_url + personality.token_path,
            "jwks_url": self.base_url + personality.jwks_path,
            "deployment_id": tool.deployment_id,
            "product": personality.name,
        }

    def rotate_key(self, *, keep_old: bool = True) -> SigningKey:
        with self.change():
            key = SigningKey.generate(self.personality.new_key_id())
            self.keys = [key, *(self.keys if keep_old else [])]
        return key

    def session_cookie_name(self) -> str:
        # Browsers do not keep cookies apart by port, and two platforms may share an address.
        return f"{self.personality.session_cookie}_{urlsplit(self.base_url).port}"

    # --- state

    def next_number(self, kind: str, first: int = 1) -> str:
        with self.lock:
            self.counters[kind] = self.counters.get(kind, first - 1) + 1
            return str(self.counters[kind])

    @contextmanager
    def change(self) -> Iterator[None]:
        """Change something; when the outermost change ends, the state is written down."""
        with self.lock:
            depth = self._depth
            self._depth = depth + 1
            try:
                yield
            finally:
                self._depth = depth
                if depth == 0:
                    self.save()

    def save(self) -> None:
        if self.data is None:
            return
        text = json.dumps(self._dump(), indent=1)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.data.parent, prefix=self.data.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(self.data)

    def _dump(self) -> dict[str, Any]:
        return {
            "personality": self.personality.name,
            "name": self.name,
            "guid": self.guid,
            "counters": self.counters,
            "gradebook_off_until": self.gradebook_off_until,
            "used_nonces": self.used_nonces,
            "tool": asdict(self.tool) if self.tool else None,
            "pending": [asdict(each) for each in self.pending],
            "keys": [asdict(each) for each in self.keys],
            "people": [asdict(each) for each in self.people.values()],
            "courses": [asdict(each) for each in self.courses.values()],
            "placements": [asdict(each) for each in self.placements.values()],
            "columns": [asdict(each) for each in self.columns.values()],
            "tokens": [asdict(each) for each in self.tokens.values() if each.is_current()],
        }

    def _load(self, saved: dict[str, Any]) -> None:
        if saved["personality"] != self.personality.name:
            raise ValueError(
                f"The data file belongs to a {saved['personality']} platform. "
                "Choose that personality, or another data file."
            )
        for name in ("name", "guid", "counters", "gradebook_off_until", "used_nonces"):
            setattr(self, name, saved[name])
        self.tool = Tool(**saved["tool"]) if saved["tool"] else None
        self.pending = [Tool(**each) for each in saved.get("pending", [])]
        self.keys = [SigningKey(**each) for each in saved["keys"]]
        self.people = {each["id"]: Person(**each) for each in saved["people"]}
        self.courses = {each["id"]: load_course(each) for each in saved["courses"]}
        self.placements = {each["id"]: Placement(**each) for each in saved["placements"]}
        self.columns = {each["id"]: load_column(each) for each in saved["columns"]}
        self.tokens = {each["value"]: AccessToken(**each) for each in saved["tokens"]}


def load_course(saved: dict[str, Any]) -> Course:
    enrolments = {key: Enrolment(**each) for key, each in saved["enrolments"].items()}
    return Course(**{**saved, "enrolments": enrolments})


def load_column(saved: dict[str, Any]) -> Column:
    return Column(
        **{**saved, "cells": {key: load_cell(each) for key, each in saved["cells"].items()}}
    )


def load_cell(saved: dict[str, Any]) -> Cell:
    return Cell(**{**saved, "comments": [Comment(**each) for each in saved["comments"]]})
