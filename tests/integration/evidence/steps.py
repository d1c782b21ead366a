"""What people do with evidence, as steps of a story."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from requests import Response
from sqlalchemy import func, select

from lti_tool.db import db
from lti_tool.evidence.models import EvidenceItem
from tests.world import Person, soup

PDF = b"%PDF-1.7 what happened in the lesson"
Sent = tuple[str, bytes]


def add(
    person: Person, *files: Sent, button: str = "save", at: str = "evidence/new", **values: Any
) -> Response:
    """Fill in the form for new evidence, by default a good one, and press a button."""
    typed = {"title": "A lesson on fractions", "strands": ["1.1"], "pupils": "none", **values}
    return fill_in(person, person.get(at), typed, files, button)


def fill_in(
    person: Person, page: Response, values: Any, files: Sequence[Sent] = (), button: str = "save"
) -> Response:
    sent = [("files", (name, content, "application/octet-stream")) for name, content in files]
    return person.submit(page, values, files=sent, button=("action", button), form="#form")


def added(person: Person, *files: Sent, **values: Any) -> int:
    """The id of new evidence."""
    return id_of(add(person, *files, **values))


def id_of(page: Response) -> int:
    found = re.search(r"/evidence/(\d+)$", page.url)
    assert found, f"{page.status_code} {page.url}: {problems(page)}"
    return int(found[1])


def attest(coach: Person, item_id: int, statement: str = "I saw it.", **more: Any) -> Response:
    page = more.pop("page", None) or coach.get(f"evidence/{item_id}")
    button = more.pop("button", "attest")
    return fill_in(coach, page, {"statement": statement, **more}, button=button)


def submit(person: Person, *items: int, code: str = "MTL1", **values: Any) -> Response:
    page = person.get(f"modules/{code}/submit")
    typed = {"own_work": "yes", "pupils_protected": "yes", **values}
    if items:
        typed["items"] = [str(item) for item in items]
    return fill_in(person, page, typed, button="submit")


def problems(page: Response) -> dict[str, str]:
    """The error summary: what each link leads to, and its sentence."""
    links = soup(page).select(".govuk-error-summary__list a")
    return {str(link["href"]).lstrip("#"): link.get_text(strip=True) for link in links}


def stored_items(person: Person) -> int:
    """How many items about a participant the database holds."""
    participant_id = person.participant_id()
    with person.world.tool.app.app_context():
        query = select(func.count()).where(EvidenceItem.participant_id == participant_id)
        return db.session.scalar(query) or 0


def words(page: Response) -> str:
    main = soup(page).select_one("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())
