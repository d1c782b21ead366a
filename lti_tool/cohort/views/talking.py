"""New comments on evidence as a task at home and as a line in a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from flask import g, url_for

from lti_tool.evidence.threads import NewComments, new_comments
from lti_tool.identity import Viewer


def comment_task(new: NewComments, *, about: str = "") -> dict[str, str]:
    """Comments on one item; `about` is the participant, for whoever has several."""
    return {
        "title": f"{in_words(new.count)}: {new.title}",
        "hint": about,
        "url": item_url(new),
        "tag": "New",
        "colour": "green",
    }


def comments_by_person(
    viewer: Viewer, participant_ids: Collection[int]
) -> dict[int, dict[str, str]]:
    """How many are new about each participant, and where the one that waits longest is."""
    found: dict[int, list[NewComments]] = defaultdict(list)
    for new in new_comments(viewer, participant_ids):
        found[new.participant_id].append(new)
    return {
        one: {"words": in_words(sum(new.count for new in each)), "url": item_url(each[0])}
        for one, each in found.items()
    }


def item_url(new: NewComments) -> str:
    """The comments on the page of their item."""
    return url_for(
        "evidence.item", course_id=g.viewer.course_id, item_id=new.item_id, _anchor="comments"
    )


def in_words(count: int) -> str:
    """How many are new."""
    return "1 new comment" if count == 1 else f"{count} new comments"
