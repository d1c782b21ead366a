"""`make soak`: people, coaches, tutors and workers at once, while everything under them is killed.

Prints what people were told was accepted against what is there, and ends with 1 where they differ.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from demo_vle.browser import BrowserError
from demo_vle.server import start_vle
from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.evidence.models import Attempt, Attestation, EvidenceItem, EvidenceVersion
from lti_tool.grades.models import Delivery, Grade, Mark
from tests.integration.evidence.steps import attest, fill_in
from tests.integration.grades.factories import hand_in
from tests.scaled.__main__ import say
from tests.scaled.ledger import Ledger
from tests.scaled.stack import ScaledTool, Stack
from tests.world import Person, World

KINDS = EVIDENCE, ATTESTATIONS, MARKS, RELEASES, GRADEBOOK = (
    "evidence", "attestations", "final marks", "releases", "marks in the gradebook",
)  # fmt: skip
PAUSE = 6.0  # seconds between two blows
MARKING, RELEASE = "form[data-autosave]", "form:has([value=release])"
# What a person meets in a bad minute; they try again.
TROUBLE = (requests.RequestException, BrowserError, SQLAlchemyError, DomainError, AssertionError)


class Soak:
    """One run: a course of people, each at work in a thread of their own."""

    def __init__(self, stack: Stack, world: World, seed: int) -> None:
        self.stack, self.world = stack, world
        self.ledger = Ledger(*KINDS)
        self.chance = random.Random(seed)
        self.over = threading.Event()
        self.blows: list[str] = []
        self._to_attest: dict[Person, deque[tuple[int, str]]] = defaultdict(deque)

    def run(self, minutes: float, pairs: int) -> None:
        """Let everybody work for so long; then mend everything and wait until all is delivered."""
        threads = [threading.Thread(target=self._hit)]
        for number in range(pairs):
            amira, colin = self.world.participant(f"Amira {number}"), self.world.coach()
            self._watch(amira), self._watch(colin)
            self.world.allocate(colin, to=amira)
            tessa = self.world.tutor()
            self._watch(tessa)
            acts = (
                (partial(self._write, amira, colin), amira, "progress"),
                (partial(self._attest_one, colin), colin, "coach-evidence"),
                (partial(self._mark_one, tessa), tessa, "progress"),
            )
            threads += [threading.Thread(target=self._again, args=act) for act in acts]
        for thread in threads:
            thread.start()
        time.sleep(minutes * 60)
        self.over.set()
        for thread in threads:
            thread.join()
        say(f"{len(self.blows)} blows: " + ", ".join(self.blows))
        self._settle()
        self._count()

    # --- people

    def _again(self, act: Callable[[], None], person: Person, opens: str) -> None:
        while not self.over.is_set():
            try:
                act()
            except TROUBLE:
                # Redis holds the sessions, and comes back empty: people open the tool again.
                self.over.wait(0.5)
                with suppress(*TROUBLE):
                    person.launch(opens)

    def _watch(self, person: Person) -> None:
        """Look at every page that this browser is answered with."""

        def look(answer: requests.Response, *_: Any, **__: Any) -> None:
            if (
                answer.url.startswith(self.stack.url)
                and answer.headers.get("X-Served-By") != "front"
            ):
                self.ledger.answered(answer.status_code, _complaint(answer))

        person.visitor.session.hooks["response"].append(look)

    def _write(self, amira: Person, colin: Person) -> None:
        title = f"Lesson {_unique()}"
        typed = {"title": title, "strands": ["1.1"], "pupils": "none"}
        file = ("plan.pdf", b"%PDF-1.7 " + title.encode())
        page = amira.get("evidence/new")
        self.ledger.trying(EVIDENCE, title)
        page = fill_in(amira, page, typed, [file], "submit")
        found = page.url.rsplit("/evidence/", 1)[-1]
        if page.status_code == 200 and found.isdigit():
            self.ledger.accept(EVIDENCE, title)
            self._to_attest[colin].append((int(found), title))

    def _attest_one(self, colin: Person) -> None:
        waiting = self._to_attest[colin]
        if not waiting:
            self.over.wait(0.2)
            return
        item, title = waiting[0]
        page = colin.get(f"evidence/{item}")
        self.ledger.trying(ATTESTATIONS, title)
        page = attest(colin, item, f"I saw {title}.", page=page)
        waiting.popleft()  # an answer came: whatever it was, it is not tried again
        if page.status_code == 200 and f"I saw {title}." in page.text:
            self.ledger.accept(ATTESTATIONS, title)

    def _mark_one(self, tessa: Person) -> None:
        amira = self.world.participant(f"Ben {_unique()}", opens="MTL1")
        attempt = hand_in(amira)
        mark, key = self.chance.randint(40, 90), f"{attempt}"
        for kind, action, form, values in (
            (MARKS, "final", MARKING, {"mark": str(mark), "feedback": f"Mark {mark} it is."}),
            (RELEASES, "release", RELEASE, {}),
        ):
            page = tessa.get(f"marking/{attempt}")
            self.ledger.trying(kind, key)
            done = tessa.submit(page, values, button=("action", action), form=form)
            if done.status_code != 200:
                return
            self.ledger.accept(kind, key)

    # --- blows

    def _hit(self) -> None:
        blows: list[tuple[str, Callable[[], None]]] = [
            *((each.name, lambda each=each: self._kill(each)) for each in self.stack.web),
            *((each.name, lambda each=each: self._kill(each)) for each in self.stack.workers),
            ("Redis", self.stack.servers.restart_redis),
            ("PostgreSQL", self.stack.servers.restart_postgres),
        ]
        turn: list[tuple[str, Callable[[], None]]] = []
        while not self.over.wait(PAUSE):
            if not turn:
                turn = self.chance.sample(blows, len(blows))
            name, blow = turn.pop()
            blow()
            self.blows.append(name)
            self._supervise()

    def _supervise(self) -> None:
        """A process that began while the database was away has ended with a sentence."""
        for service in (*self.stack.web, *self.stack.workers):
            if service.process.poll() is not None:
                self.blows.append(f"({service.name} begun again)")
                service.start()

    def _kill(self, service: Any) -> None:
        service.kill()
        service.start()

    # --- the reckoning

    def _settle(self) -> None:
        def is_settled() -> bool:
            with suppress(SQLAlchemyError), self.world.tool.app.app_context():
                open_ones = select(Delivery.id).where(Delivery.state.in_(("queued", "sending")))
                return db.session.scalars(open_ones.limit(1)).first() is None
            return False

        say("All is mended; waiting until nothing is on its way any more.")
        self._supervise()
        self.stack.wait_for(is_settled, 300)

    def _count(self) -> None:
        there = {kind: account.there for kind, account in self.ledger.accounts.items()}
        with self.world.tool.app.app_context():
            items = (
                select(EvidenceVersion.title).join(EvidenceItem).where(EvidenceVersion.number == 1)
            )
            there[EVIDENCE].update(db.session.scalars(items))
            signed = db.session.scalars(select(Attestation.statement))
            there[ATTESTATIONS].update(each.removeprefix("I saw ").rstrip(".") for each in signed)
            final = select(Mark.attempt_id).where(Mark.state == "final")
            there[MARKS].update(str(each) for each in db.session.scalars(final))
            there[RELEASES].update(
                str(each) for each in db.session.scalars(select(Grade.attempt_id))
            )
            self._compare_with_the_gradebook(there[GRADEBOOK])

    def _compare_with_the_gradebook(self, there: Any) -> None:
        account = self.ledger.accounts[GRADEBOOK]
        cells = {
            person: cell
            for column in self.world.vle.site.columns_of(
                self.world.vle.site.courses[self.world.course.id]
            )
            for person, cell in column.cells.items()
        }
        rows = db.session.execute(
            select(Attempt.id, Delivery.subject, Delivery.state, Delivery.score, Grade.mark)
            .join(Grade, Grade.attempt_id == Attempt.id)
            .join(Delivery, Delivery.grade_id == Grade.id)
        ).all()
        for attempt, subject, state, score, mark in rows:
            key = str(attempt)
            account.tried.add(key)
            account.accepted.add(key)
            cell = cells.get(subject)
            if state == "confirmed" and cell is not None and cell.score == score == mark:
                there[key] += len([each for each in cell.comments if each.by_tool])


def _unique() -> str:
    return os.urandom(5).hex()


def _complaint(answer: requests.Response) -> str | None:
    """What is wrong with an error page, if anything is."""
    if answer.status_code < 500:
        return None
    if "Traceback" in answer.text or "sqlalchemy" in answer.text.lower():
        return f"{answer.status_code} shows how the tool is made"
    if "<h1" not in answer.text:
        return f"{answer.status_code} is no page: {answer.text[:80]!r}"
    return None


def main() -> int:
    """Run it, and print the ledger."""
    parser = argparse.ArgumentParser(prog="python -m tests.scaled.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pairs", type=int, default=3, help="participants, each with their staff")
    parser.add_argument("--seed", type=int, default=None, help="of marks and blows")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.randrange(10**6)
    folder = Path(tempfile.mkdtemp(prefix="mtl-soak-"))
    say(f"Seed {seed}, {asked.minutes:g} minutes; logs in {folder}.")
    with Stack(folder, RATE_LIMITS="off") as stack, start_vle(stack.url, "moodle") as vle:
        tool = stack.tool()
        tool.add_platform(vle.registration())
        soak = Soak(stack, World(tool, vle), seed)
        soak.run(asked.minutes, asked.pairs)
        for line in soak.ledger.lines():
            say(line)
        proved = [
            _is_proved(tool, *words) for words in (("storage", "verify"), ("audit", "verify"))
        ]
        is_right = soak.ledger.is_right and all(proved)
        say("Nothing lost, nothing doubled." if is_right else "NOT as it must be.")
        return int(not is_right)


def _is_proved(tool: ScaledTool, *words: str) -> bool:
    done = tool.app.test_cli_runner().invoke(args=words)
    say(f"{' '.join(words)} ends with {done.exit_code}: {done.output.strip().splitlines()[-1]}")
    return done.exit_code == 0


if __name__ == "__main__":
    sys.exit(main())
