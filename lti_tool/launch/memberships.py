"""A course's roster as its VLE lists it: whole, page by page, or an error.

https://www.imsglobal.org/spec/lti-nrps/v2p0
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate

from lti_tool.launch.canvas import NRPS
from lti_tool.launch.http import origin_of
from lti_tool.launch.platform import Answer, Peer, call
from lti_tool.launch.schemas import ID, ClaimSchema, cleaned

# Moodle compares it letter by letter, so nothing may be added to it.
CONTAINER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MOST_PAGES = 1000  # Canvas sends fifty people on each

AGAIN = "Nothing was changed. Try again later."
ASK = "Ask the administrator of the VLE to let the tool use names and roles."
REOPEN = "Open the tool from the course once, then update again."
REFUSALS = {
    401: f"The VLE does not let the tool read who is in the course. {ASK}",
    403: f"The VLE does not let the tool read who is in the course. {ASK}",
    404: f"The VLE does not know this course's list of people any more. {REOPEN}",
}


class RosterIncomplete(Exception):
    """The roster did not come whole, or cannot be right; none of it may be used."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Member:
    """A person whom the VLE lists as active in a course."""

    user_id: str
    roles: tuple[str, ...]
    name: str | None = None
    email: str | None = None


class MemberSchema(ClaimSchema):
    """One row. How much of a person is told depends on the platform's privacy settings."""

    user_id = fields.String(required=True, validate=ID)
    roles = fields.List(fields.String(), required=True)
    status = fields.String(
        load_default="Active", validate=validate.OneOf(["Active", "Inactive", "Deleted"])
    )
    name = fields.String()
    given_name = fields.String()
    family_name = fields.String()
    email = fields.String()

    @pre_load
    def forget_nothings(self, row: Any, **_: Any) -> Any:
        """Null and empty text both mean that nothing was sent."""
        return cleaned(row)


class ContextSchema(ClaimSchema):
    id = fields.String()


class PageSchema(ClaimSchema):
    """A page around its rows, which are read one by one so that a bad one can be told."""

    context = fields.Nested(ContextSchema, load_default=dict)
    members = fields.List(fields.Raw(), required=True)


MEMBER, PAGE = MemberSchema(), PageSchema()


def fetch_pages(peer: Peer, url: str, context: str) -> Iterator[list[Member]]:
    """The active people of a course, a page at a time; no transaction may be writing meanwhile.

    Only when the last page was read is the roster whole. Raises RosterIncomplete, besides
    PlatformUnreachable and TokenRefused.
    """
    following: str | None = url
    met: set[str] = set()
    while following is not None:
        _check_way(url, following, met)
        met.add(following)
        answer = call(peer, "GET", following, [NRPS], accept=CONTAINER)
        yield _read_page(answer, context, len(met))
        following = answer.next_url


def _check_way(first: str, following: str, met: set[str]) -> None:
    """No circle, no end far away, and our token to nobody else."""
    if following in met:
        raise RosterIncomplete(f"The VLE's list of people leads back into itself. {AGAIN}")
    if len(met) >= MOST_PAGES:
        raise RosterIncomplete(f"The VLE's list of people does not end. {AGAIN}")
    if origin_of(following) != origin_of(first):
        raise RosterIncomplete(f"The VLE's list of people goes on at another address. {AGAIN}")


def _read_page(answer: Answer, context: str, number: int) -> list[Member]:
    if answer.status != 200:
        other = f"The VLE answered with error {answer.status} on page {number}. {AGAIN}"
        raise RosterIncomplete(REFUSALS.get(answer.status, other))
    try:
        page = PAGE.load(answer.body)
    except ValidationError as error:
        sentence = f"Page {number} of the VLE's list of people cannot be read. {AGAIN}"
        raise RosterIncomplete(sentence) from error
    if page["context"].get("id", context) != context:
        raise RosterIncomplete(f"The VLE sent the list of people of another course. {AGAIN}")
    members = []
    for position, row in enumerate(page["members"], 1):
        try:
            read = MEMBER.load(row)
        except ValidationError as error:
            where = f"Person {position} on page {number} of the VLE's list"
            raise RosterIncomplete(f"{where} cannot be read. {AGAIN}") from error
        if read["status"] == "Active":
            members.append(_member(read))
    return members


def _member(read: dict[str, Any]) -> Member:
    parts = filter(None, [read.get("given_name"), read.get("family_name")])
    name = read.get("name") or " ".join(parts)
    return Member(
        user_id=read["user_id"],
        roles=tuple(read["roles"]),
        name=name[:300] or None,
        email=read.get("email", "")[:320] or None,
    )
