"""Whether a locked package has a vulnerability that is known; `make audit` asks.

It asks the Open Source Vulnerabilities database for exactly the versions of the lock files. Where
that does not answer, nothing was checked, which is said and fails nothing: a network is not our
code.

https://google.github.io/osv.dev/post-v1-querybatch/
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

import requests

from lti_tool.settings import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")
SERVICE = "https://api.osv.dev/v1/querybatch"
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,.-]+\])?==([^\s;\\]+)", re.MULTILINE)
SECONDS = 15
# What is known and does not concern us: the id, and why.
ACCEPTED: dict[str, str] = {}

Pin = tuple[str, str]


def pins(texts: Iterable[str]) -> list[Pin]:
    """Names and versions of lock files, each once."""
    return sorted({pin for text in texts for pin in PIN.findall(text)})


def ask(wanted: list[Pin], service: str = SERVICE) -> dict[Pin, list[str]]:
    """The ids of what is known against each; raises RequestException or ValueError."""
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in wanted
    ]
    answer = requests.post(service, json={"queries": queries}, timeout=SECONDS)
    answer.raise_for_status()
    results = answer.json()["results"]
    if len(results) != len(wanted):
        raise ValueError("The answer is not about what was asked.")
    return {
        pin: sorted(each["id"] for each in result.get("vulns", []))
        for pin, result in zip(wanted, results, strict=True)
    }


def report(wanted: list[Pin], service: str = SERVICE, accepted: Collection[str] = ()) -> list[str]:
    """Lines for people: the first says whether anything was found."""
    try:
        found = ask(wanted, service)
    except (requests.RequestException, ValueError, KeyError) as error:
        why = type(error).__name__
        return [f"NOT CHECKED for known vulnerabilities: {service} did not answer ({why})."]
    known = {pin: [one for one in ids if one not in accepted] for pin, ids in found.items()}
    lines = [
        f"  {name} {version}: {', '.join(ids)}" for (name, version), ids in known.items() if ids
    ]
    if lines:
        return ["FOUND known vulnerabilities:", *lines]
    return [f"No vulnerability is known of the {len(wanted)} locked packages."]


def main() -> int:
    """0 where nothing is known, or where nobody could be asked."""
    wanted = pins((Path(ROOT) / lock).read_text(encoding="utf-8") for lock in LOCKS)
    lines = report(wanted, accepted=ACCEPTED)
    sys.stdout.write("\n".join(lines) + "\n")
    return int(lines[0].startswith("FOUND"))


if __name__ == "__main__":
    sys.exit(main())
