"""Every verb that the code writes into the trail has words, and so a history can show it."""

import ast
import re

import pytest

from lti_tool.audit import sentences
from lti_tool.settings import ROOT

VERB = re.compile(r"^[a-z_]+\.[a-z_]+$")
# Texts of this shape that are no verbs of the trail.
OTHERS = {"instructure.com", "results.csv"}
# Verbs that are put together while the tool runs: where, and what they can become.
MADE_UP = {
    "lti_tool/cohort/feedback.py": {"grade.read"},
    "lti_tool/evidence/attestation.py": {"attestation.signed", "attestation.returned"},
    "lti_tool/grades/leases.py": {
        "delivery.confirmed", "delivery.conflict", "delivery.failed", "delivery.kept",
        "hand_in.failed", "hand_in.sent",
    },
    "lti_tool/people/coach_invitations.py": {
        "coach_invitation.confirmed", "coach_invitation.refused", "coach_invitation.withdrawn",
    },
    "lti_tool/learning/targets.py": {"target.met", "target.dropped"},
    "lti_tool/people/programmes.py": {
        "programme.published", "programme.closing", "programme.closed",
    },
}  # fmt: skip


def writers() -> list[tuple[str, ast.Module]]:
    """The files that write into the trail."""
    found = []
    for path in sorted((ROOT / "lti_tool").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        sources = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        if "lti_tool.audit.record" in sources:
            found.append((str(path.relative_to(ROOT)), tree))
    return found


def verbs(name: str, tree: ast.Module) -> set[str]:
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return ({text for text in texts if VERB.match(text)} - OTHERS) | MADE_UP.get(name, set())


WRITERS = writers()
NAMES = [name for name, _ in WRITERS]


@pytest.mark.parametrize(("name", "tree"), WRITERS, ids=NAMES)
def test_every_verb_of_the_trail_has_a_sentence(name: str, tree: ast.Module) -> None:
    missing = sorted(verbs(name, tree) - sentences.SENTENCES.keys())
    assert not missing, (
        f"{name} records {missing}: "
        "say in lti_tool/audit/sentences.py what it means and who reads it."
    )


def test_no_sentence_is_left_of_a_verb_that_nothing_records() -> None:
    recorded = set().union(*(verbs(name, tree) for name, tree in WRITERS))
    assert not sorted(sentences.SENTENCES.keys() - recorded)


@pytest.mark.parametrize(("name", "tree"), WRITERS, ids=NAMES)
def test_a_verb_that_is_put_together_is_listed_here(name: str, tree: ast.Module) -> None:
    made = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and re.search(r"\w\.\{|\}\.\{", ast.unparse(node))
        and " " not in ast.unparse(node)
    ]  # fmt: skip
    assert not made or name in MADE_UP, f"List in MADE_UP what {ast.unparse(made[0])} can become."


def test_an_event_stands_in_one_table_only() -> None:
    tables = (sentences.SHARED, sentences.OWN, sentences.RESTRICTED, sentences.OFFICE)
    assert sum(len(table) for table in tables) == len(sentences.SENTENCES)
