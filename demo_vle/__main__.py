"""The demo platform from the command line: python -m demo_vle --port 8080 --data var/vle.json"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from demo_vle.course_file import DEFAULT_COURSE, load_course_file
from demo_vle.server import start_vle


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo_vle", description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--data", type=Path, help="keep the state in this file")
    parser.add_argument("--personality", choices=("moodle", "canvas"), default="moodle")
    parser.add_argument("--tool", default="http://localhost:8000", help="address of the tool")
    parser.add_argument("--course", type=Path, default=DEFAULT_COURSE, help="course to begin with")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    asked = read_arguments(arguments)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        vle = start_vle(asked.tool, asked.personality, asked.port, asked.data)
    except (OSError, ValueError) as problem:
        print(f"The demo VLE did not start: {problem}", file=sys.stderr)
        return 1
    with vle:
        if not vle.site.courses:
            load_course_file(vle.site, asked.course)
        print(f"The demo VLE ({vle.site.personality.title}) is at {vle.url}", flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
