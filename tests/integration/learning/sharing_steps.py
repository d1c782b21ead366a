"""What people do about learning together, as steps of a story."""

from __future__ import annotations

import re
from typing import Any

from requests import Response

from lti_tool.clock import today
from tests.world import Person, soup, text_of

LEARNED = "I explain too fast."
SHARED = "Draw first, then calculate."


def facts(**changed: Any) -> dict[str, Any]:
    return {
        "title": "Planned a lesson on fractions",
        "held_on-day": "1",
        "held_on-month": "10",
        "held_on-year": str(today().year - 1),
        "others": "Speech therapist, J. B.",
        "strands": ["1.1", "4.2"],
        **changed,
    }


def fill_in(person: Person, path: str, values: dict[str, Any]) -> Response:
    return person.submit(person.get(path), values, button=("action", "save"), form="#form")


def start(person: Person, **changed: Any) -> int:
    """Write an entry down; the number of the entry."""
    values = facts(learned=LEARNED, shared=SHARED, **changed)
    answer = fill_in(person, "learning-together/new", values)
    found = re.search(r"/learning-together/(\d+)$", answer.url)
    assert found, text_of(answer)
    return int(found[1])


def page_of(entry: int, more: str = "") -> str:
    return f"learning-together/{entry}{more}"


def list_of(amira: Person) -> str:
    return f"participants/{amira.participant_id()}/learning-together"


def press(person: Person, page: str, deed: str, **values: Any) -> Response:
    """Press the first button that does this deed on a page."""
    return person.submit(person.get(page), values, form=f'form[method=post][action$="/{deed}"]')


def invite(person: Person, entry: int, name: str) -> Response:
    """Look for a colleague by name and invite the first who is found."""
    return press(person, page_of(entry, f"/invite?q={name}"), "invite")


def together(amira: Person, ben: Person) -> int:
    """An entry of one in which another has begun to take part."""
    entry = start(amira)
    invite(amira, entry, ben.name)
    press(ben, page_of(entry), "accept")
    return entry


def states(person: Person, of: Person | None = None) -> dict[str, str]:
    """The entries on a page, by number: how the participant stands to each."""
    found = soup(person.get(list_of(of or person))).select("[data-entry]")
    return {str(each["data-entry"]): str(each["data-state"]) for each in found}


def code_of(person: Person, entry: int) -> str:
    """Make a code and read it."""
    shown = soup(press(person, page_of(entry), "code")).select_one("[data-code]")
    assert shown is not None
    return shown.get_text(strip=True)


def use_code(person: Person, code: str) -> Response:
    return press(person, list_of(person), "join", code=code)
