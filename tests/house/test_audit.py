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

# What an event may say besides who did what to which thing: ids, counts, dates, and codes out of
# lists that the tool or the programme has. Never a name, an address, a mark or somebody's words.
DETAILS = {
    "about", "academic_year", "act", "added", "allocated_user", "allocation", "answer",
    "as_at", "attempt", "attempts_allowed", "audience", "basis", "batch", "board",
    "by_marks", "changed", "coach", "colleague_id", "corrects", "credits", "decision",
    "delivery", "departed", "digest", "due_on", "fields", "files", "flag", "from_version",
    "grade", "institution", "is_of_cohort", "item", "items", "kind", "marker", "marks",
    "met", "moderator", "module", "modules", "names", "noted", "number", "on", "opens",
    "outcome", "papers", "party", "people", "reason", "receipt", "registration_id",
    "report", "revision", "role", "rule", "school", "seen", "stored", "strand",
    "to_version", "version", "way",
}  # fmt: skip
RECORDERS = {"record", "record_each", "note_look"}
OF_EVERY_EVENT = {"participant_id", "acted_as", "provider_id"}


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


@pytest.mark.parametrize(("name", "tree"), WRITERS, ids=NAMES)
def test_an_event_says_nothing_but_ids_and_codes(name: str, tree: ast.Module) -> None:
    said = {
        keyword.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        and node.func.id in RECORDERS
        for keyword in node.keywords
    }  # fmt: skip
    others = sorted(map(str, said - DETAILS - OF_EVERY_EVENT))
    assert not others, (
        f"{name} records {others}: where that can only be an id, a number, a date or a code out of "
        "a list, add it to DETAILS; else leave it out."
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
