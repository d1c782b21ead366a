"""Make the words of a search anew, for rows that were copied in past the triggers."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.engine import Connection

from lti_tool.cohort.search_models import EvidenceWords, PersonWords, SchoolWords
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.people.models import School, User

INDEX = "ix_evidence_words_words"
OVER = "evidence_words USING gin (to_tsvector('simple'::regconfig, words))"


def fill_words(connection: Connection) -> None:
    """The words of everybody and everything, as the triggers of migration 037 would have them."""
    version = EvidenceVersion
    postgres = connection.dialect.name == "postgresql"
    if postgres:  # an index over a million accounts is made sooner than kept
        connection.execute(text(f"DROP INDEX {INDEX}"))
    people = select(User.id, func.folded(User.name + " " + func.coalesce(User.email, "")))
    schools = select(
        School.id,
        func.folded(School.name + " " + School.urn + " " + func.coalesce(School.region, "")),
    )
    told = version.title + " " + version.narrative + " " + func.coalesce(version.setting, "")
    evidence = select(EvidenceItem.id, func.folded(told)).join(
        version,
        (version.item_id == EvidenceItem.id) & (version.number == EvidenceItem.current_version),
    )
    for model, columns, rows in (
        (PersonWords, ["user_id", "words"], people),
        (SchoolWords, ["school_id", "words"], schools),
        (EvidenceWords, ["item_id", "words"], evidence),
    ):
        connection.execute(delete(model))
        connection.execute(insert(model).from_select(columns, rows))
    if postgres:
        connection.execute(text(f"CREATE INDEX {INDEX} ON {OVER}"))
