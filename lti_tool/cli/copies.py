"""Copies of stored files in a folder: each once, under its digest, added and never changed."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from lti_tool.errors import DomainError, NotFound
from lti_tool.storage import SHARDS, Storage, digest_of

Tell = Callable[[str], None]


def copy_out(storage: Storage, folder: Path, listed: Path, tell: Tell) -> Counter[str]:
    """Copy what the folder does not have yet, and list what the store holds.

    Bytes that do not agree with their digest are told and not copied.
    """
    counts: Counter[str] = Counter()
    with listed.open("x", encoding="ascii") as names:
        for shard in SHARDS:
            for one in storage.stored(shard):
                place = folder / "sha256" / shard / one.digest
                if not (place.is_file() and place.stat().st_size == one.size):
                    counts["new"] += 1
                    try:
                        _write(place, storage.chunks(one.digest), one.digest)
                    except NotFound:
                        continue  # it held malware, and was removed meanwhile
                    except _Damaged:
                        counts["damaged"] += 1
                        tell(f"damaged  {one.digest}")
                        continue
                counts["files"] += 1
                names.write(f"sha256 {one.digest}\n")
            for digest, name in storage.derived_in(shard):
                place = folder / "derived" / shard / digest / name
                if not place.is_file():
                    _write(place, iter([storage.derived(digest, name)]))
                names.write(f"derived {digest} {name}\n")
    return counts


def copy_in(storage: Storage, folder: Path, listed: Path, tell: Tell) -> Counter[str]:
    """Put what the list names into the store; what is missing or damaged is told."""
    counts: Counter[str] = Counter()
    for kind, digest, *name in _lines(listed):
        place = folder.joinpath(kind, digest[:2], digest, *name)
        if not place.is_file():
            counts["missing"] += 1
            tell(f"missing  {digest}")
        elif kind == "derived":
            storage.put_derived(digest, name[0], place.read_bytes())
        else:
            with place.open("rb") as stream:
                if digest_of(stream)[0] == digest:
                    storage.put(stream)
                    counts["files"] += 1
                else:
                    counts["damaged"] += 1
                    tell(f"damaged  {digest}")
    return counts


class _Damaged(DomainError):
    """The store has other bytes under a digest."""


def _lines(listed: Path) -> Iterator[list[str]]:
    with listed.open(encoding="ascii") as lines:
        for line in lines:
            yield line.split()


def _write(place: Path, pieces: Iterable[bytes], digest: str | None = None) -> None:
    """All of it or nothing, also where the process is killed meanwhile."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{os.getpid()}")
    found = hashlib.sha256()
    try:
        with part.open("wb") as target:
            for piece in pieces:
                target.write(piece)
                found.update(piece)
            target.flush()
            os.fsync(target.fileno())
        if digest is not None and found.hexdigest() != digest:
            raise _Damaged(f"The store has other bytes under {digest}.")
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
