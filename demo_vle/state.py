"""What a platform knows: people, courses, placed links and marks, as plain records."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Person:
    """Someone with an account; `id` is the id that goes over the wire."""

    id: str
    number: str
    name: str
    given_name: str
    family_name: str
    email: str
    username: str
    sourcedid: str = ""
    site_admin: bool = False
    note: str = ""


@dataclass
class Enrolment:
    """One person's role in one course."""

    person_id: str
    role: str
    suspended: bool = False
    observees: list[str] = field(default_factory=list)


@dataclass
class Course:
    """One course; `id` stands in addresses, `context_id` in messages."""

    id: str
    context_id: str
    title: str
    label: str
    idnumber: str = ""
    history: str = ""
    enrolments: dict[str, Enrolment] = field(default_factory=dict)

    def role_of(self, person: Person) -> str | None:
        enrolment = self.enrolments.get(person.id)
        return None if enrolment is None or enrolment.suspended else enrolment.role


@dataclass
class Placement:
    """One link to the tool in a course."""

    id: str
    resource_link_id: str
    course_id: str
    title: str
    url: str | None = None
    description: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)


@dataclass
class Comment:
    """What the tool or a person wrote beside a mark."""

    text: str
    at: float
    by_tool: bool = True


@dataclass
class Cell:
    """One person's place in one column."""

    score: float | None = None
    maximum: float = 100
    comment: str | None = None
    comments: list[Comment] = field(default_factory=list)
    time: float | None = None
    overridden: bool = False
    by_human: bool = False
    submissions: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Column:
    """One column of the gradebook. `own` is the placement whose own column it is."""

    id: str
    course_id: str
    label: str
    maximum: float
    resource_id: str = ""
    tag: str = ""
    own: str | None = None
    link: str | None = None
    locked: bool = False
    review_url: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass
class Tool:
    """A tool that this platform has registered; `registered` is what it said of itself, if so."""

    name: str
    url: str
    client_id: str
    deployment_id: str
    custom: dict[str, str] = field(default_factory=dict)
    registered: dict[str, Any] = field(default_factory=dict)

    @property
    def login_url(self) -> str:
        return str(self.registered.get("initiate_login_uri", f"{self.url}/lti/login"))

    @property
    def launch_url(self) -> str:
        return self.redirect_uris[0]

    @property
    def jwks_url(self) -> str:
        return str(self.registered.get("jwks_uri", f"{self.url}/lti/jwks.json"))

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        return tuple(self.registered.get("redirect_uris", (f"{self.url}/lti/launch",)))


@dataclass
class AccessToken:
    """A bearer token that the token endpoint gave out."""

    value: str
    scopes: list[str]
    expires_at: float

    def is_current(self) -> bool:
        return self.expires_at > time.time()


@dataclass(frozen=True)
class ServiceRequest:
    """One call the tool made. `status` is None where the connection was closed unanswered."""

    service: str
    method: str
    person_id: str | None
    status: int | None

    def __iter__(self) -> Iterator[Any]:
        return iter((self.service, self.method, self.person_id, self.status))


def plain_number(value: float) -> int | float:
    """The number as platforms print it: five decimals at most, whole ones without a point."""
    rounded = round(value, 5)
    return int(rounded) if rounded == int(rounded) else rounded
