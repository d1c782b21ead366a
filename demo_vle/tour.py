"""What the people of the demo course do before anybody looks: a tutor places the links by Deep
Linking, and everybody opens the tool once. All of it by real launches over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from demo_vle.browser import Visitor, parse
from demo_vle.server import RemoteVle

GIVEN = ("Aisha", "Bryn", "Cara", "Dev", "Elin", "Finn", "Gita", "Hugo", "Ines", "Joel", "Kofi")
FAMILY = ("Patel", "Jones", "Mensah", "Walsh", "Kaur", "Evans", "Novak", "Osei", "Reid", "Shah")
STAFF = {"editingteacher": "tutor", "teacher": "tutor", "manager": "lead"}
STUDENT = "student"
COACHES = {"coach", "observer"}


@dataclass(frozen=True)
class Known:
    """A person, a course or a link of the platform, by its id."""

    id: str


def more_people(vle_url: str, participants: int) -> None:
    """Bring the course to this many participants."""
    course = _course(vle_url)
    enrolled = [one for one in course["enrolments"].values() if one["role"] == STUDENT]
    for number in range(len(enrolled), participants):
        given = GIVEN[number % len(GIVEN)]
        family = FAMILY[number // len(GIVEN) % len(FAMILY)]
        person = _control(
            vle_url,
            "people",
            name=f"{given} {family}",
            email=f"{given}.{family}.{number}@school.example".lower(),
            sourcedid=f"MTL{number + 1:04d}",
        )
        _control(vle_url, "enrolments", person=person["id"], course=course["id"], role=STUDENT)


def list_participants(vle_url: str) -> list[dict[str, Any]]:
    """Those who are in the course to learn, in the order of its list."""
    enrolments = _course(vle_url)["enrolments"]
    return [
        person
        for person in _control(vle_url, "people")
        if enrolments.get(person["id"], {}).get("role") == STUDENT
    ]


def place_links(vle_url: str) -> int:
    """A tutor presses "Select content" and ticks everything that the tool offers.

    Answers the number that the tool gave the course, as it stands in its addresses.
    """
    course = _course(vle_url)
    tutor = next(one for one in course["enrolments"].values() if one["role"] in STAFF)
    visitor = Visitor(RemoteVle(vle_url), Known(tutor["person_id"]))
    page = visitor.deep_link(Known(course["id"]))
    number = int(urlsplit(page.url).path.split("/courses/")[1].split("/")[0])
    if _control(vle_url, "placements"):
        return number
    offered = [str(box["value"]) for box in parse(page).select("input[name=items]")]
    answer = visitor.submit(page, values={"items": offered})
    returned = visitor.submit(answer, "form[data-auto-submit]")
    returned.raise_for_status()
    placed = _control(vle_url, "placements")
    if len(placed) != len(offered):
        raise SystemExit(f"{len(offered)} links were chosen and {len(placed)} placed.")
    return number


def everyone_opens_the_tool(vle_url: str) -> None:
    """Each person opens the link that is meant for them."""
    links = {one["title"]: Known(one["id"]) for one in _control(vle_url, "placements")}
    vle = RemoteVle(vle_url)
    enrolments = _course(vle_url)["enrolments"]
    for person in _control(vle_url, "people"):
        if person["id"] not in enrolments:
            continue
        role = enrolments[person["id"]]["role"]
        title = "Coach evidence" if role in COACHES else "My progress"
        page = Visitor(vle, Known(person["id"])).launch(links[title])
        page.raise_for_status()


def _course(vle_url: str) -> dict[str, Any]:
    found: dict[str, Any] = _control(vle_url, "courses")[0]
    return found


def _control(vle_url: str, what: str, **fields: Any) -> Any:
    url = f"{vle_url}/control/{what}"
    answer = (
        requests.post(url, json=fields, timeout=10) if fields else requests.get(url, timeout=10)
    )
    answer.raise_for_status()
    return answer.json()
