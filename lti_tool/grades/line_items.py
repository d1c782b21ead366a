"""Which column of which gradebook a module's marks go to."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import exists, or_, select, update

from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import ags
from lti_tool.grades.cells import Cell
from lti_tool.grades.models import LineItem
from lti_tool.launch.platform import Peer
from lti_tool.programme.definition import Module

TAG = "module"
BINDING_LIFE = timedelta(seconds=120)
NO_SERVICES = (
    "The course has not told the tool where its gradebook is. Open the tool once from the course, "
    "and ask the platform's administrator to allow grade services if that does not help."
)
WAITS = (
    "This waits until a tutor confirms the copied link: open the link to this module in the course."
)
NO_COLUMN = (
    "The course has no gradebook column for this module, and the platform does not let the tool "
    "make one. Place a link to the module in the course, open it once, then send the mark again."
)


class NoColumn(Exception):
    """There is no column to send to, and somebody has to act."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class LinkWaits(Exception):
    """A tutor has to confirm the module's link before anything is bound or made for it."""


class BindingBusy(Exception):
    """Another worker is looking for the same column at this moment."""


def ensure_line_item(attempt: Attempt, module: Module) -> LineItem:
    """Our record of the column for this attempt; its address is found when a mark is sent."""
    found = db.session.scalars(
        select(LineItem).where(
            LineItem.course_id == attempt.course_id,
            LineItem.module_code == attempt.module_code,
            LineItem.attempt_number == attempt.number,
        )
    ).one_or_none()
    if found is None:
        again = "" if attempt.number == 1 else f" (attempt {attempt.number})"
        found = LineItem(
            course_id=attempt.course_id,
            module_code=attempt.module_code,
            attempt_number=attempt.number,
            label=f"{module.title[:180]}{again}",
            resource_id=module.code if attempt.number == 1 else f"{module.code}-{attempt.number}",
            tag=TAG,
        )
        db.session.add(found)
        db.session.flush()
    return found


def ensure_bound(cell: Cell, peer: Peer, *, gone: str | None = None) -> str:
    """The column's address: known, or that of the course's link, or looked for, or made.

    `gone` is an address that the platform no longer knows. Raises NoColumn, LinkWaits or
    BindingBusy, and what `ags` raises.
    """
    if cell.url and cell.url != gone:
        return cell.url
    if cell.waits_for_tutor:
        raise LinkWaits
    if cell.link_url and cell.link_url != gone and not _is_taken(cell, cell.link_url):
        _store(cell, cell.link_url)
        return cell.link_url
    if not cell.line_items_url:
        raise NoColumn(NO_SERVICES)
    lease = _hold(cell)
    url: str | None = None
    try:
        url = _find_or_make(cell, peer, gone)
    finally:
        _let_go(cell, lease, url)
    return url


def _find_or_make(cell: Cell, peer: Peer, gone: str | None) -> str:
    assert cell.line_items_url is not None
    if not {ags.LINE_ITEM_SCOPE, ags.LINE_ITEM_READONLY_SCOPE} & set(cell.scopes):
        raise NoColumn(NO_COLUMN)
    found = ags.fetch_columns(
        peer, cell.line_items_url, cell.scopes, resource_id=cell.resource_id, tag=cell.tag
    )
    urls = [
        column.url
        for column in found
        if column.url and column.url != gone and not _is_taken(cell, column.url)
    ]
    if urls:
        return urls[0]
    if ags.LINE_ITEM_SCOPE not in cell.scopes:
        raise NoColumn(NO_COLUMN)
    made = ags.create_column(
        peer, cell.line_items_url, label=cell.label, resource_id=cell.resource_id, tag=cell.tag
    )
    return made.url


def _is_taken(cell: Cell, url: str) -> bool:
    """Whether the column is another module's: a tutor may change what a link opens."""
    other = exists().where(LineItem.url == url, LineItem.id != cell.line_item_id)
    found = bool(db.session.scalar(select(other)))
    db.session.rollback()
    return found


def _hold(cell: Cell) -> str:
    """Be the only one who looks for this column. Raises BindingBusy."""
    begin_as_writer()
    lease = secrets.token_hex(16)
    taken = db.session.execute(
        update(LineItem)
        .where(
            LineItem.id == cell.line_item_id,
            or_(LineItem.lease_until.is_(None), LineItem.lease_until <= now()),
        )
        .values(lease=lease, lease_until=now() + BINDING_LIFE)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise BindingBusy
    return lease


def _let_go(cell: Cell, lease: str, url: str | None) -> None:
    begin_as_writer()
    db.session.execute(
        update(LineItem)
        .where(LineItem.id == cell.line_item_id, LineItem.lease == lease)
        .values(url=url, lease=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _store(cell: Cell, url: str) -> None:
    begin_as_writer()
    db.session.execute(
        update(LineItem)
        .where(LineItem.id == cell.line_item_id)
        .values(url=url)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
