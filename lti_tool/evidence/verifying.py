"""Prove every stored byte against its digest, and find what is missing or needed by nobody.

The store is gone through in 256 parts, by the first two digits of the digests, so that a million
files take the memory of a few thousand, and an interrupted run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select

from lti_tool.clock import now
from lti_tool.db import begin_as_reader, db
from lti_tool.errors import NotFound
from lti_tool.evidence.file_models import FileCheck
from lti_tool.evidence.models import Attempt, AttemptItem, EvidenceVersion, Upload
from lti_tool.evidence.scanning import FileState
from lti_tool.storage import SHARDS, Storage, StoredObject

YOUNG = timedelta(hours=24)
MOST_NAMED = 20


class Problem(StrEnum):
    """What can be wrong with bytes. Only the first two lose anything."""

    MISSING = "missing"
    DAMAGED = "damaged"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell of one digest, with the rows that name it."""

    problem: Problem
    digest: str
    needed_by: tuple[str, ...] = ()


@dataclass(slots=True)
class Progress:
    """How far it came; `files` and `bytes` were read and compared."""

    shard: str = SHARDS[0]
    files: int = 0
    bytes: int = 0


def verify(
    storage: Storage,
    progress: Progress,
    *,
    shards: Sequence[str] = SHARDS,
    readers: int = 4,
    young: timedelta = YOUNG,
) -> Iterator[Finding]:
    """Look at everything, and tell what is wrong as it is found.

    Bytes that nobody needs yet may belong to a form that is being filled in: they are told only
    when they are older than `young`. Raises Unavailable when the store does not answer.
    """
    with ThreadPoolExecutor(readers) as pool:
        for shard in shards:
            progress.shard = shard
            # What is needed is asked first: what is stored in between is young, never missing.
            needed, removed = _needed(shard)
            stored = {one.digest: one for one in storage.stored(shard)}
            for digest in sorted(needed.keys() - stored.keys() - removed):
                yield Finding(Problem.MISSING, digest, needed_by(digest))
            verdicts = pool.map(lambda one: _holds(storage, one), stored.values())
            for one, holds in zip(stored.values(), verdicts, strict=True):
                progress.files += 1
                progress.bytes += one.size
                if not holds or needed.get(one.digest, one.size) != one.size:
                    yield Finding(Problem.DAMAGED, one.digest, needed_by(one.digest))
                elif one.digest not in needed and now() - one.stored_at > young:
                    yield Finding(Problem.ORPHAN, one.digest)
            for digest, made_at in storage.with_derived(shard).items():
                if digest not in stored.keys() | needed.keys() and now() - made_at > young:
                    yield Finding(Problem.ORPHAN, digest)


def needed_by(digest: str) -> tuple[str, ...]:
    """The rows that name bytes, by ids alone; the first of them where there are many."""
    begin_as_reader()
    query = (
        select(Upload.id, EvidenceVersion.item_id, EvidenceVersion.number, Attempt.receipt)
        .join(EvidenceVersion, Upload.version_id == EvidenceVersion.id)
        .outerjoin(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .outerjoin(Attempt, AttemptItem.attempt_id == Attempt.id)
        .where(Upload.sha256 == digest)
        .order_by(Upload.id, Attempt.id)
        .limit(MOST_NAMED)
    )
    rows = db.session.execute(query).all()
    db.session.rollback()
    return tuple(
        f"upload {upload} (evidence {item}, version {number}"
        + (f", handed in as {receipt})" if receipt else ")")
        for upload, item, number, receipt in rows
    )


def _needed(shard: str) -> tuple[dict[str, int], set[str]]:
    """Digests that rows name, with their sizes; and those whose bytes were malware and removed."""
    begin_as_reader()
    last = f"{shard}g"  # after every hexadecimal digit
    query = (
        select(Upload.sha256, func.max(Upload.size).label("size"))
        .where(Upload.sha256 >= shard, Upload.sha256 < last)
        .group_by(Upload.sha256)
    )
    needed = {row.sha256: row.size for row in db.session.execute(query)}
    removed = set(
        db.session.scalars(
            select(FileCheck.sha256).where(
                FileCheck.sha256 >= shard,
                FileCheck.sha256 < last,
                FileCheck.state == FileState.INFECTED,
            )
        )
    )
    db.session.rollback()
    return needed, removed


def _holds(storage: Storage, one: StoredObject) -> bool:
    """Whether its bytes are those of its name. What was removed meanwhile is not damaged."""
    if storage.matches(one.digest):
        return True
    try:
        storage.chunks(one.digest)
    except NotFound:
        return True
    return False
