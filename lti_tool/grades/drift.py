"""Compare the gradebooks with what was confirmed: nothing is sent, differences are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.grades import ags
from lti_tool.grades.models import Delivery
from lti_tool.grades.scale import in_words, is_same_mark
from lti_tool.launch.models import Registration
from lti_tool.launch.platform import Peer, PlatformUnreachable, TokenRefused, peer_of


@dataclass(frozen=True)
class Difference:
    """A cell that does not show what was confirmed, or that could not be read."""

    delivery_id: int
    sentence: str


@dataclass(frozen=True)
class _Cell:
    delivery_id: int
    peer: Peer
    url: str
    subject: str
    mark: int


def reconcile() -> tuple[int, list[Difference]]:
    """How many confirmed cells were read, and which of them differ now."""
    cells = list(_confirmed())
    db.session.rollback()  # nothing stays open while the gradebooks are asked
    found = [Difference(cell.delivery_id, said) for cell in cells if (said := _look(cell))]
    return len(cells), found


def _confirmed() -> Iterator[_Cell]:
    rows = db.session.execute(
        select(Delivery, Registration)
        .join(Registration, Registration.id == Delivery.registration_id)
        .where(Delivery.state == "confirmed", Registration.disabled_at.is_(None))
        .order_by(Delivery.id)
    )
    for delivery, registration in rows:
        if delivery.line_item.url:
            peer = peer_of(registration)
            url, subject = delivery.line_item.url, delivery.subject
            yield _Cell(delivery.id, peer, url, subject, delivery.score)


def _look(cell: _Cell) -> str | None:
    try:
        seen = ags.fetch_result(cell.peer, cell.url, cell.subject)
    except (PlatformUnreachable, TokenRefused) as error:
        return error.sentence
    except ags.Refusal as refusal:
        return f"The gradebook could not be read (status {refusal.answer.status})."
    except ags.Unreadable:
        return "The gradebook's answer could not be understood."
    if seen is None or seen.score is None:
        return "The gradebook shows no mark any more."
    if is_same_mark(cell.mark, seen.score, seen.maximum):
        return None
    return f"The gradebook shows {in_words(seen.score, seen.maximum)} instead."
