"""A process that reads one roster, as the worker does, and prints what that took.

Alone in its process, so that the highest mark of memory is that of the reading.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

from lti_tool import create_app
from lti_tool.db import db
from lti_tool.launch import roster_sync
from lti_tool.launch.keys import signing_key
from lti_tool.people.models import RosterSync


def peak_kb() -> int:
    """The most memory that this process ever held, VmHWM of proc(5).

    getrusage would count what the process was before it became this program.
    """
    found = re.search(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("This system does not tell how much memory a process held.")
    return int(found[1])


def main() -> None:
    """Read the roster of the course that was opened last."""
    with create_app().app_context():
        signing_key()  # made on first need, which is not what is measured
        sync_id = roster_sync.request_sync(None, roster_sync.courses_with_rosters()[-1]).id
        db.session.commit()
        before, began = peak_kb(), time.perf_counter()
        roster_sync.read_requested()
        seconds, after = time.perf_counter() - began, peak_kb()
        done = db.session.get_one(RosterSync, sync_id)
        took: dict[str, Any] = {"state": done.state, "sentence": done.sentence, "seen": done.seen}
        took |= {"pages": done.pages, "seconds": seconds, "before_kb": before, "peak_kb": after}
        print(json.dumps(took))


if __name__ == "__main__":
    main()
