"""What the tool can say of itself without a word about anybody: numbers, states, versions."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import Table, func, select, text

from lti_tool.audit.sealing import newest_seals
from lti_tool.cli.dump import revision_of, tables
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.grades.models import Delivery
from lti_tool.launch.registrations import list_registrations
from lti_tool.logs import release
from lti_tool.settings import Settings

# Settings that may be shown as they are, and URLs of which the kind and the machine are. Of any
# other it is told only whether it is set, so that a new one begins as a secret.
PLAIN = {
    "development", "metrics", "rate_limits", "trusted_proxies", "max_upload_bytes",
    "upload_quota_bytes", "session_idle_seconds",
}  # fmt: skip
URLS = {
    "database_url", "redis_url", "public_url", "storage_url", "mail_url", "clamd_url",
    "s3_endpoint_url",
}  # fmt: skip
# Instants by which one sees how long rows of a state have been there.
SINCE = ("due_at", "requested_at", "created_at", "at")


def parts(app: Flask) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each part by its name, and how it is read."""
    settings: Settings = app.config["SETTINGS"]
    yield "about", about
    yield "settings", partial(redacted, settings)
    yield "tables", count_tables
    yield "states", count_states
    yield "platforms", platforms
    yield "seals", seals
    yield "health", partial(health, app)
    yield "disk", partial(disk, settings)


def about() -> dict[str, Any]:
    """Versions of ours and of what we stand on."""
    packages = {each.name: each.version for each in metadata.distributions()}
    return {
        "made_at": now().isoformat(timespec="seconds"),
        "release": release(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": dict(sorted(packages.items())),
    }


def redacted(settings: Settings) -> dict[str, Any]:
    """Each setting without what is secret or private in it."""
    return {each.name: _shown(each.name, getattr(settings, each.name)) for each in fields(settings)}


def _shown(name: str, value: Any) -> Any:
    if name in PLAIN or value is None:
        return value
    if name not in URLS:
        return "set" if value else "not set"
    parts = urlsplit(str(value))
    if not parts.hostname:
        return f"{parts.scheme or 'file'}: a path on this machine"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def count_tables() -> dict[str, Any]:
    """How far the migrations came, and how many rows each table has."""
    connection = db.session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    version = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
    return {
        "database": f"{connection.dialect.name} {connection.scalar(text(version))}",
        "migration": revision_of(connection),
        "rows": {
            each.name: connection.scalar(select(func.count()).select_from(each))
            for each in tables()
        },
    }


def count_states() -> dict[str, list[dict[str, Any]]]:
    """Of all that has states: how many rows are in each, and since when or until when."""
    return {each.name: _states(each) for each in tables() if "state" in each.columns}


def _states(table: Table) -> list[dict[str, Any]]:
    state = table.c.state
    since = next((table.c[name] for name in SINCE if name in table.columns), None)
    columns = [] if since is None else [func.min(since), func.max(since)]
    query = select(state, func.count(), *columns).group_by(state).order_by(state)
    return [
        {
            "state": row[0],
            "rows": row[1],
            **({f"{since.name}": [_moment(one) for one in row[2:]]} if since is not None else {}),
        }
        for row in db.session.execute(query)
    ]


def platforms() -> list[dict[str, Any]]:
    """Each registration by its number: when it was last used, and how its deliveries fare."""
    query = (
        select(Delivery.registration_id, Delivery.state, Delivery.last_status, func.count())
        .group_by(Delivery.registration_id, Delivery.state, Delivery.last_status)
        .order_by(Delivery.registration_id, Delivery.state, Delivery.last_status)
    )
    sent: dict[int, list[dict[str, Any]]] = {}
    for registration_id, state, status, count in db.session.execute(query):
        facts = {"state": state, "last_status": status, "rows": count}
        sent.setdefault(registration_id, []).append(facts)
    return [
        {
            "id": each.id,
            "provider": each.provider_id,
            "product": each.product,
            "machine": urlsplit(each.issuer).hostname,
            "is_disabled": each.disabled_at is not None,
            "deployments": len(each.deployments),
            "waiting": sum(one.approved_at is None for one in each.deployments),
            "last_launch_at": _moment(each.last_launch_at),
            "deliveries": sent.get(each.id, []),
        }
        for each in list_registrations()
    ]


def seals() -> list[dict[str, Any]]:
    """How far the trail is sealed."""
    return [
        {
            "provider": each.provider_id,
            "number": each.number,
            "sealed_at": _moment(each.sealed_at),
            "seal": each.sha256,
        }
        for each in newest_seals()
    ]


def health(app: Flask) -> dict[str, Any]:
    """What load balancers are told, asked of this process."""
    found: dict[str, Any] = app.test_client().get("/health/ready").get_json()
    return found


def disk(settings: Settings) -> dict[str, dict[str, int]]:
    """Room where files and an embedded database lie."""
    places = {"files": settings.storage_url, "mail": settings.mail_url}
    if settings.uses_sqlite:
        places["database"] = settings.database_url.removeprefix("sqlite:///")
    return {name: _room(Path(place)) for name, place in places.items() if "://" not in place}


def _room(place: Path) -> dict[str, int]:
    there = next(each for each in (place, *place.parents) if each.exists())
    found = shutil.disk_usage(there)
    return {"total_bytes": found.total, "free_bytes": found.free}


def _moment(at: Any) -> str | None:
    """An instant; the lowest and highest of a column come back as the column's type."""
    return at.isoformat(timespec="seconds") if at is not None else None
