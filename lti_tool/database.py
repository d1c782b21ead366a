"""Is the database at the version of this code? SQLite is brought there; PostgreSQL is asked to."""

from __future__ import annotations

import fcntl
from enum import Enum
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_alembic import Alembic

from lti_tool import beats
from lti_tool.audit import models as audit_models
from lti_tool.board import board_models, examiner_models
from lti_tool.cohort import filter_models as cohort_filter_models
from lti_tool.cohort import headcount_models as cohort_headcount_models
from lti_tool.cohort import models as cohort_models
from lti_tool.cohort import privacy_models as cohort_privacy_models
from lti_tool.cohort import reach_models as cohort_reach_models
from lti_tool.cohort import search_models as cohort_search_models
from lti_tool.cohort import share_models as cohort_share_models
from lti_tool.db import Base, db
from lti_tool.evidence import (
    file_models,
    guard_models,
    removal_models,
    resumable_models,
    thread_models,
)
from lti_tool.evidence import models as evidence_models
from lti_tool.grades import adjustment_models as grades_adjustment_models
from lti_tool.grades import chain_models as grades_chain_models
from lti_tool.grades import models as grades_models
from lti_tool.grades import moderation_models as grades_moderation_models
from lti_tool.grades import release_models as grades_release_models
from lti_tool.grades import sheet_models as grades_sheet_models
from lti_tool.launch import models as launch_models
from lti_tool.learning import models as learning_models
from lti_tool.logs import get_logger
from lti_tool.people import models as people_models
from lti_tool.people.providers import ensure_first_provider
from lti_tool.settings import ROOT, Settings, SettingsInvalid

log = get_logger(__name__)
# Every table of ours; a migration is compared with all of them.
MODELS = (
    beats,
    audit_models,
    people_models,
    learning_models,
    launch_models,
    evidence_models,
    file_models,
    guard_models,
    removal_models,
    resumable_models,
    grades_models,
    grades_adjustment_models,
    grades_chain_models,
    grades_moderation_models,
    grades_release_models,
    grades_sheet_models,
    thread_models,
    board_models,
    examiner_models,
    cohort_filter_models,
    cohort_headcount_models,
    cohort_models,
    cohort_privacy_models,
    cohort_reach_models,
    cohort_search_models,
    cohort_share_models,
)

alembic = Alembic(metadatas=Base.metadata, run_mkdir=False)


def init_app(app: Flask) -> None:
    """Wire migrations (`flask db …`)."""
    app.config["ALEMBIC"] = {"script_location": str(ROOT / "migrations" / "versions")}
    app.config["ALEMBIC_CONTEXT"] = {
        "render_as_batch": True,
        "include_object": _is_compared,
        # What one migration locks is free again before the next, as people are at work meanwhile.
        "transaction_per_migration": True,
    }
    alembic.init_app(app)


def _is_compared(_item: Any, name: str | None, *_: Any) -> bool:
    """All but an index over an expression, which SQLite can neither use nor tell of."""
    return name != "ix_evidence_words_words"


def make_ready(app: Flask, settings: Settings) -> None:
    """Migrate SQLite on first use; stop with a sentence where PostgreSQL is behind."""
    if settings.uses_sqlite:
        _migrate_alone(app, settings)
    elif _standing(app) is Standing.BEHIND:
        raise SettingsInvalid(
            "The database is not at the version of this code. Run: flask --app lti_tool db upgrade"
        )
    if _standing(app) is Standing.AHEAD:
        log.warning("database_ahead")
    with app.app_context():
        ensure_first_provider(settings.programme)


class Standing(Enum):
    """Where the tables stand, seen from this code."""

    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"


def are_usable() -> bool:
    """Whether this code can work with the tables as they are now.

    They may be ahead of it: a newer version has already been rolled out, or was rolled back
    (docs/decisions/0047). Needs an application context.
    """
    return _compared() is not Standing.BEHIND


def _standing(app: Flask) -> Standing:
    with app.app_context():
        return _compared()


def _compared() -> Standing:
    scripts = alembic.script_directory
    with db.engine.connect() as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
    if found == set(scripts.get_heads()):
        return Standing.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    if found and not found & known:
        return Standing.AHEAD
    return Standing.BEHIND


def _migrate_alone(app: Flask, settings: Settings) -> None:
    """Web and worker may start at the same moment: one migrates, the other waits."""
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _standing(app) is Standing.BEHIND:
            with app.app_context():
                alembic.upgrade()
        with app.app_context():
            ensure_first_provider(settings.programme)
