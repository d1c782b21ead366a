"""Log lines never hold a token, a name or a mark, whoever passes them."""

import json

import pytest

from lti_tool.logs import PRIVATE, configure_logs, get_logger


def test_private_values_are_withheld(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    get_logger("test").info("something", course=7, **dict.fromkeys(PRIVATE, "Amira 64"))
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["course"] == 7
    assert "Amira" not in json.dumps(line)
