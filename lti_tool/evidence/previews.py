"""Small pictures of what was uploaded, made by the worker once the bytes may be opened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select, update

from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import NotFound, Unavailable
from lti_tool.evidence import drawing, scanning
from lti_tool.evidence.file_models import FileCheck
from lti_tool.evidence.scanning import Clamd, FileState
from lti_tool.jobs import FILES
from lti_tool.logs import get_logger
from lti_tool.storage import Storage

log = get_logger(__name__)

JOB = FILES
WALL_SECONDS = 90
LARGEST_PAGE = 2 * 1024 * 1024
LARGEST_FILE = 100 * 1024 * 1024  # what is worth copying for a small picture
TRIES = 3
LEASE = timedelta(minutes=5)


def work_off(
    storage: Storage, scanner: Clamd | None, *, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Scan what waits, then draw what may be opened. The handler of the "files" job."""
    due = scanning.check_due(storage, scanner, stopping=stopping)
    drawn = draw_due(storage, scans=scanner is not None, stopping=stopping)
    return min((one for one in (due, drawn) if one is not None), default=None)


def draw_due(
    storage: Storage, *, scans: bool, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Make the previews that are due; tells when the next is."""
    while not stopping() and (claimed := _claim(scans)) is not None:
        digest, media_type, tries = claimed
        try:
            pages = draw(storage, digest, media_type)
        except (NotFound, Unavailable) as error:
            log.warning("preview_later", digest=digest, reason=type(error).__name__)
            if tries < TRIES:
                continue
            pages = 0
        scanning.settle(digest, pages=pages, preview_due_at=None)
        if pages and db.session.get(FileCheck, digest, populate_existing=True) is None:
            storage.remove_derived(digest)  # the file was removed while its pages were drawn
    query = select(func.min(FileCheck.preview_due_at)).where(*_ready(scans))
    due: datetime | None = db.session.scalar(query)
    return due


def draw(storage: Storage, digest: str, media_type: str) -> int:
    """Draw a stored file and keep the pages; how many there are. None is no error."""
    with TemporaryDirectory(prefix="mtl-preview-") as place:
        source, folder = Path(place) / "file", Path(place) / "pages"
        folder.mkdir()
        with source.open("wb") as target:
            for piece in storage.chunks(digest):
                target.write(piece)
                if target.tell() > LARGEST_FILE:
                    return 0
        if not _run(source, media_type, folder):
            return 0
        number = 0
        while (page := folder / f"{number + 1}.webp").is_file():
            if page.stat().st_size > LARGEST_PAGE:
                break
            number += 1
            storage.put_derived(digest, f"{number}.webp", page.read_bytes())
        return number


def _run(source: Path, media_type: str, folder: Path) -> bool:
    # -I: neither this process's environment nor its folder decides what the other one imports.
    command = [sys.executable, "-I", drawing.__file__, str(source), media_type, str(folder)]
    try:
        done = subprocess.run(
            command, env={}, timeout=WALL_SECONDS, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        log.warning("preview_not_made", reason="too slow")
        return False
    if done.returncode:
        log.info("preview_not_made", reason=f"status {done.returncode}")
    return done.returncode == 0


def _ready(scans: bool) -> tuple[Any, ...]:
    """Bytes that may be opened; nothing else is drawn either."""
    if scans:
        return (FileCheck.preview_due_at.is_not(None), FileCheck.state == FileState.CLEAN)
    return (FileCheck.preview_due_at.is_not(None), FileCheck.state != FileState.INFECTED)


def _claim(scans: bool) -> tuple[str, str, int] | None:
    begin_as_writer()
    db.session.execute(
        update(FileCheck)
        .where(FileCheck.preview_due_at.is_not(None), FileCheck.media_type.not_in(drawing.DRAWN))
        .values(preview_due_at=None)
    )
    row = db.session.scalars(
        select(FileCheck)
        .where(*_ready(scans), FileCheck.preview_due_at <= now())
        .order_by(FileCheck.preview_due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        db.session.commit()
        return None
    row.preview_due_at, row.preview_tries = now() + LEASE, row.preview_tries + 1
    claimed = row.sha256, row.media_type, row.preview_tries
    db.session.commit()
    return claimed
