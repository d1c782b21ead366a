"""The last lines of a run: how many tests passed on each store and in the browser.

A whole run (`make test`) in which one of them is zero has proved less than it says, and fails.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

KINDS = {
    "sqlite": "SQLite, embedded store",
    "postgres": "PostgreSQL and Redis",
    "bucket": "Files in an S3 bucket",
    "browser": "Chromium",
}
_passed: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        for name, value in report.user_properties:
            if name in {"store", "browser"}:
                _passed[str(value)] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    whole = os.environ.get("MTL_WHOLE_SUITE") and not hasattr(session.config, "workerinput")
    if whole and _missing() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _missing() -> list[str]:
    optional = set() if os.environ.get("CI") else {"browser"}
    return [kind for kind in KINDS if not _passed[kind] and kind not in optional]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for kind, words in KINDS.items():
        terminalreporter.write_line(f"{words}: {_passed[kind]} tests passed")
    if os.environ.get("MTL_WHOLE_SUITE"):
        for kind in _missing():
            terminalreporter.write_line(f"FAILED: nothing was proved on {KINDS[kind]}.", red=True)
