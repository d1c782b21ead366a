"""The tool's own address, as a platform and a browser know it."""

from __future__ import annotations

from flask import current_app, request

from lti_tool.errors import Unavailable
from lti_tool.settings import Settings, is_loopback


def public_url(path: str) -> str:
    """An absolute URL of ours. Without PUBLIC_URL only a request on this machine may name it."""
    settings: Settings = current_app.config["SETTINGS"]
    base = settings.public_url or request.host_url.rstrip("/")
    if settings.public_url is None and not is_loopback(base):
        raise Unavailable("The operator needs to set PUBLIC_URL to the address of this tool.")
    return base + path
