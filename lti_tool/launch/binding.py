"""A verified launch whose browser is not proved yet, kept while the platform's page is asked.

Nothing of it is written down before: a launch that is refused leaves no row.
https://www.imsglobal.org/spec/lti-cs-pm/v0p1
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lti_tool.ephemeral import Ephemeral
from lti_tool.launch import state
from lti_tool.launch.claims import DeepLinking, Launch, Named
from lti_tool.launch.state import LoginState

LIFE = 60
PARTS: dict[str, Any] = {"context": Named, "link": Named, "deep_linking": DeepLinking}


@dataclass(frozen=True)
class Waiting:
    """The launch, and the login it answers, which knows what the browser has to bring."""

    registration_id: int
    login: LoginState
    launch: Launch


def keep(store: Ephemeral, waiting: Waiting) -> str:
    """Keep it for a minute; the answer is the ticket with which it can be taken once."""
    ticket = state.random_text()
    store.put(_key(ticket), asdict(waiting), LIFE)
    return ticket


def take(store: Ephemeral, ticket: str) -> Waiting | None:
    """What waits under this ticket, which from now on is used up."""
    found = store.take(_key(ticket)) if ticket else None
    if not found:
        return None
    login, launch = state.as_login(found["login"]), _launch(found["launch"])
    return Waiting(found["registration_id"], login, launch)


def _key(ticket: str) -> str:
    return f"binding:{state.digest(ticket)}"


def _launch(found: dict[str, Any]) -> Launch:
    parts = {name: kind(**found[name]) for name, kind in PARTS.items() if found[name]}
    # JSON has lists only, and a launch is told apart by what it says.
    lists = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
    return Launch(**{**found, **lists, **parts})
