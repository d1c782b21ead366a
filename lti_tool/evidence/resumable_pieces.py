"""Receive the bytes of a file piece by piece; each piece that is stored and noted stays.

No web process knows anything of an upload: what has arrived stands in the database, so the next
piece can come to another process, or to this one after it was killed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, insert, or_, select, update

from lti_tool.clock import now
from lti_tool.db import own_transaction
from lti_tool.errors import NotFound, Refused
from lti_tool.evidence.resumable import GONE, LIFE, own_files
from lti_tool.evidence.resumable_models import Arrival, ArrivedPiece, ArrivingFile
from lti_tool.evidence.resumable_rules import TooLarge
from lti_tool.identity import Viewer
from lti_tool.storage import Storage

PIECE = 4 * 1024 * 1024  # what is in memory at once, and lost where the process is killed
READ = 64 * 1024
PATIENCE = 10.0  # seconds after which a piece of a slow connection is stored as it is
HOLD = timedelta(seconds=30)
BUSY = "This file is being uploaded in another window. Wait until it is done there."
ELSEWHERE = "The upload is not at the place that the browser thinks it is."
Read = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to write the next bytes of a file; it ends by itself when nothing comes."""

    file_id: str
    holder: str
    received: int
    size: int

    @property
    def is_complete(self) -> bool:
        return self.received == self.size


def receive(
    storage: Storage, viewer: Viewer, file_id: str, start: int, read: Read, *, announced: int | None
) -> Hold:
    """Store what can be read from `start` on, until it ends or breaks off.

    `read` gives b"" for both; `announced` is how much the sender said will come.
    """
    hold = _take(viewer, file_id, start)
    try:
        left = hold.size - start
        if announced is not None and announced > left:
            raise TooLarge(f"More came than the {hold.size} bytes that were announced.")
        for content in pieces(read, left):
            hold = _add(storage, hold, content)
    finally:
        _let_go(hold)
    return hold


def pieces(
    read: Read, most: int, *, size: int = PIECE, clock: Callable[[], float] = time.monotonic
) -> Iterator[bytes]:
    """What can be read, in pieces that are worth storing; never more than `most` bytes."""
    while most > 0:
        content, began, is_over = bytearray(), clock(), False
        wanted = min(size, most)
        while len(content) < wanted and clock() - began < PATIENCE:
            some = read(min(READ, wanted - len(content)))
            content += some
            if not some:
                is_over = True
                break
        if content:
            yield bytes(content)
        if is_over:
            return
        most -= len(content)


def _take(viewer: Viewer, file_id: str, start: int) -> Hold:
    """Begin to write at `start`; one at a time, and only where the last one stopped."""
    holder, moment = secrets.token_hex(8), now()
    mine = own_files(viewer).where(ArrivingFile.id == file_id)
    with own_transaction() as connection:
        row = connection.execute(
            mine.with_only_columns(
                ArrivingFile.state, ArrivingFile.received, ArrivingFile.size,
                ArrivingFile.held_until,
            ).with_for_update()
        ).one_or_none()  # fmt: skip
        if row is None:
            raise NotFound(GONE)
        if row.held_until is not None and row.held_until > moment:
            raise Refused(BUSY)
        if row.received != start or row.state != Arrival.RECEIVING:
            raise Refused(ELSEWHERE)
        connection.execute(
            update(ArrivingFile)
            .where(ArrivingFile.id == file_id)
            .values(held_by=holder, held_until=moment + HOLD)
        )
    return Hold(file_id, holder, start, row.size)


def _add(storage: Storage, hold: Hold, content: bytes) -> Hold:
    """Store a piece, then note it; whoever lost the hold meanwhile has stored it for nothing."""
    name = storage.put_piece(hold.file_id, hold.received, hold.holder, content)
    after, moment = replace(hold, received=hold.received + len(content)), now()
    with own_transaction() as connection:
        noted = connection.execute(
            update(ArrivingFile)
            .where(
                ArrivingFile.id == hold.file_id,
                ArrivingFile.held_by == hold.holder,
                ArrivingFile.received == hold.received,
                ArrivingFile.state == Arrival.RECEIVING,
            )
            .values(
                received=after.received,
                state=Arrival.RECEIVED if after.is_complete else Arrival.RECEIVING,
                expires_at=moment + LIFE,
                held_until=moment + HOLD,
            )
        )
        if not noted.rowcount:
            raise Refused(BUSY)
        connection.execute(
            insert(ArrivedPiece).values(
                file_id=hold.file_id, start=hold.received, size=len(content), name=name
            )
        )
    return after


def _let_go(hold: Hold) -> None:
    with own_transaction(of_one=True) as connection:
        connection.execute(
            update(ArrivingFile)
            .where(ArrivingFile.id == hold.file_id, ArrivingFile.held_by == hold.holder)
            .values(held_by=None, held_until=None)
        )


def stored_pieces(file_id: str) -> list[tuple[int, int, str]]:
    """Start, size and name of the pieces of a file, in their order."""
    query = (
        select(ArrivedPiece.start, ArrivedPiece.size, ArrivedPiece.name)
        .where(ArrivedPiece.file_id == file_id)
        .order_by(ArrivedPiece.start)
    )
    with own_transaction(reads_only=True) as connection:
        return [(row.start, row.size, row.name) for row in connection.execute(query)]


def free() -> ColumnElement[bool]:
    """The condition that nobody holds a file."""
    return or_(ArrivingFile.held_until.is_(None), ArrivingFile.held_until <= now())
