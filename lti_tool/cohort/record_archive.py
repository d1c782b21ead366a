"""A record as a ZIP file that is made while it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO, Any

from lti_tool.clock import now
from lti_tool.cohort.my_record import FORMAT, Record
from lti_tool.evidence import scanning
from lti_tool.evidence.archive import Archive, write_words

Page = Callable[[Record], Iterable[str]]


def prepare(record: Record, page: Page, extras: dict[str, bytes]) -> Archive:
    """Read a record and write its words down; afterwards the database is not needed any more."""
    made_at = now()
    words: list[tuple[str, IO[bytes]]] = []
    try:
        write_words(words, "record.html", page(record))
        write_words(words, "record.json", _as_json(record, made_at))
        for path, manifest in record.manifests():
            write_words(words, path, [manifest])
        for path, content in extras.items():
            write_words(words, path, [content.decode()])
    except BaseException:
        for _, each in words:
            each.close()
        raise
    files = list(record.files.values())
    known = scanning.known(one.sha256 for one in files)
    return Archive(words, [one for one in files if known[one.sha256].is_open], made_at)


def _as_json(record: Record, made_at: datetime) -> Iterator[str]:
    head = {"format": FORMAT, "made_at": made_at.isoformat(), "participant": record.about()}
    yield _dumped(head).rstrip().removesuffix("}").rstrip()
    for name, entries in record.parts():
        yield f",\n{json.dumps(name)}: ["
        for number, entry in enumerate(entries):
            yield (",\n" if number else "\n") + _dumped(entry)
        yield "\n]"
    yield "\n}\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
