"""`flask audit`: seal the trail, and prove that it is whole."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import asdict

import click
from flask.cli import AppGroup

from lti_tool.audit.sealing import newest_seals, seal_all
from lti_tool.audit.verifying import Finding, Problem, Progress, verify
from lti_tool.cli.speaking import as_json, show

group = AppGroup("audit", help="The trail of what happened, and its seals.")


@group.command("seal")
def seal() -> None:
    """Seal now what the worker would seal within the hour."""
    click.echo(f"{seal_all()} events were sealed. See: audit seals")


@group.command("seals")
@as_json
def list_seals(wants_json: bool) -> None:
    """Show the newest seal of each provider. Keep it elsewhere, for: audit verify --expect."""
    rows = [
        {
            "provider": each.provider_id,
            "number": each.number,
            "sealed": each.sealed_at.isoformat(timespec="seconds"),
            "seal": each.sha256,
        }
        for each in newest_seals()
    ]
    show(rows, wants_json=wants_json, empty="Nothing is sealed yet. The worker does it hourly.")


@group.command("verify")
@click.option(
    "--json", "wants_json", is_flag=True, help="One JSON object a line; the last is the summary."
)
@click.option(
    "--expect",
    "expected",
    metavar="SEAL",
    multiple=True,
    help="A seal that was kept elsewhere and has to be there; may be given several times.",
)
def verify_all(wants_json: bool, expected: tuple[str, ...]) -> None:
    """Compute every seal again.

    Tells which events were altered, are missing, or were put among sealed ones, and where a chain
    of seals is broken. It changes nothing, and may run beside the tool. The exit code is 0 only
    where all is whole.
    """
    progress, found, began = Progress(), Counter[Problem](), time.monotonic()
    for finding in verify(progress, expected=expected):
        found[finding.problem] += 1
        click.echo(_line(finding, wants_json))
    click.echo(_summary(progress, found, time.monotonic() - began, wants_json))
    if found:
        raise SystemExit(1)


def _line(finding: Finding, wants_json: bool) -> str:
    if wants_json:
        return json.dumps(asdict(finding))
    whose = f"provider {finding.provider_id}: " if finding.provider_id else ""
    return f"{finding.problem:<8} {whose}{finding.sentence}"


def _summary(progress: Progress, found: Counter[Problem], seconds: float, wants_json: bool) -> str:
    rate = progress.events / max(seconds, 0.001)
    if wants_json:
        facts = {"segments": progress.seals, "events": progress.events, "waiting": progress.waiting}
        numbers = {each.value: found[each] for each in Problem}
        return json.dumps(
            {
                **facts,
                **numbers,
                "seconds": round(seconds, 3),
                "events_a_second": round(rate),
                "newest": [digest for _, digest in progress.ends.values()],
            }
        )
    told = ", ".join(f"{number} {name}" for name, number in found.items()) or "all is whole"
    waiting = f" {progress.waiting} newer events wait to be sealed." if progress.waiting else ""
    return (
        f"{progress.events} events in {progress.seals} segments were computed again "
        f"({rate:.0f} a second): {told}.{waiting}"
    )
