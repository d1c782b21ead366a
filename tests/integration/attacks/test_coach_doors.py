"""Every page that a coach may open, tried by everybody who is not this participant's coach today.

The addresses come from the application itself, so that a page which is added is tried, too. Whoever
is refused reads no word of hers, and no row of any table is other than before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from requests import Response, Session
from sqlalchemy import select
from werkzeug.routing import Rule

from lti_tool.audit.models import AuditEvent
from lti_tool.cli.dump import tables
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence.models import Attestation
from lti_tool.identity import Role
from tests.integration.attacks.hands import token
from tests.integration.attacks.test_colleagues import BEGIN, PLAIN, PRIVATE, everything_of
from tests.integration.attacks.test_parts_in_the_work import end_coaching
from tests.integration.attacks.test_strangers import SECRETS
from tests.integration.people.outsiders import Outsider, invited_coach
from tests.tool_server import RunningTool
from tests.world import Person, World, soup

ON_SQLITE = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("tool", ["postgres"], indirect=True)
CANARIES = (*SECRETS, PRIVATE)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# Taking a copy of one's own record, which names nobody else.
OWN_DEEDS = ("coaching_record.downloaded",)
NO = {400, 401, 403, 404, 405, 409, 410, 412, 415, 422}
Things = dict[str, Any]
Through = dict[str, Any]


def contents(tool: RunningTool) -> dict[str, Any]:
    """A digest of all rows of each table; of the trail what it says, without OWN_DEEDS."""
    with tool.app.app_context(), db.engine.connect() as connection:
        said = select(AuditEvent.event).where(AuditEvent.event.not_in(OWN_DEEDS))
        trail = list(connection.scalars(said.order_by(AuditEvent.id)))
        return {"the trail": trail} | {
            table.name: hashlib.sha256(
                repr(sorted(map(repr, connection.execute(select(table))))).encode()
            ).hexdigest()
            for table in tables()
            if table is not AuditEvent.__table__
        }


def coach_doors(tool: RunningTool) -> Iterator[tuple[str, Rule]]:
    """Each address that a coach may enter, with each of its methods."""
    for rule in tool.app.url_map.iter_rules():
        view = tool.app.view_functions[rule.endpoint]
        if Role.COACH in (getattr(view, "allowed_roles", None) or ()):
            assert rule.rule.startswith(BEGIN)
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield method, rule


def things_of(amira: Person, world: World) -> Things:
    """All of hers that an address can name."""
    things = everything_of(amira, world) | {"file_id": "x" * 43, "kind": "csv"}
    with world.tool.app.app_context():
        signed = select(Attestation).order_by(Attestation.id.desc()).limit(1)
        attestation = db.session.scalars(signed).one()
        # What is added later is named by 1 until this test is told better.
        return {"link_id": 1, "comment_id": 1, "number": attestation.id} | things


def path_of(rule: Rule, things: Things) -> str:
    named = {name: things.get(name, 1) for name in rule.arguments - {"course_id"}}
    built = rule.build({"course_id": 0, **named}, append_unknown=False)
    assert built is not None, rule.rule
    return built[1].partition("/courses/0/")[2]


def answers_to(
    session: Session, tool: RunningTool, course_id: int, things: Things, csrf: str
) -> Through:
    """What got through, by address: a word of hers, or a deed that was not refused."""
    through: Through = {}
    naming = things.keys() - PLAIN.keys() - {"kind", "link_id"}
    tried = 0
    for method, rule in coach_doors(tool):
        names_a_thing = bool(rule.arguments & naming)
        if method not in {"GET", "HEAD"} and not names_a_thing:
            continue
        url = f"{tool.url}/courses/{course_id}/{path_of(rule, things)}"
        fields = {"csrf_token": csrf, "action": "save"} if method == "POST" else None
        answer = session.request(method, url, data=fields, allow_redirects=False)
        tried += 1
        seen = words_in(answer)
        if seen or answer.status_code >= 500 or (names_a_thing and answer.status_code not in NO):
            through[f"{method} {rule.rule}"] = (answer.status_code, seen)
    assert tried > 50
    return through


def words_in(answer: Response) -> list[str]:
    told = answer.text + str(answer.headers)
    return [each for each in CANARIES if each in told]


def with_link(world: World, staff: Person, participant: Person) -> Outsider:
    """A coach by a personal link, signed in."""
    olga = invited_coach(world, staff, participant)
    olga.sign_in(olga.newest_link())
    return olga


def csrf_of(olga: Outsider, course_id: int) -> str:
    page = olga.browser.get(f"{olga.world.tool.url}/courses/{course_id}/evidence/new")
    field = soup(page).select_one("[name=csrf_token]")
    assert field is not None, page.status_code
    return str(field["value"])


@ON_SQLITE
def test_no_page_of_a_coach_opens_for_anybody_else(world: World) -> None:
    tool, amira, ben = world.tool, world.participant(opens="MTL1"), world.participant("Ben Osei")
    things = things_of(amira, world)
    staff, colin = world.tutor("Tim Lowe"), world.coach("Cora Hale")
    fern, dora = world.coach("Fern Vale"), world.coach("Dora Lind")
    for former in (fern, colin):  # in the end Cora is the coach
        end_coaching(amira)
        world.allocate(former, to=amira)
    cleo = world.participant("Cleo Marsh")
    world.allocate(fern, to=cleo)
    world.allocate(dora, to=ben)
    otto = World(tool, world.vle).tutor("Otto Vale")
    by_link = with_link(world, staff, world.participant("Dan Frost"))
    assert "Amira Khan" in colin.get("participants").text
    strangers = {
        "another participant": (ben, token(ben, "evidence/new")),
        "coach of another": (dora, token(dora, "evidence/new")),
        "former coach": (fern, token(fern, "evidence/new")),
        "tutor of another course": (otto, token(otto, "participants")),
    }
    before = contents(tool)
    for who, (person, csrf) in strangers.items():
        session = person.visitor.session
        found = answers_to(session, tool, person.course_id, things, csrf)
        assert found == {}, who
    link_session = by_link.browser.session
    csrf = csrf_of(by_link, amira.course_id)
    assert answers_to(link_session, tool, amira.course_id, things, csrf) == {}, "coach by link"
    for who, session in (("nobody", Session()), ("tutor of another course", otto.visitor.session)):
        assert answers_to(session, tool, amira.course_id, things, csrf) == {}, who
    assert contents(tool) == before


@pytest.mark.parametrize("tool", ["sqlite", "postgres"], indirect=True)
def test_whoever_came_by_a_link_that_is_over_is_out_at_once(world: World) -> None:
    """Revoked, and of a coaching that has ended: with the session still open in the browser."""
    tool, amira, staff = world.tool, world.participant(opens="MTL1"), world.tutor("Tim Lowe")
    things = things_of(amira, world)
    end_coaching(amira)
    olga = with_link(world, staff, amira)
    csrf = csrf_of(olga, amira.course_id)
    at_hers = f"{tool.url}/courses/{amira.course_id}/participants/{amira.participant_id()}"
    assert olga.browser.get(at_hers).status_code == 200
    end_coaching(amira)
    before = contents(tool)
    session = olga.browser.session
    assert answers_to(session, tool, amira.course_id, things, csrf) == {}
    assert contents(tool) == before
    world.allocate(world.coach("Cora Hale"), to=amira)
    ben = world.participant("Ben Osei")
    other = with_link(world, staff, ben)
    page = staff.get(f"participants/{ben.participant_id()}/coach-link")
    staff.submit(page, button=("action", "cancel"), form='form:has([value="cancel"])')
    before = contents(tool)
    assert answers_to(other.browser.session, tool, amira.course_id, things, csrf) == {}
    for method, rule in coach_doors(tool):
        url = f"{tool.url}/courses/{amira.course_id}/{path_of(rule, things)}"
        answer = other.browser.session.request(method, url, allow_redirects=False)
        assert answer.status_code in {303, 400, 401, 405}, (method, rule.rule)
        assert "Ben Osei" not in answer.text
    assert contents(tool) == before


@pytest.mark.parametrize("tool", ["sqlite", "postgres"], indirect=True)
def test_a_link_that_works_no_more_or_never_did_tells_nothing_and_changes_nothing(
    world: World,
) -> None:
    """Opened by HEAD and GET, and its forms posted as a scanner's script does."""
    amira, staff = world.participant(), world.tutor("Tim Lowe")
    olga = invited_coach(world, staff, amira)
    invitation = olga.newest_link()
    olga.ask_for_code(invitation)
    code = olga.newest_code()
    olga.enter(invitation, code)
    replaced = olga.newest_link()
    olga.ask_for_code(invitation, browser=olga.new_browser())  # has the link itself sent again
    working = olga.newest_link()
    other = invited_coach(world, staff, world.participant("Ben Osei"))
    gone = other.newest_link()
    page = staff.get("participants")
    ben_page = soup(page).find("a", string="Ben Osei")
    assert ben_page is not None
    path = f"{str(ben_page['href']).split(f'courses/{staff.course_id}/')[1]}/coach-link"
    staff.submit(staff.get(path), button=("action", "cancel"), form='form:has([value="cancel"])')
    links = {
        "fresh": working, "used": invitation, "replaced": replaced, "revoked": gone,
        "guessed": f"{working[:-4]}abcd", "screen": f"{world.tool.url}/coach/screen",
    }  # fmt: skip
    private = ("Amira", "Khan", "Olga", "Marsh", "Ben Osei", olga.address, other.address)
    before, mails = contents(world.tool), len(olga.mails())
    for which, link in links.items():
        for answer in pressed_everywhere(olga, link, code):
            told = answer.text + str(answer.headers)
            assert [each for each in private if each in told] == [], (which, answer.url)
            assert answer.status_code < 500
    with time_machine.travel(now() + timedelta(days=366), tick=True):
        for answer in pressed_everywhere(olga, working, code):
            assert "This link does not work" in answer.text or answer.request.method != "GET"
    assert contents(world.tool) == before
    assert len(olga.mails()) == mails


def pressed_everywhere(olga: Outsider, link: str, used_code: str) -> Iterator[Response]:
    """What somebody else's browser is told who opens the link and presses all that is there."""
    scanner = olga.new_browser()
    for path in ("", "/code", "/nothing-yet"):
        yield scanner.session.head(link + path, allow_redirects=False)
        page = scanner.get(link + path)
        yield page
        for form in soup(page).select("main form[method=post]"):
            hidden = {
                str(each["name"]): str(each["value"]) for each in form.select("[type=hidden]")
            }
            for button in form.select("button[name]"):
                fields = {**hidden, str(button["name"]): str(button["value"])}
                action = f"{olga.world.tool.url}{form['action']}"
                yield scanner.session.post(action, data=fields, allow_redirects=False)
    token_at = scanner.get(link)
    field = soup(token_at).select_one("[name=csrf_token]")
    replayed = {"csrf_token": str(field["value"]) if field else "", "code": used_code}
    for path in ("", "/code", "/sign-out-others"):
        yield scanner.session.post(link + path, data=replayed, allow_redirects=False)
