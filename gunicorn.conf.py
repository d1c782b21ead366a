"""How gunicorn runs the tool. It reads this file in the folder that it is started in.

What stands on its command line wins.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

worker_class = "gthread"
workers = 2
threads = 8
control_socket_disable = True
# After SIGTERM: no new connections, and so long for what is being answered.
graceful_timeout = 30
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def on_starting(server: Any) -> None:
    """A new folder for the counts of the processes, which have to find it when they begin."""
    server.mtl_counts = None
    if FOLDER not in os.environ:
        server.mtl_counts = os.environ[FOLDER] = tempfile.mkdtemp(prefix="mtl-counts-")


def child_exit(server: Any, worker: Any) -> None:
    """What a process that ended has counted stays; connections that it had do not."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Nobody reads these counts any more."""
    if server.mtl_counts:
        shutil.rmtree(server.mtl_counts, ignore_errors=True)
