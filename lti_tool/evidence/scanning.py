"""Malware: ask ClamAV's daemon about uploads, and hand out nothing that it has not passed.

A small file is looked at while it is uploaded, so that what is bad is never stored. A large one,
and one that came while the scanner was away, is stored and waits: nobody can open it until then.
Where no scanner is set up, files stay "not scanned", which `flask files status` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import IO, Any, cast
from urllib.parse import urlsplit

from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import Invalid, NotFound, Refused, Unavailable
from lti_tool.evidence.file_models import FileCheck
from lti_tool.evidence.rules import StoredFile
from lti_tool.jobs import FILES, wake_after_commit
from lti_tool.logs import get_logger
from lti_tool.settings import Settings
from lti_tool.storage import Storage

log = get_logger(__name__)

KEY = "scanner"
AT_ONCE = 32 * 1024 * 1024  # what a person waits for while it is scanned
PATIENCE = 30.0  # seconds that a scanner may be silent while somebody waits
WORKERS_PATIENCE = 300.0
LEASE = timedelta(minutes=15)
PAUSES = (1, 2, 5, 10, 30, 60)  # minutes; then hourly


class FileState(StrEnum):
    """What is known of a file's bytes."""

    UNSCANNED = "unscanned"
    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"


class ScannerAway(Exception):
    """The scanner does not answer, or not about this file."""


class Clamd:
    """ClamAV's daemon, at tcp://host:port or unix:///path."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)

    def is_clean(self, stream: IO[bytes], filename: str) -> bool:
        """Look at a file that somebody waits for. False: a worker has to."""
        if stream.seek(0, 2) > AT_ONCE:
            return False
        stream.seek(0)
        try:
            found = self.find(stream)
        except ScannerAway as error:
            log.warning("scanner_away", reason=str(error))
            return False
        if found:
            log.warning("malware_refused", found=found)
            raise Invalid(
                f"“{filename}” holds malware ({found}), so it was not taken. Do not send it to "
                "anybody, and ask whoever looks after your computer for help.",
                field="files",
            )
        return True

    def find(self, stream: IO[bytes], patience: float = PATIENCE) -> str | None:
        """The name of the malware in a stream, or None."""
        try:
            answers = self._connection(patience).instream(cast(Any, stream))
        except (ClamdError, OSError) as error:
            raise ScannerAway(type(error).__name__) from error
        for state, name in answers.values():
            if state == "FOUND":
                return str(name)[:200]
            if state == "OK":
                return None
        raise ScannerAway("no answer about the file")

    def _connection(self, patience: float) -> ClamdNetworkSocket:
        if self._parts.scheme == "unix":
            return ClamdUnixSocket(self._parts.path, timeout=cast(Any, patience))
        return ClamdNetworkSocket(
            self._parts.hostname or "localhost", self._parts.port or 3310, timeout=patience
        )


def open_scanner(settings: Settings) -> Clamd | None:
    """The scanner that CLAMD_URL names, if any."""
    return Clamd(settings.clamd_url) if settings.clamd_url else None


def attach(sessions: sessionmaker[Session], scanner: Clamd | None) -> None:
    """Let every database session of this application know whether files are scanned."""
    before = sessions.kw.get("info") or {}
    sessions.configure(info={**before, KEY: scanner})


def expect(files: Iterable[StoredFile]) -> None:
    """Note files that come with the transaction at hand: what is left to do is done after it."""
    named = {file.sha256: file for file in files}
    for digest, one in known(named).items():
        if one.state is FileState.INFECTED:
            raise Invalid(f"“{named[digest].filename}”: {one.sentence}", field="files")
    rows = {digest: _first_known(file) for digest, file in named.items()}
    if rows:
        dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
        db.session.execute(dialect.insert(FileCheck).on_conflict_do_nothing(), list(rows.values()))
        wake_after_commit(FILES)


def _first_known(file: StoredFile) -> dict[str, Any]:
    scanner, moment = db.session.info.get(KEY), now()
    is_clean = bool(scanner and getattr(file, "is_clean", False))
    waits = FileState.WAITING if scanner else FileState.UNSCANNED
    return {
        "sha256": file.sha256,
        "media_type": file.media_type,
        "state": FileState.CLEAN if is_clean else waits,
        "scanned_at": moment if is_clean else None,
        "scan_due_at": moment if scanner and not is_clean else None,
        "preview_due_at": moment,
    }


@dataclass(frozen=True, slots=True)
class Known:
    """What a page says of a file."""

    state: FileState
    is_open: bool
    sentence: str = ""
    pages: int = 0


def known(digests: Iterable[str]) -> dict[str, Known]:
    """What is known of some files, in one query."""
    scans = db.session.info.get(KEY) is not None
    wanted = set(digests)
    rows: dict[str, FileCheck] = {}
    if wanted:
        query = select(FileCheck).where(FileCheck.sha256.in_(wanted))
        rows = {row.sha256: row for row in db.session.scalars(query)}
    return {digest: _known(rows.get(digest), scans) for digest in wanted}


def require_open(files: Iterable[StoredFile]) -> None:
    """Refuse to go on with a file that nobody may open (yet)."""
    named = {file.sha256: file.filename for file in files}
    for digest, one in known(named).items():
        if not one.is_open:
            raise Refused(f"“{named[digest]}”: {one.sentence}")


def check_due(
    storage: Storage, scanner: Clamd | None, *, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Scan what waits; tells when the next is due. Part of the "files" job."""
    if scanner is None:
        return None
    _catch_up()
    while not stopping() and (row := _claim()) is not None:
        digest, tries, found = row
        try:
            found = found or _found_by(scanner, storage, digest)
            if found:
                # Noted first: whoever comes after one that was killed here has no bytes to look at.
                settle(digest, found=found)
                storage.remove(digest)
        except (ScannerAway, Unavailable, NotFound) as error:
            log.warning("file_not_scanned", digest=digest, tries=tries, reason=str(error))
            pause = timedelta(minutes=PAUSES[min(tries, len(PAUSES) - 1)])
            settle(digest, scan_due_at=now() + pause, scan_tries=tries + 1)
        else:
            if found:
                log.warning("malware_removed", digest=digest, found=found)
            state = FileState.INFECTED if found else FileState.CLEAN
            settle(digest, state=state, found=found, scanned_at=now(), scan_due_at=None)
    due: datetime | None = db.session.scalar(select(func.min(FileCheck.scan_due_at)))
    return due


def counts() -> dict[str, int]:
    """How many different files are in each state; for the operator."""
    query = select(FileCheck.state, func.count()).group_by(FileCheck.state)
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {state.value: found.get(state.value, 0) for state in FileState}


CHECKING = (
    "It is being checked for malware, and nobody can open it until that is done. "
    "A large file takes a few minutes."
)
NO_ANSWER = (
    "It is to be checked for malware, but the scanner does not answer just now. The tool tries "
    "again by itself; nobody can open the file until then, and nothing is lost."
)
REMOVED = (
    "Malware was found in it ({found}), so its bytes were removed. "
    "Edit the evidence, take the file out of it, and add one that is clean."
)


def _known(row: FileCheck | None, scans: bool) -> Known:
    if row is not None and row.state == FileState.INFECTED:
        return Known(FileState.INFECTED, False, REMOVED.format(found=row.found))
    if row is not None and (row.state == FileState.CLEAN or not scans):
        return Known(FileState(row.state), True, pages=row.pages)
    if not scans:
        return Known(FileState.UNSCANNED, True)
    tried = row is not None and row.scan_tries > 0
    return Known(FileState.WAITING, False, NO_ANSWER if tried else CHECKING)


def _catch_up() -> None:
    """Files from before there was a scanner are looked at too."""
    begin_as_writer()
    db.session.execute(
        update(FileCheck)
        .where(FileCheck.state == FileState.UNSCANNED)
        .values(state=FileState.WAITING, scan_due_at=now())
    )
    db.session.commit()


def _found_by(scanner: Clamd, storage: Storage, digest: str) -> str | None:
    stream = cast(IO[bytes], _Reader(storage.chunks(digest)))
    return scanner.find(stream, WORKERS_PATIENCE)


def _claim() -> tuple[str, int, str | None] | None:
    """Take one that waits; should this process be killed, another has it when the lease is over."""
    begin_as_writer()
    row = db.session.scalars(
        select(FileCheck)
        .where(FileCheck.scan_due_at <= now(), FileCheck.state == FileState.WAITING)
        .order_by(FileCheck.scan_due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        db.session.rollback()
        return None
    row.scan_due_at = now() + LEASE
    claimed = row.sha256, row.scan_tries, row.found
    db.session.commit()
    return claimed


def settle(digest: str, **values: Any) -> None:
    """Note what became of a file, in a transaction of its own."""
    begin_as_writer()
    db.session.execute(update(FileCheck).where(FileCheck.sha256 == digest).values(**values))
    db.session.commit()


class _Reader:
    """Pieces of a stored object as the stream that a scanner reads."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def read(self, size: int) -> bytes:
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        part, self._left = self._left[:size], self._left[size:]
        return bytes(part)
