"""Who asks too often is asked to wait: a mark on the view, as for access.

`@limited("600 per minute", by=address)` counts each view on its own; besides, whatever one person
who is signed in opens or sends counts. The numbers are for machines that hammer, never for people:
see docs/decisions/0013-rate-limits.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address
from time import time
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from lti_tool.logs import get_logger
from lti_tool.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])
Who = Callable[[], str]

log = get_logger(__name__)
TIMEOUT = 1.0
SCHOOL_AT_ONCE = "1200 per minute"  # a school, or a lecture of 600, behind one address, all twice
ONE_ADMINISTRATOR = "60 per minute"
# One person in all views together: pages, pictures and pieces of files; forms.
READING, WRITING = "1200 per minute", "300 per minute"
# And in one view that goes through whole tables or files, or looks for words everywhere.
LONG_WORK = "20 per minute"
SEARCHING = "60 per minute"
LETTERS = "100 per hour"  # invitations to addresses that somebody types
PERSON = {False: parse(READING), True: parse(WRITING)}


class TooOften(Exception):
    """Somebody has to wait before this view answers them again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class RateLimits:
    """The counts. In Redis they are of all processes; without it each process has its own.

    A limit is a help, not a lock: while Redis is away, each process counts for itself.
    """

    def __init__(self, redis_url: str | None) -> None:
        self.own = FixedWindowRateLimiter(MemoryStorage())
        self.shared = FixedWindowRateLimiter(_redis(redis_url)) if redis_url else None

    def seconds_to_wait(self, limit: RateLimitItem, *who: str) -> int:
        """Count one request; 0 where it may go on."""
        if self.shared is not None:
            try:
                return _seconds(self.shared, limit, who)
            except RedisError as error:
                log.warning("rate_limits_apart", reason=type(error).__name__)
        return _seconds(self.own, limit, who)


def address() -> str:
    """The computer that asks, or the school's one address; TRUSTED_PROXIES says whom to believe.

    Whoever has IPv6 has a network of 2^64 addresses, so that network counts as one.
    """
    given = request.remote_addr or ""
    try:
        found = ip_address(given.partition("%")[0])
    except ValueError:
        return given
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)


def person() -> str:
    """Whoever is signed in, by a launch or by a personal link."""
    who = g.get("viewer") or g.holder
    return f"user {who.user_id}"


def limited(text: str, *, by: Who) -> Callable[[View], View]:
    """Answer no more often than this, such as "20 per minute", to each of whom `by` tells apart."""
    limit = parse(text)

    def mark(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **named: Any) -> Any:
            _count(limit, str(request.endpoint), by)
            return view(*args, **named)

        counted.limited_to = text  # type: ignore[attr-defined]
        return cast(View, counted)

    return mark


def count_person() -> None:
    """Count a request of somebody who is signed in, before anything is read or locked for it."""
    sends = request.method in {"POST", "DELETE"}
    _count(PERSON[sends], "forms" if sends else "pages", person)


def init_app(app: Flask, settings: Settings) -> None:
    """Begin to count, unless `RATE_LIMITS` is off."""
    app.extensions["rate_limits"] = RateLimits(settings.redis_url) if settings.rate_limits else None


def _count(limit: RateLimitItem, what: str, by: Who) -> None:
    counts: RateLimits | None = current_app.extensions["rate_limits"]
    seconds = counts.seconds_to_wait(limit, what, by()) if counts is not None else 0
    if seconds:
        raise TooOften(seconds)


def _redis(url: str) -> RedisStorage:
    return RedisStorage(
        url, key_prefix="mtl-limit", socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
    )


def _seconds(counts: FixedWindowRateLimiter, limit: RateLimitItem, who: tuple[str, ...]) -> int:
    if counts.hit(limit, *who):
        return 0
    return max(1, round(counts.get_window_stats(limit, *who).reset_time - time()))
