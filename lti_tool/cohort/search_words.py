"""Make the words of a search anew, for rows that were copied in past the triggers."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.engine import Connection

from lti_tool.cohort.search_models import EvidenceWords, PersonWords, SchoolWords
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion, StrandClaim, Upload
from lti_tool.learning.models import ImpactRecord
from lti_tool.people.models import School, User

LONGEST_ALT_TEXT = 10_000  # as in migration 043


def fill_names(connection: Connection) -> None:
    """The words of all people and schools, as the triggers of migration 037 would have them."""
    people = select(User.id, func.folded(User.name + " " + func.coalesce(User.email, "")))
    schools = select(
        School.id,
        func.folded(School.name + " " + School.urn + " " + func.coalesce(School.region, "")),
    )
    for model, columns, rows in (
        (PersonWords, ["user_id", "words"], people),
        (SchoolWords, ["school_id", "words"], schools),
    ):
        connection.execute(delete(model))
        connection.execute(insert(model).from_select(columns, rows))


def fill_evidence(connection: Connection) -> None:
    """The same of all evidence, as those of migration 043."""
    version = EvidenceVersion
    rows = select(EvidenceItem.id, func.folded(_told())).join(
        version,
        (version.item_id == EvidenceItem.id) & (version.number == EvidenceItem.current_version),
    )
    connection.execute(delete(EvidenceWords))
    connection.execute(insert(EvidenceWords).from_select(["item_id", "words"], rows))


def _told() -> ColumnElement[str]:
    """What is said in a version, and beside it in its files, its claims and its impact record."""
    version, impact = EvidenceVersion, ImpactRecord
    said = func.coalesce(func.substr(Upload.alt_text, 1, LONGEST_ALT_TEXT), "")
    files = select(func.aggregate_strings(Upload.filename + " " + said, " ")).where(
        Upload.version_id == version.id
    )
    reasons = select(func.aggregate_strings(StrandClaim.rationale, " ")).where(
        StrandClaim.version_id == version.id
    )
    what = impact.baseline + " " + impact.change + " " + impact.outcome
    why = impact.source + " " + impact.explanations
    impacts = select(what + " " + why).where(impact.id == version.impact_record_id)
    words = version.title + " " + version.narrative + " " + func.coalesce(version.setting, "")
    for part in (files, reasons, impacts):
        words = words + " " + func.coalesce(part.scalar_subquery(), "")
    return words
