"""Somebody without an account in the VLE: a mail address, and a browser or two."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from requests import Response
from sqlalchemy import select

from demo_vle.browser import Visitor
from lti_tool.audit.models import AuditEvent
from lti_tool.db import db
from lti_tool.people.models import PersonalLink
from tests.letters import code_in, link_in, mails_to
from tests.world import Person, World

_numbers = itertools.count(1)
COURSE = re.compile(r"/courses/(\d+)/")


class Outsider:
    """Whoever has been invited by mail. `open` and `sign_in` act in their first browser."""

    def __init__(self, world: World, name: str = "Olga Marsh", address: str | None = None) -> None:
        self.world = world
        self.name = name
        first = name.split()[0].lower()
        self.address = address or f"{first}.{next(_numbers)}.{id(world)}@elsewhere.example"
        self.browser = self.new_browser()

    def new_browser(self) -> Visitor:
        return Visitor(self.world.vle, self.world.vle.site.add_person(self.name, self.address))

    def mails(self, about: str = "") -> list[str]:
        """The subjects of all mail to them, or of that with these words."""
        found = [str(mail["Subject"]) for mail in mails_to(self.world.tool, self.address)]
        return [subject for subject in found if about in subject]

    def newest_link(self) -> str:
        """The address in the newest mail that tells one."""
        mails = mails_to(self.world.tool, self.address)
        told = [mail for mail in mails if "code" not in str(mail["Subject"])]
        return link_in(told[-1])

    def newest_code(self) -> str:
        mails = mails_to(self.world.tool, self.address)
        return code_in([mail for mail in mails if "code" in str(mail["Subject"])][-1])

    def ask_for_code(
        self, link: str, *, address: str | None = None, browser: Visitor | None = None
    ) -> Response:
        """Open the link and say where the code should go."""
        browser = browser or self.browser
        page = browser.get(link)
        form = "form:has(#address)"
        typed = {"address": self.address if address is None else address}
        return browser.submit(page, form, typed, button=("action", "submit"))

    def enter(
        self,
        link: str,
        code: str,
        *,
        browser: Visitor | None = None,
        values: Mapping[str, str | Sequence[str] | None] | None = None,
    ) -> Response:
        """Type a code into the page that asks for it."""
        browser = browser or self.browser
        page = browser.get(f"{link}/code")
        return browser.submit(
            page, None, {"code": code, **(values or {})}, button=("action", "save")
        )

    def sign_in(self, link: str, *, browser: Visitor | None = None, own: bool = False) -> Response:
        """All of it, from opening the link to the first page."""
        self.ask_for_code(link, browser=browser)
        values = {"own_browser": "yes"} if own else {}
        return self.enter(link, self.newest_code(), browser=browser, values=values)


def invited_coach(world: World, staff: Person, participant: Person) -> Outsider:
    """A coach whom staff have just invited; the mail has come."""
    olga = Outsider(world)
    page = staff.get(f"participants/{participant.participant_id()}/coach-link")
    answer = staff.submit(
        page, {"name": olga.name, "address": olga.address}, button=("action", "save"),
        form="form:has(#address)",
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return olga


def link_row(olga: Outsider) -> PersonalLink:
    """Their link as it is stored; inside an application context."""
    query = select(PersonalLink).where(PersonalLink.address == olga.address.lower())
    return db.session.scalars(query.order_by(PersonalLink.id.desc())).first() or PersonalLink()


def events_of(olga: Outsider) -> list[str]:
    """What the trail says of their link."""
    with olga.world.tool.app.app_context():
        query = select(AuditEvent.event).where(
            AuditEvent.subject_kind == "personal_link", AuditEvent.subject_id == link_row(olga).id
        )
        return list(db.session.scalars(query.order_by(AuditEvent.id)))
