"""From pieces to a file: look at what has arrived, store it as one, and sweep what is over.

Whoever comes first does it: the request that brought the last piece where the file is small, the
form that uses it, or the worker. It is held while it is done, and a killed one is done again.
"""

from __future__ import annotations

import io
import secrets
import time
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import IO, Any, cast

from sqlalchemy import delete, select, update

from lti_tool.clock import now
from lti_tool.db import own_transaction
from lti_tool.errors import Invalid, NotFound, Unavailable
from lti_tool.evidence.resumable_models import Arrival, ArrivedPiece, ArrivingFile
from lti_tool.evidence.resumable_pieces import free, stored_pieces
from lti_tool.evidence.uploads import Scanner, accept_stream
from lti_tool.logs import get_logger
from lti_tool.storage import CHUNK, Storage

log = get_logger(__name__)

HOLD = timedelta(seconds=90)  # longer than a scanner may be silent
RENEW = 15.0  # seconds
AT_ONCE = 32 * 1024 * 1024  # what a person waits for while it is looked at
LOST = "A part of “{}” was lost in the file store. Choose the file again."


def finish(storage: Storage, scanner: Scanner | None, file_id: str, *, limit: int) -> None:
    """Accept or refuse a file whose pieces are all there; nothing where somebody else is at it.

    Raises Unavailable where the store does not answer: it stays as it is and is done later.
    """
    holder = secrets.token_hex(8)
    filename = _claim(file_id, holder)
    if filename is None:
        return
    try:
        pieces = stored_pieces(file_id)
        read = PieceReader(storage, pieces, lambda: _renew(file_id, holder))
        stream = cast(IO[bytes], io.BufferedReader(read, CHUNK))
        accepted = accept_stream(storage, stream, filename, limit=limit, scanner=scanner)
    except Invalid as error:
        _settle(file_id, holder, state=Arrival.REFUSED, sentence=error.sentence)
    except NotFound:
        log.error("piece_missing", file=file_id)
        _settle(file_id, holder, state=Arrival.REFUSED, sentence=LOST.format(filename))
    except Unavailable:
        _settle(file_id, holder)
        raise
    else:
        facts = asdict(accepted)
        _settle(file_id, holder, state=Arrival.ACCEPTED, accepted=facts, sha256=accepted.sha256)
    with suppress(Unavailable):  # then the sweep does it
        storage.remove_pieces(file_id)


def work_off(
    storage: Storage,
    scanner: Scanner | None,
    limit: int,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Finish what has arrived and remove what is over. The "uploads" job."""
    arrived = select(ArrivingFile.id).where(ArrivingFile.state == Arrival.RECEIVED, free())
    over = select(ArrivingFile.id).where(ArrivingFile.expires_at <= now(), free())
    try:
        for file_id in _ids(over):
            if not stopping():
                _remove(storage, file_id)
        for file_id in _ids(arrived):
            if not stopping():
                finish(storage, scanner, file_id, limit=limit)
    except Unavailable as error:
        log.warning("uploads_wait_for_store", reason=error.sentence)


class PieceReader(io.RawIOBase):
    """The pieces of a file as one stream that can be sought; it holds none of them."""

    def __init__(
        self, storage: Storage, pieces: list[tuple[int, int, str]], renew: Callable[[], None]
    ) -> None:
        self._storage = storage
        self._pieces = pieces
        self._starts = [start for start, _, _ in pieces]
        self._size = pieces[-1][0] + pieces[-1][1] if pieces else 0
        self._at = 0
        self._renew = renew
        self._renewed = time.monotonic()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        if time.monotonic() - self._renewed > RENEW:
            self._renew()
            self._renewed = time.monotonic()
        start, size, name = self._pieces[bisect_right(self._starts, self._at) - 1]
        inside = self._at - start
        content = self._storage.read_piece(name, inside, min(len(buffer), size - inside))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)


def _claim(file_id: str, holder: str) -> str | None:
    """The name of the file, where it is ours to finish now."""
    with own_transaction() as connection:
        claimed = connection.execute(
            update(ArrivingFile)
            .where(ArrivingFile.id == file_id, ArrivingFile.state == Arrival.RECEIVED, free())
            .values(held_by=holder, held_until=now() + HOLD)
        )
        if not claimed.rowcount:
            return None
        query = select(ArrivingFile.filename).where(ArrivingFile.id == file_id)
        return str(connection.scalar(query))


def _renew(file_id: str, holder: str) -> None:
    _settle(file_id, holder, held_by=holder, held_until=now() + HOLD)


def _settle(file_id: str, holder: str, **values: Any) -> None:
    """Note what became of a file and let it go, unless it was taken from us meanwhile."""
    after = {"held_by": None, "held_until": None, **values}
    with own_transaction() as connection:
        mine = ArrivingFile.id == file_id, ArrivingFile.held_by == holder
        noted = connection.execute(update(ArrivingFile).where(*mine).values(**after))
        if noted.rowcount and values.get("state"):
            connection.execute(delete(ArrivedPiece).where(ArrivedPiece.file_id == file_id))


def _remove(storage: Storage, file_id: str) -> None:
    """First the bytes, then the row: what is left by a crash in between is found again."""
    storage.remove_pieces(file_id)
    with own_transaction() as connection:
        connection.execute(
            delete(ArrivingFile).where(
                ArrivingFile.id == file_id, ArrivingFile.expires_at <= now(), free()
            )
        )


def _ids(query: Any) -> list[str]:
    with own_transaction(reads_only=True) as connection:
        return list(connection.scalars(query.limit(500)))
