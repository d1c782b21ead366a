"""Log lines never hold a token, a name or a mark, and lead from a reference to the cause."""

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import structlog

from lti_tool.jobs import Jobs
from lti_tool.logs import (
    PRIVATE,
    catch_what_is_left,
    configure_logs,
    get_logger,
    process_of,
    release,
)
from lti_tool.settings import load_settings

SECRET = "Amira Khan, 64"


@pytest.fixture(autouse=True)
def _lines() -> Iterator[None]:
    configure_logs()
    yield
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[0] == "{"]


def test_private_values_are_withheld(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger("test").info("something", course=7, **dict.fromkeys(PRIVATE, "Amira 64"))
    (line,) = lines(capsys)
    assert line["course"] == 7
    assert "Amira" not in json.dumps(line)


@pytest.mark.parametrize(
    ("words", "process"),
    [
        (".venv/bin/flask --app lti_tool worker", "worker"),
        (".venv/bin/flask --app lti_tool run --port 8000", "web"),
        (".venv/bin/flask --app lti_tool audit verify", "command"),
        ("/lib/flask/__main__.py --app lti_tool worker", "worker"),
        (".venv/bin/gunicorn lti_tool.wsgi:app --workers 2", "web"),
        ("", "web"),
    ],
)
def test_a_line_says_which_process_wrote_it(words: str, process: str) -> None:
    assert process_of(words.split()) == process


def test_a_job_that_fails_is_logged_under_a_reference_and_stops_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/db", "SECRET_KEY": "x" * 16}
    jobs, done = Jobs(load_settings(environ)), []

    def fail() -> None:
        raise ValueError(SECRET)

    jobs.context = nullcontext
    jobs.handles("first", fail)
    jobs.handles("second", lambda: done.append(1))
    jobs.sweep()
    (line,) = lines(capsys)
    assert done == [1]
    assert (line["event"], line["kind"], line["job"]) == ("unexpected", "ValueError", "first")
    assert line["place"].startswith("jobs.py:")
    assert line["release"] == release()
    assert len(line["request"]) == 12
    assert SECRET not in json.dumps(line)


def test_a_command_that_fails_by_our_mistake_ends_with_a_reference(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    catch_what_is_left()
    error = ValueError(SECRET)
    sys.excepthook(ValueError, error, None)
    told = capsys.readouterr().err
    line = json.loads(told.splitlines()[0])
    assert (line["event"], line["kind"]) == ("unexpected", "ValueError")
    assert told.splitlines()[1].endswith(f"{line['request']}.")
    assert SECRET not in told
