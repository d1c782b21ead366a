"""The end of a call to a platform, however slowly its answer drips in.

The time limits of `requests` are for the pauses between two pieces: a platform that sends a byte
now and then could hold a person, or a worker, for as long as it likes.
"""

from __future__ import annotations

import socket
from contextlib import AbstractContextManager, suppress
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from lti_tool.launch.alarms import Alarms

_alarms = Alarms("deadlines")
_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """Within it, the connection that a call uses is shut when the time is up."""

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._socket: socket.socket | None = None
        self._alarm: AbstractContextManager[None] = _alarms.after(seconds, self._end)
        self._token: Token[Deadline | None] | None = None

    def __enter__(self) -> Deadline:
        self._token = _current.set(self)
        self._alarm.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._alarm.__exit__(kind, error, trace)
        self._socket = None
        assert self._token is not None
        _current.reset(self._token)

    def watch(self, connection: Any) -> None:
        """The connection on which the answer is about to be read."""
        self._socket = connection.sock
        if self.has_passed:
            self._shut()

    def _end(self) -> None:
        self.has_passed = True
        self._shut()

    def _shut(self) -> None:
        found = self._socket
        if found is not None:
            with suppress(OSError):
                # Past the TLS layer: its own way would take itself apart under the reader's hands.
                socket.socket.shutdown(found, socket.SHUT_RDWR)


def _watch(connection: HTTPConnection) -> None:
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(connection)


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        _watch(self)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        _watch(self)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOLS = {"http": _Pool, "https": _TlsPool}
