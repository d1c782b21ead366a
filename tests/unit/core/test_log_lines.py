"""Lines of a log lead to a cause, and what somebody wrote or is called does not come along."""

import json

import pytest

from lti_tool.cli.log_lines import cleaned, lines_of

NAME = "Amira Khan"
MINE = {"request": "0123456789ab", "level": "error", "event": "unexpected", "kind": "KeyError"}
LOG = [
    json.dumps({"request": "aaaaaaaaaaaa", "level": "info", "event": "launch"}) + "\n",
    "Nov 23 00:01:02 host gunicorn[7]: " + json.dumps({**MINE, "name": NAME}) + "\n",
    "Traceback (most recent call last): {" + NAME + "\n",
    json.dumps({**MINE, "request": "bbbbbbbbbbbb", "status": 500, "event": f"No {NAME}"}) + "\n",
    json.dumps([NAME]) + "\n",
]


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("0123456789ab", [MINE]),
        ("aaaaaaaaaaaa", [{"request": "aaaaaaaaaaaa", "level": "info", "event": "launch"}]),
        ("cccccccccccc", []),
        (None, [MINE, {**MINE, "request": "bbbbbbbbbbbb", "status": 500, "event": "[withheld]"}]),
    ],
)
def test_a_reference_finds_its_lines_and_none_the_errors(
    reference: str | None, found: list[dict[str, object]]
) -> None:
    assert lines_of(LOG, reference) == found


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ({"exception": f"ValueError: {NAME}"}, {}),
        ({"view": "grades.marking", "user": 7}, {"view": "grades.marking", "user": 7}),
        ({"kind": NAME, "user": [NAME], "role": {}}, dict.fromkeys(("kind", "user", "role"))),
        ({"stack": f"{NAME}\n"}, {"stack": None}),
        ({"stack": '  File "x.py", line 1, in f\n'}, {"stack": '  File "x.py", line 1, in f\n'}),
        ({"place": "grades/views/marking.py:71"}, {"place": "grades/views/marking.py:71"}),
    ],
)
def test_only_codes_and_numbers_are_kept(line: dict[str, object], shown: dict[str, object]) -> None:
    expected = {name: "[withheld]" if one is None else one for name, one in shown.items()}
    assert cleaned(line) == dict(sorted(expected.items(), key=lambda one: list(line).index(one[0])))
