"""A migration may only add, so that the version before it goes on working on the same tables.

What takes away or demands belongs into a later release, and says `CONTRACTS = "why it is safe"`
(docs/decisions/0047).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool.settings import ROOT

# The last migration before the tool ran anywhere.
BASE = "033"
FOLDER = ROOT / "migrations" / "versions"
TAKES_AWAY = {"drop_column", "drop_table", "rename_table"}
SQL = re.compile(
    r"\b(DROP|RENAME)\s+(TABLE|COLUMN)\b|\bRENAME\s+TO\b|\bSET\s+NOT\s+NULL\b|\bTRUNCATE\b",
    re.IGNORECASE,
)


def what_contracts(source: str) -> list[str]:
    """What an upgrade does that the version before could stumble over."""
    tree = ast.parse(source)
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    reached, waiting = set[str](), ["upgrade"]
    while waiting:
        name = waiting.pop()
        if name in functions and name not in reached:
            reached.add(name)
            names = (each.id for each in ast.walk(functions[name]) if isinstance(each, ast.Name))
            waiting += names
    return [found for name in sorted(reached) for found in _found_in(functions[name])]


def _found_in(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if found := SQL.search(node.value):
                yield found[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from _in_call(node.func.attr, node)


def _in_call(name: str, call: ast.Call) -> Iterator[str]:
    given = {each.arg: each.value for each in call.keywords}
    if name in TAKES_AWAY:
        yield name
    elif name == "alter_column":
        if _is_false(given.get("nullable")) or given.keys() & {"new_column_name", "type_"}:
            yield "alter_column"
    elif name == "add_column":
        for column in (each for each in call.args if isinstance(each, ast.Call)):
            its = {each.arg: each.value for each in column.keywords}
            if _is_false(its.get("nullable")) and "server_default" not in its:
                yield "add_column without a default"


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def later_migrations() -> list[Path]:
    found = sorted(FOLDER.glob("[0-9]*.py"))
    return [path for path in found if path.name[:3] > BASE]


@pytest.mark.parametrize("path", later_migrations(), ids=lambda path: path.stem)
def test_an_upgrade_only_adds(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert what_contracts(source) == [] or re.search(r'^CONTRACTS = ".+"', source, re.MULTILINE)


@pytest.mark.parametrize(
    ("does", "found"),
    [
        ('op.drop_column("mark", "state")', ["drop_column"]),
        ('op.drop_table("mark")', ["drop_table"]),
        ('op.rename_table("mark", "judgement")', ["rename_table"]),
        ('op.execute("ALTER TABLE mark RENAME COLUMN a TO b")', ["RENAME COLUMN"]),
        ('op.execute("alter table mark alter state set not null")', ["set not null"]),
        ('op.alter_column("mark", "state", nullable=False)', ["alter_column"]),
        ('op.alter_column("mark", "state", new_column_name="to")', ["alter_column"]),
        ('op.alter_column("mark", "state", nullable=True)', []),
        (
            'op.add_column("mark", sa.Column("new", sa.Integer(), nullable=False))',
            ["add_column without a default"],
        ),
        (
            'op.add_column("mark", sa.Column("n", sa.Integer(), nullable=False, '
            'server_default="0"))',
            [],
        ),
        ('op.add_column("mark", sa.Column("new", sa.Integer(), nullable=True))', []),
        ('op.create_table("new", sa.Column("id", sa.Integer(), nullable=False))', []),
        ('op.execute("DROP TRIGGER old")', []),
        ("_helper()", ["drop_column"]),
    ],
)
def test_what_an_older_version_would_stumble_over_is_found(does: str, found: list[str]) -> None:
    helper = 'def _helper():\n    op.drop_column("mark", "state")\n'
    down = 'def downgrade():\n    op.drop_table("mark")\n'
    assert what_contracts(f"def upgrade():\n    {does}\n\n{helper}\n{down}") == found
