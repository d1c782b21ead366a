"""What this package needs of the application it runs in, for code that knows no Flask."""

from __future__ import annotations

from dataclasses import dataclass, field

import requests
from sqlalchemy.orm import Session, sessionmaker

from lti_tool.db import db
from lti_tool.ephemeral import Ephemeral
from lti_tool.launch.http import build_session
from lti_tool.settings import Settings

KEY = "launch"


@dataclass(frozen=True)
class Runtime:
    """One a process: settings, the ephemeral store, and the one way out to platforms."""

    settings: Settings
    store: Ephemeral
    http: requests.Session
    # Tokens that were used a moment ago, with the reading of the monotonic clock until which they
    # are used again without a look into the store.
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)


def attach(sessions: sessionmaker[Session], settings: Settings, store: Ephemeral) -> None:
    """Let every database session of this application carry the runtime along."""
    sessions.configure(info={KEY: Runtime(settings, store, build_session(settings))})


def runtime() -> Runtime:
    """The runtime of the application at hand."""
    found: Runtime = db.session.info[KEY]
    return found
