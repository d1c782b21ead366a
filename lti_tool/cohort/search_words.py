"""Make the words of a search anew, for rows that were copied in past the triggers."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection

from lti_tool.cohort.search_models import EvidenceWords, PersonWords, SchoolWords
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.people.models import School, User


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
    """The same of all evidence."""
    version = EvidenceVersion
    told = version.title + " " + version.narrative + " " + func.coalesce(version.setting, "")
    rows = select(EvidenceItem.id, func.folded(told)).join(
        version,
        (version.item_id == EvidenceItem.id) & (version.number == EvidenceItem.current_version),
    )
    connection.execute(delete(EvidenceWords))
    connection.execute(insert(EvidenceWords).from_select(["item_id", "words"], rows))
