"""Files that arrive in pieces: begin one, see how far it is, give it up, use it.

What reads and writes beside a running upload does so in short transactions of its own: bytes are
received and stored while no transaction is open (docs/decisions/0028).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, scoped_session

from lti_tool.clock import now
from lti_tool.db import db, own_transaction
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.evidence.file_kinds import display_name
from lti_tool.evidence.models import EvidenceVersion, Upload
from lti_tool.evidence.resumable_models import Arrival, ArrivingFile
from lti_tool.evidence.resumable_rules import (
    LONGEST_FINGERPRINT,
    check_number,
    check_room,
    check_size,
    percent,
)
from lti_tool.evidence.uploads import AcceptedFile
from lti_tool.identity import Viewer
from lti_tool.people.models import User

LIFE = timedelta(days=1)
MOST_AT_ONCE = 100
GONE = "This upload is not known any more. Choose the file again."
OFFERED = (Arrival.RECEIVING, Arrival.RECEIVED, Arrival.ACCEPTED)


def own_files(viewer: Viewer) -> Select[ArrivingFile]:
    """What this viewer sent in this course and has not used, while it has not expired."""
    return select(ArrivingFile).where(
        ArrivingFile.user_id == viewer.user_id,
        ArrivingFile.course_id == viewer.course_id,
        ArrivingFile.state != Arrival.USED,
        ArrivingFile.expires_at > now(),
    )


def start(
    viewer: Viewer, filename: str, size: int, fingerprint: str, *, limit: int, quota: int
) -> ArrivingFile:
    """Make room for a file, or refuse it before a byte of it is sent."""
    name = display_name(filename)
    check_size(name, size, limit)
    _make_room(db.session, viewer, name, size, quota)
    moment = now()
    file = ArrivingFile(
        id=secrets.token_hex(16),
        user_id=viewer.user_id,
        course_id=viewer.course_id,
        filename=name,
        fingerprint=fingerprint[:LONGEST_FINGERPRINT],
        size=size,
        started_at=moment,
        expires_at=moment + LIFE,
    )
    db.session.add(file)
    db.session.flush()
    return file


def reserve(viewer: Viewer, filename: str, size: int, *, quota: int) -> str:
    """Make room for a file that a form brings by itself, before its bytes are stored.

    It counts from then on, so that neither forms that are refused again and again nor many at once
    store more than one person may keep. Raises Invalid or Refused.
    """
    name, file_id, moment = display_name(filename), secrets.token_hex(16), now()
    with own_transaction() as connection:
        _make_room(connection, viewer, name, size, quota)
        connection.execute(
            insert(ArrivingFile).values(
                id=file_id, user_id=viewer.user_id, course_id=viewer.course_id, filename=name,
                fingerprint="", size=size, received=0, state=Arrival.RECEIVING, started_at=moment,
                expires_at=moment + LIFE,
            )
        )  # fmt: skip
    return file_id


def settle(file_id: str, accepted: AcceptedFile | None) -> None:
    """Note what became of a file of a form: it is stored until it is used, or was refused."""
    values: dict[str, Any] = {"state": Arrival.USED, "expires_at": now()}
    if accepted is not None:
        values = {
            "state": Arrival.ACCEPTED, "accepted": asdict(accepted), "sha256": accepted.sha256,
            "size": accepted.size, "received": accepted.size,
        }  # fmt: skip
    with own_transaction(of_one=True) as connection:
        connection.execute(update(ArrivingFile).where(ArrivingFile.id == file_id).values(**values))


def _make_room(
    asked: Session | scoped_session[Session] | Connection,
    viewer: Viewer,
    name: str,
    size: int,
    quota: int,
) -> None:
    # Of two that begin at the same moment the second sees what the first takes up.
    asked.execute(select(User.id).where(User.id == viewer.user_id).with_for_update())
    begun = select(func.count()).select_from(own_files(viewer).subquery())
    if (asked.scalar(begun) or 0) >= MOST_AT_ONCE:
        raise Refused(
            f"{MOST_AT_ONCE} files are waiting to be used. Save the form with them first."
        )
    number, kept, coming = (asked.scalar(query) or 0 for query in used_by(viewer))
    check_number(name, number)
    check_room(name, size, int(kept) + int(coming), quota)


def get_file(viewer: Viewer, file_id: str) -> ArrivingFile:
    """One file on its way; somebody else's does not exist."""
    query = own_files(viewer).where(ArrivingFile.id == file_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(GONE)
    return found


def offered_files(viewer: Viewer) -> list[ArrivingFile]:
    """What can be gone on with or used, in the order in which it was begun."""
    query = own_files(viewer).where(ArrivingFile.state.in_(OFFERED))
    return list(db.session.scalars(query.order_by(ArrivingFile.started_at, ArrivingFile.id)))


def give_up(viewer: Viewer, file_id: str) -> None:
    """Forget a file on its way; the worker removes its pieces."""
    file = get_file(viewer, file_id)
    file.state, file.expires_at = Arrival.USED, now()


def use(viewer: Viewer, digests: Iterable[str]) -> None:
    """Note that files stand in saved evidence now, however the form brought them."""
    db.session.execute(
        update(ArrivingFile)
        .where(
            ArrivingFile.user_id == viewer.user_id,
            ArrivingFile.state == Arrival.ACCEPTED,
            ArrivingFile.sha256.in_(set(digests)),
        )
        .values(state=Arrival.USED, expires_at=now())
    )


def arrived_file(viewer: Viewer, file_id: str) -> AcceptedFile:
    """A file that has arrived and was accepted, or the reason why a form cannot use it."""
    query = own_files(viewer).where(ArrivingFile.id == file_id).with_only_columns(
        ArrivingFile.state, ArrivingFile.filename, ArrivingFile.accepted, ArrivingFile.sentence,
        ArrivingFile.received, ArrivingFile.size,
    )  # fmt: skip
    with own_transaction(reads_only=True) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise Invalid("An upload of this form is not known any more: choose the file again.",
                      field="files")  # fmt: skip
    if row.state == Arrival.ACCEPTED:
        return accepted_from(row.accepted)
    sentence = {
        Arrival.REFUSED: row.sentence,
        Arrival.RECEIVED: f"“{row.filename}” has arrived and is still being looked at. "
        "Wait a minute, then save again.",
    }.get(
        Arrival(row.state),
        f"Of “{row.filename}” {percent(row.received, row.size)}% has arrived. "
        "Wait until all of it has, or remove it, then save again.",
    )
    raise Invalid(sentence, field="files")


def accepted_from(facts: dict[str, Any]) -> AcceptedFile:
    """The file that a finished upload became."""
    return AcceptedFile(**{**facts, "removed": tuple(facts["removed"])})


def used_by(viewer: Viewer) -> tuple[Select[int], Select[int], Select[int]]:
    """What a person keeps here: how many files in evidence (the same bytes once), how many bytes
    they have, and how many are on their way."""
    kept = (
        select(func.max(Upload.size).label("size"))
        .join(EvidenceVersion)
        .where(EvidenceVersion.author_id == viewer.user_id)
        .group_by(Upload.sha256)
        .subquery()
    )
    coming = select(func.coalesce(func.sum(ArrivingFile.size), 0)).where(
        ArrivingFile.user_id == viewer.user_id,
        ArrivingFile.state.in_(OFFERED),
        ArrivingFile.expires_at > now(),
    )
    number = select(func.count()).select_from(kept)
    return number, select(func.coalesce(func.sum(kept.c.size), 0)), coming
