"""Which files of the evidence that was found have the words in their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from lti_tool.db import db, folded
from lti_tool.evidence.models import EvidenceItem, Upload


def files_with(words: Sequence[str], items: Sequence[EvidenceItem]) -> dict[int, list[str]]:
    """By item: the names in which any of the words begins, as a title need not tell of them."""
    versions = {each.current.id: each.id for each in items}
    query = select(Upload.version_id, Upload.filename).where(Upload.version_id.in_(versions))
    found: dict[int, list[str]] = defaultdict(list)
    for version_id, name in db.session.execute(query.order_by(Upload.version_id, Upload.position)):
        if any(f" {word}" in (folded(name) or "") for word in words):
            found[versions[version_id]].append(name)
    return found
