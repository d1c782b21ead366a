"""`flask storage`: prove the bytes of files."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import timedelta

import click
from flask import current_app
from flask.cli import AppGroup

from lti_tool.errors import DomainError
from lti_tool.evidence.verifying import Finding, Problem, Progress, verify
from lti_tool.storage import SHARDS

group = AppGroup("storage", help="The bytes of uploaded files.")
WRONG = (Problem.MISSING, Problem.DAMAGED)


@group.command("verify")
@click.option(
    "--json", "wants_json", is_flag=True, help="One JSON object a line; the last is the summary."
)
@click.option("--readers", default=4, show_default=True, type=click.IntRange(1, 32))
@click.option(
    "--from",
    "first",
    default=SHARDS[0],
    type=click.Choice(SHARDS),
    metavar="00..ff",
    help="Go on at digests that begin so, after a run that stopped.",
)
@click.option(
    "--orphans-after",
    "hours",
    default=24,
    show_default=True,
    type=click.IntRange(0),
    help="Hours after which bytes that no evidence names are told.",
)
def verify_all(wants_json: bool, readers: int, first: str, hours: int) -> None:
    """Read every stored byte and compare it with its digest.

    Tells what is missing or damaged, with the rows that need it, and what no row needs. It changes
    nothing, and may run beside the tool. The exit code is 1 where something is missing or damaged,
    and 3 where the store stopped answering before the end.
    """
    progress, found, began = Progress(first), Counter[Problem](), time.monotonic()
    try:
        for finding in verify(
            current_app.extensions["storage"],
            progress,
            shards=SHARDS[SHARDS.index(first) :],
            readers=readers,
            young=timedelta(hours=hours),
        ):
            found[finding.problem] += 1
            click.echo(_line(finding, wants_json))
    except (DomainError, KeyboardInterrupt) as error:
        reason = error.sentence if isinstance(error, DomainError) else "Stopped."
        click.echo(f"{reason} Go on with: --from {progress.shard}", err=True)
        raise SystemExit(3) from error
    click.echo(_summary(progress, found, time.monotonic() - began, wants_json))
    if any(found[each] for each in WRONG):
        raise SystemExit(1)


def _line(finding: Finding, wants_json: bool) -> str:
    if wants_json:
        return json.dumps(
            {
                "problem": finding.problem,
                "sha256": finding.digest,
                "needed_by": list(finding.needed_by),
            }
        )
    needed = "; ".join(finding.needed_by)
    return f"{finding.problem:<8} {finding.digest}{f'  needed by {needed}' if needed else ''}"


def _summary(progress: Progress, found: Counter[Problem], seconds: float, wants_json: bool) -> str:
    rate = progress.files / max(seconds, 0.001)
    numbers = {each.value: found[each] for each in Problem}
    if wants_json:
        facts = {"files": progress.files, "bytes": progress.bytes, **numbers}
        return json.dumps({**facts, "seconds": round(seconds, 3), "files_a_second": round(rate, 1)})
    told = ", ".join(f"{number} {name}" for name, number in numbers.items())
    return (
        f"{progress.files} files with {progress.bytes} bytes were read and compared "
        f"({rate:.0f} a second): {told}."
    )
