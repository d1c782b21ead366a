"""Everybody who can stand before a door, every door, and what each of them is answered there.

The doors come from the application itself. Nothing that is done here stays: what a view would have
committed is written to the database and taken back, and the sessions stay as they are.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.integration.attacks.test_colleagues import ARGUMENT

COOKIE = "__Host-mtl"
YES, NO, HIDDEN, OUT = "yes", "no", "hidden", "out"
REFUSALS = {401: OUT, 403: NO, 404: HIDDEN}
# What some forms and the protocol of uploads ask for before they look at what the address names.
FIELDS = {"colleague": "1", "version": "1"}
HEADERS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
PIECE = "application/offset+octet-stream"
# Buttons that a view has in a table of its own.
BUTTONS = {"people.change_coach_link": ["save", "submit", "sync", "cancel"]}
PRESSED = re.compile(r"(?:pressed_button|chosen_action)\(([^)]*)\)")
# Signed out or never signed in, one comes to the same page.
ALIKE = re.compile(r"/(head|examiner)/<token>/sign-out")
Things = Mapping[str, Any]


@dataclass
class Knocker:
    """Somebody with a browser: the cookie it holds, and the course they are signed in for."""

    name: str
    cookie: str
    course_id: int
    # Whoever has a part in one area only is tried there; elsewhere they are what they are.
    area: str = ""
    answers: dict[str, str] = field(default_factory=dict)


class Unchanging:
    """The store of sessions and codes, of which nothing is taken and to which nothing is added."""

    def __init__(self, kept: Any) -> None:
        self.kept = kept

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    take = get

    def add(self, key: str, seconds: int) -> bool:
        return True

    def put(self, *given: Any, **named: Any) -> None:
        """Nothing stays."""

    delete = replace = put

    def swap(self, *given: Any, **named: Any) -> bool:
        return True

    def listed(self, name: str) -> list[str]:
        return list(self.kept.listed(name))


@contextmanager
def nothing_stays(app: Flask) -> Iterator[list[Session]]:
    """Views do all that they do, and none of it is there afterwards; yields what was committed."""
    committed: list[Session] = []

    def take_back(session: Session) -> None:
        session.flush()
        committed.append(session)
        session.rollback()

    kept = app.extensions["ephemeral"]
    # A form that comes without its token is refused before anybody asks whose it is.
    with (
        patch.object(Session, "commit", take_back),
        patch.dict(app.extensions, {"ephemeral": Unchanging(kept)}),
        patch.dict(app.config, {"WTF_CSRF_METHODS": ()}),
    ):
        yield committed


def doors(app: Flask) -> list[tuple[str, Rule]]:
    """Every address of the application with every method, without those that need no proof."""
    return [
        (method, rule)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if not is_open(app, rule)
    ]


def is_open(app: Flask, rule: Rule) -> bool:
    view = app.view_functions[rule.endpoint]
    return getattr(view, "allowed_roles", None) is None or bool(ALIKE.match(rule.rule))


def knock(app: Flask, who: Knocker, url: str, things: Mapping[str, Things]) -> None:
    """Try every door as one person, with each of its buttons."""
    for method, rule in doors(app):
        if who.area not in {"", area_of(rule)}:
            continue
        path, answers = path_of(rule, who.course_id, things), []
        for action in actions(app, rule) if method == "POST" else [""]:
            data = {**FIELDS, "action": action} if action else None
            with ask(app, who, url, method, path, data=data) as answer:
                answers.append((answer.status_code, answer.headers.get("Location", "")))
            assert answer.status_code < 500, (who.name, method, path, action)
            if answer.status_code == 401:
                break
        who.answers[name_of(method, rule)] = verdict(answers)


def ask(app: Flask, who: Knocker, url: str, method: str, path: str, **body: Any) -> TestResponse:
    client = app.test_client(use_cookies=False)
    headers = {**HEADERS, "Cookie": f"{COOKIE}={who.cookie}"}
    if method == "PATCH":
        headers["Content-Type"] = PIECE
    return client.open(path, url, method=method, headers=headers, **body)


def path_of(rule: Rule, course_id: int, things: Mapping[str, Things]) -> str:
    """The address of the things that this part of the tool is about."""
    begin = max((each for each in things if each in rule.rule), key=len)
    named = {**things[""], **things[begin], "course_id": course_id}

    def part(found: re.Match[str]) -> str:
        words, name = found["words"], found["name"]
        assert words or name in named, f"Say in things_of what {name} is: {rule.rule}"
        return words.split(",")[0] if words else str(named[name])

    return ARGUMENT.sub(part, rule.rule)


def actions(app: Flask, rule: Rule) -> list[str]:
    """The buttons that a view names, for a form is refused for its button before anything else."""
    if rule.endpoint in BUTTONS:
        return BUTTONS[rule.endpoint]
    pressed = PRESSED.search(source_of(app.view_functions[rule.endpoint]))
    named = re.findall(r'"(\w+)"', pressed[1]) if pressed else []
    return list(dict.fromkeys(named)) or ["save"]


@cache
def source_of(view: Callable[..., Any]) -> str:
    """Read once: it is asked for each person at each door."""
    return inspect.getsource(view)


def word_of(status: int, location: str) -> str:
    if status == 303 and re.search(r"/(head|examiner)/[^/]+$", location):
        return OUT  # to the page that asks for a code
    return REFUSALS.get(status, YES)


def verdict(answers: list[tuple[int, str]]) -> str:
    """What is done by any button is let in; else the first button speaks, which is the usual one.

    A form that was only found wanting (422) shows that its page is theirs; where another button
    came further and was refused, that was about the button.
    """
    words = [(word_of(*answer), answer[0]) for answer in answers]
    done = [word for word, status in words if word == YES and status != 422]
    return (done or [words[0][0]])[0]


def name_of(method: str, rule: Rule) -> str:
    """A door as the document names it."""
    return f"{method} {ARGUMENT.sub(shown, rule.rule)}"


def shown(found: re.Match[str]) -> str:
    return f"<{(found['words'] or found['name']).removesuffix('_id').replace(',', ' or')}>"


def document(app: Flask, people: Sequence[Knocker]) -> str:
    """All of it as a page for people, a table for each area."""
    parts = [HEAD.format(people=len(people))]
    for area, title in AREAS.items():
        rows = [name_of(method, rule) for method, rule in doors(app) if area == area_of(rule)]
        here = [who for who in people if who.area in {"", area}]
        if rows:
            parts += [f"\n## {title}\n", row("Address", [who.name for who in here])]
            parts += [row("---", ["---"] * len(here))]
            parts += [row(f"`{each}`", [who.answers[each] for who in here]) for each in rows]
    free = sorted({rule.rule for rule in app.url_map.iter_rules() if is_open(app, rule)})
    parts += [TAIL, *(f"- `{ARGUMENT.sub(shown, each)}`" for each in free)]
    return "\n".join(parts) + "\n"


def row(first: str, rest: Sequence[str]) -> str:
    first = first.replace(" /courses/<course>/`", " (start)`").replace("/courses/<course>/", "")
    return f"| {' | '.join([first.replace('|', chr(92) + '|'), *rest])} |"


def area_of(rule: Rule) -> str:
    area = rule.endpoint.partition(".")[0]
    assert area in AREAS, f"Give {area} a title in AREAS."
    return area


AREAS = {
    "cohort": "Home, progress, records, the cohort",
    "evidence": "Evidence",
    "learning": "Plan, dialogue, records of learning",
    "grades": "Marking, moderation, release, delivery",
    "board": "Examiners and boards",
    "people": "People and places",
    "launch": "The course in the VLE",
    "heads": "Head teachers, by personal link",
    "links": "Personal links",
    "screen_codes": "Codes on a screen",
    "session": "Session",
    "signed_in": "Where one is signed in",
    "health": "Health",
    "static": "Files of the pages",
}
HEAD = """\
# Who is let in where

Every address of the tool that asks who one is, and what {people} people are answered there. The
addresses come from the application; every cell was tried, and `test_access_matrix.py` tries them
all again and compares. `make access` writes this page anew.

- **yes**: the page, or the form is taken (or shown again with what is missing, or refused for the
  state the thing is in).
- **no**: 403, this is not for their role or not for them.
- **hidden**: 404. What one may not see does not exist. Or there is nothing of the kind in the test:
  then it is hidden from everybody, and the test says why.
- **out**: nobody is signed in here with this browser: 401, or the way to the page that asks for a
  code.

The things (evidence, attempts, plans and so on) are those of *participant*, whose coach is *coach*;
*another participant* is of the same course. Of the marking chain: what *second marker* marks with
another, what *moderator* moderates, what *examiner* was appointed for. The school is that of
*head teacher*. *Elsewhere* is another university with another VLE in the same tool. *Tutor* teaches
the course and has no part in the marking; where nothing is marked, *second marker* and *moderator*
are tutors like that one.

Everybody asks for addresses of the course that they are signed in for. In any other course
everybody is *out*, wherever they ask; the test tries that, too.
"""
TAIL = """
## Open to everybody

Messages of platforms, which carry their own proof; pages on which one proves who one is; signing
out. What is new here is decided in `tests/house/test_access.py`.
"""
