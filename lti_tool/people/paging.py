"""Long lists a page at a time, so that a list of thousands costs what a list of fifty does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select

from lti_tool.db import db

T = TypeVar("T")
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list, and where in it they are."""

    rows: Sequence[T]
    number: int
    total: int
    size: int = SIZE

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))


def list_page(query: Select[T], number: int, *, size: int = SIZE) -> Page[T]:
    """One page of a query for objects. A number past the end gives the last page."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    page: Page[T] = Page((), max(1, number), total or 0, size)
    number = min(page.number, page.last)
    rows = db.session.scalars(query.limit(size).offset((number - 1) * size)).all()
    return Page(rows, number, page.total, size)
