"""From pieces to a file: look at what has arrived, store it as one, and sweep what is over.

Whoever comes first does it: the request that brought the last piece where the file is small, the
form that uses it, or the worker. It is held while it is done, and a killed one is done again.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import delete, select, update

from lti_tool.clock import now
from lti_tool.db import own_transaction
from lti_tool.errors import DomainError, Invalid, NoRoom, NotFound, Unavailable
from lti_tool.evidence.removal import let_go_beside
from lti_tool.evidence.resumable_models import Arrival, ArrivedPiece, ArrivingFile
from lti_tool.evidence.resumable_pieces import free, stored_pieces
from lti_tool.evidence.uploads import Scanner, accept_stream
from lti_tool.logs import get_logger
from lti_tool.storage import FULL, Storage

log = get_logger(__name__)

HOLD = timedelta(minutes=2)  # whoever takes longer is overtaken, which harms nothing
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
        with _joined(storage, file_id, holder) as stream:
            accepted = accept_stream(storage, stream, filename, limit=limit, scanner=scanner)
        facts = {"state": Arrival.ACCEPTED, "accepted": asdict(accepted)}
        is_settled = _settle(file_id, holder, sha256=accepted.sha256, **facts)
        if not is_settled:  # somebody else has finished it, or its sender was erased meanwhile
            with own_transaction() as connection:
                let_go_beside(connection, [accepted.sha256])
    except Invalid as error:
        is_settled = _settle(file_id, holder, state=Arrival.REFUSED, sentence=error.sentence)
    except NotFound:
        log.error("piece_missing", file=file_id)
        sentence = LOST.format(filename)
        is_settled = _settle(file_id, holder, state=Arrival.REFUSED, sentence=sentence)
    except Unavailable:
        _settle(file_id, holder)
        raise
    if is_settled:
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


def _joined(storage: Storage, file_id: str, holder: str) -> IO[bytes]:
    """The pieces as one file beside the tool: what looks into it goes back and forth."""
    joined = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    try:
        renewed = time.monotonic()
        for _, size, name in stored_pieces(file_id):
            joined.write(storage.read_piece(name, 0, size))
            if time.monotonic() - renewed > RENEW:
                _renew(file_id, holder)
                renewed = time.monotonic()
        joined.flush()
    except OSError as error:
        joined.close()
        raise NoRoom(FULL) from error
    except DomainError:
        joined.close()
        raise
    _renew(file_id, holder)
    return joined


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


def _settle(file_id: str, holder: str, **values: Any) -> bool:
    """Note what became of a file and let it go; False where it was taken from us meanwhile."""
    after = {"held_by": None, "held_until": None, **values}
    with own_transaction() as connection:
        held = ArrivingFile.id == file_id, ArrivingFile.held_by == holder
        mine = (*held, ArrivingFile.state == Arrival.RECEIVED)
        noted = connection.execute(update(ArrivingFile).where(*mine).values(**after))
        if noted.rowcount and values.get("state"):
            connection.execute(delete(ArrivedPiece).where(ArrivedPiece.file_id == file_id))
        if not noted.rowcount:  # an erasure has ended it: what is held is nobody's to keep
            over = {"held_by": None, "held_until": None}
            connection.execute(update(ArrivingFile).where(*held).values(**over))
    return bool(noted.rowcount)


def _remove(storage: Storage, file_id: str) -> None:
    """First the pieces, then the row: what is left by a crash in between is found again.

    What was accepted and never used goes too, unless evidence names the same bytes.
    """
    storage.remove_pieces(file_id)
    with own_transaction() as connection:
        gone = delete(ArrivingFile).where(
            ArrivingFile.id == file_id, ArrivingFile.expires_at <= now(), free()
        )
        digests = connection.scalars(gone.returning(ArrivingFile.sha256)).all()
        let_go_beside(connection, [one for one in digests if one])


def _ids(query: Any) -> list[str]:
    with own_transaction(reads_only=True) as connection:
        return list(connection.scalars(query.limit(500)))
