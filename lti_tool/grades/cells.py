"""A column of a gradebook, with all that a course's launches have told of where to find it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from lti_tool.db import db
from lti_tool.errors import NotFound
from lti_tool.grades.models import LineItem
from lti_tool.launch.courses import find_module_link, get_services, waits_for_tutor
from lti_tool.launch.models import CourseServices


@dataclass(frozen=True)
class Cell:
    """One column and where it may be found: what binding needs."""

    line_item_id: int
    url: str | None
    label: str
    resource_id: str
    tag: str
    link_url: str | None
    line_items_url: str | None
    scopes: Collection[str]
    waits_for_tutor: bool = False  # the module's link here is a copy that nobody has confirmed


def known_cell(found: Any) -> Cell:
    """The column in plain values, where its address is known: nothing else has to be looked at."""
    return Cell(
        line_item_id=found.line_item_id,
        url=found.url,
        label=found.label,
        resource_id=found.resource_id,
        tag=found.tag,
        link_url=None,
        line_items_url=found.lineitems_url,
        scopes=tuple(found.scopes or ()),
    )


def read_cell(line_item_id: int) -> Cell:
    """The column in plain values, with what its course's launches have told."""
    line_item = db.session.get_one(LineItem, line_item_id, populate_existing=True)
    services = _services_of(line_item.course_id)
    link = find_module_link(line_item.course_id, line_item.module_code)
    # The activity's own column is for the first attempt; a further one has a column of its own.
    is_first = line_item.attempt_number == 1
    return Cell(
        line_item_id=line_item.id,
        url=line_item.url,
        label=line_item.label,
        resource_id=line_item.resource_id,
        tag=line_item.tag,
        link_url=link.lineitem_url if link and is_first else None,
        line_items_url=services.lineitems_url if services else None,
        scopes=tuple(services.scopes) if services else (),
        waits_for_tutor=(
            link is None
            and line_item.url is None
            and waits_for_tutor(line_item.course_id, line_item.module_code)
        ),
    )


def _services_of(course_id: int) -> CourseServices | None:
    try:
        return get_services(course_id)
    except NotFound:  # no launch has told of any yet
        return None
