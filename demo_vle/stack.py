"""`make demo`: the tool, its worker and this VLE side by side, with a course full of people.

The tool is started as an operator starts it, by its commands and its environment; people reach it
through real launches. Nothing here knows the tool's code.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import requests

from demo_vle.letters import ways_in
from demo_vle.local_servers import LocalServers
from demo_vle.people_file import participants_csv
from demo_vle.tour import everyone_opens_the_tool, list_participants, more_people, place_links

STORY, IN_THE_COURSE = 12, 100
ROOT = Path(__file__).resolve().parent.parent
FLASK = [sys.executable, "-m", "flask", "--app", "lti_tool"]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo_vle.stack", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--personality", choices=("moodle", "canvas"), default="moodle")
    parser.add_argument("--reset", action="store_true", help="start over")
    parser.add_argument("--participants", type=int, default=STORY, help="how many, at least 12")
    return parser.parse_args()


class Stack:
    """The running processes of one demo, and the folder with their data."""

    def __init__(self, store: str, personality: str, folder: Path) -> None:
        self.folder = folder
        self.personality = personality
        self.tool_url = f"http://localhost:{os.environ.get('DEMO_TOOL_PORT', '8000')}"
        self.vle_url = f"http://127.0.0.1:{os.environ.get('DEMO_VLE_PORT', '8080')}"
        self.environment = {**os.environ, **self._settings()}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._servers: LocalServers | None = None
        self._has_worker = False
        if store == "postgres":
            self._servers = LocalServers(folder / "servers")
            self.environment["DATABASE_URL"] = self._servers.database("mtl")
            self.environment["REDIS_URL"] = self._servers.redis_url
            self.run([*FLASK, "db", "upgrade"])

    def _settings(self) -> dict[str, str]:
        secret = self.folder / "secret"
        if not secret.exists():
            secret.write_text(secrets.token_urlsafe(48))
            secret.chmod(0o600)
        return {
            "SECRET_KEY": secret.read_text(),
            "DATABASE_URL": f"sqlite:///{self.folder / 'mtl.sqlite'}",
            "REDIS_URL": "",
            "PUBLIC_URL": self.tool_url,
            "STORAGE_URL": str(self.folder / "files"),
            "MAIL_URL": str(self.folder / "mail"),
            "DEVELOPMENT": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, command: list[str]) -> str:
        """Run one command of the tool to its end; what went wrong is shown as it was said."""
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command[1:])} failed:\n{done.stdout}{done.stderr[-4000:]}")
        return done.stdout

    def start(self) -> None:
        """The tool and the VLE, both answering when this returns."""
        port = self.tool_url.rsplit(":", 1)[1]
        self._spawn(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "lti_tool.wsgi:app"),
                *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8"),
                "--no-control-socket",
            ],
        )
        self._spawn("vle", self._vle_command())
        self._wait("The tool", "web", lambda: _answers(f"{self.tool_url}/health/ready"))
        self._wait("The demo VLE", "vle", lambda: _answers(self.vle_url))

    def work(self) -> None:
        """The worker, too; safe to repeat. It takes in the VLE's roster as soon as it can."""
        if not self._has_worker:
            self._spawn("worker", [*FLASK, "worker"])
            self._has_worker = True

    def _vle_command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "demo_vle", "--port", self.vle_url.rsplit(":", 1)[1]),
            *("--data", str(self.folder / "vle.json")),
            *("--personality", self.personality, "--tool", self.tool_url),
        ]

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
            )

    def _wait(self, what: str, log: str, ready: Callable[[], bool], seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if any(process.poll() is not None for process in self._processes):
                said = (self.folder / f"{log}.log").read_text(errors="replace")[-2000:]
                raise SystemExit(f"{what} stopped while starting:\n{said}")
            if time.monotonic() > until:
                raise SystemExit(f"{what} did not answer within {seconds:.0f} seconds.")
            time.sleep(0.1)

    def watch(self) -> None:
        """Until somebody presses Ctrl-C, or a process ends by itself."""
        while all(process.poll() is None for process in self._processes):
            time.sleep(0.5)
        raise SystemExit(f"A process of the demo ended. Its log is in {self.folder}.")

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._servers is not None:
            self._servers.stop()


def fill(stack: Stack, participants: int) -> None:
    """Register, place the links, let everybody in once, and give the course its history.

    A course has so many people and no more; the others are in courses that this VLE does not have.
    """
    if participants > IN_THE_COURSE:
        say(f"Making {participants} people; 20,000 take some minutes ...")
        print(stack.run([*FLASK, "demo", "--participants", f"{participants - STORY}"]), end="")
        participants = STORY
    platform = requests.get(f"{stack.vle_url}/control/registration", timeout=10).json()
    names = ("issuer", "client_id", "auth_login_url", "auth_token_url", "jwks_url")
    options = [
        word
        for name in (*names, "deployment_id", "product")
        for word in (f"--{name.replace('_', '-')}", platform[name])
    ]
    stack.run([*FLASK, "platforms", "add", *options, "--name", "Demo VLE"])
    say("Registered the VLE with the tool.")
    more_people(stack.vle_url, participants)
    course = place_links(stack.vle_url)
    say("A tutor placed the links by Deep Linking.")
    people = stack.folder / "participants.csv"
    rows = participants_csv(list_participants(stack.vle_url), datetime.now(UTC).date())
    people.write_text(rows, encoding="utf-8")
    kind = ["--kind", "participants", "--course", str(course)]
    stack.run([*FLASK, "people", "import", str(people), *kind, "--commit"])
    say("The programme lead brought a spreadsheet of participants.")
    # Before, a roster that came first would have enrolled them all today.
    stack.work()
    everyone_opens_the_tool(stack.vle_url)
    say("Everybody opened the tool from the course.")
    print(stack.run([*FLASK, "demo"]), end="")


def say(sentence: str) -> None:
    print(f"  {sentence}", flush=True)


def main() -> None:
    asked = read_arguments()
    folder = ROOT / "var" / f"demo-{asked.personality}-{asked.store}"
    if asked.reset:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _interrupt)
    print(f"Starting the MTL Tool and a demo VLE ({asked.personality}, {asked.store}) ...")
    stack = Stack(asked.store, asked.personality, folder)
    try:
        stack.start()
        if not (folder / "filled").exists():
            fill(stack, asked.participants)
            (folder / "filled").touch()
        stack.work()
        print(
            f"\nOpen {stack.vle_url} and choose who you want to be.\n"
            f"The tool itself is at {stack.tool_url}; it opens from the course only,\n"
            "or by a personal link, which is sent by mail:\n"
            f"{ways_in(stack.folder / 'mail')}\n"
            "Ctrl-C ends it; `make demo` goes on where you left, `make demo RESET=1` starts over."
        )
        stack.watch()
    except KeyboardInterrupt:
        print("\nGoodbye.")
    finally:
        stack.stop()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
