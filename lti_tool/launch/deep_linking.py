"""Choosing what to place in a course, and the signed answer that carries it back.

https://www.imsglobal.org/spec/lti-dl/v2p0
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.launch import keys, links, pylti, state
from lti_tool.launch.claims import Launch
from lti_tool.launch.destinations import read_destination
from lti_tool.launch.http import url_problem
from lti_tool.launch.models import Deployment
from lti_tool.launch.offers import Offer, offers_of
from lti_tool.launch.pylti import Item
from lti_tool.launch.runtime import runtime
from lti_tool.launch.verdicts import BadLaunch
from lti_tool.launch.windows import Window

LIFE = 2 * 60 * 60
# How the gradebook column of a module is found again: resourceId is the module's code.
LINE_ITEM_TAG = "module"
MAXIMUM = 100
NO_WINDOW = Window()
USED = "This choice was sent already, or it was begun too long ago. Start again in your VLE."


@dataclass(frozen=True)
class Request:
    """One open question of a platform: to be answered once, by the person it was asked of."""

    user_id: int
    course_id: int
    deployment_row: int
    accept_multiple: bool
    accept_lineitem: bool
    until: str
    settings: dict[str, Any]

    @property
    def ends_at(self) -> datetime:
        """Until when it can be answered."""
        return datetime.fromisoformat(self.until)


def check_request(launch: Launch) -> None:
    """The platform says where the answer goes, and it is a web address. Raises BadLaunch."""
    asked = launch.deep_linking
    if asked is None or url_problem(asked.return_url, runtime().settings):
        raise BadLaunch(
            "return_url_unusable", "Your VLE did not say properly where the choice should go."
        )


def keep_request(viewer: Viewer, launch: Launch, deployment_row: int) -> str:
    """Keep what was asked; the answer is a ticket for the page of choices."""
    asked = launch.deep_linking
    assert asked is not None
    ticket = state.random_text()
    kept = Request(
        user_id=viewer.user_id,
        course_id=viewer.course_id,
        deployment_row=deployment_row,
        accept_multiple=asked.accept_multiple,
        accept_lineitem=asked.accept_lineitem,
        until=(now() + timedelta(seconds=LIFE)).isoformat(),
        settings=dict(asked.settings),
    )
    runtime().store.put(_name(ticket), asdict(kept), LIFE)
    return ticket


def get_request(viewer: Viewer, ticket: str) -> Request:
    """The open question behind a ticket; to anybody else it does not exist. Raises NotFound."""
    found = runtime().store.get(_name(ticket))
    request = Request(**found) if found else None
    if request is None or (request.user_id, request.course_id) != (
        viewer.user_id,
        viewer.course_id,
    ):
        raise NotFound(USED)
    return request


def line_item_of(offer: Offer, review_url: str | None) -> dict[str, Any] | None:
    """The gradebook column that comes with a module.

    With a review address the gradebook opens one person's work in the tool.
    https://www.imsglobal.org/spec/lti-dl/v2p0#lti-resource-link
    """
    if offer.module_code is None:
        return None
    column: dict[str, Any] = {
        "label": offer.title,
        "scoreMaximum": MAXIMUM,
        "resourceId": offer.module_code,
        "tag": LINE_ITEM_TAG,
    }
    if review_url is not None:
        column["submissionReview"] = {
            "reviewableStatus": ["Submitted", "Completed"],
            "label": "Evidence and mark",
            "url": review_url,
        }
    return column


def takes_dates(request: Request) -> bool:
    """Whether the platform gives the columns that it makes the dates of our answer.

    Canvas does, Moodle overlooks them.
    """
    return request.accept_lineitem and _signer(request.deployment_row).dates_columns


def answer(
    viewer: Viewer, ticket: str, chosen: Collection[str], windows: Mapping[str, Window], ours: str
) -> tuple[str, str]:
    """Sign what was chosen (nothing: the person cancelled), and use the ticket up.

    Returns the platform's return address and the JWT that the browser posts there.
    """
    request = get_request(viewer, ticket)
    wanted = [read_destination(each) for each in chosen]
    offers = offers_of(viewer, {each for each in wanted if each})
    if not all(each in offers for each in wanted):
        raise Invalid("Choose from the list.", field="items")
    if len(chosen) > 1 and not request.accept_multiple:
        raise Invalid("Your VLE takes one item at a time. Choose one.", field="items")
    signer = _signer(request.deployment_row)
    url = f"{ours}/lti/launch"
    review_url = url if signer.reviews_submissions else None
    dated = windows if takes_dates(request) else {}
    # Nothing is written yet, and the embedded store waits for whoever writes.
    db.session.rollback()
    key = keys.signing_key()
    if runtime().store.take(_name(ticket)) is None:
        raise Refused(USED)
    items = [
        Item(
            title=offer.title,
            custom=links.place(viewer.course_id, offer),
            url=url,
            line_item=line_item_of(offer, review_url) if request.accept_lineitem else None,
            window=dated.get(offer.opens, NO_WINDOW).as_content(),
        )
        for offer in offers.values()
    ]
    token = pylti.deep_linking_response(signer, signer.deployment_id, request.settings, items, key)
    return str(request.settings["deep_link_return_url"]), token


@dataclass(frozen=True)
class Signer:
    """Under which names we answer."""

    issuer: str
    client_id: str
    deployment_id: str
    reviews_submissions: bool
    dates_columns: bool


def _signer(deployment_row: int) -> Signer:
    deployment = db.session.get_one(Deployment, deployment_row)
    registration = deployment.registration
    return Signer(
        registration.issuer,
        registration.client_id,
        deployment.deployment_id,
        # Canvas has no such message; its SpeedGrader opens what was handed in.
        reviews_submissions=registration.product == "moodle",
        dates_columns=registration.product == "canvas",
    )


def _name(ticket: str) -> str:
    return f"deep-link:{state.digest(ticket)}"
