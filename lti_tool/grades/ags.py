"""Assignment and Grade Services on the wire: plain values in and out, no database.

https://www.imsglobal.org/spec/lti-ags/v2p0/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lti_tool.grades.rules.reading import Seen
from lti_tool.grades.scale import HIGHEST
from lti_tool.launch.platform import Answer, Peer, call

LINE_ITEM_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LINE_ITEM_READONLY_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
RESULT_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"

LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"

CANVAS_SUBMISSION = "https://canvas.instructure.com/lti/submission"
MOST_PAGES = 200
LONGEST_MESSAGE = 200


class Refusal(Exception):
    """The gradebook answered, and not with what was asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.status))
        self.answer = answer


class Unreadable(Exception):
    """The gradebook answered 200 with something that is no answer."""


@dataclass(frozen=True)
class Score:
    """One mark on its way. With `comment` None nothing is said about comments."""

    subject: str
    mark: int
    stamp: datetime
    comment: str | None


@dataclass(frozen=True)
class HandedIn:
    """Work that waits for a marker, and the address that opens it in the tool."""

    subject: str
    url: str
    at: datetime
    stamp: datetime


@dataclass(frozen=True)
class Column:
    """A line item, as far as we look at it."""

    url: str
    resource_id: str
    tag: str


def post_score(peer: Peer, line_item_url: str, score: Score) -> Answer:
    """Publish one score; any status is an answer.

    https://www.imsglobal.org/spec/lti-ags/v2p0/#score-publish-service
    """
    return call(
        peer,
        "POST",
        beside(line_item_url, "scores"),
        [SCORE_SCOPE],
        content_type=SCORE_TYPE,
        payload=as_json(score, peer.product),
    )


def as_json(score: Score, product: str) -> dict[str, Any]:
    """The score's exact body. Anything but FullyGraded would erase an existing mark."""
    body: dict[str, Any] = {
        "userId": score.subject,
        "scoreGiven": score.mark,
        "scoreMaximum": HIGHEST,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": as_time(score.stamp),
    }
    if score.comment is not None:
        body["comment"] = score.comment
    if product == "canvas":
        # Without it each mark would count as a further attempt of the participant.
        body[CANVAS_SUBMISSION] = {"new_submission": False}
    return body


def post_withdrawal(peer: Peer, line_item_url: str, subject: str, stamp: datetime) -> Answer:
    """Empty one person's cell; any status is an answer.

    A score without `scoreGiven` clears what is there, and in Moodle the comment with it.
    https://www.imsglobal.org/spec/lti-ags/v2p0/#scoregiven-and-scoremaximum
    """
    body: dict[str, Any] = {
        "userId": subject,
        "activityProgress": "Initialized",
        "gradingProgress": "NotReady",
        "timestamp": as_time(stamp),
    }
    if peer.product == "canvas":
        body[CANVAS_SUBMISSION] = {"new_submission": False}
    url, scopes = beside(line_item_url, "scores"), [SCORE_SCOPE]
    return call(peer, "POST", url, scopes, content_type=SCORE_TYPE, payload=body)


def post_hand_in(peer: Peer, line_item_url: str, hand_in: HandedIn) -> Answer:
    """Tell Canvas, and nobody else, that work was handed in; any status is an answer.

    https://canvas.instructure.com/doc/api/score.html
    """
    return call(
        peer,
        "POST",
        beside(line_item_url, "scores"),
        [SCORE_SCOPE],
        content_type=SCORE_TYPE,
        payload=hand_in_as_json(hand_in),
    )


def hand_in_as_json(hand_in: HandedIn) -> dict[str, Any]:
    """The exact body: no score, and a mark that is there already stays."""
    # Canvas counts a time that it knows already as no further attempt, so it is always this one.
    handed_in_at = as_time(hand_in.at)
    return {
        "userId": hand_in.subject,
        "activityProgress": "Submitted",
        "gradingProgress": "PendingManual",
        "timestamp": as_time(hand_in.stamp),
        "submission": {"submittedAt": handed_in_at},
        CANVAS_SUBMISSION: {
            "new_submission": True,
            "preserve_score": True,
            "submission_type": "basic_lti_launch",
            "submission_data": hand_in.url,
            "submitted_at": handed_in_at,
        },
    }


def fetch_result(peer: Peer, line_item_url: str, subject: str) -> Seen | None:
    """What the gradebook shows for one person; None where it has no row for them.

    Raises Refusal or Unreadable.
    """
    url = with_query(beside(line_item_url, "results"), user_id=subject)
    for row in _rows(peer, url, [RESULT_SCOPE], RESULTS_TYPE):
        if str(row.get("userId")) == subject:
            return Seen(
                score=_number(row.get("resultScore")),
                maximum=_number(row.get("resultMaximum")),
                at=_time(row.get("timestamp")),
            )
    return None


def fetch_columns(
    peer: Peer, line_items_url: str, granted: Collection[str], *, resource_id: str, tag: str
) -> list[Column]:
    """The columns of ours with this resource id and tag.

    https://www.imsglobal.org/spec/lti-ags/v2p0/#line-item-service-scope-and-allowed-http-methods
    """
    scope = LINE_ITEM_SCOPE if LINE_ITEM_SCOPE in granted else LINE_ITEM_READONLY_SCOPE
    url = with_query(line_items_url, resource_id=resource_id, tag=tag)
    found = [_column(row) for row in _rows(peer, url, [scope], LINE_ITEMS_TYPE)]
    return [each for each in found if each.resource_id == resource_id and each.tag == tag]


def create_column(
    peer: Peer, line_items_url: str, *, label: str, resource_id: str, tag: str
) -> Column:
    """Make a column. Not idempotent: whoever calls has looked first, and holds a lease.

    No resourceLinkId is sent: a second column on an activity makes Moodle drop the `lineitem` claim
    from its launches.
    """
    payload = {"label": label, "scoreMaximum": HIGHEST, "resourceId": resource_id, "tag": tag}
    answer = call(
        peer,
        "POST",
        line_items_url,
        [LINE_ITEM_SCOPE],
        accept=LINE_ITEM_TYPE,
        content_type=LINE_ITEM_TYPE,
        payload=payload,
    )
    if answer.status not in {200, 201}:
        raise Refusal(answer)
    if not isinstance(answer.body, dict) or not isinstance(answer.body.get("id"), str):
        raise Unreadable
    return _column(answer.body)


def message_of(answer: Answer) -> str:
    """The platform's own words, short, where it has a place for them (Canvas: errors.message)."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    found: Any = errors
    if isinstance(errors, list) and errors:
        found = errors[0]
    if isinstance(found, dict):
        found = found.get("message")
    text = found if isinstance(found, str) else answer.text
    return " ".join(text.split())[:LONGEST_MESSAGE]


def beside(line_item_url: str, name: str) -> str:
    """The address of a line item's scores or results: Moodle's has a query, which stays behind."""
    parts = urlsplit(line_item_url)
    return urlunsplit(parts._replace(path=f"{parts.path}/{name}"))


def with_query(url: str, **values: str) -> str:
    """The address with parameters added to those it has."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *values.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def as_time(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _rows(peer: Peer, url: str, scopes: list[str], accept: str) -> Iterator[dict[str, Any]]:
    """All rows of a container, page after page; no `limit` is sent, which Moodle cannot take."""
    seen: set[str] = set()
    following: str | None = url
    while following and following not in seen and len(seen) < MOST_PAGES:
        seen.add(following)
        answer = call(peer, "GET", following, scopes, accept=accept)
        if not 200 <= answer.status < 300:
            raise Refusal(answer)
        if not isinstance(answer.body, list):
            raise Unreadable
        yield from (row for row in answer.body if isinstance(row, dict))
        following = answer.next_url


def _column(row: dict[str, Any]) -> Column:
    return Column(
        str(row.get("id") or ""), str(row.get("resourceId") or ""), str(row.get("tag") or "")
    )


def _number(value: Any) -> float | None:
    # A row without a score is "no grade", which is not the same as a grade of nought.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None


def _time(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
