"""Role by address: who is let in where, as `docs/access.md` says it, every cell of it tried.

`make access` writes the document anew after a route came or changed; read what is different then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import Rule

from lti_tool.identity import Role
from lti_tool.settings import ROOT
from tests.integration.attacks.gate import Gate, gate
from tests.integration.attacks.matrix import (
    HIDDEN,
    NO,
    OUT,
    YES,
    Knocker,
    ask,
    document,
    doors,
    name_of,
    nothing_stays,
    path_of,
)
from tests.integration.attacks.test_colleagues import BEGIN, PLAIN
from tests.tool_server import RunningTool

PAGE = ROOT / "docs" / "access.md"
# SQLite only: who may enter is decided before any store is asked for more than rows.
pytestmark = [
    pytest.mark.parametrize("tool", ["sqlite"], indirect=True),
    # Whoever comes first makes the gate, and on a busy machine that takes its time.
    pytest.mark.timeout(900),
]

ROLES = {
    "participant": Role.PARTICIPANT, "another participant": Role.PARTICIPANT,
    "coach": Role.COACH, "coach by link": Role.COACH, "former coach": Role.COACH,
    "another’s coach": Role.COACH, "tutor": Role.TUTOR, "second marker": Role.TUTOR,
    "moderator": Role.TUTOR, "tutor of another course": Role.TUTOR, "tutor elsewhere": Role.TUTOR,
    "lead": Role.LEAD, "lead of another course": Role.LEAD, "lead elsewhere": Role.LEAD,
}  # fmt: skip
STRANGERS = (
    "another participant", "another’s coach", "former coach", "tutor of another course",
    "tutor elsewhere", "lead elsewhere",
)  # fmt: skip
# What names nobody's thing: a module of the programme, a page of a list, a kind of export.
OF_ALL = PLAIN.keys() - {"link_id"} | {"course_id", "kind", "deed"}
# Of one's own partnership, staff may read the register of schools and the versions.
SHARED = {"school_id", "version_id"}
# Doors behind which there is nothing in this test, so that they are closed to all.
COURSE = "/courses/<course>"
NOTHING_THERE = {
    f"GET {COURSE}/allocations/preview": "nobody was chosen on the page before",
    f"POST {COURSE}/allocations/preview": "nobody was chosen on the page before",
    f"GET {COURSE}/attempts/<attempt>/files/<sha256>/pages/<page>": "no picture was made",
    f"GET {COURSE}/coach-links/<link>": "no link of the course is for a coach's pages",
    f"GET {COURSE}/evidence/<item>/files/<upload>/pages/<page>": "no picture was made",
    f"GET {COURSE}/hand-ins/<reference>": "no gradebook was told of a submission",
    f"GET {COURSE}/headcounts/<headcount>/compare": "no other headcount was named",
    f"GET {COURSE}/moderation/<batch>/scripts/<member>/files/<sha256>": "no file is in the script",
    f"GET {COURSE}/moderation/<batch>/scripts/<member>/files/<sha256>/pages/<page>": "no file",
    f"POST {COURSE}/participants/<participant>/plan/targets/grow": "no need was agreed",
    f"POST {COURSE}/sign/read": "no request was opened",
}


@pytest.fixture
def there(shared_tool: RunningTool, tools: dict[str, Any]) -> Gate:
    return gate(shared_tool, tools)


def each_door(there: Gate) -> Iterator[tuple[str, Rule, frozenset[Role]]]:
    """Its name, its rule, and whom its view names."""
    app = there.tool.app
    for method, rule in doors(app):
        yield name_of(method, rule), rule, app.view_functions[rule.endpoint].allowed_roles  # type: ignore[attr-defined]


def test_the_document_says_who_is_let_in_where(there: Gate) -> None:
    found = document(there.tool.app, there.people)
    if os.environ.get("MTL_WRITE_ACCESS"):
        PAGE.write_text(found, encoding="utf-8")
    written = PAGE.read_text(encoding="utf-8").splitlines()
    changed = set(found.splitlines()) ^ set(written)
    assert not changed, "Run `make access`, and read what changed in docs/access.md."


def test_nobody_is_let_in_whom_the_view_does_not_name(there: Gate) -> None:
    for door, rule, roles in each_door(there):
        for who in there.people:
            role, answer = ROLES.get(who.name), who.answers.get(door)
            if answer is None:
                assert who.area, (who.name, door)
                continue
            if rule.rule.startswith(BEGIN) and role is None:
                assert answer == OUT, (who.name, door)
            elif rule.rule.startswith(BEGIN) and role not in roles:
                assert answer == NO, (who.name, door)
            elif not rule.rule.startswith(BEGIN):
                ours = rule.rule.startswith(f"/{who.name.split()[0]}/")
                assert answer == YES if ours else answer == OUT, (who.name, door)


def test_a_stranger_comes_to_nothing_that_is_somebodys(there: Gate) -> None:
    through, tried = {}, 0
    for door, rule, _ in each_door(there):
        for name in STRANGERS:
            of_all = OF_ALL | (SHARED if name == "tutor of another course" else set())
            if rule.rule.startswith(BEGIN) and rule.arguments - of_all:
                tried += 1
                answer = there.who(name).answers[door]
                if answer not in {NO, HIDDEN}:
                    through[name, door] = answer
    assert through == {}
    assert tried > 500


def test_every_door_opens_for_somebody(there: Gate) -> None:
    closed = {
        door
        for door, _, _ in each_door(there)
        if not any(who.answers.get(door) == YES for who in there.people)
    }
    assert sorted(closed) == sorted(NOTHING_THERE), "Make the thing in gate.py, or say why not."


def test_in_a_course_that_is_not_theirs_everybody_is_out(there: Gate) -> None:
    others = {there.who("lead elsewhere").course_id, there.who("lead").course_id}
    app = there.tool.app
    with nothing_stays(app):
        for name in ("participant", "lead elsewhere"):
            who = there.who(name)
            (course_id,) = others - {who.course_id}
            away = Knocker(who.name, who.cookie, course_id)
            for method, rule in doors(app):
                if rule.rule.startswith(BEGIN):
                    path = path_of(rule, course_id, there.things)
                    with ask(app, away, there.tool.url, method, path) as answer:
                        assert answer.status_code == 401, (name, name_of(method, rule))
