"""Requests as an attacker makes them: any address, any field, no button needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from requests import Response
from sqlalchemy import select

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from tests.world import Person, soup


def fetch(person: Person, path: str, *, course_id: int | None = None) -> Response:
    """Open an address of a course, by default their own."""
    return person.visitor.session.get(_address(person, path, course_id), allow_redirects=False)


def post(person: Person, path: str, **fields: str) -> Response:
    """Post fields to an address of their course without having seen its form."""
    return person.visitor.session.post(
        _address(person, path, None), data=fields, allow_redirects=False
    )


def token(person: Person, page: str) -> str:
    """The token against cross-site posts, from any form of theirs."""
    field = soup(person.get(page)).select_one("[name=csrf_token]")
    assert field is not None, f"{page} answered {person.page.status_code} without a form"
    return str(field["value"])


def at_once(*calls: Callable[[], Response]) -> list[int]:
    """What each call was answered, all of them made at the same moment."""
    with ThreadPoolExecutor(len(calls)) as pool:
        answers: Sequence[Response] = list(pool.map(lambda call: call(), calls))
    return sorted(answer.status_code for answer in answers)


def attempt_of(participant: Person) -> int:
    """The id of the one submission of a participant."""
    participant_id = participant.participant_id()
    with participant.world.tool.app.app_context():
        query = select(Attempt.id).where(Attempt.participant_id == participant_id)
        return db.session.scalars(query).one()


def _address(person: Person, path: str, course_id: int | None) -> str:
    return f"{person.world.tool.url}/courses/{course_id or person.course_id}/{path}"
